"""Puts cases into a real Odoo through the contract: agreements, posted invoices, time, drafts.

Typed and bare cases only: what a billing run makes is made by billing runs.
"""

from __future__ import annotations

from odoo.fields import Command

from .rows import Case, Product


class Documents:
    """Values of a case's invoices; ``partners`` and ``products`` say which record stands for what.

    Also ``term``, ``tax`` (the one that products have) and ``other_tax`` (the one that wrong lines get).
    """

    def _move(self, case, day, rows):
        return {
            "move_type": "out_invoice",
            "partner_id": self.partners[case.client].id,
            "invoice_date": day,
            "date": day,
            "invoice_payment_term_id": self.term.id,
            "invoice_line_ids": [Command.create(self._line(row)) for row in rows],
        }

    def _line(self, row):
        taxes = {1: self.tax, 2: self.other_tax}
        return {
            "product_id": self.products[row.product.id].id,
            "name": row.label,
            "quantity": row.quantity,
            "price_unit": row.price,
            "discount": row.discount,
            "tax_ids": [Command.set([taxes[number].id for number in sorted(row.taxes)])],
        }


class Importer(Documents):
    """Creates records for cases; keeps which record stands for what.

    :param tax: the tax that products have; ``other_tax``: the one that wrong lines get
    """

    def __init__(self, env, tax, other_tax, catalogue: list[Product]):
        self.env, self.tax, self.other_tax = env, tax, other_tax
        self.term = env.ref("account.account_payment_term_30days")
        hour, unit = env.ref("uom.product_uom_hour"), env.ref("uom.product_uom_unit")
        self.products = {}
        for product in [*catalogue, Product(90, "Managed services", 50.0, "flat")]:
            self.products[product.id] = env["product.product"].create(
                {
                    "name": product.name,
                    "type": "service",
                    "list_price": product.price,
                    "standard_price": round(0.55 * product.price, 2) if product.kind in ("seat", "flat") else 0.0,
                    "uom_id": (hour if product.kind == "hours" else unit).id,
                    "taxes_id": [Command.set(tax.ids)],
                }
            )
        self.employee = env["hr.employee"].sudo().create({"name": "Technician"})

    def load(self, cases: list[Case]):
        """:return: dict of drafts by client's number"""
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Client {case.client}",
                    "email": "" if case.client % 9 == 0 else "ap@client.example",
                    "property_payment_term_id": self.term.id,
                }
                for case in cases
            ]
        )
        self.partners = dict(zip((case.client for case in cases), partners, strict=True))
        for case in cases:
            self._agreements(case)
            self._time(case)
        past = [(case, document) for case in cases for document in (*case.history, *case.siblings)]
        moves = self.env["account.move"].create([self._move(case, d.date, d.rows) for case, d in past])
        posted = moves.browse([m.id for m, (_case, d) in zip(moves, past, strict=True) if d.posted])
        posted._post(soft=False)
        drafts = self.env["account.move"].create([self._move(case, case.day, case.rows) for case in cases])
        return {case.client: draft for case, draft in zip(cases, drafts, strict=True)}

    def _agreements(self, case):
        """One agreement a client and length of period."""
        for months in sorted({version.months for version in case.versions}):
            versions = [version for version in case.versions if version.months == months]
            subscription = self.env["msp.subscription"].create(
                {
                    "partner_id": self.partners[case.client].id,
                    "date_start": min(version.start for version in versions),
                    "interval_count": months,
                    "interval_unit": "month",
                    "labor_coverage": "time_material",
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": self.products[version.product.id].id,
                                "name": version.label,
                                "quantity": version.quantity,
                                "price_unit": version.price,
                                "discount": version.discount,
                                "date_start": version.start,
                                "date_end": version.end,
                            }
                        )
                        for version in versions
                    ],
                }
            )
            subscription.action_activate()
            if case.counts:
                subscription.line_ids.sudo().write({"source_ref": "rmm"})

    def _time(self, case):
        if not case.work:
            return
        project = self.env["project.project"].sudo().create(
            {"name": f"Project {case.client}", "partner_id": self.partners[case.client].id, "allow_billable": True}
        )  # fmt: skip
        self.env["account.analytic.line"].sudo().create(
            [
                {
                    "name": "Work",
                    "project_id": project.id,
                    "employee_id": self.employee.id,
                    "date": day,
                    "unit_amount": minutes / 60,
                }
                for day, minutes, _open in case.work
            ]
        )
