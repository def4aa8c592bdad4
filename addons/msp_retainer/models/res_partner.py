from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.pace import WINDOW_DAYS, run_out_date, window_days

EXPIRING_DAYS = 30


class ResPartner(models.Model):
    """The client's prepaid hours, one query for however many clients."""

    _inherit = "res.partner"

    retainer_hours_available = fields.Float(
        string="Prepaid hours", compute="_compute_retainer_hours", compute_sudo=True, help="That may be used today."
    )
    retainer_hours_expiring = fields.Float(
        string="Expiring hours",
        compute="_compute_retainer_hours",
        compute_sudo=True,
        help="Hours left that lapse within 30 days if nobody uses them.",
    )
    retainer_run_out_date = fields.Date(
        string="Hours run out",
        compute="_compute_retainer_hours",
        compute_sudo=True,
        help="At the pace of the last eight weeks.",
    )
    retainer_count = fields.Integer(string="Blocks", compute="_compute_retainer_hours", compute_sudo=True)

    @api.depends_context("company")
    def _compute_retainer_hours(self):
        today = self.env.company._retainer_today()
        rows = self._retainer_balances()
        for partner in self:
            client = partner.commercial_partner_id.id
            available, expiring, drawn, first_day, count = rows.get(client, (0, 0, 0, None, 0))
            partner.retainer_hours_available = available / 60
            partner.retainer_hours_expiring = expiring / 60
            partner.retainer_count = count
            partner.retainer_run_out_date = (
                run_out_date(today, available, drawn, window_days(first_day, today)) if count else False
            )

    def _retainer_balances(self):
        """The hours of these clients in the company, in one query.

        :return: dict of (available, expiring, drawn in the last weeks, first day, number of blocks) by id of the
            commercial partner, hours in minutes; clients without blocks are left out
        """
        company = self.env.company
        clients = self.commercial_partner_id
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["msp.retainer"].flush_model()
        rows = self.env.execute_query(_balance_query(clients.ids, company.id, company._retainer_today()))
        return {row[0]: row[1:] for row in rows}

    def action_view_retainers(self):
        """The client's blocks."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_retainer.msp_retainer_action")
        return {
            **action,
            "domain": [("partner_id", "child_of", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }


def _balance_query(clients, company, today):
    """Available, expiring and recently drawn minutes, first day and number of blocks, by client."""
    return SQL(
        """
        SELECT client.commercial_partner_id,
               COALESCE(SUM(block.balance_minutes) FILTER (WHERE block.state = 'active'
                   AND block.date_start <= %(today)s AND COALESCE(block.date_expiry, %(today)s) >= %(today)s), 0)::int,
               COALESCE(SUM(block.balance_minutes) FILTER (WHERE block.state = 'active'
                   AND block.date_expiry BETWEEN %(today)s AND %(soon)s), 0)::int,
               COALESCE(SUM(recent.minutes), 0)::int, MIN(block.date_start), COUNT(*)::int
          FROM msp_retainer block
          JOIN res_partner client ON client.id = block.partner_id
          LEFT JOIN LATERAL (
               SELECT -SUM(minutes) AS minutes FROM msp_retainer_entry
                WHERE retainer_id = block.id AND kind IN ('draw', 'reversal') AND date > %(since)s AND date <= %(today)s
               ) recent ON block.used_minutes > 0
         WHERE client.commercial_partner_id = ANY(%(clients)s) AND block.company_id = %(company)s
           AND block.state <> 'cancelled'
      GROUP BY client.commercial_partner_id
        """,
        clients=clients,
        company=company,
        today=today,
        soon=today + timedelta(days=EXPIRING_DAYS),
        since=today - timedelta(days=WINDOW_DAYS),
    )
