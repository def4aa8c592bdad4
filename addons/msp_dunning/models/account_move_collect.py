from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Pausing, disputing and promising: each stops the reminders at once and keeps its reason."""

    _inherit = "account.move"

    def action_open_collect(self, kind):
        """Open the dialog of an action of collecting.

        :param kind: pause, resume, dispute, resolve, promise or call
        """
        titles = {
            "pause": self.env._("Pause reminders"),
            "resume": self.env._("Resume reminders"),
            "dispute": self.env._("Dispute"),
            "resolve": self.env._("Settle the dispute"),
            "promise": self.env._("Promise to pay"),
            "call": self.env._("Log a call"),
        }
        if kind not in titles:
            raise UserError(self.env._("There is no such action: %s", kind))
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": titles[kind],
            "res_model": "msp.dunning.collect",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_move_ids": self.ids,
                "default_partner_id": self.commercial_partner_id[:1].id,
            },
        }

    def action_dunning_pause(self, until=None, reason=None):
        """No reminder to and including ``until``; for ever without it. Asks for the reason when none is given."""
        if not reason:
            return self.action_open_collect("pause")
        self._dunning_collectable()
        self._dunning_write({"dunning_paused": True, "dunning_paused_until": until, "dunning_pause_reason": reason})
        self._dunning_follow()
        self._dunning_note("paused", reason, date_next=until)
        return True

    def action_dunning_resume(self, reason=None):
        """Reminders go on at the step they should now be at."""
        self._dunning_collectable()
        paused = self.filtered("dunning_paused")
        paused._dunning_write({"dunning_paused": False, "dunning_paused_until": False, "dunning_pause_reason": False})
        paused._dunning_follow()
        paused._dunning_note("resumed", reason or self.env._("Resumed"))
        return True

    def action_dunning_dispute(self, amount=None, reason=None, category="other", user_id=None, date_answer=None):
        """The client contests the invoice, in full or for ``amount`` (in its currency).

        :raises UserError: when it is disputed already, not open, or less is open than is disputed.
        """
        if not reason:
            return self.action_open_collect("dispute")
        self._dunning_collectable()
        for move in self:
            if move.is_disputed:
                raise UserError(self.env._("%s is disputed already: settle that first.", move.name))
            disputed = amount or move.amount_residual
            if move.currency_id.compare_amounts(disputed, move.amount_residual) > 0 or disputed <= 0:
                raise UserError(
                    self.env._(
                        "%(invoice)s: between 0 and what is open (%(open)s) can be disputed.",
                        invoice=move.name,
                        open=move.currency_id.format(move.amount_residual),
                    )
                )
            # Disputes are opened here alone, for whoever may write the invoice.
            self.env["msp.dunning.dispute"].sudo().create(
                {
                    "move_id": move.id,
                    "amount": disputed,
                    "category": category,
                    "reason": reason,
                    "user_id": user_id or self.env.uid,
                    "date_open": move.company_id._dunning_today(),
                    "date_answer": date_answer,
                }
            )
            move._dunning_write({"is_disputed": True, "disputed_amount": disputed, "dispute_reason": reason})
            move._dunning_note("disputed", reason, amount=disputed, date_next=date_answer)
        self._dunning_follow()
        return True

    def action_dunning_resolve(self, resolution=None, reason=None):
        """The dispute is settled: credit, upheld, withdrawn or paid."""
        if not resolution:
            return self.action_open_collect("resolve")
        self._dunning_collectable()
        kinds = dict(self.env["msp.dunning.dispute"]._fields["resolution"]._description_selection(self.env))
        if resolution not in kinds:
            raise UserError(self.env._("A dispute is settled by: %s", ", ".join(kinds)))
        disputed = self.filtered("is_disputed")
        # Disputes are settled here alone.
        self.env["msp.dunning.dispute"].sudo().search([("move_id", "in", disputed.ids), ("state", "=", "open")]).write(
            {
                "state": "resolved",
                "resolution": resolution,
                "resolution_note": reason or False,
                "date_resolved": fields.Date.to_string(self.env.company._dunning_today()),
            }
        )
        disputed._dunning_write({"is_disputed": False, "disputed_amount": 0, "dispute_reason": False})
        disputed._dunning_follow()
        disputed._dunning_note("resolved", ": ".join(filter(None, (kinds[resolution], reason))))
        return True

    def action_dunning_promise(self, date=None, amount=None, reason=None):
        """The client promised to pay ``amount`` (all that is open by default) by ``date``."""
        if not date:
            return self.action_open_collect("promise")
        self._dunning_collectable()
        promises = self.env["msp.dunning.promise"].sudo()  # made here alone
        day = fields.Date.to_date(date)
        for move in self:
            if day < move.company_id._dunning_today():
                raise UserError(self.env._("A promise lies in the future."))
            if not move._dunning_open_lines():
                raise UserError(self.env._("%s: nothing is open.", move.name))
            promises.search([("move_id", "=", move.id), ("state", "=", "open")]).write({"state": "replaced"})
            promises.flush_model(["state"])
            promised = min(amount or move.amount_residual, move.amount_residual)
            promises.create(
                {
                    "move_id": move.id,
                    "date": day,
                    "amount": promised,
                    "residual_before": move.amount_residual,
                    "reason": reason or False,
                }
            )
            move._dunning_write({"promise_date": day})
            move._dunning_note("promise", reason, amount=promised, date_next=day)
        return True

    def action_dunning_call(self, outcome="reached", note=None, date_next=None):
        """Note a call about these invoices."""
        self._dunning_collectable()
        self._dunning_note("call", note, outcome=outcome, date_next=date_next)
        return True

    def _dunning_collectable(self):
        """:raises UserError: for what is no posted invoice; AccessError for who may not write it."""
        self.check_access("write")
        wrong = self.filtered(
            lambda move: move.state != "posted" or move.move_type not in ("out_invoice", "out_receipt")
        )
        if wrong:
            raise UserError(
                self.env._("Only posted invoices are collected: %s", ", ".join(wrong.mapped("display_name")))
            )

    def _dunning_follow(self):
        """Odoo's own flag follows a pause (of the invoice or its client) or a dispute, so that other tools that read
        it agree; where a person had set it before, it stays as it was."""
        for company, moves in self.grouped("company_id").items():
            # sudo: whether the client is paused is no secret to who may write its invoice
            paused = moves.commercial_partner_id.sudo().with_company(company).filtered("dunning_paused")
            silent = moves.filtered(
                lambda move, paused=paused: (
                    move.dunning_paused or move.is_disputed or move.commercial_partner_id in paused
                )
            )
            silent.filtered(lambda move: not move.no_followup)._dunning_write(
                {"no_followup": True, "dunning_flagged": True}
            )
            (moves - silent).filtered("dunning_flagged")._dunning_write(
                {"no_followup": False, "dunning_flagged": False}
            )

    def _post(self, soft=True):
        posted = super()._post(soft)
        bills = posted.filtered(lambda move: move.move_type in ("out_invoice", "out_receipt"))
        for company, moves in bills.grouped("company_id").items():
            # sudo: see _dunning_follow
            paused = moves.commercial_partner_id.sudo().with_company(company).filtered("dunning_paused")
            if paused:
                moves.filtered(lambda move, paused=paused: move.commercial_partner_id in paused)._dunning_follow()
        return posted

    def _dunning_note(self, kind, reason, **values):
        # Events are written by the actions and the sender alone.
        self.env["msp.dunning.event"].sudo().create(
            [
                {
                    "company_id": move.company_id.id,
                    "partner_id": move.commercial_partner_id.id,
                    "move_id": move.id,
                    "kind": kind,
                    "date": move.company_id._dunning_today(),
                    "reason": reason or False,
                    "currency_id": move.currency_id.id,
                    "user_id": self.env.uid,
                    **values,
                }
                for move in self
            ]
        )
