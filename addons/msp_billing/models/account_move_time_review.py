from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..engine.review.facts import UnbilledTime
from .billing_invoice_builder import InvoiceBuilder, SubscriptionBill
from .billing_time_builder import TimeBuilder


class AccountMove(models.Model):
    """Unbilled time in the review of an invoice, and the button that bills it."""

    _inherit = "account.move"

    def _preflight_extra_facts(self):
        result = super()._preflight_extra_facts()
        drafts = self.filtered(lambda move: move.move_type == "out_invoice" and move.invoice_date)
        for (company, day), moves in drafts.grouped(lambda move: (move.company_id, move.invoice_date)).items():
            found = moves._unbilled_time(company, day)
            for move in moves:
                if move.commercial_partner_id.id in found:
                    facts = move._unbilled_facts(*found[move.commercial_partner_id.id])
                    result.setdefault(move.id, {})["unbilled_time"] = facts
        return result

    def _unbilled_time(self, company, day):
        """Unbilled time of the clients of these, worked up to ``day``.

        :return: dict from client id to (minutes, value in the company's currency, unapproved minutes)
        """
        # The figures are for reviewers, who may not all see each other's projects.
        groups = (
            self.env["account.analytic.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", company.id),
                    ("billing_state", "=", "to_bill"),
                    ("billing_partner_id", "in", self.commercial_partner_id.ids),
                    ("date", "<=", day),
                ],
                ["billing_partner_id", "billing_reason_code"],
                ["billable_minutes:sum", "unbilled_amount:sum"],
            )
        )
        result = {}
        for partner, reason, minutes, value in groups:
            billable, amount, unapproved = result.get(partner.id, (0, 0.0, 0))
            if reason == "unapproved":
                result[partner.id] = (billable, amount, unapproved + minutes)
            else:
                result[partner.id] = (billable + minutes, amount + value, unapproved)
        return result

    def _unbilled_facts(self, minutes, value, unapproved):
        self.ensure_one()
        amount = self.company_id.currency_id._convert(value, self.currency_id, self.company_id, self.invoice_date)
        return UnbilledTime(hours=minutes / 60, amount=amount, unapproved_hours=unapproved / 60)

    def action_add_unbilled_time(self):
        """Put the client's time that is ready to bill, up to the invoice's date, onto this draft.

        :raises UserError: when this is no draft invoice, or its time cannot be priced
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Only finance users bill time."))
        if self.state != "draft" or self.move_type != "out_invoice" or not self.invoice_date:
            raise UserError(self.env._("Time can be added to a draft invoice with a date only."))
        subscriptions = self._subscriptions_with_time()
        # As a run does: whoever bills a subscription holds its row.
        if subscriptions and len(subscriptions.try_lock_for_update()) != len(subscriptions):
            raise UserError(self.env._("A billing run is at work on this client: try again in a moment."))
        run = self.env["msp.billing.run"].new({"date": self.invoice_date, "company_id": self.company_id.id})
        time = run._load_ready_time(subscriptions) if subscriptions else {}
        if not time:
            raise UserError(self.env._("No time of this client is ready to bill up to %s.", self.invoice_date))
        self._add_time_lines(run, time)
        return True

    def _subscriptions_with_time(self):
        """The client's agreements in this currency that have time ready to bill."""
        entries = (
            self.env["account.analytic.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("billing_reason_code", "=", "ready"),
                    ("billing_partner_id", "=", self.commercial_partner_id.id),
                    ("date", "<=", self.invoice_date),
                ]
            )
        )
        return entries.billing_subscription_id.filtered(lambda s: s.currency_id == self.currency_id)

    def _add_time_lines(self, run, time):
        builder = TimeBuilder(self.env, self.env["account.analytic.line"].sudo().union(*time.values()))
        bills = []
        for subscription, entries in time.items():
            problems = run._time_problems(subscription, entries, builder)
            if problems:
                raise UserError("\n".join(problem["message"] for problem in problems))
            bills.append(SubscriptionBill(subscription, None, builder.invoice_entries(subscription, entries)))
        known = self.invoice_line_ids
        start = max(known.mapped("sequence"), default=0) + 1
        vals_list = InvoiceBuilder(self.env, self.invoice_date).line_vals(bills, sign=1, sequence=start)
        # Which minutes a line bills is protected; the right to write the invoice was checked.
        move = self.sudo()
        move.write({"invoice_line_ids": [Command.create(vals) for vals in vals_list]})
        lines = (move.invoice_line_ids - known).filtered(lambda x: x.display_type == "product")
        lines = lines.sorted(lambda x: (x.sequence, x.id))
        entries = [entry for bill in bills for entry in bill.entries]
        run._mark_time_billed(
            [(key, line.id) for entry, line in zip(entries, lines, strict=True) for key in entry.time_ids]
        )


class MspPreflightFinding(models.Model):
    _inherit = "msp.preflight.finding"

    mend_kind = fields.Selection(selection_add=[("time", "Add unbilled hours")])

    def _mend(self):
        if self.code == "unbilled_time":
            if self.move_id._subscriptions_with_time():
                return "time", self.env._("Add unbilled hours"), self.move_id.action_add_unbilled_time
            return "open", self.env._("Show unbilled time"), self._open_unbilled_time
        return super()._mend()

    def _open_unbilled_time(self):
        action = self.env["account.analytic.line"]._unbilled_time_action()
        client = self.move_id.commercial_partner_id
        action["domain"] = [("billing_partner_id", "=", client.id), ("billing_state", "!=", "billed")]
        action["context"] = {"search_default_to_bill": 1}
        return action
