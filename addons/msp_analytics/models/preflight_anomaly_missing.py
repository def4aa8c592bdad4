from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..engine.anomaly.completeness import CODE, missing_invoice
from . import preflight_anomaly_queries as queries
from .preflight_anomaly_facts import AbsentFacts

#: An absence that is less likely an error than this is no problem of the run. Without an agreement on record a
#: client that left looks the same as one that was forgotten (chance 0.15 to 0.4): worth a look, so it is reported.
REPORTED = 0.15


class MspBillingRun(models.Model):
    """Clients that are billed regularly and have no draft in this run are reported among its problems."""

    _inherit = "msp.billing.run"

    @api.model
    @api.readonly
    def preview(self, date=None):
        """Adds to the problems the clients without an agreement whose usual invoice nobody has made yet."""
        found = super().preview(date)
        company = self.env["res.company"].browse(found["company_id"])
        explained = self._explained_clients(company)
        missing = [
            values
            for values in self._missing_invoices(company, fields.Date.to_date(found["date"]))
            if values["partner_id"] not in explained
        ]
        partners = self.env["res.partner"].browse([values["partner_id"] for values in missing])
        found["problems"] += [
            {
                "partner_id": partner.id,
                "partner": partner.display_name,
                "subscription_id": False,
                "message": values["message"],
            }
            for partner, values in zip(partners, missing, strict=True)
        ]
        return found

    def _close_generation(self):
        super()._close_generation()
        self._report_missing_invoices()

    def _report_missing_invoices(self):
        """Put clients without a draft among the problems, once each."""
        self.ensure_one()
        problems = self.env["msp.billing.problem"].sudo()  # problems are written by the run alone
        known = problems.search([("run_id", "=", self.id), ("state", "=", "open")])
        silent = set(known.partner_id.commercial_partner_id.ids) | self._explained_clients(self.company_id)
        problems.create(
            [
                {
                    "run_id": self.id,
                    "company_id": self.company_id.id,
                    "partner_id": found["partner_id"],
                    "code": CODE,
                    "message": found["message"],
                    "res_model": "res.partner",
                    "res_id": found["partner_id"],
                }
                for found in self._missing_invoices(self.company_id, self.date)
                if found["partner_id"] not in silent
            ]
        )

    @api.model
    def _explained_clients(self, company):
        """Clients with an agreement: what it owed is billed now, or its problem is listed.

        Paused, skipped, ended or not due, its own page says why there is no invoice; only clients that are
        billed without an agreement can be forgotten.

        :return: set of ids of commercial partners
        """
        agreed = (
            self.env["msp.subscription"]
            .sudo()
            ._read_group(  # of all salespeople, ids alone
                [("company_id", "=", company.id), ("state", "!=", "draft")], ["commercial_partner_id"]
            )
        )
        return {client.id for (client,) in agreed}

    @api.model
    def _missing_invoices(self, company, day):
        """Clients of a company whose invoice of about a day is likely to have been forgotten.

        :return: list of dicts of ``partner_id, currency_id, chance, amount, message``, the likeliest first
        """
        queries.prepare(self.env)
        pairs = queries.absent_clients(self.env, company.id, day)
        if not pairs:
            return []
        table = self.env["account.move"].with_company(company)._anomaly_table()
        found = []
        for (client, currency), history in AbsentFacts(self.env, company, pairs, day).load().items():
            missing = missing_invoice(day, history, table)
            if missing is not None and missing.chance >= REPORTED:
                found.append(self._missing_values(client, currency, missing))
        return sorted(found, key=lambda values: (-values["chance"], -values["amount"]))

    @api.model
    def _missing_values(self, client_id, currency_id, missing):
        currency = self.env["res.currency"].browse(currency_id)
        message = self.env._(
            "No invoice this time: billed about every %(gap)s days, last %(name)s of %(day)s, usually %(amount)s.",
            gap=round(missing.gap),
            name=missing.last_name,
            day=format_date(self.env, missing.last_day, date_format="d MMM y"),
            amount=format_amount(self.env, missing.amount, currency),
        )
        return {
            "partner_id": client_id,
            "currency_id": currency_id,
            "chance": missing.chance,
            "amount": missing.amount,
            "message": message,
        }
