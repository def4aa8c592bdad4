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


@lru_cache(maxsize=20_000)
def plain_label(label: str) -> str:
    """A description without code, numbers, dates and months.

    >>> plain_label("[EDR] EDR per device - 1 Oct 2026"), plain_label("Remote work 2026-10 (3.5 h)")
    ('edr per device', 'remote work h')
    """
    text = _CODE.sub("", (label or "").split("\n")[0])
    return _NOISE.sub(" ", _MONTH.sub(" ", text)).strip().lower()


def ambiguous_products(documents: Iterable[Iterable[PastLine]]) -> frozenset[int]:
    """Products that stand for several things: on one document with different texts."""
    found = set()
    for lines in documents:
        texts: dict[int, str] = {}
        for line in lines:
            if line.product_id is None or line.piece:
                continue
            text = plain_label(line.label)
            if texts.setdefault(line.product_id, text) != text:
                found.add(line.product_id)
    return frozenset(found)


def key_of(line: PastLine | AgreementLine, ambiguous: frozenset[int]) -> str:
    """The name under which a line is followed over the months."""
    if line.product_id is None:
        return f"l{plain_label(line.label)}"
    if line.product_id in ambiguous:
        return f"p{line.product_id}|{plain_label(line.label)}"
    return f"p{line.product_id}"
