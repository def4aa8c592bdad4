from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.msp_billing.engine.money import to_decimal
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..engine.pace import WINDOW_DAYS, per_week, run_out_date, window_days
from ..engine.watch import Lapse, share_left, unused_at_pace, weekly_use
from .res_partner import EXPIRING_DAYS

# Who may read blocks, and so what an hour was sold for.
READERS = (
    "msp_billing.msp_billing_group_user,account.group_account_invoice,account.group_account_readonly,"
    "sales_team.group_sale_salesman"
)


class ResPartner(models.Model):
    """The balance of a client at a glance: three queries for however many clients."""

    _inherit = "res.partner"

    retainer_summary = fields.Json(compute="_compute_retainer_summary", compute_sudo=True, groups=READERS)
    retainer_alert_hours = fields.Float(
        string="Low balance (hours)",
        digits=(12, 2),
        company_dependent=True,
        groups=READERS,
        help="Below it the balance counts as low; 0: as the client's hour blocks say, else the company's default.",
    )
    retainer_notify_client = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        string="Mail low balance and expiry to the client",
        company_dependent=True,
        groups=READERS,
        help="Empty: as the company's settings say.",
    )
    retainer_topup_product_id = fields.Many2one(
        "product.product",
        string="Top up with",
        company_dependent=True,
        groups=READERS,
        domain="[('is_hour_block', '=', True)]",
        help="When the balance falls below the threshold a draft invoice with this block is made, once a drop.",
    )
    retainer_topup_quantity = fields.Float(
        string="Blocks a top-up", company_dependent=True, groups=READERS, help="0 is one."
    )

    @api.depends_context("company")
    def _compute_retainer_summary(self):
        company = self.env.company
        today = company._retainer_today()
        self.env.flush_all()
        clients = self.commercial_partner_id._origin.ids
        blocks = self._summary_rows(_blocks_query(clients, company.id))
        draws = self._summary_rows(_draws_query(clients, company.id, today))
        reserved = dict(self.env.execute_query(_reserved_query(clients, company.id)))
        thresholds = self.commercial_partner_id._origin._retainer_thresholds(company)
        for partner in self:
            client = partner.commercial_partner_id._origin.id
            summary = _summary(blocks.get(client, ()), draws.get(client, ()), today)
            if summary:
                summary["reserved"] = reserved.get(client, 0) if company.msp_bill_approved_only else 0
                summary["threshold"] = thresholds.get(client, 0)
            partner.retainer_summary = summary

    def _summary_rows(self, query):
        """Rows by their first column, the client."""
        found = {}
        for client, *row in self.env.execute_query(query):
            found.setdefault(client, []).append(row)
        return found

    def _retainer_thresholds(self, company):
        """Minutes below which a client's balance is low: its own, else that of its blocks' products, else the company's.

        :return: dict of minutes by id of these clients
        """
        # sudo: the threshold is a setting; who asks may read the balance
        clients = self.sudo().with_company(company)
        default = round(company.sudo().retainer_alert_hours * 60)
        by_product = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT client.commercial_partner_id, MAX(template.block_alert_hours)::float
                      FROM msp_retainer block
                      JOIN res_partner client ON client.id = block.partner_id
                      JOIN product_product product ON product.id = block.product_id
                      JOIN product_template template ON template.id = product.product_tmpl_id
                     WHERE client.commercial_partner_id = ANY(%s) AND block.company_id = %s
                       AND block.state IN ('active', 'exhausted') AND template.block_alert_hours > 0
                  GROUP BY 1
                    """,
                    clients.ids,
                    company.id,
                )
            )
        )
        return {
            client.id: round((client.retainer_alert_hours or by_product.get(client.id) or 0) * 60) or default
            for client in clients
        }

    # ------------------------------------------------------------------ actions

    def action_sell_hours(self):
        """A draft invoice with the block the client bought last; a quotation for who may not invoice.

        A draft that sells hours to the client already is opened again, so that clicking twice makes one.

        :raises UserError: while no product is a block of hours
        """
        self.ensure_one()
        self.check_access("read")
        for model, lines, build in (
            ("account.move", "invoice_line_ids", self._new_hours_invoice),
            ("sale.order", "order_line", self._new_hours_quotation),
        ):
            if self.env[model].has_access("create"):
                record = self._draft_selling_hours(model, lines) or build(self._block_to_sell())
                return {
                    "type": "ir.actions.act_window",
                    "name": self.env._("Sell hours"),
                    "res_model": model,
                    "res_id": record.id,
                    "views": [(False, "form")],
                }
        raise AccessError(self.env._("Hours are sold by people in sales and finance."))

    def _draft_selling_hours(self, model, lines):
        """The newest draft of the client that has a block of hours on it."""
        domain = [
            ("partner_id", "child_of", self.commercial_partner_id.id),
            ("company_id", "=", self.env.company.id),
            ("state", "=", "draft"),
            (f"{lines}.product_id.is_hour_block", "=", True),
        ]
        if model == "account.move":
            domain.append(("move_type", "=", "out_invoice"))
        return self.env[model].search(domain, order="id desc", limit=1)

    def _new_hours_invoice(self, product):
        line = {"product_id": product.id, "quantity": 1}
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commercial_partner_id.id,
                "invoice_line_ids": [Command.create(line)],
            }
        )

    def _new_hours_quotation(self, product):
        line = {"product_id": product.id, "product_uom_qty": 1}
        return self.env["sale.order"].create(
            {"partner_id": self.commercial_partner_id.id, "order_line": [Command.create(line)]}
        )

    def _block_to_sell(self):
        """The block the client bought last if it is still for sale, else the first that is.

        :raises UserError: where there is none
        """
        company = self.env.company
        # sudo: which product, not what was paid for it
        last = (
            self.env["msp.retainer"]
            .sudo()
            .search(
                [
                    ("partner_id", "child_of", self.commercial_partner_id.id),
                    ("company_id", "=", company.id),
                    ("product_id.is_hour_block", "=", True),
                    ("product_id.sale_ok", "=", True),
                    ("product_id.active", "=", True),
                ],
                order="id desc",
                limit=1,
            )
        )
        products = self.env["product.product"]
        product = products.browse(last.product_id.id) or products.search(
            [("is_hour_block", "=", True), ("sale_ok", "=", True), *products._check_company_domain(company)],
            order="default_code, id",
            limit=1,
        )
        if not product:
            raise UserError(
                self.env._(
                    "Mark a service product as a block of prepaid hours first: Prepaid hours, Hour blocks for sale."
                )
            )
        return product


def _summary(blocks, draws, today):
    """What the widget shows of one client; minutes throughout. False where no hours were ever sold.

    :param blocks: (state, balance, whole, start, expiry, value of an hour, currency id) of each block
    :param draws: (day, minutes) of the last weeks
    """
    if not blocks:
        return False
    usable = [row for row in blocks if row[0] == "active" and row[3] <= today and (row[4] is None or row[4] >= today)]
    available = sum(row[1] for row in usable)
    drawn = sum(minutes for _day, minutes in draws)
    days = window_days(min(row[3] for row in blocks), today)
    lapses = {}
    for row in usable:
        if row[1] and row[4]:
            lapses[row[4]] = lapses.get(row[4], 0) + row[1]
    run_out = run_out_date(today, available, drawn, days)
    value = {}
    for row in usable:
        value[row[6]] = value.get(row[6], 0) + to_decimal(row[5] or 0.0) * row[1] / 60
    soon = [Lapse(day, minutes) for day, minutes in lapses.items() if day <= today + timedelta(days=EXPIRING_DAYS)]
    return {
        "available": available,
        "capacity": sum(row[2] for row in usable),
        "share": share_left(available, sum(row[2] for row in usable)),
        "pending": sum(row[1] for row in blocks if row[0] == "pending"),
        "pace": round(float(per_week(drawn, days))),
        "run_out": fields.Date.to_string(run_out) if run_out and available else False,
        "lapses": [
            {"date": fields.Date.to_string(day), "minutes": minutes} for day, minutes in sorted(lapses.items())[:2]
        ],
        "unused": unused_at_pace(soon, today, drawn, days),
        "weeks": list(weekly_use(draws, today)),
        "values": [{"currency": currency, "amount": float(round(amount, 2))} for currency, amount in value.items()],
        "blocks": len(usable),
    }


def _blocks_query(clients, company):
    return SQL(
        """
        SELECT client.commercial_partner_id, block.state, block.balance_minutes,
               block.purchased_minutes + block.adjusted_minutes - block.refunded_minutes - block.expired_minutes,
               block.date_start, block.date_expiry, block.unit_value, block.currency_id
          FROM msp_retainer block JOIN res_partner client ON client.id = block.partner_id
         WHERE client.commercial_partner_id = ANY(%s) AND block.company_id = %s AND block.state <> 'cancelled'
        """,
        clients,
        company,
    )


def _draws_query(clients, company, today):
    return SQL(
        """
        SELECT client.commercial_partner_id, entry.date, -SUM(entry.minutes)::int
          FROM msp_retainer block
          JOIN res_partner client ON client.id = block.partner_id
          JOIN msp_retainer_entry entry ON entry.retainer_id = block.id AND entry.kind IN ('draw', 'reversal')
         WHERE client.commercial_partner_id = ANY(%s) AND block.company_id = %s AND block.state <> 'cancelled'
           AND entry.date > %s AND entry.date <= %s
      GROUP BY 1, 2
        """,
        clients,
        company,
        today - timedelta(days=WINDOW_DAYS),
        today,
    )


def _reserved_query(clients, company):
    """Minutes drawn by time that nobody has approved yet."""
    return SQL(
        """
        SELECT client.commercial_partner_id, -SUM(entry.minutes)::int
          FROM msp_retainer block
          JOIN res_partner client ON client.id = block.partner_id
          JOIN msp_retainer_entry entry ON entry.retainer_id = block.id AND entry.kind IN ('draw', 'reversal')
          JOIN account_analytic_line line ON line.id = entry.timesheet_id AND line.is_approved IS NOT TRUE
         WHERE client.commercial_partner_id = ANY(%s) AND block.company_id = %s AND block.state = 'active'
      GROUP BY 1
        """,
        clients,
        company,
    )
