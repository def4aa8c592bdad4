from odoo import api, fields, models
from odoo.tools import format_date

from ..engine.aging import bucket
from ..engine.steps import days_overdue

OFFICE = "base.group_user"
# Of those who may read events; others could not read an invoice at all.
FINANCE = "msp_billing.msp_billing_group_user,account.group_account_invoice,account.group_account_readonly"


class AccountMove(models.Model):
    """What collecting knows of an invoice."""

    _inherit = "account.move"

    dunning_paused = fields.Boolean(string="Reminders paused", copy=False, readonly=True, groups=OFFICE)
    dunning_paused_until = fields.Date(string="Paused until", copy=False, readonly=True, groups=OFFICE)
    dunning_pause_reason = fields.Char(string="Why paused", copy=False, readonly=True, groups=OFFICE)
    dunning_flagged = fields.Boolean(
        string="No Follow-Up by collecting", copy=False, readonly=True, groups=OFFICE,
        help="Odoo's own flag was set by a pause or a dispute here, not by a person, and goes with it.",
    )  # fmt: skip
    is_disputed = fields.Boolean(string="Disputed", copy=False, readonly=True, groups=OFFICE)
    disputed_amount = fields.Monetary(string="Disputed amount", copy=False, readonly=True, groups=OFFICE)
    dispute_reason = fields.Char(string="Why disputed", copy=False, readonly=True, groups=OFFICE)
    promise_date = fields.Date(string="Promised for", copy=False, readonly=True, groups=OFFICE)
    dunning_event_ids = fields.One2many(
        "msp.dunning.event", "move_id", string="Collections", readonly=True, groups=FINANCE
    )
    dunning_dispute_ids = fields.One2many(
        "msp.dunning.dispute", "move_id", string="Disputes", readonly=True, groups=FINANCE
    )
    dunning_promise_ids = fields.One2many(
        "msp.dunning.promise", "move_id", string="Promises", readonly=True, groups=FINANCE
    )
    days_overdue = fields.Integer(
        string="Days overdue",
        compute="_compute_days_overdue",
        search="_search_days_overdue",
        groups=OFFICE,
        help="Of the oldest open instalment; negative before it is due.",
    )
    aging_bucket = fields.Selection(
        [
            ("not_due", "Not due"),
            ("1_30", "1–30 days"),
            ("31_60", "31–60 days"),
            ("61_90", "61–90 days"),
            ("over_90", "Over 90 days"),
        ],
        string="Age",
        compute="_compute_days_overdue",
        search="_search_aging_bucket",
        groups=OFFICE,
    )
    next_reminder_date = fields.Date(
        string="Next reminder", compute="_compute_next_reminder", groups=OFFICE,
        help="When the next reminder goes out unless it is paid, disputed or promised before.",
    )  # fmt: skip
    next_reminder_text = fields.Char(string="What comes next", compute="_compute_next_reminder", groups=OFFICE)
    collection_label = fields.Char(
        string="Collecting",
        compute="_compute_collection_label",
        groups=OFFICE,
        help="Disputed, paused or promised; empty in the ordinary course of things.",
    )

    _msp_open_dispute_index = models.Index("(company_id) WHERE is_disputed")
    _msp_promise_index = models.Index("(promise_date) WHERE promise_date IS NOT NULL")

    @api.depends("line_ids.amount_residual", "line_ids.date_maturity", "state")
    def _compute_days_overdue(self):
        for move in self:
            lines = move._dunning_open_lines()
            if not lines:
                move.days_overdue, move.aging_bucket = 0, False
                continue
            today = move.company_id._dunning_today()
            oldest = min(line.date_maturity or line.date for line in lines)
            move.days_overdue = days_overdue(oldest, today)
            move.aging_bucket = bucket(move.days_overdue)

    @api.depends("is_disputed", "disputed_amount", "dunning_paused", "dunning_paused_until", "promise_date")
    def _compute_collection_label(self):
        for move in self:
            parts = []
            if move.is_disputed:
                parts.append(self.env._("Disputed"))
            if move.dunning_paused:
                until = move.dunning_paused_until
                day = until and format_date(self.env, until)
                parts.append(self.env._("Paused until %s", day) if until else self.env._("Paused"))
            if move.promise_date:
                parts.append(self.env._("Promised for %s", format_date(self.env, move.promise_date)))
            move.collection_label = ", ".join(parts) or False

    def _dunning_open_lines(self):
        """Open instalments of a posted invoice to a client."""
        self.ensure_one()
        if self.state != "posted" or self.move_type not in ("out_invoice", "out_receipt"):
            return self.line_ids.browse()
        return self.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable" and not line.reconciled and line.amount_residual_currency
            )
        ).sorted(lambda line: (line.date_maturity or line.date, line.id))

    def _compute_next_reminder(self):
        policy_model = self.env["msp.dunning.policy"]
        self.next_reminder_date = self.next_reminder_text = False
        for company, moves in self.filtered(lambda move: move.state == "posted").grouped("company_id").items():
            day = company._dunning_today()
            # Credits, pauses and events of the client are read for whoever may read the invoice.
            facts = policy_model.sudo()._dunning_facts(company.sudo(), day, moves.commercial_partner_id.ids)
            speech = policy_model._dunning_speech()
            outlook = policy_model.sudo()._dunning_outlook(facts, day)
            for move in moves:
                found = [outlook[item.id] for item in facts.items if item.move_id == move.id]
                dates = [one for one in found if one[0]]
                if dates:
                    on, step, _reason = min(dates, key=lambda one: one[0])
                    move.next_reminder_date = on
                    move.next_reminder_text = self.env._(
                        "%(step)s goes out on %(day)s unless paid",
                        step=policy_model.sudo().step_ids.browse(step.id).name,
                        day=format_date(self.env, on),
                    )
                elif found:
                    move.next_reminder_text = speech(found[0][2])
