import psycopg2.errors
from odoo import models
from odoo.exceptions import UserError

from ..engine.credit_note import CreditPart, CreditRefused, check_total, claim
from ..engine.money import to_decimal


class AccountMove(models.Model):
    """Taking what a posted credit note credits from what is left, and giving it back when it is cancelled."""

    _inherit = "account.move"

    # ----------------------------------------------------------------- claiming

    def _credit_claim(self):
        """Take what this credit note credits from what is left of its invoice; one transaction decides.

        :raises UserError: names every line of which more is credited than is left
        """
        self.ensure_one()
        # The ledger of credits is written here alone; the right to post was checked.
        origin = self._credit_origin().sudo()
        if self.currency_id != origin.currency_id:
            raise UserError(
                self.env._("%(credit)s must be in the currency of %(invoice)s.", credit=self.ref, invoice=origin.name)
            )
        caps = self.env["msp.credit.cap"].sudo()
        caps._lock(origin, claiming=self.ids)
        lines = self.sudo().line_ids.filtered(lambda line: line.display_type == "product")
        if not lines.credited_line_id:
            # Odoo's own "reverse and make anew" posts before anybody could link its lines.
            origin._credit_link_lines(self.sudo())
        linked = lines.filtered(lambda line: line.credited_line_id.move_id == origin)
        asked = [line._credit_part() for line in linked]
        try:
            parts = claim(origin._load_credit_lines(), asked)
            credited = caps.search([("move_id", "=", origin.id), ("line_id", "=", False)]).amount_credited
            check_total(
                *(to_decimal(self.currency_id.round(n)) for n in (self.amount_total, origin.amount_total, credited))
            )
        except CreditRefused as refusal:
            raise UserError(origin._credit_refusal_text(refusal)) from None
        try:
            with self.env.cr.savepoint():
                caps._count(origin, [_row(part) for part in parts], self.amount_total)
        except psycopg2.errors.CheckViolation:
            raise UserError(
                self.env._("%s was credited by somebody else just now: open the dialog again.", origin.name)
            ) from None
        entries = self.env["msp.credit.entry"].sudo().create(self._credit_entry_vals(linked, parts, lines - linked))
        entries._on_credit_posted()
        self._credit_log(origin)

    def _credit_entry_vals(self, linked, parts, others):
        base = {
            "credit_move_id": self.id,
            "origin_move_id": self.reversed_entry_id.id,
            "date": self.invoice_date or self.date,
            "reason_code": self.credit_reason_code,
            "note": self.credit_note_text,
            "user_id": self.env.uid,
        }
        values = [
            {
                **base,
                "credit_line_id": line.id,
                "origin_line_id": part.line_id,
                "name": (line.credited_line_id or line)._credit_label(),
                "quantity": float(part.quantity),
                "amount": float(part.amount),
                **line.credited_line_id._credit_release_vals(self.sudo(), part.completes),
            }
            for line, part in zip(linked, parts, strict=True)
        ]
        values += [
            {
                **base,
                "credit_line_id": line.id,
                "name": (line.name or "").split("\n")[0],
                "quantity": line.quantity,
                "amount": line.price_subtotal,
            }
            for line in others
        ]
        return values

    def _credit_log(self, origin):
        reasons = dict(self._fields["credit_reason_code"]._description_selection(self.env))
        text = self.env._(
            "Credited %(amount)s by %(credit)s%(reason)s",
            amount=self.currency_id.format(self.amount_total),
            credit=self.name,
            reason=f" ({reasons[self.credit_reason_code]})" if self.credit_reason_code else "",
        )
        if self.credit_note_text:
            text = f"{text}: {self.credit_note_text}"
        origin._message_log(body=text, author_id=self.env.user.partner_id.id)

    # ---------------------------------------------------------------- cancelling

    def _credit_leave_posted(self):
        """These stop being posted: credit notes give back what they took, credited invoices have to stay."""
        clients = self.filtered(lambda move: move.move_type in ("out_invoice", "out_refund"))
        if not clients:
            return
        # The ledger of credits is written here alone; the right to cancel is checked by the write itself.
        live = (
            self.env["msp.credit.entry"]
            .sudo()
            .search(
                [
                    ("state", "=", "live"),
                    "|",
                    ("credit_move_id", "in", clients.ids),
                    ("origin_move_id", "in", clients.ids),
                ]
            )
        )
        leaving = live.filtered(lambda entry: entry.credit_move_id in clients)
        held = (live - leaving).origin_move_id
        if held:
            self.check_access("write")
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(invoice)s was credited by %(credits)s: cancel that first.",
                        invoice=move.name,
                        credits=", ".join(
                            sorted(live.filtered(lambda e, m=move: e.origin_move_id == m).mapped("credit_move_id.name"))
                        ),
                    )
                    for move in held
                )
            )
        # Lines may change in a draft, and credit notes older than the ledger have no entries to void: what can be
        # credited is counted anew the next time.
        stale = clients | (clients.reversed_entry_id - leaving.origin_move_id)
        counted = (
            self.env["msp.credit.entry"].sudo().search([("origin_move_id", "in", stale.ids), ("state", "=", "live")])
        )
        stale -= counted.origin_move_id
        self.env["msp.credit.cap"].sudo().search([("move_id", "in", stale.ids)]).unlink()
        if leaving:
            self.check_access("write")
            for credit, entries in leaving.grouped("credit_move_id").items():
                credit.sudo()._credit_undo(entries)

    def _credit_undo(self, entries):
        """Give back exactly what this credit note took, once."""
        self.ensure_one()
        origin = entries.origin_move_id
        caps = self.env["msp.credit.cap"].sudo()
        caps._lock(origin)
        later = entries.search(
            [
                ("origin_line_id", "in", entries.origin_line_id.ids),
                ("state", "=", "live"),
                ("is_released", "=", True),
                ("released_in_part", "=", False),
                ("id", "not in", entries.ids),
            ]
        )
        if later:
            raise UserError(
                self.env._(
                    "%(later)s credited the rest of the same lines and released them for billing: cancel it before "
                    "%(credit)s.",
                    later=", ".join(sorted(set(later.mapped("credit_move_id.name")))),
                    credit=self.name,
                )
            )
        undone = entries._set_void()
        if not undone:
            return
        parts = [(e.origin_line_id.id, -e.quantity, -e.amount) for e in undone if e.origin_line_id]
        caps._count(origin, parts, -self.amount_total)
        undone._on_credit_undone()
        origin._message_log(
            body=self.env._(
                "%(credit)s no longer counts: %(amount)s can be credited again.",
                credit=self.name,
                amount=self.currency_id.format(self.amount_total),
            ),
            author_id=self.env.user.partner_id.id,
        )


def _row(part: CreditPart):
    return part.line_id, float(part.quantity), float(part.amount)
