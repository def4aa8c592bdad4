from datetime import timedelta

from odoo import models

BOUNCED_DAYS = 30
ENDING_DAYS = 60


class MspFinopsDashboard(models.AbstractModel):
    """What waits for somebody, and what to do first on an empty desk."""

    _inherit = "msp.finops.dashboard"

    def _dashboard_queue(self, scope):
        """Kinds of waiting work with their number, the most urgent first."""
        rows = []
        for key, label, icon, action in self._dashboard_queue_sources(scope):
            count = self.env[action["res_model"]].search_count(action["domain"])
            rows.append({"key": key, "label": label, "icon": icon, "count": count, "action": action})
        return rows

    def _dashboard_queue_sources(self, scope):
        """Override to add work. Returns (key, label, icon, action) in the order of the screen."""
        company, today = scope["company"], scope["today"]
        _, window = self.env._, self._window
        unpaid = ("move_id.payment_state", "in", ("not_paid", "partial"))
        sources = [
            ("review", _("Drafts to review"), "fa-search", self._review_window(scope, "to_review", _("Drafts to review"))),
            ("held", _("Held invoices"), "fa-hand-paper-o", self._review_window(scope, "held", _("Held invoices"))),
            (
                "problems", _("Not billed: problems"), "fa-exclamation-triangle",
                window(_("Problems"), "msp.billing.problem", [company, ("state", "=", "open")]),
            ),
            (
                "bounced", _("Reminders that did not arrive"), "fa-envelope-o",
                window(
                    _("Reminders that did not arrive"), "msp.dunning.outbox",
                    [company, ("state", "in", ("bounced", "failed", "unknown")),
                     ("date", ">=", self._day(today - timedelta(days=BOUNCED_DAYS)))],
                ),
            ),
            (
                "promises", _("Broken promises"), "fa-chain-broken",
                window(_("Broken promises"), "msp.dunning.promise", [company, ("state", "=", "broken"), unpaid]),
            ),
            (
                "disputes", _("Disputes without an answer"), "fa-gavel",
                window(_("Disputes"), "msp.dunning.dispute", [company, ("state", "=", "open")]),
            ),
        ]  # fmt: skip
        return sources + self._queue_of_retainers(scope) + self._queue_of_notices(scope)

    def _review_window(self, scope, state, name):
        """The review list of one state."""
        # As the menu's action shows it; reading that action would take a dozen queries.
        views = (
            "msp_billing.msp_preflight_view_list",
            "msp_billing.msp_preflight_view_kanban",
            "account.view_move_form",
        )
        ref = self.env["ir.model.data"]._xmlid_to_res_id
        return {
            **self._window(name, "account.move", [
                scope["company"], ("state", "=", "draft"), ("move_type", "in", ("out_invoice", "out_refund")),
                ("review_state", "=", state),
            ]),
            "views": [[ref(xmlid), kind] for xmlid, kind in zip(views, ("list", "kanban", "form"), strict=True)],
        }  # fmt: skip

    def _queue_of_retainers(self, scope):
        """Blocks of prepaid hours that expire soon or are nearly used up, where such blocks are sold."""
        if "msp.retainer" not in self.env:
            return []
        name = self.env._("Blocks running out")
        domain = [scope["company"], ("is_running_out", "=", True)]
        views = ("list", "kanban", "form")
        return [("blocks", name, "fa-hourglass-end", self._window(name, "msp.retainer", domain, {}, views))]

    def _queue_of_notices(self, scope):
        """Letters about prices that have not gone out, and agreements that end soon."""
        company, today = scope["company"], scope["today"]
        name, sources = self.env._("Notices due"), []
        if "msp.price.change.notice" in self.env:
            domain = [company, ("state", "in", ("ready", "sending", "failed", "unknown"))]
            sources.append(("notices", name, "fa-paper-plane-o", self._window(name, "msp.price.change.notice", domain)))
        ending = self.env._("Agreements that end soon")
        domain = [
            company, ("state", "in", ("active", "paused")), ("date_end", ">=", self._day(today)),
            ("date_end", "<=", self._day(today + timedelta(days=ENDING_DAYS))),
        ]  # fmt: skip
        sources.append(("ending", ending, "fa-calendar-times-o", self._window(ending, "msp.subscription", domain)))
        return sources

    def _dashboard_first_steps(self, scope):
        """What an empty desk needs, with a link each; nothing once agreements and invoices are there."""
        company, _ = scope["company"], self.env._
        has_agreement = self.env["msp.subscription"].search_count([company, ("state", "!=", "draft")], limit=1)
        has_invoice = self.env["account.move"].search_count(
            [company, ("state", "=", "posted"), ("move_type", "=", "out_invoice")], limit=1
        )
        if has_agreement and has_invoice:
            return []
        steps = []
        if not has_agreement:
            steps.append(
                {"text": _("Make a subscription for a client and activate it"), "path": "billing-subscriptions"}
            )
        if not has_invoice:
            steps.append(
                {"text": _("Open a billing run, review its drafts, post and send them"), "path": "billing-new-run"}
            )
        if self.env.user.has_group("msp_billing.msp_billing_group_manager"):
            steps.append({"text": _("Say what an hour of each technician costs"), "path": "cost-rates"})
        return steps
