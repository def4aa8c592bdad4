"""Turns time that is to be billed into priced lines, and those into the words of the invoice.

The arithmetic is ``engine/time_billing.py``'s.
"""

from odoo.tools import format_date, formatLang

from ..engine.money import to_decimal
from ..engine.time_billing import BY_DAY, PricedTime, plan_time
from .billing_invoice_builder import Entry


class TimeBuilder:
    """Writes in the client's language; ``entries`` are all time entries of the batch, with superuser rights."""

    def __init__(self, env, entries):
        self.env = env
        self.entries = entries
        self.answers = entries._resolve_time_prices()
        self.step = entries._hour_step()

    def missing(self, entries):
        """Entries of these without a product or a price, with the reason.

        :return: list of (entry, sentence), the first of each work type and day's reason only
        """
        found, seen = [], set()
        for entry in entries:
            answer = self.answers[entry]
            if answer is None:
                reason = self.env._(
                    "Work type %s has no service product, nor does the company have a default one: set one.",
                    entry.work_type_id.name or self.env._("(none)"),
                )
            elif answer.price is None:
                reason = answer.explanation
            else:
                continue
            if reason not in seen:
                seen.add(reason)
                found.append((entry, reason))
        return found

    def invoice_entries(self, subscription, entries):
        """What the invoice says for these time entries of one subscription. Returns a list of ``Entry``."""
        records = {entry.id: entry for entry in entries}
        lines = plan_time(
            [self._priced(entry) for entry in entries],
            subscription.time_grouping,
            to_decimal(subscription.currency_id.rounding),
            self.step,
        )
        env = self._env_of(subscription)
        return [self._entry(env, line, records, subscription.time_grouping) for line in lines]

    def _priced(self, entry):
        multiplier = entry._time_multiplier()
        return PricedTime(
            id=entry.id,
            day=entry.date,
            minutes=entry.billable_minutes,
            project_id=entry.project_id.id,
            task_id=entry.task_id.id or 0,
            product_id=entry._time_product().id,
            price_unit=to_decimal(self.answers[entry].price) * multiplier,
            multiplier=multiplier,
        )

    def _entry(self, env, line, records, grouping):
        first = records[line.first.id]
        product = first._time_product()
        return Entry(
            amount=line.amount,
            charge_vals=None,
            line_vals={
                "product_id": product.id,
                "product_uom_id": first._time_uom(product).id,
                "name": self._name(env, line, records, grouping),
                "price_explanation": self._explanation(line, first),
                "quantity": float(line.hours),
                "price_unit": float(line.price_unit),
                "discount": 0,
                "billed_minutes": line.minutes,
            },
            time_ids=tuple(entry.id for entry in line.entries),
            days=line.days,
        )

    # ------------------------------------------------------------------- words

    def _name(self, env, line, records, grouping):
        """Two lines: what was done, and when, with the hours of each."""
        first = records[line.first.id].with_env(env)
        service = first._time_product().display_name if not first.work_type_id else first.work_type_id.name
        if line.first.multiplier != 1:
            service = f"{service} (×{line.first.multiplier.normalize():f})"
        minutes = {}
        if grouping == BY_DAY:
            title = env._("%(service)s on %(day)s", service=service, day=self._date(env, line.first.day))
            for entry in line.entries:
                subject = self._subject(records[entry.id])
                minutes[subject] = minutes.get(subject, 0) + entry.minutes
        else:
            title = f"{self._subject(first)}: {service}"
            for entry in line.entries:
                day = self._date(env, entry.day)
                minutes[day] = minutes.get(day, 0) + entry.minutes
        parts = [env._("%(what)s: %(hours)s h", what=what, hours=_clock(total)) for what, total in minutes.items()]
        return f"{title}\n{', '.join(parts)}"

    def _explanation(self, line, entry):
        """Why this price, for those who check the invoice."""
        answer = self.answers[entry]
        text = answer.explanation
        if line.first.multiplier != 1:
            text = self.env._(
                "%(text)s; × %(multiplier)s for %(work)s",
                text=text,
                multiplier=f"{line.first.multiplier.normalize():f}",
                work=entry.work_type_id.name or self.env._("after hours"),
            )
        return self.env._(
            "%(text)s: %(minutes)s minutes = %(hours)s h × %(price)s = %(amount)s",
            text=text,
            minutes=line.minutes,
            hours=formatLang(self.env, float(line.hours), digits=2),
            price=f"{line.price_unit.normalize():f}",
            amount=f"{line.amount:f}",
        )

    @staticmethod
    def _subject(entry):
        return entry.task_id.name or entry.project_id.name

    def _env_of(self, subscription):
        lang = subscription.partner_id.lang or self.env.lang
        return self.env(context=dict(self.env.context, lang=lang), su=True)

    @staticmethod
    def _date(env, day):
        return format_date(env, day, date_format="d MMM y")


def _clock(minutes):
    """90 → 1:30.

    >>> _clock(90), _clock(-5)
    ('1:30', '-0:05')
    """
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"
