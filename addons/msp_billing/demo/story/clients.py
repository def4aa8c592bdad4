"""The clients: cards, contacts, tax situation, projects and the prices that were agreed with some of them."""

from __future__ import annotations

from odoo.fields import Command

from .book import Story
from .catalogue import product_name

TERMS = {
    "15": "account.account_payment_term_15days",
    "30": "account.account_payment_term_30days",
    "45": "account.account_payment_term_45days",
}
POSITIONS = {"taxed": None, "exempt": "position_exempt", "export": "position_export"}
TASKS = ("Service desk", "Maintenance and patching", "Changes and projects")
STREETS = ("Mill Street", "Foundry Lane", "Station Road", "Market Square", "Elm Avenue", "Harbor Drive", "Court Street")
CONTACTS = (
    "Dana Whitcomb",
    "Luis Ortega",
    "Karen Sloane",
    "Tom Beckett",
    "Ruth Adeyemi",
    "Paul Hendricks",
    "Nina Kowalski",
    "Greg Farrow",
    "Isabel Duarte",
    "Walter Finch",
    "Amy Castellan",
    "Jonas Pfeiffer",
    "Lena Voss",
    "Mark Tully",
)
# client, product code or category, how, value, from which month on (None: always), until, note
PRICES = (
    ("aldergate", "M365-BP", "fixed", 24.5, None, None, "Three-year commitment, signed by the practice manager"),
    ("aldergate", "LAB-REM", "fixed", 125, None, None, "Preferred hourly rate"),
    ("brinkmoor", "M365-BP", "fixed", 25.0, 2, None, "Matched a competing offer"),
    ("carrowby", "Labor", "discount", 10, None, None, "Volume of hours"),
    ("dovecote", "Licences", "discount", 8, None, None, "School pricing"),
    ("dovecote", "M365-BP", "fixed", 22.4, None, None, "Academic licences through the consortium"),
    ("eikenhof", "M365-BP", "fixed", 23.9, None, None, "Price list for Germany"),
    ("garnet", "LAB-PRJ", "fixed", 150, None, None, "Statement of work 2"),
    ("garnet", "Security", "discount", 5, None, None, None),
    ("holloway", "Labor", "discount", 15, None, None, "Nonprofit rate"),
    ("ironbark", "M365-BS", "markup", 28, None, None, "Cost plus, reviewed each year"),
    ("kestrel", "LAB-ONS", "fixed", 160, 0, 6, "First half-year at the old rate"),
    ("kestrel", "LAB-ONS", "fixed", 170, 7, None, None),
    ("oostveen", "M365-BP", "fixed", 22.5, None, None, None),
    ("pelham", "Licences", "discount", 4, 3, None, None),
    ("rosewick", "Labor", "discount", 12, None, None, "Library rate"),
    ("westerly", "M365-BP", "fixed", 24.9, None, None, "57 seats"),
    ("westerly", "Hardware", "markup", 12, None, None, "Cost plus 12 %"),
    ("elbwerk", "LAB-REM", "fixed", 120, None, None, None),
    ("hartwell", "Hardware", "markup", 15, None, None, None),
    ("mossgrove", "M365-BP", "fixed", 25.4, 4, None, None),
    ("underhill", "LAB-PRJ", "fixed", 148, None, None, "Engineering framework agreement"),
)


def tell(story: Story) -> None:
    """Create the clients with their contacts, projects and prices, and the portal login of the first."""
    _terms(story)
    _partners(story)
    _projects(story)
    _prices(story)
    _portal(story)


