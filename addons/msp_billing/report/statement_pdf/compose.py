"""A client's statement as a letter: the plan's figures in the client's words, by Babel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ...engine.aging import BUCKETS
from ...engine.statement import DISPUTED, UNAPPLIED, ForwardSection, OpenSection
from ..invoice_pdf import formats
from ..invoice_pdf.facts import Company, Currency
from .grid import Column, Foot, Letter, Row, Section


@dataclass(frozen=True)
class CompanyPage:
    """Whose letter: its letterhead, and how it is paid."""

    company: Company
    bank: tuple[str, ...] = ()
    paper: str = "A4"


@dataclass(frozen=True)
class StatementFacts:
    """What a statement says. ``currencies`` by id; ``labels`` are translated terms by their English key."""

    page: CompanyPage
    client: tuple[str, ...]
    number: str  # the client's own
    lang: str
    date_to: date
    sections: tuple[OpenSection | ForwardSection, ...]
    currencies: Mapping[int, Currency]
    date_from: date | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def compose(facts: StatementFacts) -> Letter:
    """The letter, every figure and date as the client's language writes it."""
    letter = Letter(title="", company=facts.page.company, sections=(), labels=facts.labels)
    term = letter.term
    notes = list(facts.notes)
    if len(facts.sections) > 1:
        notes.append(term("Amounts in different currencies are not added."))
    if facts.page.bank and any(_total(section) > 0 for section in facts.sections):
        notes.append(": ".join((term("Bank account"), " · ".join(facts.page.bank))))
    if not facts.sections:
        notes.insert(0, term("Nothing is open. Thank you."))
    return Letter(
        title=term("Statement of account"),
        company=facts.page.company,
        client=facts.client,
        details=tuple(_details(facts, term)),
        sections=tuple(_section(section, facts, term) for section in facts.sections),
        notes=tuple(notes),
        lang=facts.lang,
        paper=facts.page.paper,
        labels=facts.labels,
    )


def _details(facts: StatementFacts, term) -> list[tuple[str, str | date]]:
    rows: list[tuple[str, str | date]] = []
    if facts.date_from:
        rows += [(term("From"), facts.date_from), (term("To"), facts.date_to)]
    else:
        rows.append((term("Open on"), facts.date_to))
    if facts.number:
        rows.append((term("Customer number"), facts.number))
    for section in facts.sections:
        currency = facts.currencies[section.currency_id]
        label = term("Balance") if len(facts.sections) == 1 else f"{term('Balance')} {currency.code}"
        rows.append((label, formats.money(_total(section), facts.lang, currency.code, currency.digits)))
    return rows


def _total(section: OpenSection | ForwardSection) -> Decimal:
    return section.total if isinstance(section, OpenSection) else section.closing


def _section(section: OpenSection | ForwardSection, facts: StatementFacts, term) -> Section:
    currency = facts.currencies[section.currency_id]

    def money(amount: Decimal) -> str:
        return formats.money(amount, facts.lang, currency.code, currency.digits)

    title = f"{term('In')} {currency.code}" if len(facts.sections) > 1 else ""
    build = _open_table if isinstance(section, OpenSection) else _forward_table
    columns, rows = build(section, facts, term, money)
    return Section(title, columns, rows, _foot(section, term, money))


def _open_table(section: OpenSection, facts: StatementFacts, term, money):
    has_disputed = any(row.item.disputed for row in section.rows)
    columns = [
        Column(term("Document"), is_wide=True),
        Column(term("Date")),
        Column(term("Due")),
        Column(term("Days late"), "right"),
        Column(term("Amount"), "right"),
        Column(term("Open"), "right"),
    ]
    if has_disputed:
        columns.insert(5, Column(term("Under discussion"), "right"))
    rows = []
    for row in section.rows:
        item = row.item
        cells = [
            item.document,
            formats.day(item.date, facts.lang),
            "" if item.is_credit else formats.day(item.due, facts.lang),
            str(row.days_late) if row.days_late else "",
            money(item.amount),
            money(item.open),
        ]
        if has_disputed:
            cells.insert(5, money(item.disputed) if item.disputed else "")
        rows.append(Row(tuple(cells), note=item.reference))
    blank = ("",) * (len(columns) - 2)
    rows.append(Row((term("Total"), *blank, money(section.total)), "sum"))
    return tuple(columns), tuple(rows)


def _forward_table(section: ForwardSection, facts: StatementFacts, term, money):
    kinds = {
        "invoice": term("Invoice"),
        "credit_note": term("Credit note"),
        "payment": term("Payment"),
        "applied": term("Set off in another currency"),
        "other": term("Booking"),
    }
    columns = (
        Column(term("Date")),
        Column(term("Document"), is_wide=True),
        Column(term("Due")),
        Column(term("Charges"), "right"),
        Column(term("Payments and credits"), "right"),
        Column(term("Balance"), "right"),
    )
    first = formats.day(facts.date_from or facts.date_to, facts.lang)
    rows = [Row((first, term("Balance brought forward"), "", "", "", money(section.opening)), "sum")]
    for row in section.rows:
        entry = row.entry
        is_charge = entry.amount >= 0
        rows.append(
            Row(
                (
                    formats.day(entry.date, facts.lang),
                    f"{kinds[entry.kind]} {entry.document}".strip(),
                    formats.day(entry.due, facts.lang) if entry.due else "",
                    money(entry.amount) if is_charge else "",
                    "" if is_charge else money(-entry.amount),
                    money(row.balance),
                ),
                note=entry.reference,
            )
        )
    last = formats.day(facts.date_to, facts.lang)
    rows.append(Row((last, term("Balance"), "", "", "", money(section.closing)), "sum"))
    return columns, tuple(rows)


def _foot(section: OpenSection | ForwardSection, term, money) -> Foot:
    """The aging; the contested part and credits only where there are any."""
    names = dict(
        zip(
            BUCKETS,
            (term("Not due"), term("1–30 days"), term("31–60 days"), term("61–90 days"), term("Over 90 days")),
            strict=True,
        )
    )
    pairs = [(names[name], money(section.aging[name])) for name in BUCKETS]
    for key, label in ((DISPUTED, term("Under discussion")), (UNAPPLIED, term("Your credit"))):
        if section.aging[key]:
            pairs.append((label, money(section.aging[key])))
    return Foot((*pairs, (term("Balance"), money(_total(section)))))
