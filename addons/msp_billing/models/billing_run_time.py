from odoo import models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from .billing_time_builder import TimeBuilder

STATE_FIELDS = ["billing_state", "billing_reason_code", "billing_invoice_line_id", "billing_cancelled_line_id"]
VALUE_FIELDS = ["unbilled_amount", "is_price_missing"]


class MspBillingRun(models.Model):
    """Unbilled time of the subscriptions goes onto the same invoices, in the same transaction."""

    _inherit = "msp.billing.run"

    def _ready_time_condition(self, day):
        """SQL: whether a row of msp_subscription has time to bill, worked up to and including ``day``."""
        return SQL(
            "EXISTS (SELECT 1 FROM account_analytic_line entry WHERE entry.billing_subscription_id = msp_subscription.id "
            "AND entry.billing_reason_code = 'ready' AND entry.date <= %s)",
            day,
        )

    def _load_ready_time(self, subscriptions):
        """Time entries to bill up to the run's date, by subscription."""
        # Finance bills time of all projects, also private ones; the run's rights on the subscriptions were checked.
        entries = (
            self.env["account.analytic.line"]
            .sudo()
            .search(
                [
                    ("billing_subscription_id", "in", subscriptions.ids),
                    ("billing_reason_code", "=", "ready"),
                    ("date", "<=", self.date),
                ],
                order="date, id",
            )
        )
        return entries.grouped("billing_subscription_id")

    def _add_time(self, bills, time):
        """Priced time on the bills that have no problem; what cannot be priced becomes one.

        :param bills: dict of ``SubscriptionBill`` by subscription id
        :param time: dict of time entries by subscription
        """
        if not time:
            return
        builder = TimeBuilder(self.env, self.env["account.analytic.line"].sudo().union(*time.values()))
        for subscription, entries in time.items():
            bill = bills[subscription.id]
            if bill.problems:
                continue
            bill.problems += self._time_problems(bill.subscription, entries, builder)
            if not bill.problems:
                bill.entries += builder.invoice_entries(bill.subscription, entries)

    def _time_problems(self, subscription, entries, builder):
        problems = [
            self._time_problem(subscription, "no_price", reason, entry.work_type_id or subscription)
            for entry, reason in builder.missing(entries)
        ]
        for product in {entry._time_product() for entry in entries}:
            if product and not self._income_account(product):
                reason = self.env._("product %s has no income account: set one.", product.display_name)
                problems.append(self._time_problem(subscription, "no_income_account", reason, product))
        return problems

    def _time_problem(self, subscription, code, reason, record):
        return {
            "partner_id": subscription.commercial_partner_id.id,
            "subscription_id": subscription.id,
            "code": code,
            "message": self.env._(
                "Time of %(subscription)s: %(reason)s", subscription=subscription.name, reason=reason
            ),
            "res_model": record._name,
            "res_id": record.id,
        }

    # ----------------------------------------------------------------- effects

    def _mark_time_billed(self, pairs):
        """Put time entries onto their invoice lines.

        The rows are updated in the transaction that decided on them (RELIABILITY fact 2): who
        changed one meanwhile makes this fail as a whole, and the chunk is done again.

        :param pairs: list of (time entry id, invoice line id)
        :raises ConcurrencyError: when an entry is not to be billed any more
        """
        if not pairs:
            return
        entries = self.env["account.analytic.line"].sudo().browse([entry_id for entry_id, _line_id in pairs])
        entries.flush_recordset([*STATE_FIELDS, *VALUE_FIELDS])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE account_analytic_line entry
                   SET billing_invoice_line_id = line.line_id, billing_cancelled_line_id = NULL,
                       billing_state = 'billed', billing_reason_code = 'billed',
                       unbilled_amount = 0, is_price_missing = FALSE, write_uid = %(uid)s, write_date = %(now)s
                  FROM (SELECT UNNEST(%(entries)s) AS entry_id, UNNEST(%(lines)s) AS line_id) line
                 WHERE entry.id = line.entry_id AND entry.billing_reason_code = 'ready'
                   AND entry.billing_invoice_line_id IS NULL
             RETURNING entry.id
                """,
                entries=entries.ids,
                lines=[line_id for _entry_id, line_id in pairs],
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        if len(rows) != len(pairs):
            raise ConcurrencyError(self.env._("Time entries were changed while they were billed."))
        entries.invalidate_recordset([*STATE_FIELDS, *VALUE_FIELDS], flush=False)
        self.env["account.move.line"].invalidate_model(["billed_time_ids"], flush=False)
        entries._on_time_billed()