def _terms(story: Story) -> None:
    term = story.env["account.payment.term"].create(
        {"name": "60 Days", "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})]}
    )
    story.keep("term_60", term)


def _partners(story: Story) -> None:
    env = story.env
    names = sorted({row["segment"] for row in story.rows})
    tags = dict(zip(names, env["res.partner.category"].create([{"name": name} for name in names]), strict=True))
    countries = {c.code: c for c in env["res.country"].search([("code", "in", [r["country"] for r in story.rows])])}
    states = {state.code: state for state in env["res.country.state"].search([("country_id.code", "=", "US")])}
    partners = env["res.partner"].create([_card(story, row, tags, countries, states) for row in story.rows])
    for row, partner in zip(story.rows, partners, strict=True):
        partner.property_payment_term_id = (
            env.ref(TERMS[row["term"]]) if row["term"] in TERMS else story.named("term_60")
        )
        if POSITIONS[row["tax"]]:
            partner.property_account_position_id = story.named(POSITIONS[row["tax"]])
        story.keep(f"client_{row['key']}", partner)


def _card(story: Story, row: dict, tags: dict, countries: dict, states: dict) -> dict:
    """Return the values of a client with an invoice address and a person to call."""
    chance = story.chance("card", row["key"])
    phone = f"+1 555 01{chance.randint(10, 99)} {chance.randint(1000, 9999)}"
    person = chance.choice(CONTACTS)
    mail = f"{row['key']}.example"
    return {
        "name": row["name"],
        "is_company": True,
        "street": f"{chance.randint(2, 980)} {chance.choice(STREETS)}",
        "city": row["city"],
        "zip": f"{chance.randint(10000, 99999)}",
        "state_id": states[row["state"]].id if row["state"] else False,
        "country_id": countries[row["country"]].id,
        "phone": phone,
        "email": f"office@{mail}",
        "website": f"https://www.{mail}",
        "customer_rank": 1,
        "category_id": [Command.set(tags[row["segment"]].ids)],
        "child_ids": [
            Command.create({"name": "Accounts payable", "type": "invoice", "email": f"ap@{mail}"}),
            Command.create(
                {"name": person, "type": "contact", "email": f"{person.split()[0].lower()}@{mail}", "phone": phone}
            ),
        ],
    }


def _projects(story: Story) -> None:
    """One project for each client, with the same three tasks; one for the MSP's own work."""
    env = story.env
    projects = env["project.project"].create(
        [_project(story, row["name"], story.named(f"client_{row['key']}")) for row in story.rows]
        + [_project(story, "Internal", story.company.partner_id)]
    )
    tasks = env["project.task"].create(
        [
            {"name": name, "project_id": project.id, "partner_id": project.partner_id.id, "user_ids": [Command.clear()]}
            for project in projects[:-1]
            for name in TASKS
        ]
    )
    for number, (row, project) in enumerate(zip(story.rows, projects, strict=False)):
        story.keep(f"project_{row['key']}", project)
        for which in range(len(TASKS)):
            story.keep(f"task_{row['key']}_{which}", tasks[number * len(TASKS) + which])
    story.keep("project_internal", projects[-1])


def _project(story: Story, name: str, partner) -> dict:
    return {
        "name": name,
        "partner_id": partner.id,
        "company_id": story.company.id,
        "allow_timesheets": True,
        "privacy_visibility": "employees",
        "user_id": story.named("user_manager").id,
    }


def _prices(story: Story) -> None:
    """Client prices, entered by the finance manager."""
    story.office["msp.price.override"].create(
        [
            {
                "partner_id": story.named(f"client_{client}").id,
                **_target(story, target),
                "compute": compute,
                "value": value,
                "date_start": story.month(start) if start is not None else False,
                "date_end": story.day(end, 31) if end is not None else False,
                "currency_id": _currency(story, client).id,
                "note": note,
            }
            for client, target, compute, value, start, end, note in PRICES
            if story.has(f"client_{client}")
        ]
    )


def _target(story: Story, target: str) -> dict:
    if story.has(product_name(target)):
        return {"product_id": story.named(product_name(target)).id}
    return {"categ_id": story.named("category_" + target.lower().replace(" ", "_")).id}


def _currency(story: Story, key: str):
    row = next(row for row in story.rows if row["key"] == key)
    return story.named("currency_eur") if row["currency"] == "EUR" else story.company.currency_id


def _portal(story: Story) -> None:
    """A login for the first client's contact; the password is the login. For a demo only."""
    env = story.env
    client = story.named(f"client_{story.rows[0]['key']}")
    person = client.child_ids.filtered(lambda child: child.type == "contact")[:1]
    user = env["res.users"].search([("login", "=", "client")]) or env["res.users"].create(
        {
            "login": "client",
            "password": "client",
            "partner_id": person.id,
            "company_id": story.company.id,
            "company_ids": [Command.set(story.company.ids)],
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    )
    story.keep("user_client", user)
