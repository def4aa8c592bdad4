from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL


class MspBillingRun(models.Model):
    """What is in the way of billing, and what a run would bill."""

    _inherit = "msp.billing.run"

    @api.model
    @api.readonly
    def preview(self, date=None):
        """What would be billed up to ``date`` (default today); writes nothing.

        :return: ``{"date", "company_id", "invoices": [{"partner_id", "partner", "currency",
            "amount" (before tax, invoice currency), "move_type", "lines": [{"name", "quantity",
            "price_unit", "discount", "amount", "period_start", "period_end", "explanation"}]}],
            "problems": [{"partner_id", "partner", "subscription_id", "message"}],
            "totals": {currency name: amount}}``
        """
        self.env["msp.billing.run"].check_access("read")
        day = fields.Date.to_date(date) or fields.Date.context_today(self)
        company = self[:1].company_id or self.env.company
        run = self.new({"date": day, "company_id": company.id, "name": "preview"})
        subscriptions = self._due_subscriptions(company, day)
        bills = run._plan_subscriptions(subscriptions)
        grouped = defaultdict(list)
        problems = []
        for subscription in subscriptions:
            bill = bills[subscription.id]
            problems += bill.problems
            if bill.entries:
                grouped[subscription.commercial_partner_id, subscription.currency_id].append(bill)
        invoices = [
            self._preview_invoice(partner, currency, client_bills)
            for (partner, currency), client_bills in grouped.items()
        ]
        totals = defaultdict(Decimal)
        for (_partner, currency), client_bills in grouped.items():
            totals[currency.name] += sum((e.amount for bill in client_bills for e in bill.entries), Decimal(0))
        names = {p.id: p.display_name for p in subscriptions.commercial_partner_id}
        return {
            "date": fields.Date.to_string(day),
            "company_id": company.id,
            "invoices": invoices,
            "problems": [
                {
                    "partner_id": p["partner_id"],
                    "partner": names.get(p["partner_id"], ""),
                    "subscription_id": p.get("subscription_id", False),
                    "message": p["message"],
                }
                for p in problems
            ],
            "totals": {name: float(amount) for name, amount in totals.items()},
        }

    def _due_subscriptions(self, company, day):
        """Subscriptions the next run would look at, in the order of their clients."""
        self.env["msp.subscription"].flush_model()
        self.env["account.analytic.line"].flush_model(["billing_reason_code", "billing_subscription_id", "date"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM msp_subscription WHERE company_id = %s AND state <> 'draft' "
                "AND (billing_dirty OR next_due_date <= %s OR %s) ORDER BY commercial_partner_id, id",
                company.id,
                day,
                self._ready_time_condition(day),
            )
        )
        return self.env["msp.subscription"].browse([row[0] for row in rows])._filtered_access("read")

    def _preview_invoice(self, partner, currency, bills):
        entries = [entry for bill in bills for entry in bill.entries]
        amount = float(sum(entry.amount for entry in entries))
        return {
            "partner_id": partner.id,
            "partner": partner.display_name,
            "currency": currency.name,
            "amount": amount,
            "move_type": "out_refund" if amount < 0 else "out_invoice",
            "lines": [
                {
                    "name": entry.line_vals["name"],
                    "quantity": entry.line_vals["quantity"],
                    "price_unit": entry.line_vals["price_unit"],
                    "discount": entry.line_vals["discount"],
                    "amount": float(entry.amount),
                    "period_start": fields.Date.to_string(entry.period[0]),
                    "period_end": fields.Date.to_string(entry.period[1]),
                    "explanation": entry.line_vals["price_explanation"],
                }
                for entry in entries
            ],
        }

    # ---------------------------------------------------------------- problems

    def _check_billable(self, subscriptions, plans, time):
        """What keeps each subscription from being billed, in one sentence that says what to do.

        :param plans: dict of ``DayPlan`` by subscription id
        :param time: dict of time entries to bill by subscription
        :return: dict of lists of values of ``msp.billing.problem`` by subscription id
        """
        problems = defaultdict(list)

        def report(subscription, code, message, record):
            problems[subscription.id].append(
                {
                    "partner_id": subscription.commercial_partner_id.id,
                    "subscription_id": subscription.id,
                    "code": code,
                    "message": message,
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )

        unrated = self._currencies_without_rate(subscriptions.currency_id)
        accounts = {}
        for subscription in subscriptions:
            plan = plans[subscription.id]
            self._check_subscription(subscription, plan, report)
            if not plan.is_empty or subscription in time:
                self._check_client(subscription, unrated, report)
            if not plan.is_empty:
                self._check_lines(subscription, plan, accounts, report)
        return problems

    def _check_subscription(self, subscription, plan, report):
        name = subscription.name
        if not subscription.line_ids and subscription.state == "active" and not subscription._sells_time():
            report(
                subscription,
                "no_lines",
                self.env._("Subscription %s has no lines: add what it sells, or close it.", name),
                subscription,
            )
        if plan.is_parked:
            report(
                subscription,
                "backlog",
                self.env._(
                    "Subscription %(name)s is %(backlog)s periods behind, more than the %(allowed)s allowed at once. "
                    "Check its start, set the go-live date, or mark it “Bill the whole backlog once”.",
                    name=name,
                    backlog=plan.backlog,
                    allowed=plan.allowed,
                ),
                subscription,
            )

    def _check_client(self, subscription, unrated, report):
        name, client = subscription.name, subscription.partner_id
        for partner in client | client.commercial_partner_id:
            if not partner.active:
                report(
                    subscription,
                    "archived_client",
                    self.env._(
                        "Client %(client)s is archived but subscription %(name)s goes on: "
                        "unarchive the client, or close the subscription.",
                        client=partner.display_name,
                        name=name,
                    ),
                    partner,
                )
                break
        if subscription.currency_id in unrated:
            report(
                subscription,
                "no_rate",
                self.env._(
                    "Subscription %(name)s is in %(currency)s, which has no exchange rate on or before %(day)s: enter one.",
                    name=name,
                    currency=subscription.currency_id.name,
                    day=self.date,
                ),
                subscription.currency_id,
            )

    def _check_lines(self, subscription, plan, accounts, report):
        line_ids = {piece.line.id for piece in plan.pieces} | {back.live.charge.line_id for back in plan.give_backs}
        line_ids |= {again.root.charge.line_id for again in plan.rebills}
        # Not filtered(): its result would fetch the lines of each subscription by a query of their own.
        for line in subscription.line_ids:
            if line.id not in line_ids:
                continue
            product = line.product_id
            if not product.active and any(piece.line.id == line.id for piece in plan.pieces):
                report(
                    subscription,
                    "archived_product",
                    self.env._(
                        "Product %(product)s is archived but subscription %(name)s still bills it: "
                        "unarchive it, or end the line.",
                        product=product.display_name,
                        name=subscription.name,
                    ),
                    product,
                )
            if product not in accounts:
                accounts[product] = self._income_account(product)
            if not accounts[product]:
                report(
                    subscription,
                    "no_income_account",
                    self.env._(
                        "Product %(product)s of subscription %(name)s has no income account, "
                        "nor its category, nor the sales journal: set one.",
                        product=product.display_name,
                        name=subscription.name,
                    ),
                    product,
                )

    def _income_account(self, product):
        company = self.company_id
        account = product.with_company(company).product_tmpl_id.get_product_accounts()["income"]
        if account:
            return account if account.active else False
        journal = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(company), ("type", "=", "sale")], limit=1
        )
        return journal.default_account_id

    def _currencies_without_rate(self, currencies):
        """Foreign currencies for which Odoo would silently take a rate of 1."""
        foreign = currencies - self.company_id.currency_id
        if not foreign:
            return foreign
        # Rates are looked at for the check alone, whatever the caller may read of them.
        rated = (
            self.env["res.currency.rate"]
            .sudo()
            ._read_group(
                [
                    ("currency_id", "in", foreign.ids),
                    ("company_id", "in", [False, self.company_id.root_id.id]),
                    ("name", "<=", self.date),
                ],
                ["currency_id"],
            )
        )
        return foreign - self.env["res.currency"].browse([currency.id for (currency,) in rated])
