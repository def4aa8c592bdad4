from odoo import fields, models
from odoo.exceptions import UserError

from ..engine.review import rules as _registered  # noqa: F401 - importing registers the rules
from ..engine.review.registry import must_read_codes, rules
from .account_move_protect import PROTECTED_FIELDS

# Shown to people in the office alone; portal users can read their own invoices by RPC.
OFFICE = "base.group_user"


class AccountMove(models.Model):
    """The review of drafts before they go out: states, figures, approve, hold."""

    _inherit = "account.move"

    review_state = fields.Selection(
        [("to_review", "To review"), ("approved", "Approved"), ("held", "Held")],
        string="Review state",
        copy=False,
        readonly=True,
        groups=OFFICE,
    )
    anomaly_score = fields.Integer(
        string="Score",
        copy=False,
        readonly=True,
        groups=OFFICE,
        aggregator="max",
        help="Sum of the points of the open findings, 0–100.",
    )
    preflight_band = fields.Selection(
        [("clean", "Clean"), ("note", "Note"), ("review", "Review"), ("stop", "Stop")],
        string="Band",
        copy=False,
        readonly=True,
        groups=OFFICE,
        help="Clean below 30, Note to 59, Review to 89, Stop from 90.",
    )
    score_label = fields.Char(string="Score and band", compute="_compute_score_label", groups=OFFICE)
    review_priority = fields.Float(
        string="Priority",
        copy=False,
        readonly=True,
        groups=OFFICE,
        aggregator=None,
        help="Score × money at stake in the company's currency: the order of the review list.",
    )
    finding_ids = fields.One2many(
        "msp.preflight.finding",
        "move_id",
        string="Findings",
        copy=False,
        readonly=True,
        groups=OFFICE,
        domain=[("state", "!=", "resolved")],
    )
    open_finding_ids = fields.One2many(
        "msp.preflight.finding",
        "move_id",
        string="Open findings",
        copy=False,
        readonly=True,
        groups=OFFICE,
        domain=[("state", "=", "open")],
    )
    amount_at_stake = fields.Monetary(string="At stake", copy=False, readonly=True, groups=OFFICE)
    previous_move_id = fields.Many2one(
        "account.move",
        string="Last invoice",
        copy=False,
        readonly=True,
        groups=OFFICE,
        ondelete="set null",
        index="btree_not_null",
    )
    amount_previous = fields.Monetary(string="Last total", copy=False, readonly=True, groups=OFFICE)
    amount_change = fields.Monetary(string="Change in money", copy=False, readonly=True, groups=OFFICE)
    amount_change_percent = fields.Float(
        string="Change in %", copy=False, readonly=True, groups=OFFICE, aggregator=None, help="1 = 100 %."
    )
    change_label = fields.Char(string="Change", compute="_compute_change_label", groups=OFFICE)
    preflight_checked_at = fields.Datetime(string="Checked at", copy=False, readonly=True, groups=OFFICE)
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", copy=False, readonly=True, groups=OFFICE, ondelete="set null"
    )
    approved_at = fields.Datetime(string="Approved at", copy=False, readonly=True, groups=OFFICE)
    hold_reason = fields.Char(string="Hold reason", copy=False, readonly=True, groups=OFFICE)
    internal_notes = fields.Text(string="Internal notes", copy=False, groups=OFFICE, help="Never shown to the client.")
    has_notes = fields.Boolean(compute="_compute_has_notes", groups=OFFICE, string="Note")
    note_mark = fields.Char(compute="_compute_has_notes", groups=OFFICE, string="Internal note")

    # The last posted invoice of a client, and what stands beside a draft, without reading the whole history.
    _msp_client_day_index = models.Index(
        "(commercial_partner_id, date DESC, id DESC) WHERE move_type IN ('out_invoice', 'out_refund')"
    )

    def _compute_score_label(self):
        names = dict(self._fields["preflight_band"]._description_selection(self.env))
        for move in self:
            band = names.get(move.preflight_band)
            move.score_label = f"{move.anomaly_score} · {band}" if band else False

    def _compute_change_label(self):
        for move in self:
            share = move.amount_change_percent
            if not move.previous_move_id:
                move.change_label = self.env._("first") if move.preflight_checked_at else False
            elif not move.amount_previous:
                move.change_label = False
            else:
                arrow = "▲" if share > 0.0005 else "▼" if share < -0.0005 else "="
                move.change_label = f"{arrow} {100 * abs(share):.1f} %" if arrow != "=" else "= 0 %"

    def _compute_has_notes(self):
        for move in self:
            move.has_notes = bool(move.internal_notes)
            move.note_mark = "✎" if move.has_notes else False

    # ------------------------------------------------------------------ actions

    def action_preflight_check(self):
        """Look at these drafts again; findings that are still there stay the records they are.

        In batch: the number of queries does not grow with the number of drafts. Documents
        that are posted, cancelled or not to clients are passed over.

        :return: True
        """
        self.env["msp.preflight.finding"]._check_reviewer()
        self.check_access("write")
        self._preflight_drafts()._preflight_check()
        return True

    def action_approve(self):
        """Release these drafts for posting, after a fresh check.

        :return: True
        :raises UserError: names every draft that is held, or has an open blocking finding.
        """
        self.env["msp.preflight.finding"]._check_reviewer()
        self.check_access("write")
        drafts = self._preflight_drafts()
        drafts._preflight_check()
        drafts._preflight_refuse(self.env._("These invoices cannot be approved:"))
        drafts.filtered(lambda move: move.review_state != "approved")._preflight_set_approved()
        return True

    def action_hold(self, reason=None):
        """Keep these drafts back: they are not posted until they are released.

        :param reason: why, shown beside the ribbon
        :return: True
        """
        self.env["msp.preflight.finding"]._check_reviewer()
        self.check_access("write")
        drafts = self._preflight_drafts()
        drafts._preflight_write(
            {"review_state": "held", "hold_reason": reason or False, "approved_by_id": False, "approved_at": False}
        )
        if drafts:
            text = self.env._("Held: %s", reason) if reason else self.env._("Held")
            drafts._message_log_batch(bodies={move.id: text for move in drafts})
        return True

    def action_release(self):
        """Held drafts are to be reviewed again.

        :return: True
        """
        self.env["msp.preflight.finding"]._check_reviewer()
        self.check_access("write")
        held = self._preflight_drafts().filtered(lambda move: move.review_state == "held")
        held._preflight_write({"review_state": "to_review", "hold_reason": False})
        if held:
            held._message_log_batch(bodies={move.id: self.env._("Released") for move in held})
        return True

    # ------------------------------------------------------------------ posting

    def _post(self, soft=True):
        self._preflight_before_post()
        return super()._post(soft)

    def _preflight_before_post(self):
        """Nothing that is held or blocked goes out; who posts what is to review has approved it by that."""
        drafts = self._preflight_drafts()
        if not drafts:
            return
        blocked = drafts._preflight_blocking().move_id
        unreviewed = drafts.filtered(lambda move: move.billing_run_id and move.review_state == "to_review")
        # What was found earlier may have been mended since.
        (blocked | unreviewed)._preflight_check()
        drafts._preflight_refuse(self.env._("These invoices cannot be posted:"))
        unreviewed._preflight_set_approved()

    # ----------------------------------------------------------------- business

    def _preflight_drafts(self):
        """Those of these documents that are reviewed: drafts to clients."""
        return self.filtered(lambda move: move.state == "draft" and move.move_type in ("out_invoice", "out_refund"))

    def _preflight_blocking(self):
        # Who posts need not be a reviewer.
        return (
            self.env["msp.preflight.finding"]
            .sudo()
            .search([("move_id", "in", self.ids), ("state", "=", "open"), ("severity", "=", "blocking")])
        )

    def _preflight_refuse(self, intro):
        """:raises UserError: one message that names every held or blocked draft and says why."""
        reasons = []
        for move in self.sudo().filtered(lambda move: move.review_state == "held"):
            reasons.append(
                self.env._(
                    "%(invoice)s: held%(reason)s. Release it first.",
                    invoice=move._preflight_name(),
                    reason=f" ({move.hold_reason})" if move.hold_reason else "",
                )
            )
        for move, findings in self._preflight_blocking().grouped("move_id").items():
            reasons.append(f"{move._preflight_name()}: {' '.join(findings.mapped('message'))}")
        if reasons:
            raise UserError("\n".join([intro, *(f"• {reason}" for reason in reasons)]))

    def _preflight_name(self):
        self.ensure_one()
        number = self.name if self.name and self.name != "/" else self.env._("Draft")
        return f"{number} · {self.commercial_partner_id.name}"

    def _preflight_set_approved(self):
        self._preflight_write(
            {
                "review_state": "approved",
                "approved_by_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
                "hold_reason": False,
            }
        )

    def _preflight_clean(self):
        """Those of these drafts that nobody has to look at: low score, no warning, no note to be read."""
        loud = self.env["msp.preflight.finding"]._read_group(
            [
                ("move_id", "in", self.ids),
                ("state", "=", "open"),
                "|",
                ("severity", "in", ("warning", "blocking")),
                ("code", "in", list(must_read_codes())),
            ],
            ["move_id"],
        )
        loud_ids = {move.id for (move,) in loud}
        return self.filtered(
            lambda move: move.preflight_band == "clean" and move.preflight_checked_at and move.id not in loud_ids
        )

    def _preflight_write(self, vals):
        """Write review fields past the machinery that balances invoices: no amount depends on them."""
        if not self:
            return
        assert vals.keys() <= PROTECTED_FIELDS, vals.keys() - PROTECTED_FIELDS
        self.sudo().with_context(
            skip_invoice_sync=True,
            check_move_validity=False,
            skip_is_manually_modified=True,
            tracking_disable=True,
        ).write(vals)

    # -------------------------------------------------------------------- hooks

    def _preflight_rules(self):
        """The rules to apply. Override to leave some out. Returns an iterable of ``engine.review.registry.Rule``."""
        return rules()

    def _preflight_policy(self):
        """The limits of the rules. Override to change them. Returns ``engine.review.findings.Policy``."""
        company = self.company_id[:1] or self.env.company
        # Limits are nobody's secret, and the reviewer need not read the whole company.
        return company.sudo()._msp_review_policy()

    def _preflight_extra_facts(self):
        """Facts of other addons' rules, in batch.

        Override to add to the result of super. Returns a dict by move id of dicts by name.
        """
        return {}

    def _preflight_self_priced_lines(self):
        """Invoice lines whose price comes from elsewhere, such as a sale order: the resolver is not asked.

        Override to add lines. Returns a set of ids.
        """
        lines = self.env["account.move.line"].search(
            [("move_id", "in", self.ids), ("display_type", "=", "product"), ("sale_line_ids", "!=", False)]
        )
        return set(lines.ids)
