from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# Written by the run's own methods alone.
PROTECTED_FIELDS = {"state", "started_at", "finished_at", "is_stopped", "is_automatic"}
# A typing slip in the year must not bill decades.
MAX_DAYS_AHEAD = 400


class MspBillingRun(models.Model):
    """One close of the month: everything due up to a date, as drafts, reviewed, posted and sent."""

    _name = "msp.billing.run"
    _description = "Billing run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"

    name = fields.Char(required=True, copy=False, default=lambda self: self.env._("New"))
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Bill up to",
        required=True,
        default=fields.Date.context_today,
        copy=False,
        help="Everything that is due up to and including this day is billed; it is the invoices' date.",
    )
    state = fields.Selection(
        [("draft", "New"), ("generating", "Generating"), ("review", "Review"), ("done", "Done")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
    )
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, string="Started by", copy=False)
    move_ids = fields.One2many("account.move", "billing_run_id", string="Invoices", copy=False)
    client_ids = fields.One2many("msp.billing.run.client", "run_id", string="Clients", copy=False)
    problem_ids = fields.One2many(
        "msp.billing.problem", "run_id", string="Problems", copy=False, domain=[("state", "=", "open")]
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished at", readonly=True, copy=False)

    progress = fields.Float(compute="_compute_progress", help="Percent of the clients that are done, 0–100.")
    progress_text = fields.Char(compute="_compute_progress")
    invoice_count = fields.Integer(string="Invoice count", compute="_compute_totals")
    draft_count = fields.Integer(string="Draft count", compute="_compute_totals")
    approved_count = fields.Integer(compute="_compute_totals")
    held_count = fields.Integer(compute="_compute_totals")
    problem_count = fields.Integer(string="Problem count", compute="_compute_problem_count")
    amount_total = fields.Monetary(
        string="Amount",
        compute="_compute_totals",
        help="Invoices less credit notes with tax, in the company's currency at the booked rate.",
    )
    amount_previous = fields.Monetary(
        string="Previous amount", compute="_compute_amount_previous", help="The same figure of the run before."
    )
    amount_change = fields.Float(compute="_compute_amount_previous", help="Change against the run before, 1 = 100 %.")
    totals_by_currency = fields.Char(compute="_compute_totals", help="Totals with tax in each invoice currency.")

    @api.depends("client_ids.state")
    def _compute_progress(self):
        counts = {}
        for run, state, count in self.env["msp.billing.run.client"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        ):
            counts.setdefault(run.id, {})[state] = count
        for run in self:
            by_state = counts.get(run.id, {})
            total = sum(by_state.values())
            done = total - by_state.get("todo", 0)
            finished = run.state in ("review", "done")
            run.progress = 100.0 if finished else (100.0 * done / total if total else 0.0)
            run.progress_text = self.env._("%(done)s of %(total)s clients", done=done, total=total) if total else ""

    @api.depends("move_ids.state", "move_ids.review_state", "move_ids.amount_total_signed")
    def _compute_totals(self):
        groups = self.env["account.move"]._read_group(
            [("billing_run_id", "in", self.ids), ("state", "!=", "cancel")],
            ["billing_run_id", "state", "review_state", "currency_id"],
            ["__count", "amount_total_signed:sum", "amount_total_in_currency_signed:sum"],
        )
        for run in self:
            mine = [group for group in groups if group[0] == run]
            run.invoice_count = sum(group[4] for group in mine)
            run.amount_total = sum(group[5] for group in mine)
            drafts = [group for group in mine if group[1] == "draft"]
            run.draft_count = sum(group[4] for group in drafts)
            run.approved_count = sum(group[4] for group in drafts if group[2] == "approved")
            run.held_count = sum(group[4] for group in drafts if group[2] == "held")
            by_currency = {}
            for group in mine:
                by_currency[group[3]] = by_currency.get(group[3], 0.0) + group[6]
            run.totals_by_currency = " · ".join(
                currency.format(amount) for currency, amount in sorted(by_currency.items(), key=lambda x: x[0].name)
            )

    def _compute_problem_count(self):
        counts = dict(
            self.env["msp.billing.problem"]._read_group(
                [("run_id", "in", self.ids), ("state", "=", "open")], ["run_id"], ["__count"]
            )
        )
        for run in self:
            run.problem_count = counts.get(run, 0)

    @api.depends("date", "company_id", "move_ids.amount_total_signed")
    def _compute_amount_previous(self):
        for run in self:
            previous = run._previous_run()
            run.amount_previous = previous.amount_total
            change = run.amount_total - previous.amount_total
            run.amount_change = change / previous.amount_total if previous.amount_total else 0.0

    def _previous_run(self):
        self.ensure_one()
        if not self.date:
            return self.browse()
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date", "<", self.date),
                ("state", "in", ("review", "done")),
            ],
            limit=1,
        )

    @api.constrains("date")
    def _check_date(self):
        latest = fields.Date.context_today(self) + timedelta(days=MAX_DAYS_AHEAD)
        for run in self:
            if run.date > latest:
                raise ValidationError(
                    self.env._("Billing run %(name)s: %(date)s lies too far ahead.", name=run.name, date=run.date)
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_protected(vals_list)
        for vals in vals_list:
            if not vals.get("name") or vals["name"] == self.env._("New"):
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("msp.billing.run") or self.env._("New")
        return super().create(vals_list)

    def write(self, vals):
        self._guard_protected([vals])
        if {"date", "company_id"} & vals.keys():
            for run in self.filtered(lambda run: run.state != "draft"):
                if any(
                    (fields.Date.to_date(vals[f]) != run.date if f == "date" else vals[f] != run.company_id.id)
                    for f in {"date", "company_id"} & vals.keys()
                ):
                    raise UserError(
                        self.env._("Billing run %s has begun: its date and company stay. Make a new run.", run.name)
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_invoices(self):
        for run in self:
            if run.move_ids.filtered(lambda move: move.state != "cancel"):
                raise UserError(
                    self.env._("Billing run %s has invoices: cancel or delete those drafts first.", run.name)
                )

    def _guard_protected(self, vals_list):
        if self.env.su:
            return
        touched = {name for vals in vals_list for name in vals.keys() & PROTECTED_FIELDS}
        if not self and all(vals.get("state", "draft") == "draft" for vals in vals_list):
            touched.discard("state")
        touched |= {name for name in PROTECTED_FIELDS if f"default_{name}" in self.env.context}
        if touched:
            raise AccessError(
                self.env._(
                    "%s of a billing run cannot be written: use Generate and Post and send.", ", ".join(sorted(touched))
                )
            )

    # ------------------------------------------------------------------ actions

    def action_view_moves(self):
        """The run's invoices in the review list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_preflight_action")
        action["domain"] = [("billing_run_id", "=", self.id)]
        action["context"] = {"default_move_type": "out_invoice"}
        return action

    def action_view_problems(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_billing_problem_action")
        action["domain"] = [("run_id", "=", self.id)]
        return action


class MspBillingRunClient(models.Model):
    """The claimable unit of work of a run: one client in one currency.

    Workers claim rows with FOR UPDATE SKIP LOCKED, so several may share a run, and a
    run that was interrupted goes on with the rows that are still to do.
    """

    _name = "msp.billing.run.client"
    _description = "Client of a billing run"
    _order = "run_id, partner_id, id"

    run_id = fields.Many2one("msp.billing.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    partner_id = fields.Many2one("res.partner", string="Client", required=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True)
    state = fields.Selection(
        [("todo", "To do"), ("billed", "Billed"), ("nothing", "Nothing due"), ("problem", "Problem")],
        default="todo",
        required=True,
    )
    move_id = fields.Many2one("account.move", string="Invoice", index="btree_not_null", ondelete="set null")
    reason = fields.Char()

    _once = models.UniqueIndex("(run_id, partner_id, currency_id)", "A client is listed once in a run and currency.")
    _todo_index = models.Index("(run_id) WHERE state = 'todo'")
