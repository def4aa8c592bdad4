"""Clients who buy hours in advance: their agreements say so, their time of all these months draws from what they bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from dateutil.relativedelta import relativedelta
from odoo.addons.msp_billing.demo.story.book import Story
from odoo.addons.msp_billing.demo.story.payments import Bank
from odoo.fields import Command

# code, name, hours, price, months of validity
BLOCKS = (
    ("BLK-05", "Block of 5 hours", 5, 690, 0),
    ("BLK-10", "Block of 10 hours", 10, 1290, 0),
    ("BLK-20", "Block of 20 hours, one year", 20, 2380, 12),
)
# Who buys which block when the hours run out.
BUYERS = {"quarrystone": "BLK-10", "umberfield": "BLK-10", "dunmore": "BLK-05", "oakhaven": "BLK-05"}
# Who bought a year's hours: days from the first of the month that is ready to their expiry, and what is left of them.
EXPIRES_SOON = ("umberfield", 31)
LEFT_TO_EXPIRE = 6 * 60
# Whose threshold lies above what is left, and who is topped up by itself then.
LOW, TOPPED_UP = "quarrystone", "oakhaven"


@dataclass(frozen=True)
class Need:
    """Minutes that work of a day takes."""

    day: date
    minutes: int


@dataclass(frozen=True)
class Purchase:
    day: date
    key: str
    code: str
    quantity: int


def tell(story: Story) -> None:
    """Sell the blocks of all buyers in the order of their days; the hours they worked draw at once."""
    _products(story)
    buyers = [key for key in BUYERS if story.has(f"client_{key}")]
    purchases = [purchase for key in buyers for purchase in _purchases(story, key)]
    moves = story.office["account.move"]
    for purchase in sorted(purchases, key=lambda purchase: (purchase.day, purchase.key)):
        moves |= _sell(story, purchase)
    bank = Bank(story)
    bank.expect(moves)
    bank.collect(story.anchor)
    _settings(story, buyers)
    story.env["msp.retainer"].search(
        [("state", "=", "active"), ("date_expiry", "<", story.company._retainer_today())]
    )._expire()
    story.env["msp.retainer.alert"]._watch(story.company)
    story.backdate_messages(story.anchor)


def _products(story: Story) -> None:
    for code, name, hours, price, months in BLOCKS:
        product = story.env["product.product"].create(
            {
                "default_code": code,
                "name": name,
                "type": "service",
                "list_price": price,
                "is_hour_block": True,
                "block_hours": hours,
                "block_validity_months": months,
                "block_increment_minutes": 15,
                "block_alert_hours": 2,
                "taxes_id": [Command.set(story.named("tax_sale").ids)],
            }
        )
        story.keep("product_" + code.lower().replace("-", "_"), product)


def _purchases(story: Story, key: str) -> list[Purchase]:
    """What a client buys: its own block whenever the hours would not last, or a year's hours at once."""
    needs, code = _needs(story, key), BUYERS[key]
    if key == EXPIRES_SOON[0]:
        start = story.anchor + timedelta(days=EXPIRES_SOON[1] + 1) - relativedelta(months=12)
        year = sum(need.minutes for need in needs if need.day >= start) + LEFT_TO_EXPIRE
        before = _as_needed([need for need in needs if need.day < start], key, code)
        return [*before, Purchase(start, key, "BLK-20", -(-year // _size("BLK-20")))]
    return _as_needed(needs, key, code) or [Purchase(story.month(max(story.months - 2, 0)), key, code, 1)]


def _as_needed(needs: list[Need], key: str, code: str) -> list[Purchase]:
    """Blocks bought on the first of the month in which the hours would not last."""
    found: dict[date, int] = {}
    balance, size = 0, _size(code)
    for need in needs:
        if balance < need.minutes:
            blocks = -(-(need.minutes - balance) // size)
            month = need.day.replace(day=1)
            found[month] = found.get(month, 0) + blocks
            balance += blocks * size
        balance -= need.minutes
    return [Purchase(day, key, code, blocks) for day, blocks in found.items()]


def _size(code: str) -> int:
    """Minutes of a block."""
    return next(hours for block, _name, hours, _price, _months in BLOCKS if block == code) * 60


def _needs(story: Story, key: str) -> list[Need]:
    """What the client's time takes of a block, in the order of its days."""
    lines = story.env["account.analytic.line"].search(
        [("project_id", "=", story.named(f"project_{key}").id), ("billing_state", "=", "prepaid")], order="date, id"
    )
    return [
        Need(line.date, ceil(ceil(round(line.unit_amount * 60) / 15) * 15 * line._time_multiplier())) for line in lines
    ]


def _sell(story: Story, purchase: Purchase):
    """An invoice that sells the hours, posted on its day."""
    product = story.named("product_" + purchase.code.lower().replace("-", "_"))
    move = story.office["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": story.named(f"client_{purchase.key}").id,
            "invoice_date": purchase.day,
            "invoice_user_id": story.named("user_manager").id,
            "invoice_line_ids": [Command.create({"product_id": product.id, "quantity": purchase.quantity})],
        }
    )
    move._post(soft=False)
    return move


def _settings(story: Story, buyers: list[str]) -> None:
    """Who is told; one threshold above what is left, and one client that is topped up by a draft."""
    story.company.retainer_user_id = story.named("user_manager")
    for key in buyers:
        client = story.named(f"client_{key}").with_company(story.company)
        if key in (LOW, TOPPED_UP):
            client.retainer_alert_hours = client.retainer_hours_available + 1
        if key == TOPPED_UP:
            client.retainer_topup_product_id = story.named("product_blk_10")
