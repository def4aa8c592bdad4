from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.promises import share_dispute


class MspDunningClient(models.Model):
    """Whom to call first: clients with something overdue, one row a client, company and currency.

    The money is that of the aging of today; nothing is added over currencies.
    """

    _name = "msp.dunning.client"
    _description = "Whom to call"
    _auto = False
    _order = "amount_company DESC, days_overdue DESC, id"
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Client", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True, aggregator=None)
    amount_company = fields.Monetary(
        string="Overdue in company currency", currency_field="company_currency_id", readonly=True
    )
    amount_open = fields.Monetary(string="Open", readonly=True, aggregator=None)
    unapplied = fields.Monetary(string="Unapplied credit", readonly=True, aggregator=None)
    disputed = fields.Monetary(readonly=True, aggregator=None)
    overdue_1_30 = fields.Monetary(string="1–30 days", readonly=True, aggregator=None)
    overdue_31_60 = fields.Monetary(string="31–60 days", readonly=True, aggregator=None)
    overdue_61_90 = fields.Monetary(string="61–90 days", readonly=True, aggregator=None)
    overdue_over_90 = fields.Monetary(string="Over 90 days", readonly=True, aggregator=None)
    days_overdue = fields.Integer(string="Oldest days", readonly=True, aggregator="max")
    last_contact = fields.Date(string="Last contact", readonly=True, help="The last call or reminder that went out.")
    promise_date = fields.Date(string="Promised for", readonly=True)
    call_again = fields.Date(string="Call again", readonly=True, help="The next date of the last call.")
    phone = fields.Char(related="partner_id.phone")
    reliability = fields.Char(related="partner_id.dunning_reliability_text", related_sudo=False, string="Promises kept")
    next_reminder = fields.Date(string="Next reminder", compute="_compute_outlook")
    silence = fields.Char(string="Why silent", compute="_compute_outlook")
    move_ids = fields.Many2many("account.move", string="Open items", compute="_compute_outlook")
    dunning_timeline = fields.Html(related="partner_id.dunning_timeline", related_sudo=False, sanitize=False)

    _depends = {
        "msp.ar.aging": ["amount", "amount_currency", "days_overdue", "disputed", "kind", "partner_id"],
        "msp.dunning.event": ["date", "date_next", "delivery_state", "kind", "partner_id"],
        "account.move": ["promise_date", "commercial_partner_id"],
    }

    @property
    def _table_query(self):
        # Today's aging, whatever day the caller looks at elsewhere.
        aging = self.env["msp.ar.aging"].with_context(as_of=None)._table_query
        return SQL(
            """
            SELECT MIN(a.id) AS id, a.company_id, a.partner_id, a.currency_id, a.company_currency_id,
                   SUM(a.amount_currency) FILTER (WHERE a.kind = 'instalment' AND a.days_overdue > 0) AS amount_overdue,
                   SUM(a.amount) FILTER (WHERE a.kind = 'instalment' AND a.days_overdue > 0) AS amount_company,
                   SUM(a.amount_currency) AS amount_open,
                   COALESCE(SUM(a.amount_currency) FILTER (WHERE a.kind = 'credit'), 0) AS unapplied,
                   COALESCE(SUM(ROUND(a.disputed * a.amount_currency / NULLIF(a.amount, 0), 6)), 0) AS disputed,
                   %(buckets)s,
                   MAX(a.days_overdue) FILTER (WHERE a.kind = 'instalment') AS days_overdue,
                   MAX(e.last_contact) AS last_contact, MAX(e.call_again) AS call_again,
                   MIN(p.promise_date) AS promise_date
              FROM (%(aging)s) a
         LEFT JOIN (SELECT partner_id, company_id,
                           MAX(date) FILTER (WHERE kind = 'call' OR delivery_state IN ('sent', 'opened')) AS last_contact,
                           (ARRAY_AGG(date_next ORDER BY date DESC, id DESC) FILTER (WHERE kind = 'call'))[1] AS call_again
                      FROM msp_dunning_event GROUP BY 1, 2) e
                ON e.partner_id = a.partner_id AND e.company_id = a.company_id
         LEFT JOIN (SELECT commercial_partner_id, company_id, currency_id, MIN(promise_date) AS promise_date
                      FROM account_move WHERE promise_date IS NOT NULL GROUP BY 1, 2, 3) p
                ON p.commercial_partner_id = a.partner_id AND p.company_id = a.company_id
                   AND p.currency_id = a.currency_id
             WHERE a.partner_id IS NOT NULL
          GROUP BY a.company_id, a.partner_id, a.currency_id, a.company_currency_id
            HAVING COUNT(*) FILTER (WHERE a.kind = 'instalment' AND a.days_overdue > 0) > 0
            """,
            aging=aging,
            buckets=SQL(", ").join(
                SQL(
                    "COALESCE(SUM(a.amount_currency) FILTER (WHERE a.kind = 'instalment' AND a.aging_bucket = %s), 0) AS %s",
                    name,
                    SQL.identifier(f"overdue_{name}"),
                )
                for name in ("1_30", "31_60", "61_90", "over_90")
            ),
        )

    @api.depends("partner_id", "company_id", "currency_id")
    def _compute_outlook(self):
        policy = self.env["msp.dunning.policy"]
        speech = policy._dunning_speech()
        for company, rows in self.grouped("company_id").items():
            day = company._dunning_today()
            # Bank lines, credits and policies are read for whoever may see the client's receivables.
            facts = policy.sudo()._dunning_facts(company.sudo(), day, rows.partner_id.ids)
            outlook = policy.sudo()._dunning_outlook(facts, day)
            for row in rows:
                items = [
                    item
                    for item in facts.items
                    if item.client_id == row.partner_id.id and item.currency_id == row.currency_id.id
                ]
                dates = [outlook[item.id][0] for item in items if outlook[item.id][0]]
                reasons = [outlook[item.id][2] for item in items if item.date_due < day and outlook[item.id][2]]
                row.next_reminder = min(dates) if dates else False
                row.silence = speech(reasons[0]) if reasons else (False if dates else speech(None))
                row.move_ids = self.env["account.move"].browse(dict.fromkeys(item.move_id for item in items))

    @api.readonly
    def open_items(self):
        """The open invoices of this row, the oldest due first.

        :return: list of dicts ``id, name, date_due, days, residual, disputed, label``
        """
        self.ensure_one()
        self.check_access("read")
        items = []
        for move in self.move_ids:
            lines = move._dunning_open_lines()
            items.append(
                {
                    "id": move.id,
                    "name": move.name,
                    "date_due": fields.Date.to_string(lines[:1].date_maturity or move.invoice_date_due),
                    "days": move.days_overdue,
                    "residual": move.amount_residual,
                    "disputed": move.is_disputed,
                    "label": move.collection_label or False,
                }
            )
        return sorted(items, key=lambda item: (item["date_due"], item["id"]))

    def log_call(
        self, move_ids=None, outcome="reached", note=None, date_next=None, promise_date=None, promise_amount=None
    ):
        """Note a call about some of the client's invoices, and what was promised in it.

        :param move_ids: ids of open invoices of this row; none: about the client as a whole
        :param promise_amount: set against the oldest first; all that is open of them when empty or 0
        :return: True
        :raises UserError: for invoices that are not this client's, or an amount that does not fit
        """
        self.ensure_one()
        self.check_access("read")
        moves = self.env["account.move"].browse(move_ids or [])
        if moves - self.move_ids:
            raise UserError(self.env._("Only open invoices of %s are meant here.", self.partner_id.name))
        names = ", ".join(moves.mapped("name"))
        if len(moves) == 1:
            moves.action_dunning_call(outcome, note or False, date_next or False)
        else:
            text = " · ".join(filter(None, (note, names)))
            self.partner_id.with_company(self.company_id).action_dunning_call(outcome, text, date_next or False)
        if promise_date:
            self._promise(moves, promise_date, promise_amount, note)
        return True

    def _promise(self, moves, day, amount, note):
        """A promise for each of these invoices, the promised amount spread over the oldest first."""
        moves = moves.sorted(lambda move: (-move.days_overdue, move.id))
        residuals = [Decimal(str(move.amount_residual)) for move in moves]
        promised = Decimal(str(amount)) if amount else sum(residuals)
        if not moves or promised <= 0 or promised > sum(residuals):
            raise UserError(self.env._("Between 0 and what is open of the ticked invoices can be promised."))
        for move, share in zip(moves, share_dispute(promised, residuals), strict=True):
            if share:
                move.action_dunning_promise(date=day, amount=float(share), reason=note or False)

    def action_log_call(self):
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_dunning_log_call()

    def action_pause(self):
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_dunning_pause()

    def action_resume(self):
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_dunning_resume()

    def action_promise(self):
        """A promise for everything that is overdue."""
        self.ensure_one()
        return self.move_ids.filtered(lambda move: move.days_overdue > 0).action_open_collect("promise")

    def action_open_client(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
