from odoo import models
from odoo.exceptions import AccessError, UserError, ValidationError

MOVES_PER_POST = 100


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
        for move in moves.filtered(lambda move: not move.partner_id.email):
            self._report_move(
                move,
                "send",
                UserError(self.env._("%s has no e-mail address.", move.partner_id.display_name)),
            )
        sendable = moves.filtered(lambda move: move.partner_id.email)
        for start in range(0, len(sendable), MOVES_PER_POST):
            self._send_batch(sendable[start : start + MOVES_PER_POST])

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
        if not self.move_ids.filtered(lambda move: move.state == "draft") and not self.problem_count:
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
