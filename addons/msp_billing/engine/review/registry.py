"""The rules of the review, registered by themselves; later addons register their own.

    @register
    class TicketsWithoutAgreement(Rule):
        code = "tickets_without_agreement"
        severity, points = WARNING, 45

        def check(self, invoice, policy):
            tickets = invoice.extra.get("tickets")
            if tickets: yield self.hit(data={"count": tickets})

A rule is small, has no state and never writes; what it needs and ``InvoiceFacts`` does not
have comes in ``extra``, filled by the addon's ``account.move._preflight_extra_facts()``. Its
sentence is made by the addon's ``msp.preflight.finding._preflight_sentences()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .facts import InvoiceFacts, LineFacts
from .findings import INFO, Hit, Policy

_RULES: dict[str, Rule] = {}


class Rule:
    """A check of whole invoices. ``applies_to_refunds``: also of credit notes."""

    code: str
    severity: str = INFO
    points: int = 0
    applies_to_refunds: bool = False
    # A person has to see it, so "approve clean" leaves the draft alone although it is only an info.
    must_read: bool = False

    def check(self, invoice: InvoiceFacts, policy: Policy) -> Iterable[Hit]:
        """The findings of one invoice."""
        raise NotImplementedError

    def hit(self, **values) -> Hit:
        """A finding of this rule, with its own severity and points unless told otherwise."""
        return Hit(**{"code": self.code, "severity": self.severity, "points": self.points, **values})


class LineRule(Rule):
    """A check of single lines."""

    def check(self, invoice: InvoiceFacts, policy: Policy) -> Iterable[Hit]:
        for line in invoice.lines:
            hit = self.check_line(line, invoice, policy)
            if hit is not None:
                yield hit

    def check_line(self, line: LineFacts, invoice: InvoiceFacts, policy: Policy) -> Hit | None:
        """The finding of one line, or None."""
        raise NotImplementedError

    def line_hit(self, line: LineFacts, **values) -> Hit:
        """A finding about a line."""
        data = {"line": line.label, **values.pop("data", {})}
        return self.hit(subject=line.subject, line_id=line.id, data=data, **values)


def register(rule_class: type[Rule]) -> type[Rule]:
    """Class decorator: adds the rule under its code; the same code replaces the rule before."""
    if not getattr(rule_class, "code", None):
        raise ValueError(f"{rule_class.__name__} has no code")
    _RULES[rule_class.code] = rule_class()
    return rule_class


def rules() -> tuple[Rule, ...]:
    """All registered rules, by code."""
    return tuple(_RULES[code] for code in sorted(_RULES))


def must_read_codes() -> frozenset[str]:
    """Codes of the infos that a person has to see."""
    return frozenset(rule.code for rule in _RULES.values() if rule.must_read)


def review(invoice: InvoiceFacts, policy: Policy, with_rules: Iterable[Rule] | None = None) -> Iterator[Hit]:
    """All findings of one invoice, in the order of the rules' codes."""
    for rule in rules() if with_rules is None else with_rules:
        if invoice.is_refund and not rule.applies_to_refunds:
            continue
        yield from rule.check(invoice, policy)
