"""Which line of one invoice is which line of another: by product, else by text without numbers and months."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .facts import AgreementLine, PastLine

_CODE = re.compile(r"^\[[^\]]*\]\s*")
_MONTH = re.compile(
    r"\b(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
    r"|dec(ember)?)\b",
    re.IGNORECASE,
)
_NOISE = re.compile(r"[\d\W_]+")
_SHORT = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEARLESS = re.compile(r"\b(?:19|20)\d\d[-/.](?P<month>0[1-9]|1[0-2])\b")
#: A number of days that is billed, or a share of a period in words; "30 days retention" is what the product is.
_PART = re.compile(
    r"\b\d+(?:\s*(?:of|/)\s*\d+)?\s+(?:days?|tage?n?|jours?|d[ií]as?|dagen)\b(?!\s+(?:retention|history|archive|backup|log))"
    r"|\bpro[\s-]?rata\b|\bprorat\w*|\banteilig\w*|\bpart(?:ial)? (?:of (?:a |the )?)?(?:month|period|quarter|year)\b",
    re.IGNORECASE,
)


#: How the key of a product's days of a period ends.
PART = "|part"


@lru_cache(maxsize=20_000)
def names_part(label: str) -> bool:
    """Whether a typed description says that it bills a part of a period.

    >>> names_part("Managed user, 6 days of last month"), names_part("Backup, 30 days retention"), names_part("Seat (prorated)")
    (True, False, True)
    """
    return bool(_PART.search((label or "").split("\n")[0]))


@lru_cache(maxsize=20_000)
def month_named(label: str) -> str:
    """The month that a description names, "" for none.

    >>> month_named("EDR - 1 Oct 2026"), month_named("Remote work 2026-10"), month_named("EDR")
    ('10', '10', '')
    """
    text = (label or "").split("\n")[0]
    digits = _YEARLESS.search(text)
    if digits:
        return digits["month"]
    named = _MONTH.search(text)
    return f"{_SHORT.index(named.group(0)[:3].lower()) + 1:02}" if named else ""


def is_part(line: PastLine | AgreementLine) -> bool:
    """A piece of a period: as the ledger says or, of a typed line, as its text does."""
    return getattr(line, "piece", False) or _is_typed_part(line)


def _is_typed_part(line) -> bool:
    return names_part(line.label) and not getattr(line, "subject", "p").startswith("s")


@lru_cache(maxsize=20_000)
def plain_label(label: str) -> str:
    """A description without code, numbers, dates and months.

    >>> plain_label("[EDR] EDR per device - 1 Oct 2026"), plain_label("Remote work 2026-10 (3.5 h)")
    ('edr per device', 'remote work h')
    """
    text = _CODE.sub("", (label or "").split("\n")[0])
    return _NOISE.sub(" ", _MONTH.sub(" ", text)).strip().lower()


def ambiguous_products(documents: Iterable[Iterable[PastLine]]) -> frozenset[int]:
    """Products that stand for several things: on one document with different texts and prices.

    The same price under two texts is one thing in two places; a part of a period has a text of its own.
    """
    found = set()
    for lines in documents:
        texts: dict[int, tuple[str, float]] = {}
        for line in lines:
            if line.product_id is None or line.piece or line.product_id in found:
                continue
            known = texts.get(line.product_id)
            if known is None:
                if not _is_typed_part(line):
                    texts[line.product_id] = (line.label, line.price)
            elif line.label != known[0] and abs(line.price - known[1]) > 0.005 and not _is_typed_part(line):
                if plain_label(line.label) != plain_label(known[0]):
                    found.add(line.product_id)
    return frozenset(found)


def key_of(line: PastLine | AgreementLine, ambiguous: frozenset[int]) -> str:
    """The name under which a line is followed over the months."""
    if line.product_id is None:
        return f"l{plain_label(line.label)}"
    if _is_typed_part(line):
        # No level to compare with, and no whole period billed.
        return f"p{line.product_id}{PART}"
    if line.product_id in ambiguous:
        return f"p{line.product_id}|{plain_label(line.label)}"
    return f"p{line.product_id}"


def bills_part(key: str) -> bool:
    """Whether a key stands for days of a period: no level to compare with.

    >>> bills_part("p5|part"), bills_part("p5")
    (True, False)
    """
    return key.endswith(PART)
