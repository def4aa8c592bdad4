"""The histories of the third world in a real Odoo, through the contract.

Agreements are made as they were and changed by dated changes and synced counts; whom runs bill is billed by a run every
month, and what somebody did to such a draft is done to it; the others' invoices are typed. Time comes by ``log_time``.
Everything stays in the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict

from billing_world.into_odoo import Documents
from billing_world.rows import RUN
from odoo.addons.msp_billing.models.own_transaction import ONE_TRANSACTION
from odoo.fields import Command
from odoo.tools import SQL

from .agreements import Agreements
from .cases import ThirdCase
from .catalogue import Catalogue
from .services import month_of

BATCH = 100


class IntoOdoo(Documents):
    """Creates the records of cases; ``drafts`` by client's number afterwards.

    :param env: of a company without agreements
    """

    def __init__(self, env, catalogue: Catalogue):
        self.env = env = env(context={**env.context, "msp_one_transaction": ONE_TRANSACTION, "tracking_disable": True})
        if not env.company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
        self.tax = env["account.tax"].create({"name": "VAT of the third world", "amount": 20.0})
        self.other_tax = env["account.tax"].create({"name": "Foreign VAT", "amount": 7.0})
        self.term = env.ref("account.account_payment_term_30days")
        self.exempt = env["account.fiscal.position"].create({"name": "Exempt of the third world"})
        hour, unit = env.ref("uom.product_uom_hour"), env.ref("uom.product_uom_unit")
        self.products = {
            product.id: env["product.product"].create(
                {
                    "name": product.name,
                    "type": "service",
                    "list_price": product.price,
                    "standard_price": round(0.55 * product.price, 2) if product.kind in ("seat", "flat") else 0.0,
                    "uom_id": (hour if product.kind == "hours" else unit).id,
                    "taxes_id": [Command.set(self.tax.ids)],
                    "invoice_policy": "order",
                }
            )
            for product in catalogue.products()
        }
        self.employee = env["hr.employee"].sudo().create({"name": "Technician of the third world"})
        self.agreements = Agreements(env, self.products)
        self.drafts, self.oddities = {}, []

    def load(self, cases: list[ThirdCase]):
        """:return: dict of drafts by client's number"""
        self._partners(cases)
        runs = [case for case in cases if case.way == RUN]
        typed = [case for case in cases if case.way != RUN]
        self.agreements.make(runs, self.partners)
        self._run_months(runs)
        self.agreements.make([case for case in typed if case.versions and case.way != "bare"], self.partners)
        self._typed(typed)
        self._overrides(cases)
        self.env.flush_all()
        return self.drafts

    # Clients

    def _partners(self, cases):
        """Every ninth client has no address, every other exempt one no fiscal position: records as they are."""
        found = self.env["res.partner"].create(
            [
                {
                    "name": f"Client {case.client}",
                    "is_company": True,
                    "email": "" if case.client % 9 == 0 else f"ap{case.client}@client.example",
                    "property_payment_term_id": self.term.id,
                    "property_account_position_id": self.exempt.id if case.exempt and case.client % 2 else False,
                }
                for case in cases
            ]
        )
        self.partners = dict(zip((case.client for case in cases), found, strict=True))

    def _overrides(self, cases):
        """Every fifth client has prices of its own with the resolver."""
        values = []
        for case in cases:
            if case.client % 5 == 0:
                prices = {v.product.id: v.price * (1 - v.discount / 100) for v in case.versions if v.end is None}
                values += [
                    {
                        "partner_id": self.partners[case.client].id,
                        "product_id": self.products[product].id,
                        "compute": "fixed",
                        "value": round(price, 4),
                    }
                    for product, price in prices.items()
                ]
        self.env["msp.price.override"].create(values)

    # What runs bill

    def _run_months(self, cases):
        """A run every month, from the first month of any client to the reviewed one."""
        if not cases:
            return
        review = cases[0].month
        month = min(case.client_world.first for case in cases)
        by_partner = {self.partners[case.client]: case for case in cases}
        while month <= review:
            run = self.env["msp.billing.run"].create({"date": month})
            run.action_generate()
            for problem in run.problem_ids.filtered(lambda p: p.code != "missing_invoice"):
                self.oddities.append(f"run of {month}: {problem.partner_id.name}: {problem.message}")
            drafts = {move.partner_id: move for move in run.move_ids}
            posted = self.env["account.move"]
            for partner, case in by_partner.items():
                draft = drafts.pop(partner, self.env["account.move"])
                posted |= self._after_run(case, month, draft)
            for partner in drafts:
                self.oddities.append(f"run of {month}: a draft for {partner.name} that was not expected")
            posted._post(soft=False)
            month = month_of(month, 1)
        self.agreements.late(cases)

    def _after_run(self, case, month, draft):
        """What somebody did to the draft of a run. Returns it when it was posted."""
        last = month == case.month
        document = next((d for d in case.documents if d.date == month), None)
        rows = case.rows if last else document.rows if document else None
        if rows is None:
            if draft and last:
                draft.unlink()
            elif draft:
                self.oddities.append(f"{case.client}: the run of {month} billed what the world does not")
            return self.env["account.move"]
        if not draft:
            if not all(row.typed for row in rows):
                self.oddities.append(f"{case.client}: the run of {month} billed nothing")
            draft = self.env["account.move"].create(self._move(case, month, rows))
        else:
            self._edit(case, draft, rows)
        if last:
            self.drafts[case.client] = draft
            self._siblings(case)
            return self.env["account.move"]
        return draft

    def _edit(self, case, draft, rows):
        """Make the lines of a run's draft those of the rows."""
        left = list(draft.invoice_line_ids.filtered(lambda line: line.display_type == "product"))
        typed = []
        for row in rows:
            product = self.products[row.product.id]
            line = next((line for line in left if line.product_id == product), None) if not row.typed else None
            if line is None:
                typed.append(Command.create(self._line(row)))
                if not row.typed:
                    self.oddities.append(f"{case.client}: no line for {row.label} on the run's draft of {draft.date}")
                continue
            left.remove(line)
            wanted = self._line(row)
            changes = {
                name: wanted[name]
                for name in ("quantity", "price_unit", "discount")
                if abs(line[name] - wanted[name]) > 1e-6
            }
            if set(line.tax_ids.ids) != set(wanted["tax_ids"][0][2]):
                changes["tax_ids"] = wanted["tax_ids"]
            if changes:
                line.write(changes)
        if left:
            self.env["account.move.line"].browse([line.id for line in left]).unlink()
        if typed:
            draft.write({"invoice_line_ids": typed})

    # What people type

    def _typed(self, cases):
        self._time(cases)
        past = [(case, document) for case in cases for document in case.documents if not document.refund]
        moves = {}
        for start in range(0, len(past), BATCH):
            batch = past[start : start + BATCH]
            made = self.env["account.move"].create([self._move(case, d.date, d.rows) for case, d in batch])
            made._post(soft=False)
            # Nothing is committed, so that nobody else tells PostgreSQL how many there are by now.
            self.env.cr.execute(SQL("ANALYZE account_move, account_move_line, account_partial_reconcile"))
            moves.update(zip((d.id for _case, d in batch), made, strict=True))
        for case in cases:
            for document in case.documents:
                if document.refund:
                    self._credit(case, document, moves[document.of])
            if case.rows:
                self.drafts[case.client] = self.env["account.move"].create(self._move(case, case.day, case.rows))
            self._siblings(case)

    def _credit(self, case, document, invoice):
        values = {"date": document.date, "invoice_date": document.date, "ref": "credited"}
        if len(document.rows) == len(invoice.invoice_line_ids):
            invoice._reverse_moves([values], cancel=True)
            return
        move = self._move(case, document.date, document.rows) | {
            "move_type": "out_refund",
            "reversed_entry_id": invoice.id,
        }
        self.env["account.move"].create(move)._post(soft=False)

    def _siblings(self, case):
        for document in case.siblings:
            move = self.env["account.move"].create(self._move(case, document.date, document.rows))
            if document.posted:
                move._post(soft=False)

    def _time(self, cases):
        """One project a client, named by its agreement where there is one."""
        rows = []
        for case in cases:
            if not case.work:
                continue
            partner = self.partners[case.client]
            project = self.env["project.project"].sudo().create(
                {"name": f"Support {case.client}", "partner_id": partner.id, "allow_billable": True}
            )  # fmt: skip
            agreement = self.agreements.first.get(case.client)
            if agreement:
                agreement.project_ids = [Command.link(project.id)]
            per_day = defaultdict(int)
            for day, minutes, _open in case.work:
                per_day[day] += 1
                rows.append(
                    {
                        "external_ref": f"third-{case.client}-{day}-{per_day[day]}",
                        "employee": self.employee.id,
                        "project": project.id,
                        "date": day.isoformat(),
                        "hours": minutes / 60,
                        "description": "Support",
                    }
                )
        if rows:
            results = self.env["account.analytic.line"].log_time(rows)
            self.oddities += [f"log_time: {r['message']}" for r in results if r["status"] != "created"]
