"""The draft against the life of the agreement."""

from __future__ import annotations

from dateutil.relativedelta import relativedelta

from ..findings import INFO, WARNING
from ..registry import LineRule, Rule, register


def _credited_here(invoice, charge, since):
    """Whether the same draft gives those days back already (the run was generated again)."""
    return any(
        line.charge
        and line.charge.is_give_back
        and line.subject == f"s{charge.subject}"
        and line.charge.period_end > since
        for line in invoice.lines
    )


@register
class EndedAgreement(LineRule):
    """Days beyond the end of the line or its agreement."""

    code = "ended_agreement"
    severity, points = WARNING, 60

    def check_line(self, line, invoice, policy):
        charge = line.charge
        if not charge or charge.kind != "recurring" or not charge.line_end or charge.period_end <= charge.line_end:
            return None
        beyond = (charge.period_end - charge.line_end).days - 1
        if beyond <= 0 or _credited_here(invoice, charge, charge.line_end):
            return None
        days = (charge.period_end - charge.period_start).days
        amount = line.subtotal * min(1.0, beyond / days)
        return self.line_hit(
            line,
            amount=amount,
            value=float(beyond),
            target=("msp.subscription", charge.subscription_id),
            data={"end": charge.line_end.isoformat(), "days": min(beyond, days), "amount": amount},
        )


@register
class PausedBilled(LineRule):
    """The agreement was paused after the draft was made; the next run would credit the days."""

    code = "paused_billed"
    severity, points = WARNING, 45

    def check_line(self, line, invoice, policy):
        charge = line.charge
        if not charge or charge.kind != "recurring" or not charge.paused_from:
            return None
        if _credited_here(invoice, charge, charge.paused_from):
            return None
        days = (charge.period_end - charge.period_start).days
        share = (charge.period_end - max(charge.paused_from, charge.period_start)).days / days
        return self.line_hit(
            line,
            amount=line.subtotal * share,
            target=("msp.subscription", charge.subscription_id),
            data={"day": charge.paused_from.isoformat(), "amount": line.subtotal * share},
        )


@register
class PeriodGap(LineRule):
    """Owed days before this period that no charge covers."""

    code = "period_gap"
    severity, points = WARNING, 45

    def check_line(self, line, invoice, policy):
        charge = line.charge
        if not charge or not charge.gap_start:
            return None
        days = (charge.period_start - charge.gap_start).days
        share = days / max(1, (charge.period_end - charge.period_start).days)
        return self.line_hit(
            line,
            amount=-abs(line.subtotal) * share,
            fingerprint=charge.gap_start.isoformat(),
            target=("msp.subscription", charge.subscription_id),
            data={"from": charge.gap_start.isoformat(), "to": charge.period_start.isoformat(), "days": days},
        )


@register
class NoIncrease(Rule):
    """Contract prices that nobody has raised for two years; one finding for the whole invoice."""

    code = "no_increase"
    severity, points = INFO, 2

    def check(self, invoice, policy):
        limit = invoice.date - relativedelta(months=policy.no_increase_months)
        old = {
            line.subject: line
            for line in invoice.lines
            if line.charge
            and line.charge.kind == "recurring"
            and not line.charge.catalogue
            and line.charge.net_price
            and line.charge.price_since
            and line.charge.price_since <= limit
            and not (line.charge.locked_until and line.charge.locked_until >= invoice.date)
        }
        if old:
            oldest = min(old.values(), key=lambda line: (line.charge.price_since, line.id))
            yield self.hit(
                line_id=oldest.id,
                value=float(len(old)),
                target=("msp.subscription", oldest.charge.subscription_id),
                data={"count": len(old), "line": oldest.label, "day": oldest.charge.price_since.isoformat()},
            )
