from odoo import models


class AccountPayment(models.Model):
    """A post-dated check is a promise: its invoices are not chased before its date."""

    _inherit = "account.payment"

    def _on_check_held(self):
        super()._on_check_held()
        for check in self:
            for move, parts in check.check_part_ids.grouped("move_id").items():
                move.action_dunning_promise(
                    date=check.check_date,
                    amount=sum(parts.mapped("amount")),
                    reason=check._check_promise_reason(),
                )

    def _on_check_withdrawn(self):
        """The promise goes with the check: what it would have paid is chased again."""
        super()._on_check_withdrawn()
        for check in self:
            # Promises are written by the actions of collecting and here alone.
            promises = (
                self.env["msp.dunning.promise"]
                .sudo()
                .search(
                    [
                        ("move_id", "in", check.check_part_ids.move_id.ids),
                        ("state", "=", "open"),
                        ("reason", "=", check._check_promise_reason()),
                    ]
                )
            )
            promises.write({"state": "replaced"})
            promises.move_id.sudo(self.env.su)._dunning_write({"promise_date": False})
            promises.move_id.sudo(self.env.su)._dunning_note(
                "resumed", self.env._("Check %s was given back", check.check_number)
            )

    def _on_check_returned(self, moves):
        super()._on_check_returned(moves)
        moves._dunning_note("resumed", self.env._("Check %s was returned by the bank", self.check_number))

    def _check_collector(self):
        """Whoever collects for the company, before the salesperson of an invoice."""
        collector = self.company_id.dunning_user_id
        return collector if collector.active else super()._check_collector()

    def _check_promise_reason(self):
        self.ensure_one()
        return self.env._("Post-dated check %s", self.check_number)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _credit_claim(self):
        """A credit note that settles the dispute of its invoice says so in the timeline, and ends the dispute."""
        result = super()._credit_claim()
        origin = self.reversed_entry_id
        if self.credit_reason_code == "dispute_settled" and origin.is_disputed:
            origin.action_dunning_resolve(resolution="credit", reason=self.credit_note_text or self.name)
        return result
