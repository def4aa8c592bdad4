"""What work and vendors cost: raises of the technicians, what is resold, the vendors' bills of the last months."""

from __future__ import annotations

from odoo.addons.msp_billing.demo.story.book import Story, table
from odoo.fields import Command

RESOLD = ("Licences", "Security", "Backup", "Voice", "Hardware")
OWN_WORK = ("Labor", "Services")
TARGET_RATE = 145.0
# Vendors bill these for single clients; all else is bought at the product's cost.
BILLED_MONTHS = 3
VENDORS = (("Skyline Distribution", "Colocation power and cross-connects", 240), ("Packetworks", "Leased line", 180))
RAISE = 1.04


def tell(story: Story) -> None:
    """Set margin classes and target rate, write cost rates, book the vendors' bills."""
    _classes(story)
    _rates(story)
    _bills(story)


def _classes(story: Story) -> None:
    Template = story.env["product.template"]
    Template.search([("categ_id.name", "in", RESOLD)]).msp_margin_class = "product"
    Template.search([("categ_id.name", "in", OWN_WORK)]).msp_margin_class = "labor"
    story.company.msp_target_hourly_rate = TARGET_RATE


def _rates(story: Story) -> None:
    """Everybody with a cost got a raise half a year ago; the trainee and the contractor have none yet."""
    rows = []
    for number, row in enumerate(table("team"), start=1):
        if row["cost"]:
            employee = story.named(f"employee_{number}")
            cost = float(row["cost"])
            for day, hourly in ((story.month(-12), cost), (story.month(story.months - 6), round(cost * RAISE, 2))):
                rows.append(
                    {
                        "employee_id": employee.id,
                        "company_id": story.company.id,
                        "date_start": day,
                        "hourly_cost": hourly,
                    }
                )
    story.env["msp.cost.rate"].create(rows)


def _bills(story: Story) -> None:
    """Two vendors bill for the three largest clients, each share on the account of the client's project."""
    clients = sorted(story.rows, key=lambda row: -int(row["seats"]))[:3]
    accounts = [
        account
        for row in clients
        if story.has(f"project_{row['key']}") and (account := story.named(f"project_{row['key']}").account_id)
    ]
    if not accounts:
        return
    share = round(100 / len(accounts), 2)
    distribution = {str(account.id): share for account in accounts}
    vendors = story.env["res.partner"].create([{"name": name, "supplier_rank": 1} for name, _what, _price in VENDORS])
    bills = story.env["account.move"].create(
        [
            {
                "move_type": "in_invoice",
                "company_id": story.company.id,
                "partner_id": vendor.id,
                "invoice_date": story.day(index, 28),
                "date": story.day(index, 28),
                "ref": f"{vendor.name[:3].upper()}-{story.month(index):%y%m}",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": what,
                            "quantity": len(accounts),
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                            "analytic_distribution": distribution,
                        }
                    )
                ],
            }
            for index in range(max(0, story.months - BILLED_MONTHS), story.months)
            for vendor, (_name, what, price) in zip(vendors, VENDORS, strict=True)
        ]
    )
    bills.action_post()
