import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class MspRetainer(models.Model):
    """Checks every balance against its entries."""

    _inherit = "msp.retainer"

    @api.model
    @api.readonly
    def verify_balances(self):
        """Compare every block of the user's companies, and every time entry's hours, with the ledger.

        From a shell: ``env["msp.retainer"].verify_balances()``.

        :return: dict ``{"blocks": how many were checked, "entries": of the ledger, "drift": list of dicts}``; a
            drift names the ``block`` or ``timesheet`` (id), what it ``says`` and what the ledger makes it (``ledger``)
        :raises AccessError: for others than finance users
        """
        if not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Only finance users check the ledger of prepaid hours."))
        # The figures of the user's companies only; a technician's time must be seen to be compared.
        return self.sudo()._verify(self.env.companies)

    @api.model
    def _verify(self, companies):
        self.env.flush_all()
        (totals,) = self.env.execute_query(
            SQL(
                "SELECT (SELECT COUNT(*) FROM msp_retainer WHERE company_id = ANY(%(c)s)), COUNT(*) "
                "FROM msp_retainer_entry entry JOIN msp_retainer block ON block.id = entry.retainer_id "
                "WHERE block.company_id = ANY(%(c)s)",
                c=companies.ids,
            )
        )
        drift = [*self._drifted_blocks(companies.ids), *self._drifted_timesheets(companies.ids)]
        return {"blocks": totals[0], "entries": totals[1], "drift": drift}

    def _drifted_blocks(self, companies):
        names = ("balance", "purchased", "adjusted", "used", "expired", "refunded")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT block.id, ARRAY[block.balance_minutes, block.purchased_minutes, block.adjusted_minutes,
                       block.used_minutes, block.expired_minutes, block.refunded_minutes] AS says, ledger.sums
                  FROM msp_retainer block
                  CROSS JOIN LATERAL (
                       SELECT ARRAY[COALESCE(SUM(minutes), 0),
                              COALESCE(SUM(minutes) FILTER (WHERE kind = 'purchase'), 0),
                              COALESCE(SUM(minutes) FILTER (WHERE kind = 'adjustment'), 0),
                              COALESCE(-SUM(minutes) FILTER (WHERE kind IN ('draw', 'reversal')), 0),
                              COALESCE(-SUM(minutes) FILTER (WHERE kind = 'expiry'), 0),
                              COALESCE(-SUM(minutes) FILTER (WHERE kind = 'refund'), 0)]::int[] AS sums
                         FROM msp_retainer_entry WHERE retainer_id = block.id) ledger
                 WHERE block.company_id = ANY(%s) AND (
                       ARRAY[block.balance_minutes, block.purchased_minutes, block.adjusted_minutes,
                             block.used_minutes, block.expired_minutes, block.refunded_minutes] <> ledger.sums
                       OR ABS(block.hours_remaining - block.balance_minutes / 60.0) > 0.001
                       OR ABS(block.hours_used - block.used_minutes / 60.0) > 0.001
                       OR ABS(block.hours_purchased - block.purchased_minutes / 60.0) > 0.001)
                """,
                companies,
            )
        )
        return [
            {"block": block, "says": dict(zip(names, says, strict=True)), "ledger": dict(zip(names, sums, strict=True))}
            for block, says, sums in rows
        ]

    def _drifted_timesheets(self, companies):
        """Entries that say other hours than the ledger; deleted ones must have drawn nothing."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH drawn AS (
                    SELECT entry.timesheet_ref AS id, MAX(entry.timesheet_id) AS alive, -SUM(entry.minutes) AS minutes
                      FROM msp_retainer_entry entry JOIN msp_retainer block ON block.id = entry.retainer_id
                     WHERE entry.kind IN ('draw', 'reversal') AND block.company_id = ANY(%(companies)s)
                  GROUP BY entry.timesheet_ref
                )
                SELECT drawn.id, COALESCE(line.retainer_minutes, 0), drawn.minutes::int
                  FROM drawn LEFT JOIN account_analytic_line line ON line.id = drawn.alive
                 WHERE COALESCE(line.retainer_minutes, 0) <> drawn.minutes
             UNION ALL
                SELECT line.id, line.retainer_minutes, 0 FROM account_analytic_line line
                 WHERE line.retainer_minutes <> 0 AND line.company_id = ANY(%(companies)s)
                   AND NOT EXISTS (SELECT 1 FROM drawn WHERE drawn.alive = line.id)
                """,
                companies=companies,
            )
        )
        return [{"timesheet": line, "says": says, "ledger": ledger} for line, says, ledger in rows]


class MspRetainerCheck(models.Model):
    """What a check of the ledger found; the nightly one, or one that somebody asked for."""

    _name = "msp.retainer.check"
    _description = "Check of prepaid balances"
    _order = "id desc"
    _rec_name = "date"

    date = fields.Datetime(readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="cascade")
    block_count = fields.Integer(string="Blocks", readonly=True)
    entry_count = fields.Integer(string="Movements", readonly=True)
    drift_count = fields.Integer(string="Differences", readonly=True)
    details = fields.Text(readonly=True)

    @api.model
    def _run(self, company):
        """Check and keep the result."""
        result = self.env["msp.retainer"]._verify(company)
        if result["drift"]:
            _logger.error("prepaid hours of %s: %s differ from the ledger", company.name, len(result["drift"]))
        return self.create(
            {
                "company_id": company.id,
                "block_count": result["blocks"],
                "entry_count": result["entries"],
                "drift_count": len(result["drift"]),
                "details": "\n".join(str(row) for row in result["drift"][:200]),
            }
        )

    def action_check_now(self):
        """Check the balances of the company and show what was found."""
        if not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Only finance users check the ledger of prepaid hours."))
        # The result is written by the check alone.
        check = self.sudo()._run(self.env.company)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Balances against their ledger"),
            "res_model": self._name,
            "res_id": check.id,
            "views": [(False, "form")],
            "target": "current",
        }
