"""The MSP itself: its letterhead, taxes, currencies, bank and people."""

from __future__ import annotations

import base64
import io
from decimal import Decimal
from pathlib import Path

from odoo.fields import Command

from .book import Story, table

NAME = "Northstill IT Services"
DOMAIN = "northstill.example"
BLUE, SAND = (31, 78, 121), (236, 179, 92)
SALES_TAX = 7.25
# Euro for one dollar in the first month; it drifts a little each month.
EURO_START = Decimal("0.9150")
USERS = (
    # login, name, groups
    (
        "manager",
        "Elena Marchetti",
        ("msp_billing.msp_billing_group_manager", "hr_timesheet.group_hr_timesheet_approver"),
    ),
    ("finance", "Joanna Pike", ("msp_billing.msp_billing_group_user",)),
    ("tech", "Priya Raman", ("hr_timesheet.group_hr_timesheet_user", "project.group_project_user")),
)


def tell(story: Story) -> None:
    """Set up the company; works on a company whose chart of accounts is loaded, and loads one otherwise."""
    _letterhead(story)
    _chart(story)
    _taxes(story)
    _rates(story)
    _bank(story)
    _users(story)
    _team(story)


def _letterhead(story: Story) -> None:
    env, company = story.env, story.company
    country = env.ref("base.us")
    company.write(
        {
            "name": NAME,
            "street": "480 Foundry Lane",
            "city": "Larkfield",
            "zip": "44790",
            "state_id": env["res.country.state"].search([("country_id", "=", country.id), ("code", "=", "OH")]).id,
            "country_id": country.id,
            "phone": "+1 555 010 4400",
            "email": f"billing@{DOMAIN}",
            "website": f"https://www.{DOMAIN}",
            "primary_color": "#%02X%02X%02X" % BLUE,
            "secondary_color": "#%02X%02X%02X" % SAND,
            "logo": base64.b64encode(draw_logo()),
            "msp_go_live_date": story.month(0),
        }
    )
    if "msp_bill_approved_only" in company:
        company.msp_bill_approved_only = True


def draw_logo() -> bytes:
    """Draw the logo: a peak with a star above it, and the name. Returns a PNG."""
    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    scale, width, height = 3, 420, 96
    image = Image.new("RGBA", (width * scale, height * scale), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)

    def at(*points):
        return [(x * scale, y * scale) for x, y in points]

    draw.polygon(at((6, 86), (48, 22), (90, 86)), fill=BLUE)
    draw.polygon(at((34, 86), (62, 48), (90, 86)), fill=(58, 117, 168))
    draw.polygon(at((48, 2), (52, 11), (61, 14), (52, 17), (48, 26), (44, 17), (35, 14), (44, 11)), fill=SAND)
    fonts = Path(reportlab.__file__).parent / "fonts"
    if (fonts / "VeraBd.ttf").is_file():
        bold = ImageFont.truetype(str(fonts / "VeraBd.ttf"), 38 * scale)
        small = ImageFont.truetype(str(fonts / "Vera.ttf"), 19 * scale)
        draw.text((106 * scale, 18 * scale), "Northstill", font=bold, fill=BLUE)
        draw.text((108 * scale, 62 * scale), "IT Services", font=small, fill=(96, 96, 96))
    out = io.BytesIO()
    image.resize((width, height), Image.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _chart(story: Story) -> None:
    if not story.company.chart_template:
        story.env["account.chart.template"].try_loading("generic_coa", story.company, install_demo=False)


def _taxes(story: Story) -> None:
    """Sales tax at home; exempt organisations; nothing on exports (the client owes it at home)."""
    env, company = story.env, story.company
    Position = env["account.fiscal.position"]
    base = company.account_sale_tax_id
    tax = base.copy(
        {"name": f"Sales tax {SALES_TAX} %", "amount": SALES_TAX, "invoice_label": f"Sales tax {SALES_TAX} %"}
    )
    company.account_sale_tax_id = tax
    nothing = env["account.tax"].search([("original_tax_ids", "in", base.ids)], limit=1)
    nothing.original_tax_ids = [Command.link(tax.id)]
    foreign = nothing.fiscal_position_ids[:1]
    foreign.note = "<p>Reverse charge: the recipient of the service owes the tax.</p>"
    exempt = Position.create(
        {"name": "Tax-exempt organisation", "note": "<p>Exempt: certificate on file.</p>", "company_id": company.id}
    )
    nothing.copy(
        {
            "name": "0% Exempt",
            "invoice_label": "Exempt",
            "fiscal_position_ids": [Command.set(exempt.ids)],
            "original_tax_ids": [Command.set(tax.ids)],
        }
    )
    story.keep("tax_sale", tax)
    story.keep("position_exempt", exempt)
    story.keep("position_export", foreign)


def _rates(story: Story) -> None:
    """The euro's rate on the first of each of the billed months, and one before."""
    env = story.env
    euro = env.ref("base.EUR")
    euro.active = True
    rate, values = EURO_START, []
    for index in range(-1, story.months + 1):
        step = story.chance("rate", index).randint(-14, 12)
        rate = max(Decimal("0.8300"), rate + Decimal(step) / 1000)
        values.append(
            {
                "name": story.month(index),
                "rate": float(rate),
                "currency_id": euro.id,
                "company_id": story.company.id,
            }
        )
    days = [vals["name"] for vals in values]
    env["res.currency.rate"].search(
        [("currency_id", "=", euro.id), ("company_id", "in", (False, story.company.id)), ("name", "in", days)]
    ).unlink()
    env["res.currency.rate"].create(values)
    story.keep("currency_eur", euro)


def _bank(story: Story) -> None:
    """One bank account, so that invoices can say where to pay."""
    env, company = story.env, story.company
    journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
    if not journal.bank_account_id:
        bank = env["res.bank"].create({"name": "First Bank of Larkfield"})
        account = env["res.partner.bank"].create(
            {"acc_number": "004400718823", "bank_id": bank.id, "partner_id": company.partner_id.id}
        )
        if "allow_out_payment" in account:
            account.allow_out_payment = True
        journal.bank_account_id = account
    story.keep("journal_bank", journal)


def _users(story: Story) -> None:
    """People to log in as; the password is the login. For a demo only."""
    env = story.env
    for login, name, groups in USERS:
        user = env["res.users"].search([("login", "=", login)]) or env["res.users"].create(
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@{DOMAIN}",
                "group_ids": [Command.set([env.ref(xmlid).id for xmlid in ("base.group_user", *groups)])],
                "company_id": story.company.id,
                "company_ids": [Command.set(story.company.ids)],
                "tz": "America/New_York",
            }
        )
        story.keep(f"user_{login}", user)


def _team(story: Story) -> None:
    """Twelve technicians; two have no cost rate yet."""
    env = story.env
    rows = table("team")
    employees = env["hr.employee"].create(
        [
            {
                "name": row["name"],
                "job_title": row["job"],
                "work_email": _mail(row["name"]),
                "company_id": story.company.id,
                "hourly_cost": float(row["cost"] or 0),
                "user_id": story.named(f"user_{row['login']}").id if row["login"] else False,
            }
            for row in rows
        ]
    )
    for number, employee in enumerate(employees, start=1):
        story.keep(f"employee_{number}", employee)


def _mail(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{DOMAIN}"
