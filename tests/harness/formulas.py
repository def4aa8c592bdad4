"""Just enough of a spreadsheet to check the formulas we write, from the cells alone.

Knows SUMIFS and COUNTIFS with one criterion, SUBTOTAL(109, range), A-B and (A-B)/ABS(B); anything else is refused.
"""

from __future__ import annotations

import re

RANGE = r"(?:'((?:[^']|'')+)'!)?(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)"


def evaluate(book, sheet, formula: str) -> float:
    """What ``formula`` in a cell of ``sheet`` comes to.

    :raises ValueError: for a formula this does not know.
    """
    if found := re.fullmatch(rf"=SUMIFS\({RANGE},{RANGE},{RANGE}\)", formula):
        numbers = _cells(book, sheet, found[1], found[2])
        keys = _cells(book, sheet, found[3], found[4])
        (wanted,) = _cells(book, sheet, found[5], found[6])
        return sum(_number(n) for n, key in zip(numbers, keys, strict=True) if _text(key) == _text(wanted))
    if found := re.fullmatch(rf"=COUNTIFS\({RANGE},{RANGE}\)", formula):
        (wanted,) = _cells(book, sheet, found[3], found[4])
        return sum(_text(key) == _text(wanted) for key in _cells(book, sheet, found[1], found[2]))
    if found := re.fullmatch(rf"=SUBTOTAL\(109,{RANGE}\)", formula):
        return sum(_number(n) for n in _cells(book, sheet, found[1], found[2]))
    if found := re.fullmatch(r"=([A-Z]+\d+)-([A-Z]+\d+)", formula):
        return _number(sheet[found[1]].value) - _number(sheet[found[2]].value)
    if found := re.fullmatch(r"=\(([A-Z]+\d+)-([A-Z]+\d+)\)/ABS\(([A-Z]+\d+)\)", formula):
        a, b, c = (_number(sheet[found[i]].value) for i in (1, 2, 3))
        return (a - b) / abs(c)
    raise ValueError(f"unknown formula: {formula}")


def _cells(book, sheet, name: str | None, where: str) -> list:
    target = book[name.replace("''", "'")] if name else sheet
    found = target[where.replace("$", "")]
    if not isinstance(found, tuple):
        return [found.value]
    return [cell.value for row in found for cell in (row if isinstance(row, tuple) else (row,))]


def _number(value) -> float:
    return value if isinstance(value, int | float) else 0


def _text(value) -> str:
    return str(value or "").casefold()
