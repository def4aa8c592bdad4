"""What happens to agreements between two runs: people come and go, prices rise, clients pause and leave."""

from __future__ import annotations

from . import price_changes
from .agreements import LIST_PRICES, PACKAGES
from .book import Story
from .catalogue import product_name

# Months before the one to be billed, client, agreement, what, day of the month.
MOMENTS = (
    (9, "zephyr", "main", "pause", 1),
    (6, "zephyr", "main", "resume", 1),
    (7, "westerly", "onsite", "pause", 9),
    (6, "westerly", "onsite", "resume", 20),
    (5, "tamworth", "main", "close", 31),
    (4, "isleworth", "main", "pause", 11),
    (3, "isleworth", "main", "resume", 7),
    (3, "blackthorn", "main", "close", 18),
    (3, "aldergate", "voip", "pause", 20),
    (2, "gallowglass", "main", "close", 14),
    (2, "aldergate", "voip", "resume", 12),
    (1, "umberfield", "main", "pause", 20),
)
# Months before the one to be billed, client, product, quantity: added to the agreement, billed once.
ONE_OFFS = (
    (12, "garnet", "HW-SW24", 2),
    (10, "brinkmoor", "HW-LAP", 3),
    (8, "carrowby", "HW-UPS", 2),
    (6, "pelham", "ONBOARD", 1),
    (4, "hartwell", "HW-AP", 6),
    (2, "fennimore", "HW-LAP", 1),
    (1, "underhill", "HW-LAP", 4),
)
# Months before the one to be billed, client, agreement, product, seats (None: all), price (None: the list's):
# a service added to the running agreement.
ADDED = (
    (11, "aldergate", "main", "SAT", None, None),
    (9, "brinkmoor", "main", "PWM", None, None),
    (7, "holloway", "main", "SAT", None, None),
    (5, "garnet", "main", "DWM", None, None),
    (3, "aldergate", "voip", "LEGACY-AV", 6, None),
    # Below what Microsoft asks for it; the finance admin knows (see history.EXPECTED).
    (3, "yarrow", "main", "M365-E3", 3, 34.0),
    (2, "eikenhof", "main", "SAT", None, None),
)
# Months before the one to be billed in which prices rise.
INCREASE_BEFORE = 6
# How many clients report another head count in a month, and how many report one for a day long past.
MOVING, LATE = 0.16, 0.12


def happen(story: Story, index: int) -> None:
    """Let the month before the run ``index`` happen."""
    if index == 0:
        return
    before = story.months - index + 1
    _head_counts(story, index)
    if before == INCREASE_BEFORE:
        price_changes.yearly(story, index)
    _added(story, before, index)
    _moments(story, before, index - 1)


def _running(story: Story, row: dict, index: int) -> bool:
    """Whether the client's main agreement is active and had begun by the month before."""
    agreement = story.ours(f"agreement_{row['key']}_main")
    return agreement.state == "active" and agreement.date_start < story.month(index - 1)


def _head_counts(story: Story, index: int) -> None:
    """The monitoring reports devices and users: one call for all clients, as another system makes it."""
    rows = []
    for row in story.rows:
        chance = story.chance("heads", row["key"], index)
        # Drawn before asking, so that the draws are the same whoever is active.
        moves, late, step = chance.random(), chance.random(), chance.choice((-2, -1, 1, 1, 1, 2, 2))
        day = story.day(index - 1, chance.randint(2, 26))
        if moves >= MOVING or not _running(story, row, index):
            continue
        if late < LATE and index > 2:
            # Somebody counts again and finds that it had changed weeks ago: billed months are corrected.
            day = story.day(index - 2, chance.randint(5, 25))
        agreement = story.ours(f"agreement_{row['key']}_main")
        seats = [code for code, how_many, _mode in PACKAGES[row["package"]].lines if how_many == "seats"]
        for code in seats:
            line = _line_on(story, agreement, code, day)
            if line and line.quantity + step > 0:
                rows.append(
                    {
                        "subscription": agreement.name,
                        "product": code,
                        "quantity": line.quantity + step,
                        "date": day.isoformat(),
                        "source": f"RMM count of {day:%d %b %Y}",
                    }
                )
    results = story.office["msp.subscription"].sync_quantities(rows)
    failed = [result["message"] for result in results if result["status"] == "error"]
    assert not failed, failed


def _line_on(story: Story, agreement, code: str, day):
    """Return the only line of a product in force on a day; none where a later change exists already."""
    product = story.named(product_name(code))
    lines = agreement.line_ids.filtered(lambda line: line.product_id.id == product.id and not line.is_one_off)
    line = lines.filtered(
        lambda x: (x.date_start or agreement.date_start) <= day and (not x.date_end or x.date_end >= day)
    )
    return line if len(line) == 1 and not line.date_end else line.browse()


def _added(story: Story, before: int, index: int) -> None:
    """New services and one-off sales on running agreements."""
    wanted = [(months, client, "main", code, quantity, None, True) for months, client, code, quantity in ONE_OFFS]
    wanted += [(*added, False) for added in ADDED]
    values = []
    for months, client, agreement, code, quantity, price, once in wanted:
        if months != before or not story.has(f"client_{client}"):
            continue
        row = next(row for row in story.rows if row["key"] == client)
        listed = LIST_PRICES[code] * (0.93 if row["currency"] == "EUR" else 1.0)
        values.append(
            {
                "subscription_id": story.named(f"agreement_{client}_{agreement}").id,
                "product_id": story.named(product_name(code)).id,
                "quantity": quantity or int(row["seats"]),
                "price_unit": price or round(listed, 2),
                "is_one_off": once,
                "date_start": story.day(index - 1, 12 if once else 1),
            }
        )
    story.office["msp.subscription.line"].create(values)


def _moments(story: Story, before: int, index: int) -> None:
    for months, client, agreement, what, day in MOMENTS:
        name = f"agreement_{client}_{agreement}"
        if months == before and story.has(name):
            subscription = story.ours(name)
            act = {
                "pause": subscription.action_pause,
                "resume": subscription.action_resume,
                "close": subscription.action_close,
            }[what]
            act(story.day(index, day))
