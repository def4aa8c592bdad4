"""Turns priced plans into the words and values of invoice lines and ledger entries.

No decisions and no arithmetic on money here: those are ``engine/billing.py``'s.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from odoo.tools import format_date

from ..engine.billing import DayPlan, price_plan
from ..engine.money import to_decimal
from ..engine.proration import full_amount


@dataclass
class Entry:
    """One invoice line to be: what it says, and its ledger values or the time entries it bills.

    ``days`` are the first and last work date of time.
    """

    amount: Decimal
    charge_vals: dict | None
    line_vals: dict
    time_ids: tuple[int, ...] = ()
    days: tuple[date, date] | None = None

    @property
    def period(self):
        """First day, and first day not covered, of what it bills."""
        if self.charge_vals:
            return self.charge_vals["period_start"], self.charge_vals["period_end"]
        return self.days[0], self.days[1] + timedelta(days=1)


@dataclass
class SubscriptionBill:
    """What one subscription is billed, or the problems that are in the way."""

    subscription: object
    plan: DayPlan
    entries: list[Entry] = field(default_factory=list)
    problems: list[dict] = field(default_factory=list)


class InvoiceBuilder:
    """Writes in the client's language; ``day`` is the invoice date."""

    def __init__(self, env, day):
        self.env = env
        self.day = day
        self._dates = {}
        self._distributions = None

    def bill(self, subscription, plan, quantum, answers, problems):
        """The ``SubscriptionBill`` of a plan.

        :param answers: price answers by (line id, first day), for lines in catalogue mode
        :param problems: what ``_check_billable`` found, as values of ``msp.billing.problem``
        """
        result = SubscriptionBill(subscription, plan, problems=list(problems))
        if result.problems:
            return result
        lines = {line.id: line for line in subscription.line_ids}
        for piece in plan.pieces:
            answer = answers.get((piece.line.id, piece.start))
            if answer and answer.price is None:
                result.problems.append(
                    {
                        "partner_id": subscription.commercial_partner_id.id,
                        "subscription_id": subscription.id,
                        "code": "no_price",
                        "message": self.env._(
                            "%(subscription)s: %(explanation)s",
                            subscription=subscription.name,
                            explanation=answer.explanation,
                        ),
                        "res_model": "msp.subscription",
                        "res_id": subscription.id,
                    }
                )
        if result.problems:
            return result

        def price_of(piece):
            answer = answers.get((piece.line.id, piece.start))
            return to_decimal(answer.price if answer else lines[piece.line.id].price_unit)

        priced, give_backs = price_plan(plan, price_of, quantum)
        for back in give_backs:
            result.entries.append(self._give_back_entry(back))
        for again in plan.rebills:
            result.entries.append(self._rebill_entry(again, quantum))
        for item in priced:
            line = lines[item.piece.line.id]
            result.entries.append(self._piece_entry(item, line, answers.get((line.id, item.piece.start))))
        return result

    def line_vals(self, bills, sign, sequence=1):
        """Values of invoice lines, in the order of the entries; a heading for each of several subscriptions."""
        vals_list = []
        for bill in bills:
            if len(bills) > 1:
                vals_list.append({"display_type": "line_section", "name": bill.subscription.name, "sequence": sequence})
                sequence += 1
            for entry in bill.entries:
                vals = dict(entry.line_vals, sequence=sequence)
                vals["price_unit"] = sign * vals["price_unit"]
                if not self._has_distributions():
                    vals.setdefault("analytic_distribution", False)
                vals_list.append(vals)
                sequence += 1
        return vals_list

    def _has_distributions(self):
        """Whether analytic distribution models exist: without one Odoo would still look for it, once a line."""
        if self._distributions is None:
            models = self.env["account.analytic.distribution.model"].sudo()
            self._distributions = bool(models.search_count([], limit=1))
        return self._distributions

    # ----------------------------------------------------------------- entries

    def _piece_entry(self, item, line, answer):
        piece, lang_env = item.piece, self._env_of(line)
        parts = [self._period_text(lang_env, line, piece.start, piece.end)]
        if piece.is_partial:
            parts.append(lang_env._("%(days)s of %(total)s days", days=piece.days, total=piece.period.days))
            if item.quantity != 1:
                parts.append(f"{item.quantity.normalize():f} × {item.price_unit.normalize():f}")
        explanation = self._explain_piece(item, line, answer)
        if piece.is_partial:
            amounts = {"quantity": 1, "price_unit": float(item.amount), "discount": 0}
        else:
            amounts = {
                "quantity": float(item.quantity),
                "price_unit": float(item.price_unit),
                "discount": float(piece.line.discount),
            }
        return Entry(
            amount=item.amount,
            charge_vals={
                "subscription_line_id": line.id,
                "kind": "recurring",
                "period_start": piece.start,
                "period_end": piece.end,
                "quantity": float(item.quantity),
                "price_unit": float(item.price_unit),
                "discount": float(piece.line.discount),
                "amount": float(item.amount),
                "layer": piece.layer,
                "explanation": explanation,
            },
            line_vals={
                "product_id": line.product_id.id,
                "name": f"{line.name}\n{', '.join(parts)}",
                "price_explanation": explanation,
                **amounts,
            },
        )

    def _give_back_entry(self, back):
        charge = back.live.charge
        line = self.env["msp.subscription.line"].browse(charge.line_id)
        lang_env = self._env_of(line)
        explanation = self.env._(
            "Given back: %(days)s of the %(left)s days still billed for %(period)s",
            days=back.days,
            left=back.days_left,
            period=self._period_text(self.env, line, charge.start, charge.end),
        )
        name = lang_env._(
            "Credit for %(period)s, %(days)s days",
            period=self._period_text(lang_env, line, back.start, back.end),
            days=back.days,
        )
        return Entry(
            amount=back.amount,
            charge_vals={
                "subscription_line_id": line.id,
                "kind": "adjustment",
                "period_start": back.start,
                "period_end": back.end,
                "quantity": float(charge.quantity),
                "price_unit": float(charge.price_unit),
                "discount": float(charge.discount),
                "amount": float(back.amount),
                "layer": charge.layer,
                "reverses_id": charge.id,
                "explanation": explanation,
            },
            line_vals={
                "product_id": line.product_id.id,
                "name": f"{line.name}\n{name}",
                "price_explanation": explanation,
                "quantity": 1,
                "price_unit": float(back.amount),
                "discount": 0,
            },
        )

    def _rebill_entry(self, again, quantum):
        """What a credit note took and released, in its own units where they say the same."""
        root, release = again.root.charge, again.release.charge
        line = self.env["msp.subscription.line"].browse(root.line_id)
        lang_env = self._env_of(line)
        credit = self.env["msp.billing.charge"].browse(release.id).sudo().credit_entry_id.credit_move_id.name
        terms = (release.quantity, root.price_unit, root.discount)
        exact = again.is_whole and release.quantity and full_amount(*terms, quantum) == again.amount
        quantity, price_unit, discount = terms if exact else (Decimal(1), again.amount, Decimal(0))
        explanation = self.env._(
            "Billed again: %(amount)s of the %(billed)s for %(period)s, credited by %(credit)s",
            amount=f"{again.amount.quantize(quantum):f}",
            billed=f"{root.amount.quantize(quantum):f}",
            period=self._period_text(self.env, line, root.start, root.end),
            credit=credit,
        )
        name = lang_env._(
            "%(period)s, in place of what %(credit)s credited",
            period=self._period_text(lang_env, line, again.start, again.end),
            credit=credit,
        )
        return Entry(
            amount=again.amount,
            charge_vals={
                "subscription_line_id": line.id,
                "kind": "adjustment",
                "period_start": again.start,
                "period_end": again.end,
                "quantity": float(quantity),
                "price_unit": float(price_unit),
                "discount": float(discount),
                "amount": float(again.amount),
                "layer": again.layer,
                "released_id": release.id,
                "explanation": explanation,
            },
            line_vals={
                "product_id": line.product_id.id,
                "name": f"{line.name}\n{name}",
                "price_explanation": explanation,
                "quantity": float(quantity),
                "price_unit": float(price_unit),
                "discount": float(discount),
            },
        )

    def _explain_piece(self, item, line, answer):
        piece = item.piece
        source = answer.explanation if answer else self.env._("Contract price of %s", line.subscription_id.name)
        discount = f" − {piece.line.discount.normalize():f} %" if piece.line.discount else ""
        text = f"{source}: {item.quantity.normalize():f} × {item.price_unit.normalize():f}{discount} = {item.full:f}"
        if item.completes:
            return self.env._(
                "%(text)s; %(days)s of %(total)s days, the rest of the period: %(amount)s",
                text=text,
                days=piece.days,
                total=piece.period.days,
                amount=f"{item.amount:f}",
            )
        if piece.is_partial:
            return f"{text}; × {piece.days} ÷ {piece.period.days} = {item.amount:f}"
        return text

    # ------------------------------------------------------------------- words

    def _env_of(self, line):
        lang = line.partner_id.lang or self.env.lang
        return self.env(context=dict(self.env.context, lang=lang)) if lang else self.env

    def _period_text(self, env, line, start, end):
        if line.is_one_off:
            return self._date(env, start)
        return f"{self._date(env, start)} – {self._date(env, end - timedelta(days=1))}"

    def _date(self, env, day):
        key = (env.lang, day)
        if key not in self._dates:
            self._dates[key] = format_date(env, day, date_format="d MMM y")
        return self._dates[key]
