from collections import defaultdict

from odoo import api, fields, models

from ..engine.time_billing import LoggedTime, TimePolicy, minutes_of, state_of

FINANCE = "msp_billing.msp_billing_group_user,account.group_account_readonly"

REASONS = [
    ("ready", "Goes onto the next invoice"),
    ("unapproved", "Not approved yet"),
    ("no_agreement", "No agreement covers it"),
    ("paused", "The agreement was paused"),
    ("covered", "Covered by the agreement"),
    ("prepaid", "Paid by prepaid hours"),
    ("not_billable", "Marked as not billable"),
    ("sold", "Sold by a sale order"),
    ("before_go_live", "Before the go-live date"),
    ("internal", "Internal work"),
    ("no_time", "No time"),
    ("billed", "Billed"),
]


class AccountAnalyticLine(models.Model):
    """Logged time and what becomes of it. The rules are ``engine.time_billing``'s."""

    _inherit = "account.analytic.line"

    external_ref = fields.Char(
        string="External reference", copy=False, help="How the system that logged it calls it; unique in the company."
    )
    work_type_id = fields.Many2one(
        "msp.work.type", string="Work type", check_company=True, index="btree_not_null", ondelete="restrict"
    )
    is_billable = fields.Boolean(
        string="Bill to client",
        compute="_compute_is_billable",
        store=True,
        readonly=False,
        precompute=True,
        help="The client pays for this time as the agreement says. Off: nobody does.",
    )
    is_after_hours = fields.Boolean(
        string="After hours", compute="_compute_is_after_hours", store=True, readonly=False, precompute=True
    )
    is_approved = fields.Boolean(string="Approved", copy=False, readonly=True)
    approved_by_id = fields.Many2one("res.users", string="Approved by", copy=False, readonly=True)

    billing_state = fields.Selection(
        [
            ("non_billable", "Not billable"),
            ("covered", "Covered"),
            ("prepaid", "Prepaid"),
            ("to_bill", "To bill"),
            ("billed", "Billed"),
        ],
        string="Billing state",
        compute="_compute_billing_state",
        store=True,
        copy=False,
        compute_sudo=True,
    )
    billing_reason_code = fields.Selection(
        REASONS, string="Why", compute="_compute_billing_state", store=True, copy=False, compute_sudo=True
    )
    billing_subscription_id = fields.Many2one(
        "msp.subscription",
        string="Agreement",
        compute="_compute_billing_state",
        store=True,
        copy=False,
        compute_sudo=True,
        ondelete="set null",
        groups=FINANCE,
    )
    billing_partner_id = fields.Many2one(
        "res.partner",
        string="Client",
        compute="_compute_billing_state",
        store=True,
        copy=False,
        compute_sudo=True,
        index="btree_not_null",
    )
    billable_minutes = fields.Integer(
        compute="_compute_billing_state",
        store=True,
        copy=False,
        compute_sudo=True,
        help="Minutes that the client pays for by the hour: without what is covered or prepaid.",
    )
    billing_invoice_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=FINANCE,
    )
    # What a cancelled invoice had billed: when it comes back, it takes back the same time or stays away.
    billing_cancelled_line_id = fields.Many2one(
        "account.move.line", copy=False, readonly=True, index="btree_not_null", ondelete="set null", groups=FINANCE
    )
    billing_invoice_id = fields.Many2one(
        related="billing_invoice_line_id.move_id",
        string="Billed on",
        groups=FINANCE,
        search="_search_billing_invoice_id",
    )

    _external_ref_unique = models.UniqueIndex(
        "(company_id, external_ref) WHERE external_ref IS NOT NULL",
        "A time entry of this company has this external reference already.",
    )
    # The column says on which line an entry is, so it cannot be on two; the state cannot say otherwise.
    _billed_on_a_line = models.Constraint(
        "CHECK ((billing_state = 'billed') = (billing_invoice_line_id IS NOT NULL))",
        "A time entry is billed exactly when it is on an invoice line.",
    )
    _ready_index = models.Index("(billing_subscription_id, date) WHERE billing_reason_code = 'ready'")
    _to_bill_index = models.Index("(company_id, date) WHERE billing_state = 'to_bill'")

    def _search_billing_invoice_id(self, operator, value):
        return [("billing_invoice_line_id.move_id", operator, value)]

    @api.depends("work_type_id")
    def _compute_is_billable(self):
        for line in self:
            line.is_billable = not line.work_type_id or line.work_type_id.is_billable

    @api.depends("work_type_id")
    def _compute_is_after_hours(self):
        for line in self:
            line.is_after_hours = line.work_type_id.is_after_hours

    # -------------------------------------------------------------------- state

    @api.depends(
        "project_id",
        "task_id",
        "partner_id",
        "company_id",
        "date",
        "unit_amount",
        "is_billable",
        "is_approved",
        "so_line",
        "timesheet_invoice_id",
        "billing_invoice_line_id",
        "company_id.msp_go_live_date",
        "company_id.msp_bill_approved_only",
        "project_id.msp_subscription_ids.state",
        "project_id.msp_subscription_ids.labor_coverage",
        "project_id.msp_subscription_ids.date_start",
        "project_id.msp_subscription_ids.date_end",
        "project_id.msp_subscription_ids.commercial_partner_id",
        "project_id.msp_subscription_ids.pause_ids.date_from",
        "project_id.msp_subscription_ids.pause_ids.date_until",
    )
    def _compute_billing_state(self):
        # A form may be without a date for a moment.
        timesheets = self.filtered(lambda line: line.project_id and line.date)
        for line in self - timesheets:
            line.billing_state = line.billing_reason_code = line.billing_subscription_id = False
            line.billing_partner_id = line.billable_minutes = False
        agreements = timesheets._load_agreements()
        prepaid = timesheets._load_prepaid_minutes()
        policies = {
            company: TimePolicy(company.msp_go_live_date or None, company.msp_bill_approved_only)
            for company in timesheets.company_id
        }
        clients = {agreement.id: agreement.client_id for found in agreements.values() for agreement in found}
        for line in timesheets:
            entry = line._logged_time(prepaid.get(line._origin.id))
            found = agreements.get((line.project_id._origin.id, line.company_id.id), ())
            line._set_verdict(state_of(entry, found, policies.get(line.company_id, TimePolicy())), clients)

    def _set_verdict(self, verdict, clients):
        self.ensure_one()
        self.billing_state, self.billing_reason_code = verdict.state, verdict.reason
        if verdict.state == "billed":
            # What it was billed for stays, whatever becomes of the agreement.
            return
        self.billing_subscription_id = verdict.agreement_id
        self.billing_partner_id = clients.get(verdict.agreement_id) or self.partner_id.commercial_partner_id
        self.billable_minutes = verdict.minutes

    def _logged_time(self, prepaid_minutes=None):
        """This entry as a fact for the engine."""
        self.ensure_one()
        return LoggedTime(
            day=self.date,
            minutes=minutes_of(self.unit_amount),
            client_id=self.partner_id.commercial_partner_id.id or None,
            billable=self.is_billable,
            sold=bool(self.so_line or self.timesheet_invoice_id),
            is_billed=bool(self.billing_invoice_line_id),
            approved=self.is_approved,
            prepaid_minutes=prepaid_minutes,
        )

    def _load_agreements(self):
        """Subscriptions that name the projects of these entries; drafts do not count.

        :return: dict from (project id, company id) to a list of ``Agreement``
        """
        result = defaultdict(list)
        projects = self.project_id._origin
        if not projects:
            return result
        # A technician may not read agreements, and need not: the state says all there is to know.
        subscriptions = (
            self.env["msp.subscription"].sudo().search([("project_ids", "in", projects.ids), ("state", "!=", "draft")])
        )
        for subscription in subscriptions:
            agreement = subscription._time_agreement()
            for project_id in subscription.project_ids.ids:
                result[project_id, subscription.company_id.id].append(agreement)
        return result

    def _load_prepaid_minutes(self):
        """Minutes that prepaid hours pay, by entry id.

        Override to draw from balances. Returns a dict; an entry that is left out has no balance kept
        for it: on a prepaid agreement all of it counts as prepaid, on any other none of it.
        """
        return {}
