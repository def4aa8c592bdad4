"""Numbers, money and dates as the client's language writes them, by Babel.

Odoo's language codes are nearly Babel's (`sr@latin`, `es_419`); the digits come from the currency record,
not from CLDR, so that the paper shows what was rounded and posted.
"""

from __future__ import annotations

import copy
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import get_currency_symbol

_SCRIPTS = {"latin": "Latn", "cyrillic": "Cyrl"}


@lru_cache(maxsize=128)
def locale_of(lang: str) -> Locale:
    """Babel's locale for an Odoo language code.

    >>> str(locale_of("sr@latin")), str(locale_of("fr_CA")), str(locale_of("xx_XX"))
    ('sr_Latn', 'fr_CA', 'en_US')
    """
    base, _, modifier = (lang or "en_US").partition("@")
    language, _, territory = base.partition("_")
    script = _SCRIPTS.get(modifier.lower())
    codes = [base, language]
    if script:
        codes = ["_".join(filter(None, (language, script, territory))), f"{language}_{script}", *codes]
    for code in codes:
        try:
            return Locale.parse(code)
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse("en_US")


@lru_cache(maxsize=512)
def _pattern(lang: str, style: str, low: int, high: int):
    locale = locale_of(lang)
    source = locale.currency_formats["standard"] if style == "currency" else locale.decimal_formats[None]
    pattern = copy.copy(source)
    pattern.frac_prec = (low, high)
    return pattern


def number(value: Decimal, lang: str, low: int, high: int) -> str:
    """`value` with `low` to `high` decimals.

    >>> number(Decimal("1234.5"), "de_DE", 2, 4), number(Decimal("12.00"), "en_US", 0, 2)
    ('1.234,50', '12')
    """
    value = value.quantize(Decimal(1).scaleb(-high), rounding=ROUND_HALF_UP)
    return _pattern(lang, "decimal", low, high).apply(_positive_zero(value), locale_of(lang), currency_digits=False)


def percent(value: Decimal, lang: str) -> str:
    """A percentage with up to two decimals.

    >>> percent(Decimal("12.5"), "en_US"), percent(Decimal("10"), "de_DE")
    ('12.5%', '10\\xa0%')
    """
    locale = locale_of(lang)
    pattern = copy.copy(locale.percent_formats[None])
    pattern.frac_prec = (0, 2)
    return pattern.apply(value / 100, locale, currency_digits=False)


def money(value: Decimal, lang: str, code: str, digits: int) -> str:
    """`value` with its currency.

    >>> money(Decimal("-1234.5"), "en_US", "USD", 2), money(Decimal("1234"), "ja_JP", "JPY", 0)
    ('-$1,234.50', '￥1,234')
    """
    locale = locale_of(lang)
    value = _positive_zero(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    text = _pattern(lang, "currency", digits, digits).apply(value, locale, currency=code, currency_digits=False)
    if get_currency_symbol(code, locale) == code and len(code) > 1:
        # "CHF12.00" reads badly: CLDR asks for a space beside letters, Babel 2.10 leaves it out.
        text = text.replace(code, f"{code}\N{NO-BREAK SPACE}") if not text.endswith(code) else text
        text = text.replace("\N{NO-BREAK SPACE}" * 2, "\N{NO-BREAK SPACE}")
    return text


def day(value: date, lang: str) -> str:
    """
    >>> day(date(2025, 11, 3), "fr_FR"), day(date(2025, 11, 3), "en_US")
    ('3 nov. 2025', 'Nov 3, 2025')
    """
    return format_date(value, "medium", locale=locale_of(lang))


def _positive_zero(value: Decimal) -> Decimal:
    return abs(value) if not value else value
