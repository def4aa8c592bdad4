"""What the letter says, in the client's words, every figure and date by Babel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..invoice_pdf import formats
from ..invoice_pdf.facts import Company, Currency
from ..statement_pdf.grid import Column, Letter, Row, Section


@dataclass(frozen=True)
class NewPrice:
    """One price of the client, old and new, for one unit."""

    what: str
    where: str  # the agreement it belongs to; empty where it belongs to none
    old: Decimal
    new: Decimal
    first_day: date
    currency: Currency
    quantity: Decimal | None = None


@dataclass(frozen=True)
class LetterFacts:
    """``words`` are paragraphs that the sender wrote for this change; ``labels`` translated terms by English key."""

    company: Company
    client: tuple[str, ...]
    greeting: str
    number: str
    day: date
    prices: tuple[NewPrice, ...]
    lang: str = "en_US"
    paper: str = "A4"
    words: tuple[str, ...] = ()
    signature: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PriceLetter(Letter):
    """A letter of tables with paragraphs before and after."""

    intro: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()


def compose(facts: LetterFacts) -> PriceLetter:
    """The letter, its prices by first day: most clients read one table with one date."""
    term = PriceLetter(title="", company=facts.company, sections=(), labels=facts.labels).term
    days = sorted({price.first_day for price in facts.prices})
    first = formats.day(days[0], facts.lang) if days else ""
    intro = [term("Dear %(name)s,", name=facts.greeting)]
    if len(days) == 1:
        intro.append(term("From %(date)s the prices below hold for the services you have with us.", date=first))
    else:
        intro.append(term("The prices below change for the services you have with us, each from the day it says."))
    return PriceLetter(
        title=term("New prices from %(date)s", date=first),
        company=facts.company,
        client=facts.client,
        details=((term("Date"), facts.day), (term("Our reference"), facts.number)),
        sections=tuple(_section(day, facts, term, len(days) > 1) for day in days),
        intro=(*intro, *facts.words),
        closing=(
            term("Prices are for one unit and billing period, before tax. Everything else of your agreement stays."),
            term("If you have a question, simply answer the mail that brought this letter."),
            term("Kind regards"),
            facts.signature,
        ),
        lang=facts.lang,
        paper=facts.paper,
        labels=facts.labels,
    )


def _section(day: date, facts: LetterFacts, term, is_titled: bool) -> Section:
    prices = [price for price in facts.prices if price.first_day == day]
    rows = tuple(_row(price, facts.lang) for price in sorted(prices, key=lambda p: (p.where, p.what)))
    title = term("From %(date)s", date=formats.day(day, facts.lang)) if is_titled else ""
    columns = (
        Column(term("Service"), is_wide=True),
        Column(term("Quantity"), "right"),
        Column(term("Until now"), "right"),
        Column(term("New price"), "right"),
    )
    return Section(title, columns, rows)


def _row(price: NewPrice, lang: str) -> Row:
    quantity = "" if price.quantity is None else formats.number(price.quantity, lang, 0, 2)
    old, new = price_texts(price, lang)
    return Row((price.what, quantity, old, new), note=price.where)


def price_texts(price: NewPrice, lang: str) -> tuple[str, str]:
    """Old and new price, with as many decimals as the finer of them needs."""
    digits = max(price.currency.digits, *(_digits(value) for value in (price.old, price.new)))
    old, new = (formats.money(value, lang, price.currency.code, digits) for value in (price.old, price.new))
    return old, new


def _digits(value: Decimal) -> int:
    """Decimals that show a unit price in full, up to six."""
    return max(0, -round(value, 6).normalize().as_tuple().exponent)
