import logging
from collections import defaultdict
from dataclasses import dataclass, field

import psycopg2
from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from ..engine.billing import plan_days
from ..engine.money import to_decimal
from .billing_invoice_builder import InvoiceBuilder, SubscriptionBill

_logger = logging.getLogger(__name__)

# What one client's data can make go wrong; anything else is a bug and ends the run.
CLIENT_ERRORS = (UserError, ValidationError, AccessError, ValueError, psycopg2.IntegrityError, psycopg2.DataError)


@dataclass
class ClientBill:
    """What one client is billed in one currency, before anything is written."""

    client: models.Model
    bills: list[SubscriptionBill] = field(default_factory=list)
    problems: list[dict] = field(default_factory=list)
    settled: list[SubscriptionBill] = field(default_factory=list)


class MspBillingRun(models.Model):
    """Facts → plan → effects for a chunk of clients."""

    _inherit = "msp.billing.run"

    def _bill_clients(self, clients, subscriptions_by_client):
        """Bill ``clients`` in one batch; where that fails, one by one, so that only the culprit is left out.

        :param clients: ``msp.billing.run.client`` records, locked
        :param subscriptions_by_client: their due subscriptions, locked
        """
        try:
            with self.env.cr.savepoint():
                self._apply_bills(self._plan_clients(clients, subscriptions_by_client))
            return
        except CLIENT_ERRORS as error:
            if len(clients) == 1:
                self._note_failure(clients, subscriptions_by_client[clients], error)
                return
        for client in clients:
            self._bill_clients(client, subscriptions_by_client)

    def _plan_clients(self, clients, subscriptions_by_client):
        """Bills for these clients; writes nothing.

        :return: list of ``ClientBill``
        """
        subscriptions = self.env["msp.subscription"].union(*subscriptions_by_client.values())
        bills = self._plan_subscriptions(subscriptions)
        result = []
        for client in clients:
            client_bill = ClientBill(client)
            for subscription in subscriptions_by_client[client]:
                bill = bills[subscription.id]
                client_bill.problems.extend(bill.problems)
                if bill.problems:
                    continue
                client_bill.settled.append(bill)
                if bill.entries:
                    client_bill.bills.append(bill)
            result.append(client_bill)
        return result

    def _plan_subscriptions(self, subscriptions):
        """What each subscription owes up to the run's date, priced, with what is in the way.

        :return: dict of ``SubscriptionBill`` by subscription id
        """
        facts = subscriptions._load_billing_facts()
        plans = {s.id: plan_days(facts[s.id], self._plan_until(s)) for s in subscriptions}
        time = self._load_ready_time(subscriptions)
        problems = self._check_billable(subscriptions, plans, time)
        prices = self._resolve_catalogue_prices(subscriptions, plans)
        builder = InvoiceBuilder(self.env, self.date)
        bills = {
            subscription.id: builder.bill(
                subscription,
                plans[subscription.id],
                to_decimal(subscription.currency_id.rounding),
                prices,
                problems.get(subscription.id, []),
            )
            for subscription in subscriptions
        }
        self._add_time(bills, time)
        return bills

    def _plan_until(self, subscription):
        """The day up to which a subscription is billed. Override to bill some early. Returns a date."""
        return max(self.date, subscription.bill_early_until or self.date)

    def _resolve_catalogue_prices(self, subscriptions, plans):
        """Answers of the price resolver for every piece in catalogue mode.

        :return: dict of ``PriceAnswer`` by (line id, first day)
        """
        keys, requests = [], []
        lines = {line.id: line for line in subscriptions.line_ids}
        for plan in plans.values():
            for piece in plan.pieces:
                line = lines[piece.line.id]
                if line.price_mode == "catalog":
                    keys.append((line.id, piece.start))
                    requests.append(line._price_request(piece.start))
        answers = self.env["msp.price.resolver"]._resolve(requests) if requests else []
        return dict(zip(keys, answers, strict=True))

    # ----------------------------------------------------------------- effects

    def _apply_bills(self, client_bills):
        """Make the drafts, enter the ledger, move the bookmarks, note the problems."""
        billable = [bill for bill in client_bills if bill.bills]
        drafts = {}
        merge, fresh = [], []
        for bill in billable:
            (merge if self._mergeable(bill) else fresh).append(bill)
        moves = self._create_moves(fresh)
        for bill, move in zip(fresh, moves, strict=True):
            drafts[bill.client] = move
        for bill in merge:
            drafts[bill.client] = self._extend_draft(bill)
        self._move_bookmarks(client_bills)
        self._write_clients(client_bills, drafts)

    def _mergeable(self, bill):
        """Whether this run's draft for the client can take what came later, so that one draft remains."""
        move = bill.client.move_id
        return (
            move.state == "draft"
            and move.billing_run_id == self
            and move.move_type == "out_invoice"
            and move.review_state != "held"
            and sum(entry.amount for b in bill.bills for entry in b.entries) >= 0
        )

    def _create_moves(self, client_bills):
        if not client_bills:
            return self.env["account.move"]
        builder = InvoiceBuilder(self.env, self.date)
        # Tracking and the creation message cost a fifth of the time and say nothing: the run is the origin.
        moves = (
            self.env["account.move"]
            # The run's own link is protected from RPC; whoever may generate may set it.
            .sudo()
            .with_company(self.company_id)
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            ._create_prepared([self._move_vals(bill, builder) for bill in client_bills])
        )
        self._enter_ledger(zip(client_bills, (move.invoice_line_ids for move in moves), strict=True))
        return moves.sudo(False)

    def _move_vals(self, bill, builder):
        subscriptions = [b.subscription for b in bill.bills]
        negative = sum(entry.amount for b in bill.bills for entry in b.entries) < 0
        partner = bill.client.partner_id
        vals = {
            "move_type": "out_refund" if negative else "out_invoice",
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "company_id": self.company_id.id,
            "currency_id": bill.client.currency_id.id,
            "invoice_date": self.date,
            "billing_run_id": self.id,
            "invoice_origin": ", ".join(s.name for s in subscriptions),
            "invoice_user_id": (subscriptions[0].user_id or partner.user_id or self.env.user).id,
            "invoice_line_ids": [
                Command.create(vals) for vals in builder.line_vals(bill.bills, sign=-1 if negative else 1)
            ],
        }
        term = next((s.payment_term_id for s in subscriptions if s.payment_term_id), None)
        if term:
            vals["invoice_payment_term_id"] = term.id
        return vals

    def _extend_draft(self, bill):
        builder = InvoiceBuilder(self.env, self.date)
        move = bill.client.move_id.sudo().with_context(tracking_disable=True)
        known = move.invoice_line_ids
        start = max(known.mapped("sequence"), default=0) + 1
        move.write(
            {
                "invoice_line_ids": [
                    Command.create(vals) for vals in builder.line_vals(bill.bills, sign=1, sequence=start)
                ]
            }
        )
        self._enter_ledger([(bill, move.invoice_line_ids - known)])
        return move.sudo(False)

    def _enter_ledger(self, billed):
        """Charges and time entries for new invoice lines.

        :param billed: pairs of ``ClientBill`` and its new lines
        """
        charges, time = [], []
        for bill, invoice_lines in billed:
            for entry, line in self._entries_of_lines(bill, invoice_lines):
                if entry.charge_vals:
                    charges.append({**entry.charge_vals, "invoice_line_id": line.id, "run_id": self.id})
                time += [(entry_id, line.id) for entry_id in entry.time_ids]
        self.env["msp.billing.charge"].sudo().create(charges)
        self._mark_time_billed(time)

    def _entries_of_lines(self, bill, invoice_lines):
        """Pairs of an entry and its invoice line; the lines stand in the order of the entries."""
        lines = invoice_lines.filtered(lambda line: line.display_type == "product").sorted(
            lambda line: (line.sequence, line.id)
        )
        entries = [entry for b in bill.bills for entry in b.entries]
        return zip(entries, lines, strict=True)

    def _move_bookmarks(self, client_bills):
        """Remember what is settled and when more is due; also the update that makes rivals collide (fact 2)."""
        by_values = defaultdict(list)
        for client_bill in client_bills:
            for bill in client_bill.settled:
                billed_until = max(self.date, bill.subscription.time_billed_until or self.date)
                by_values[bill.plan.next_due, bill.plan.settled_until, billed_until].append(bill.subscription.id)
        subscriptions = self.env["msp.subscription"].sudo()
        for (next_due, settled_until, billed_until), ids in by_values.items():
            subscriptions.browse(ids)._write_bookmarks(
                {
                    "billing_dirty": False,
                    "next_due_date": next_due,
                    "settled_until": settled_until,
                    "allow_backlog": False,
                    "bill_early_until": False,
                    "time_billed_until": billed_until,
                }
            )

    def _write_clients(self, client_bills, drafts):
        solved = [bill.subscription.id for cb in client_bills for bill in cb.settled]
        problems = self.env["msp.billing.problem"].sudo()
        seen = solved + [p["subscription_id"] for cb in client_bills for p in cb.problems if p.get("subscription_id")]
        problems.search([("subscription_id", "in", seen), ("state", "=", "open")]).write({"state": "resolved"})
        problems.create(
            [
                {**vals, "run_id": self.id, "company_id": self.company_id.id}
                for cb in client_bills
                for vals in cb.problems
            ]
        )
        groups = defaultdict(list)
        for client_bill in client_bills:
            move = drafts.get(client_bill.client)
            if move:
                client_bill.client.write({"state": "billed", "move_id": move.id, "reason": False})
            else:
                groups[bool(client_bill.problems)].append(client_bill.client.id)
        clients = self.env["msp.billing.run.client"].sudo()
        clients.browse(groups[True]).write({"state": "problem"})
        clients.browse(groups[False]).write(
            {"state": "nothing", "reason": self.env._("Nothing is due up to %s", fields.Date.to_string(self.date))}
        )

    def _note_failure(self, client, subscriptions, error):
        """A client could not be billed at all: say so on the client and go on."""
        message = str(error.args[0] if getattr(error, "args", None) else error).strip()
        _logger.warning("billing run %s, client %s: %s", self.id, client.partner_id.id, message)
        self.env["msp.billing.problem"].sudo().create(
            {
                "run_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": client.partner_id.id,
                "subscription_id": subscriptions[:1].id,
                "code": "failed",
                "message": self.env._(
                    "%(client)s: %(message)s",
                    client=client.partner_id.display_name,
                    message=message,
                ),
            }
        )
        client.sudo().write({"state": "problem"})
