from odoo import api, fields, models

from ..engine import facts as engine
from ..engine.calendar import EVERY_DAY


class MspDunningPolicy(models.Model):
    """How and when clients are reminded; given to a client, a client tag or a company."""

    _name = "msp.dunning.policy"
    _description = "Dunning policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    step_ids = fields.One2many("msp.dunning.step", "policy_id", string="Steps", copy=True)
    minimum_amount = fields.Monetary(
        string="Minimum amount",
        help="A mail that would ask for less, in the company's currency at the booked rate, waits.",
    )
    grouping = fields.Selection(
        [("client", "One mail a client and currency"), ("invoice", "One mail an invoice")],
        default="client",
        required=True,
        help="Even one by one, a client gets one mail a day and currency at most.",
    )
    working_days_only = fields.Boolean(
        string="Working days only", default=True, help="Of the company's calendar; the rest shifts forward."
    )
    max_reminders = fields.Integer(string="Stop after", help="Reminders of one instalment; 0: after the last step.")
    promise_grace_days = fields.Integer(string="Grace", help="Days a promised payment may take to arrive.")
    attachments = fields.Selection(
        [
            ("none", "None"),
            ("existing", "Invoice PDFs made before"),
            ("all", "Invoice PDFs, made where missing"),
            ("statement", "Statement of account"),
        ],
        default="existing",
        required=True,
    )
    category_ids = fields.Many2many("res.partner.category", string="Client tags")

    _limits_check = models.Constraint(
        "CHECK(minimum_amount >= 0 AND max_reminders >= 0 AND promise_grace_days >= 0)",
        "Minimum, limit and grace must be zero or more.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for policy in self:
            policy.currency_id = (policy.company_id or self.env.company).currency_id

    def _engine_policy(self, company):
        """The policy as the engine reads it, with the company's working days."""
        self.ensure_one()
        return engine.Policy(
            id=self.id,
            steps=tuple(engine.Step(step.id, step.offset_days) for step in self.step_ids),
            minimum_amount=engine.Decimal(str(self.minimum_amount)),
            by_invoice=self.grouping == "invoice",
            working_days=company._dunning_working_days() if self.working_days_only else EVERY_DAY,
            max_reminders=self.max_reminders,
            promise_grace_days=self.promise_grace_days,
        )


class MspDunningStep(models.Model):
    _name = "msp.dunning.step"
    _description = "Dunning step"
    _order = "policy_id, offset_days, id"

    policy_id = fields.Many2one("msp.dunning.policy", required=True, index=True, ondelete="cascade")
    name = fields.Char(required=True, translate=True)
    offset_days = fields.Integer(string="Days after due", required=True, help="Negative: so many days before it.")
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Mail template",
        required=True,
        ondelete="restrict",
        domain="[('model', '=', 'msp.dunning.outbox')]",
    )
    is_escalation = fields.Boolean(
        string="Escalate", help="An activity for the collector and a copy to the client's account manager."
    )

    _offset_once = models.UniqueIndex("(policy_id, offset_days)", "A policy has one step a day.")
    _offset_check = models.Constraint(
        "CHECK(offset_days BETWEEN -365 AND 3650)",
        "A step lies between a year before and ten years after the due date.",
    )
