from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..engine.promises import judge


class MspDunningPromise(models.Model):
    """A client's word to pay so much of an invoice by a day; kept or broken by itself."""

    _name = "msp.dunning.promise"
    _description = "Promise to pay"
    _order = "date desc, id desc"
    _check_company_auto = True

    move_id = fields.Many2one("account.move", string="Invoice", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="move_id.commercial_partner_id", string="Client", store=True, index=True)
    currency_id = fields.Many2one(related="move_id.currency_id", store=True)
    date = fields.Date(string="Pays by", required=True)
    amount = fields.Monetary(required=True)
    residual_before = fields.Monetary(string="Open when promised", required=True)
    reason = fields.Char()
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken"), ("replaced", "Replaced")],
        default="open",
        required=True,
        index=True,
    )
    date_judged = fields.Date(string="Judged on")

    _open_once = models.UniqueIndex("(move_id) WHERE state = 'open'", "This invoice has an open promise already.")
    _amount_check = models.Constraint("CHECK(amount > 0)", "A promised amount is more than zero.")

    @api.model
    def _judge(self, company, day):
        """Settle the open promises of a company: kept ones and those whose day has passed.

        What counts is the money that came in up to the promised day, not when this runs.
        """
        promises = self.search([("company_id", "=", company.id), ("state", "=", "open")], order="id")
        residuals = self._residuals_on({promise: min(promise.date, day) for promise in promises})
        policies = self.env["msp.dunning.policy"]._policies(company, promises.partner_id.with_company(company))
        judged = {"kept": self.browse(), "broken": self.browse()}
        for promise in promises:
            policy = next((found for partner, found in policies.items() if partner == promise.partner_id), None)
            verdict = judge(
                Decimal(str(promise.amount)),
                Decimal(str(promise.residual_before)) - Decimal(str(residuals[promise])),
                promise.date,
                day,
                policy.promise_grace_days if policy else 0,
            )
            if verdict in judged:
                judged[verdict] |= promise
        for verdict, found in judged.items():
            found._settle(verdict, day)
        return judged

    def _settle(self, verdict, day):
        self.write({"state": verdict, "date_judged": day})
        for move in self.move_id:
            move._dunning_write({"promise_date": False})
        self.env["msp.dunning.event"].create(
            [
                {
                    "company_id": promise.company_id.id,
                    "partner_id": promise.partner_id.id,
                    "move_id": promise.move_id.id,
                    "kind": f"promise_{verdict}",
                    "date": day,
                    "amount": promise.amount,
                    "currency_id": promise.currency_id.id,
                    "reason": self.env._("Promised for %s", format_date(self.env, promise.date)),
                }
                for promise in self
            ]
        )

    @api.model
    def _residuals_on(self, days):
        """What was open on invoices on given days, from their reconciliations.

        :param days: dict from promise to day
        :return: dict from promise to the residual in the invoice's currency
        """
        if not days:
            return {}
        self.env.flush_all()
        pairs = SQL(", ").join(SQL("(%s, %s::date)", promise.id, day) for promise, day in days.items())
        rows = self.env.execute_query(
            SQL(
                """
                SELECT w.id, SUM(l.amount_currency
                           - COALESCE((SELECT SUM(p.debit_amount_currency) FROM account_partial_reconcile p
                                        WHERE p.debit_move_id = l.id AND p.max_date <= w.day), 0)
                           + COALESCE((SELECT SUM(p.credit_amount_currency) FROM account_partial_reconcile p
                                        WHERE p.credit_move_id = l.id AND p.max_date <= w.day), 0))
                  FROM (VALUES %s) AS w(id, day)
                  JOIN msp_dunning_promise k ON k.id = w.id
                  JOIN account_move_line l ON l.move_id = k.move_id
                  JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
              GROUP BY w.id
                """,
                pairs,
            )
        )
        found = dict(rows)
        return {promise: found.get(promise.id) or 0 for promise in days}
