"""A statement of hours as a letter, with the blocks of the statement of account. Free of Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from babel.dates import format_skeleton
from odoo.addons.msp_billing.report.invoice_pdf import formats
from odoo.addons.msp_billing.report.statement_pdf import Column, CompanyPage, Foot, Letter, Row, Section

from ..engine.statement import COLUMNS, Booked, Month


@dataclass(frozen=True)
class HoursFacts:
    """What a statement of hours says. ``labels`` are translated terms by their English key."""

    page: CompanyPage
    client: tuple[str, ...]
    number: str
    lang: str
    date_from: date
    date_to: date
    months: tuple[Month, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def hours_text(minutes: int, lang: str) -> str:
    """Hours with two decimals, as the language writes them.

    >>> hours_text(-90, "en_US"), hours_text(90, "de_DE")
    ('-1.50', '1,50')
    """
    return formats.number(Decimal(minutes) / 60, lang, 2, 2)


def month_name(day: date, lang: str) -> str:
    """
    >>> month_name(date(2026, 10, 1), "en_US")
    'October 2026'
    """
    return format_skeleton("yMMMM", day, locale=formats.locale_of(lang))


def compose_hours(facts: HoursFacts) -> Letter:
    """The letter: a section a month, with its opening, movements and closing."""
    letter = Letter(title="", company=facts.page.company, sections=(), labels=facts.labels)
    term = letter.term
    closing = facts.months[-1].closing if facts.months else 0
    details: list[tuple[str, str | date]] = [(term("From"), facts.date_from), (term("To"), facts.date_to)]
    if facts.number:
        details.append((term("Customer number"), facts.number))
    details.append((term("Hours left"), hours_text(closing, facts.lang)))
    return Letter(
        title=term("Statement of prepaid hours"),
        company=facts.page.company,
        client=facts.client,
        details=tuple(details),
        sections=tuple(_section(month, facts, term) for month in facts.months),
        notes=facts.notes,
        lang=facts.lang,
        paper=facts.page.paper,
        labels=facts.labels,
    )


def _section(month: Month, facts: HoursFacts, term) -> Section:
    columns = (
        Column(term("Booked")),
        Column(term("Day")),
        Column(term("Movement"), is_wide=True),
        Column(term("Block")),
        Column(term("Hours"), "right"),
        Column(term("Balance"), "right"),
    )
    opening = formats.day(month.first, facts.lang)
    closing = formats.day(month.last, facts.lang)
    rows = [Row((opening, "", term("Opening balance"), "", "", hours_text(month.opening, facts.lang)), "sum")]
    rows += [_row(booked, facts) for booked in month.rows]
    rows.append(Row((closing, "", term("Closing balance"), "", "", hours_text(month.closing, facts.lang)), "sum"))
    return Section(month_name(month.first, facts.lang), columns, tuple(rows), _foot(month, facts, term))


def _row(booked: Booked, facts: HoursFacts) -> Row:
    line = booked.line
    return Row(
        (
            formats.day(line.booked, facts.lang),
            formats.day(line.day, facts.lang),
            facts.kinds.get(line.kind, line.kind),
            line.block,
            hours_text(line.minutes, facts.lang),
            hours_text(booked.balance, facts.lang),
        ),
        note=line.text,
    )


def _foot(month: Month, facts: HoursFacts, term) -> Foot | None:
    """The sums of a month in which something moved."""
    if not month.rows:
        return None
    names = {
        "bought": term("Bought"),
        "used": term("Used"),
        "expired": term("Expired"),
        "refunded": term("Given back"),
        "adjusted": term("Adjusted"),
    }
    pairs = [(term("Opening balance"), hours_text(month.opening, facts.lang))]
    pairs += [(names[key], hours_text(month.sums[key], facts.lang)) for key in COLUMNS if month.sums[key]]
    pairs.append((term("Closing balance"), hours_text(month.closing, facts.lang)))
    return Foot(tuple(pairs))
