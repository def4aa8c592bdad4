"""What the MSP sells, with list prices and costs, and the kinds of work."""

from __future__ import annotations

from odoo.fields import Command

from .book import Story, table

# code, name, product; those that the addon ships get their product
WORK_TYPES = (
    ("REMOTE", "Remote", "LAB-REM"),
    ("ONSITE", "Onsite", "LAB-ONS"),
    ("AFTERHOURS", "After hours", "LAB-REM"),
    ("TRAVEL", "Travel", "LAB-ONS"),
    ("PROJECT", "Project", "LAB-PRJ"),
)


def tell(story: Story) -> None:
    """Create categories, products and work types."""
    _products(story)
    if "msp.work.type" in story.env:
        _work_types(story)


def _products(story: Story) -> None:
    env, rows = story.env, table("products")
    units = {"unit": env.ref("uom.product_uom_unit"), "hour": env.ref("uom.product_uom_hour")}
    names = list(dict.fromkeys(row["category"] for row in rows))
    categories = dict(zip(names, env["product.category"].create([{"name": name} for name in names]), strict=True))
    tax = story.named("tax_sale")
    products = env["product.product"].create(
        [
            {
                "default_code": row["code"],
                "name": row["name"],
                "categ_id": categories[row["category"]].id,
                "uom_id": units[row["unit"]].id,
                "type": "consu" if row["category"] == "Hardware" else "service",
                "list_price": float(row["list"]),
                "standard_price": float(row["cost"]),
                "taxes_id": [Command.set(tax.ids)],
                "invoice_policy": "order",
                "purchase_ok": row["category"] not in ("Labor", "Services"),
            }
            for row in rows
        ]
    )
    for product in products:
        story.keep(product_name(product.default_code), product)
    for name, category in categories.items():
        story.keep("category_" + name.lower().replace(" ", "_"), category)


def product_name(code: str) -> str:
    """Return the name by which the story knows a product."""
    return "product_" + code.lower().replace("-", "_")


def _work_types(story: Story) -> None:
    WorkType = story.env["msp.work.type"]
    for code, name, product in WORK_TYPES:
        values = {"product_id": story.named(product_name(product)).id}
        work_type = WorkType.search([("code", "=", code)], limit=1)
        if work_type:
            work_type.write(values)
        else:
            WorkType.create({"code": code, "name": name, **values})
    story.company.msp_service_product_id = story.named("product_lab_rem")
