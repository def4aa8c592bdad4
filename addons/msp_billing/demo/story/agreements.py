"""What each client buys: packages and extras become subscriptions, through the screen's own methods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dateutil.relativedelta import relativedelta
from odoo.fields import Command

from .book import Story, table
from .catalogue import product_name


@dataclass(frozen=True)
class Deal:
    """One kind of agreement.

    :param lines: product code, how many ("seats", "servers" or a number) and whether at the catalogue's price
    :param delay: months after the client's start
    """

    title: str
    lines: tuple[tuple[str, str | float, bool], ...]
    unit: str = "month"
    count: int = 1
    timing: str = "advance"
    coverage: str = "time_material"
    anchor: int | None = None
    delay: int = 0
    with_projects: bool = False


PACKAGES = {
    "full": Deal(
        "Managed services",
        (
            ("MW-STD", "seats", False),
            ("MS-STD", "servers", False),
            ("NET-FW", 1, False),
            ("EDR", "seats", False),
            ("BKP-SRV", "servers", False),
            ("M365-BP", "seats", True),
        ),
        coverage="all_inclusive",
        with_projects=True,
    ),
    "base": Deal(
        "Monitoring and support",
        (
            ("RMM-MON", "seats", False),
            ("MS-STD", "servers", False),
            ("EDR", "seats", False),
            ("M365-BS", "seats", True),
        ),
        with_projects=True,
    ),
    "block": Deal(
        "Prepaid support",
        (
            ("RMM-MON", "seats", False),
            ("EDR", "seats", False),
            ("M365-BS", "seats", True),
            ("MS-STD", "servers", False),
        ),
        coverage="prepaid",
        with_projects=True,
    ),
    "cloud": Deal(
        "Cloud workplace",
        (("M365-BP", "seats", True), ("M365-BKP", "seats", False), ("MFA", "seats", False)),
        with_projects=True,
    ),
}
EXTRAS = {
    "voip": Deal("Telephony", (("VOIP-SEAT", "seats", False),), delay=1),
    "backup": Deal("Cloud backup", (("BKP-GB", 18, False),), timing="arrears"),
    "siem": Deal("Security monitoring", (("SIEM", "seats", False),), timing="arrears", anchor=15, delay=2),
    "colo": Deal("Colocation", (("COLO-RU", 6, False),), anchor=31),
    "vcio": Deal("Business reviews", (("VCIO", 1, False),), count=3),
    "audit": Deal("Security assessment", (("AUDIT", 1, False),), unit="year", timing="arrears"),
    "domains": Deal("Domains", (("DOMAIN", 4, False),), unit="year"),
    "onsite": Deal("Onsite technician", (("ONSITE-DAY", 1, False),), unit="week", timing="arrears"),
}
# Agreements whose prices are promised to stay, in months from the one to be billed.
LOCKS = {"garnet": 8, "westerly": 4, "dovecote": 19, "eikenhof": 10, "silverbrook": 2, "underhill": 14}
# Half a year ago the company took over the clients of a smaller one, so many began then.
# New clients that began in the middle of a month.
MID_MONTH = {"gallowglass": 12, "larkspur": 20, "saltmarsh": 9, "corbel": 17, "everleigh": 22, "hazelmere": 10}


def tell(story: Story) -> None:
    """Create all subscriptions as drafts and activate them."""
    values, names = [], []
    for number, row in enumerate(story.rows):
        for place, (code, deal) in enumerate(deals_of(row)):
            values.append(_values(story, row, deal, f"AG-{1001 + number}{'abcd'[place]}"))
            names.append(f"agreement_{row['key']}_{code}")
    subscriptions = story.office["msp.subscription"].create(values)
    for name, subscription in zip(names, subscriptions, strict=True):
        story.keep(name, subscription)
    subscriptions.action_activate()
    story.backdate_messages(story.month(0) - relativedelta(months=1))


def deals_of(row: dict) -> list[tuple[str, Deal]]:
    """Return a client's agreements with their codes.

    Small clients are billed by the quarter; their price includes the work, unless they buy hours in advance.
    """
    extras = row["extras"].split()
    main = PACKAGES[row["package"]]
    if "quarterly" in extras:
        covered = "prepaid" if main.coverage == "prepaid" else "all_inclusive"
        main = replace(main, count=3, coverage=covered)
    return [("main", main), *((code, EXTRAS[code]) for code in extras if code in EXTRAS)]


def _values(story: Story, row: dict, deal: Deal, code: str) -> dict:
    start = start_of(story, row, deal)
    lock = LOCKS.get(row["key"]) if deal.with_projects else None
    return {
        "name": f"{code} {deal.title}",
        "partner_id": story.named(f"client_{row['key']}").id,
        "currency_id": (story.named("currency_eur") if row["currency"] == "EUR" else story.company.currency_id).id,
        "user_id": story.named("user_manager").id,
        "date_start": start,
        "anchor_day": deal.anchor or int(row["anchor"]),
        "interval_unit": deal.unit,
        "interval_count": deal.count,
        "timing": deal.timing,
        "labor_coverage": deal.coverage,
        "project_ids": [Command.set(story.named(f"project_{row['key']}").ids)] if deal.with_projects else False,
        "price_locked_until": story.anchor + relativedelta(months=lock, day=31) if lock else False,
        "line_ids": [Command.create(vals) for vals in _lines(story, row, deal, start)],
    }


def start_of(story: Story, row: dict, deal: Deal) -> date:
    """Return the first day of an agreement."""
    months = max(int(row["start"]) - deal.delay, 1)
    first = story.anchor - relativedelta(months=months)
    anchor = deal.anchor or int(row["anchor"])
    return first + relativedelta(day=MID_MONTH.get(row["key"], anchor if deal.unit != "week" else 3))


def _lines(story: Story, row: dict, deal: Deal, start: date) -> list[dict]:
    """Return the lines; contract prices are the list's, in the client's currency, with what was haggled."""
    chance = story.chance("prices", row["key"], deal.title)
    counts = {"seats": int(row["seats"]), "servers": int(row["servers"])}
    factor = chance.choice((1.0, 1.0, 0.97, 0.95, 0.92)) * (0.93 if row["currency"] == "EUR" else 1.0)
    lines = []
    for code, how_many, catalogue in deal.lines:
        quantity = counts[how_many] if isinstance(how_many, str) else how_many
        if not quantity:
            continue
        # The catalogue knows prices of a month; those of a quarter stand in the contract.
        catalogue = catalogue and (deal.unit, deal.count) == ("month", 1)
        list_price = LIST_PRICES[code] * (3 if deal.with_projects and deal.count == 3 else 1)
        lines.append(
            {
                "product_id": story.named(product_name(code)).id,
                "quantity": quantity,
                "price_mode": "catalog" if catalogue else "contract",
                "price_unit": 0.0 if catalogue else haggled(list_price, factor),
            }
        )
    if deal.with_projects and start >= story.month(0):
        lines.append(
            {
                "product_id": story.named("product_onboard").id,
                "quantity": 1,
                "price_unit": haggled(600 + 35 * counts["seats"], factor),
                "is_one_off": True,
                "date_start": start,
            }
        )
    return lines


def haggled(price: float, factor: float) -> float:
    """Return a price as people agree on it: to the half dollar, small ones to five cents."""
    step = 0.05 if price < 20 else 0.5
    return round(round(price * factor / step) * step, 2)


LIST_PRICES = {row["code"]: float(row["list"]) for row in table("products")}
