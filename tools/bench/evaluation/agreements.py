"""Agreements for the benches of a billing run."""

from __future__ import annotations

from datetime import date

LINES = 5


def agreements(env, count: int, start: date):
    """Active agreements of as many new clients from a day on: five lines of three at the list price, with a 15 % tax."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
    tax = env["account.tax"].search(
        [("type_tax_use", "=", "sale"), ("amount", "=", 15), ("company_id", "=", env.company.id)], limit=1
    )
    products = env["product.product"].create(
        [
            {"name": f"Bench {n}", "type": "service", "list_price": 10 + n, "taxes_id": [(6, 0, tax.ids)]}
            for n in range(LINES)
        ]
    )
    clients = env["res.partner"].create(
        [{"name": f"Bench client {n}", "email": f"client{n}@bench.example"} for n in range(count)]
    )
    subscriptions = env["msp.subscription"].create(
        [
            {
                "partner_id": client.id,
                "date_start": start,
                "line_ids": [
                    (0, 0, {"product_id": product.id, "quantity": 3, "price_unit": 10 + n})
                    for n, product in enumerate(products)
                ],
            }
            for client in clients
        ]
    )
    subscriptions.action_activate()
    return subscriptions
