from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

MOVES_PER_POST = 100
# How long after a run a refused mail is still looked for.
DELIVERY_DAYS = 10


class MspBillingRun(models.Model):
    """Posting and sending through Odoo's own methods; what fails stays visible with its reason."""

    _inherit = "msp.billing.run"

    def action_post_and_send(self):
        """Post the approved drafts in batches and send them.

        Held and unreviewed ones stay drafts; an invoice that cannot be posted or sent is
        listed in ``problem_ids`` and the rest goes on. Done once no draft is left.
        """
        self.check_access("write")
        for run in self:
            approved = run.move_ids.filtered(lambda move: move.state == "draft" and move.review_state == "approved")
            unsent = run.move_ids.filtered(lambda move: move.state == "posted" and not move.is_move_sent)
            if not approved and not unsent:
                raise UserError(
                    self.env._(
                        "Billing run %s has no approved invoice: approve the clean ones, then post and send.", run.name
                    )
                )
            run._clear_problems(("post", "send"))
            for start in range(0, len(approved), MOVES_PER_POST):
                batch = approved[start : start + MOVES_PER_POST]
                # A short transaction for each batch: invoice numbers are locked until it ends.
                run._retry(lambda batch=batch, run=run: run._post_batch(batch))
            posted = run.move_ids.filtered(lambda move: move.state == "posted" and not move.is_move_sent)
            run._retry(lambda posted=posted, run=run: run._send(posted))
            run._retry(run._finish)
        return True

    def _post_batch(self, moves):
        try:
            with self.env.cr.savepoint():
                moves._post(soft=False)
            return
        except (UserError, ValidationError, AccessError) as error:
            if len(moves) == 1:
                self._report_move(moves, "post", error)
                return
        for move in moves:
            self._post_batch(move)

    def _send(self, moves):
        """Hand the posted invoices to Odoo's sending, each by the client's own way."""
        unsigned = moves.filtered(lambda move: not self._has_sender(move))
        if unsigned:
            self._report_move(
                unsigned[:1],
                "send",
                UserError(
                    self.env._(
                        "nobody is the sender of this and %(others)s other invoices: "
                        "enter an e-mail address of %(company)s, then post and send again.",
                        others=len(unsigned) - 1,
                        company=self.company_id.display_name,
                    )
                ),
            )
            moves -= unsigned
        for move in moves.filtered(lambda move: not move.partner_id.email):
            self._report_move(
                move,
                "send",
                UserError(self.env._("%s has no e-mail address.", move.partner_id.display_name)),
            )
        sendable = moves.filtered(lambda move: move.partner_id.email)
        for start in range(0, len(sendable), MOVES_PER_POST):
            self._send_batch(sendable[start : start + MOVES_PER_POST])

    def _has_sender(self, move):
        return (
            move.invoice_user_id.email
            or move.company_id.email
            or self.env.user.email
            or self.env["ir.mail_server"]._get_default_from_address()
        )

    @api.model
    def _cron_check_delivery(self):
        """Mails leave after the run has ended: what the mail server refused since becomes a problem of the run."""
        since = fields.Datetime.now() - timedelta(days=DELIVERY_DAYS)
        for run in self.search([("state", "in", ("review", "done")), ("write_date", ">=", since)]):
            run._retry(run._check_delivery)

    def _check_delivery(self):
        # Notifications belong to whoever was written to; the run reads whether they arrived.
        failed = (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("notification_status", "in", ("exception", "bounce")),
                    ("mail_message_id.model", "=", "account.move"),
                    ("mail_message_id.res_id", "in", self.move_ids.ids),
                ]
            )
        )
        problems = self.env["msp.billing.problem"].sudo().search([("run_id", "=", self.id), ("code", "=", "delivery")])
        known = set(problems.move_id.ids)
        for notification in failed:
            move = self.env["account.move"].browse(notification.mail_message_id.res_id)
            if move.id not in known:
                known.add(move.id)
                self._report_move(move, "delivery", UserError(self._delivery_reason(notification)))

    def _delivery_reason(self, notification):
        reasons = dict(notification._fields["failure_type"]._description_selection(self.env))
        return (
            notification.failure_reason
            or reasons.get(notification.failure_type)
            or self.env._("the mail server refused it")
        )

    def _send_batch(self, moves):
        try:
            with self.env.cr.savepoint():
                moves._generate_and_send(sending_methods=["email"])
            return
        except (UserError, ValidationError, AccessError) as error:
            if len(moves) == 1:
                self._report_move(moves, "send", error)
                return
        for move in moves:
            self._send_batch(move)

    def _finish(self):
        problems = self.env["msp.billing.problem"].search_count(
            [("run_id", "=", self.id), ("state", "=", "open")], limit=1
        )
        if not problems and not self.move_ids.filtered(lambda move: move.state == "draft"):
            # State is protected; the run itself moves it.
            self.sudo().write({"state": "done"})

    def _clear_problems(self, codes):
        self.env["msp.billing.problem"].sudo().search(
            [("run_id", "=", self.id), ("code", "in", codes), ("state", "=", "open")]
        ).write({"state": "resolved"})

    def _report_move(self, move, code, error):
        reason = str(error.args[0] if error.args else error)
        text = (
            self.env._("%(client)s: not posted: %(reason)s", client=move.partner_id.display_name, reason=reason)
            if code == "post"
            else self.env._("%(client)s: not sent: %(reason)s", client=move.partner_id.display_name, reason=reason)
        )
        # Problems are written by the run alone.
        self.env["msp.billing.problem"].sudo().create(
            {
                "run_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": move.commercial_partner_id.id,
                "move_id": move.id,
                "code": code,
                "message": text,
                "res_model": "account.move",
                "res_id": move.id,
            }
        )
