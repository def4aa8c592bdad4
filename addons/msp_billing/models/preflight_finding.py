from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date, html2plaintext

MIN_REASON = 3
MIN_BLOCKING_REASON = 10
SEVERITY_COLORS = {"info": 4, "warning": 3, "blocking": 1}


class MspPreflightFinding(models.Model):
    """One thing about a draft that a person should know before it goes out.

    Written by ``account.move.action_preflight_check`` and the actions below alone; the access
    list gives every role the right to read and none to write.
    """

    _name = "msp.preflight.finding"
    _description = "Pre-flight finding"
    _order = "severity_rank desc, points desc, id"

    move_id = fields.Many2one("account.move", string="Invoice", required=True, index=True, ondelete="cascade")
    line_id = fields.Many2one("account.move.line", index="btree_not_null", ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Client", index=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    code = fields.Char(required=True, index=True)
    key = fields.Char(required=True, help="The same for every draft of the client; memory goes by it.")
    severity = fields.Selection(
        [("info", "Info"), ("warning", "Warning"), ("blocking", "Blocking")], required=True, default="info"
    )
    severity_rank = fields.Integer(help="For sorting: 0 info, 1 warning, 2 blocking.")
    points = fields.Integer()
    amount = fields.Monetary(string="At stake", help="Negative: too little would be billed.")
    value = fields.Float(digits=0)
    fingerprint = fields.Char()
    data = fields.Json()
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    state = fields.Selection(
        [("open", "Open"), ("acknowledged", "Expected"), ("resolved", "Resolved")],
        required=True,
        default="open",
        index=True,
    )
    acknowledged_until = fields.Date(string="Expected until")
    reason = fields.Text()
    acknowledged_by_id = fields.Many2one("res.users", string="Acknowledged by", ondelete="set null")
    title = fields.Char(compute="_compute_message")
    message = fields.Text(compute="_compute_message")
    story = fields.Text(
        compute="_compute_message", string="What", help="The sentence, and why it is expected where somebody said so."
    )
    mend_label = fields.Char(string="Mend label", compute="_compute_mend")
    mend_kind = fields.Selection(
        [
            ("contract", "Take contract terms"),
            ("price", "Take client price"),
            ("tax", "Set tax"),
            ("term", "Set payment term"),
            ("remove", "Remove line"),
            ("open", "Open"),
        ],
        compute="_compute_mend",
        string="Remedy",
    )
    color = fields.Integer(compute="_compute_color")

    _once = models.UniqueIndex("(move_id, key)", "A draft has each finding once.")

    @api.depends("code", "data", "currency_id", "state", "reason", "acknowledged_until")
    @api.depends_context("lang")
    def _compute_message(self):
        titles, sentences = self._preflight_titles(), self._preflight_sentences()
        for finding in self:
            finding.title = titles.get(finding.code, finding.code)
            sentence = sentences.get(finding.code)
            finding.message = sentence(finding, finding.data or {}) if sentence else finding.title
            # A word joiner: no line break between the sign and its amount.
            finding.story = finding.message.replace("−", "−\u2060") + finding._expectation()

    def _expectation(self):
        if self.state != "acknowledged":
            return ""
        until = self.env._(" until %s", self._date(self.acknowledged_until)) if self.acknowledged_until else ""
        return "\n" + self.env._(
            "✓ Expected%(until)s (%(user)s): %(reason)s",
            until=until,
            user=self.acknowledged_by_id.name or "",
            reason=self.reason or "",
        )

    @api.depends("title")
    def _compute_display_name(self):
        for finding in self:
            line = (finding.data or {}).get("line")
            finding.display_name = f"{line}: {finding.title}" if line else finding.title

    @api.depends("code", "res_model", "res_id", "line_id")
    @api.depends_context("lang")
    def _compute_mend(self):
        for finding in self:
            finding.mend_kind, finding.mend_label, _remedy = finding._mend()

    @api.depends("severity")
    def _compute_color(self):
        for finding in self:
            finding.color = SEVERITY_COLORS[finding.severity]

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._guard()
        return super().create(vals_list)

    def write(self, vals):
        self._guard()
        return super().write(vals)

    def _guard(self):
        # Beside the access list, which an administrator may loosen by mistake.
        if not self.env.su:
            raise AccessError(self.env._("Findings are written by the pre-flight check alone."))

    # ------------------------------------------------------------------ actions

    def action_acknowledge(self, reason, until=None, watch=True):
        """Call these findings expected; they stay silent on later drafts of the client as well.

        :param reason: why, in words; for blocking findings typed by a Finance Manager, 10 characters or more
        :param until: last invoice day on which they stay silent; without it until the figure
            grows. A blocking one without a day is silent on this invoice's day only.
        :param watch: they come up again when the figure grows beyond what it is now, also before ``until``
        :return: True
        :raises AccessError: when the caller may not.
        :raises UserError: when the reason is too short or ``until`` lies before the invoice.
        """
        self._check_reviewer()
        self.move_id.check_access("write")
        reason = html2plaintext(reason or "").strip() if "<" in (reason or "") else (reason or "").strip()
        until = fields.Date.to_date(until)
        findings = self.filtered(lambda finding: finding.state != "resolved")
        findings._check_acknowledgement(reason, until)
        findings._remember(reason, until, watch)
        for finding in findings:
            finding.sudo().write(
                {
                    "state": "acknowledged",
                    "acknowledged_until": finding._silent_until(until),
                    "reason": reason,
                    "acknowledged_by_id": self.env.uid,
                }
            )
        findings._log_acknowledged(reason)
        findings.move_id._preflight_rescore()
        return True

    def action_reopen(self):
        """Take an acknowledgement back, here and for later drafts."""
        self._check_reviewer()
        self.move_id.check_access("write")
        findings = self.filtered(lambda finding: finding.state == "acknowledged")
        findings._memories().sudo().unlink()
        # Findings are written by the review alone.
        findings.sudo().write(
            {"state": "open", "acknowledged_until": False, "reason": False, "acknowledged_by_id": False}
        )
        findings.move_id._preflight_rescore()
        return True

    def action_expected(self):
        """Open the wizard that asks until when it is expected, and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Expected"),
            "res_model": "msp.preflight.acknowledge",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_finding_ids": self.ids},
        }

    def action_open_move(self):
        """Open the invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    # ----------------------------------------------------------------- business

    @api.model
    def _check_reviewer(self):
        if not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Only finance users review invoices."))

    def _check_acknowledgement(self, reason, until):
        blocking = self.filtered(lambda finding: finding.severity == "blocking")
        if blocking and not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_manager"):
            raise AccessError(
                self.env._(
                    "Only a Finance Manager may release what blocks an invoice:\n%s",
                    "\n".join(blocking.mapped("message")),
                )
            )
        needed = MIN_BLOCKING_REASON if blocking else MIN_REASON
        if len(reason) < needed:
            raise UserError(self.env._("Say in a few words (%s characters or more) why this is expected.", needed))
        early = self.filtered(lambda finding: until and until < finding._day())
        if early:
            raise UserError(
                self.env._(
                    "“Expected until” %(until)s lies before the invoice's day %(day)s: it would change nothing.",
                    until=format_date(self.env, until),
                    day=format_date(self.env, early[0]._day()),
                )
            )

    def _day(self):
        self.ensure_one()
        return self.move_id.invoice_date or self.move_id.date

    def _silent_until(self, until):
        """A blocking one is released for this invoice's day, unless a day was given."""
        self.ensure_one()
        return until or (self._day() if self.severity == "blocking" else False)

    def _remember(self, reason, until, watch):
        # Memory is written by the review alone.
        memories = self.env["msp.preflight.memory"].sudo()
        known = {(m.company_id.id, m.key): m for m in self._memories().sudo()}
        fresh = {}
        for finding in self:
            vals = {
                "until": finding._silent_until(until),
                "watch": watch,
                "value": finding.value,
                "fingerprint": finding.fingerprint,
                "reason": reason,
                "summary": finding.message,
                "user_id": self.env.uid,
            }
            identity = (finding.company_id.id, finding.key)
            if identity in known:
                known[identity].write(vals)
            else:
                fresh[identity] = {
                    "company_id": finding.company_id.id,
                    "partner_id": finding.partner_id.id,
                    "key": finding.key,
                    "code": finding.code,
                    **vals,
                }
        memories.create(list(fresh.values()))

    def _memories(self):
        return self.env["msp.preflight.memory"].search(
            [("company_id", "in", self.company_id.ids), ("key", "in", self.mapped("key"))]
        )

    def _log_acknowledged(self, reason):
        bodies = {}
        for move, findings in self.grouped("move_id").items():
            until = findings[:1].acknowledged_until
            text = self.env._(
                "Called expected%(until)s: %(findings)s Reason: %(reason)s",
                until=self.env._(" until %s", format_date(self.env, until)) if until else "",
                findings=" ".join(findings.mapped("message")),
                reason=reason,
            )
            bodies[move.id] = text
        if bodies:
            self.move_id._message_log_batch(bodies=bodies)

    # -------------------------------------------------------------------- words

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _signed(self, amount):
        """+12.00 or −12.00, with the currency."""
        sign = "+" if amount > 0 else "−" if amount < 0 else ""
        return sign + self._money(abs(amount))

    def _date(self, value):
        return format_date(self.env, value, date_format="d MMM y")
