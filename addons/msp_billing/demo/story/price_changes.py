"""Two price changes: the yearly increase half a year ago, and the next one, simulated and not decided yet."""

from __future__ import annotations

from dateutil.relativedelta import relativedelta

from .agreements import LOCKS
from .book import Story
from .catalogue import product_name

# Sold at the vendor's price: an increase of ours leaves them out.
PASSED_ON = ("M365-E3", "M365-BP", "M365-BS", "DOMAIN", "LEGACY-AV")
LETTER = (
    "Salaries and the tools that keep your systems safe cost us more than a year ago. We have kept the increase "
    "as small as we can, and your agreement stays the same in every other respect."
)


def yearly(story: Story, index: int) -> None:
    """The yearly increase of contract prices from month ``index`` on, for clients of long standing without a lock."""
    rows = [
        row for row in story.rows if int(row["start"]) >= 20 and row["key"] not in LOCKS and row["package"] != "cloud"
    ]
    agreements = [story.ours(f"agreement_{row['key']}_main") for row in rows]
    if not agreements:
        return
    day = story.month(index)
    change = story.office["msp.price.change"].create(
        {
            "name": f"Yearly increase {day.year}",
            "value": 4.0,
            "rounding": "increment",
            "rounding_increment": 0.05,
            "effective_date": day,
            "currency_id": False,
            "line_domain": repr([("subscription_id", "in", [agreement.id for agreement in agreements])]),
            "note": "As announced with the letter of the month before.",
            # Those letters were sent by the system used then.
            "notice_days": 0,
        }
    )
    change.action_simulate()
    if change.included_count:
        change.action_apply()
        story.keep("price_change_applied", change)


def tell(story: Story) -> None:
    """The next increase as the finance manager looks at it: simulated, letters not sent."""
    for code in PASSED_ON:
        if story.has(product_name(code)):
            story.named(product_name(code)).msp_pass_through = True
    day = story.anchor + relativedelta(months=3)
    change = story.office["msp.price.change"].create(
        {
            "name": f"Prices {day.year}, proposal",
            "value": 5.0,
            "rounding": "increment",
            "rounding_increment": 0.05,
            "effective_date": day,
            "currency_id": False,
            "target_overrides": True,
            "letter_text": LETTER,
            "user_id": story.named("user_manager").id,
        }
    )
    change.action_simulate()
    # One line left out by hand, as one does after a call.
    line = change.line_ids.filtered("included")[:1]
    line.included = False
    story.keep("price_change_simulated", change)
    story.backdate_messages(story.anchor)
