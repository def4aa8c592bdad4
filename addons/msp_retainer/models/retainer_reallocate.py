from datetime import timedelta

from odoo import api, models
from odoo.addons.msp_billing.models.own_transaction import commit
from odoo.tools import SQL

# Work older than this is settled: it stays as it was drawn, so that a night costs no more year by year.
WINDOW_DAYS = 92
CLIENTS_PER_BATCH = 50


class MspRetainer(models.Model):
    """The deterministic pass: time not yet billed draws by its days, whatever the order in which it was typed."""

    _inherit = "msp.retainer"

    def _reallocate_clients(self):
        """Draw anew for the clients of these blocks, from their first day on."""
        for company, blocks in self.grouped("company_id").items():
            self._reallocate(company, blocks.partner_id.commercial_partner_id, min(blocks.mapped("date_start")))

    @api.model
    def _reallocate(self, company, clients, since):
        """Draw anew for the unbilled time of clients.

        :param since: first work date; what is older stays as it is
        :return: number of ledger entries written, in pairs of a reversal and a draw
        """
        if not clients:
            return 0
        lines = (
            self.env["account.analytic.line"]
            .sudo()  # whoever posts an invoice may not see timesheets; the hours follow the sale all the same
            .search(
                [
                    ("project_id", "!=", False),
                    ("billing_partner_id", "in", clients.ids),
                    ("company_id", "=", company.id),
                    ("date", ">=", since),
                    ("billing_invoice_line_id", "=", False),
                ],
                order="date, id",
            )
        )
        return lines._redraw_prepaid()

    @api.model
    def _cron_reallocate(self):
        """Nightly: bring all unbilled time of the last months to the one right allocation; then check the ledger."""
        for company in self.env["res.company"].search([]):
            today = company._retainer_today()
            since = today - timedelta(days=WINDOW_DAYS)
            clients = self._clients_to_reallocate(company, since)
            for start in range(0, len(clients), CLIENTS_PER_BATCH):
                batch = clients[start : start + CLIENTS_PER_BATCH]
                self._in_own_transaction("_reallocate", company, batch, since)
            self.env["msp.retainer.check"]._run(company)
        commit(self.env)

    @api.model
    def _clients_to_reallocate(self, company, since):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT client.commercial_partner_id
                  FROM msp_retainer block JOIN res_partner client ON client.id = block.partner_id
                 WHERE block.company_id = %s AND block.state IN ('active', 'exhausted', 'expired')
                   AND (block.date_expiry IS NULL OR block.date_expiry >= %s)
              ORDER BY 1
                """,
                company.id,
                since,
            )
        )
        return self.env["res.partner"].browse([client for (client,) in rows])

    @api.model
    def _redraw_projects(self, projects):
        """Draw anew for the recent unbilled time of projects."""
        self._redraw_time([("project_id", "in", projects.ids)])

    @api.model
    def _redraw_tasks(self, tasks):
        self._redraw_time([("task_id", "in", tasks.ids)])

    @api.model
    def _redraw_time(self, domain):
        # Without any block nothing draws; installations that sell none pay one query.
        if not domain[0][2] or not self.search_count([], limit=1):
            return
        since = self.env.company._retainer_today() - timedelta(days=WINDOW_DAYS)
        self.env["account.analytic.line"].search(
            [
                *domain,
                ("date", ">=", since),
                ("billing_invoice_line_id", "=", False),
                "|",
                ("retainer_minutes", "!=", 0),
                ("is_billable", "=", True),
            ],
            order="date, id",
        )._redraw_prepaid()
