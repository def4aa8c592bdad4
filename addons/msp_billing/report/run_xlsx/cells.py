"""One place where a value becomes a cell: text made harmless, numbers and dates as such, formulas with their value."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

#: What XML, and so a sheet, cannot hold.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: A text that begins so runs as a formula once the sheet is saved as CSV and opened again (RELIABILITY fact 7).
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: A number that is written as text, such as the sum of a group: no formula can be made of it.
NUMBER = re.compile(r"[-+]?\d[\d.,]*")
#: What the writer of XLSX files makes a matrix or a link of.
LINK_OR_MATRIX = re.compile(r"\{=|(?:https?|ftps?|mailto|internal|external|file):")
MAX_TEXT = 32_767  # what a cell holds
#: Unambiguous in every country, unlike 10/11/12.
DATE_FORMAT = "d mmm yyyy"
PRICE_DIGITS = 6


def harmless(value: object) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless(" @SUM(A1)"), harmless("Acme")
    ("'=1+1", "' @SUM(A1)", 'Acme')
    """
    text = CONTROL.sub("", str(value or ""))
    if text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS):
        text = f"'{text}"
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def shown(value):
    """A value of an export as it may stand in a cell.

    >>> shown("=1+1"), shown("-12.50"), shown(-12.5)
    ("'=1+1", '-12.50', -12.5)
    """
    return harmless(value) if isinstance(value, str) and not NUMBER.fullmatch(value) else value


def shown_in_pivot(value):
    """The same where the writer looks into texts itself.

    >>> shown_in_pivot("{=1+1}"), shown_in_pivot("https://acme.example"), shown_in_pivot("Acme")
    ("'{=1+1}", "'https://acme.example", 'Acme')
    """
    return f"'{value}" if isinstance(value, str) and LINK_OR_MATRIX.match(value) else shown(value)


def money_format(digits: int) -> str:
    """
    >>> money_format(2), money_format(0)
    ('#,##0.00', '#,##0')
    """
    return "#,##0" + ("." + "0" * digits if digits else "")


def digits_needed(value: Decimal, least: int = 0) -> int:
    """Decimal places that show ``value`` in full, up to six.

    >>> digits_needed(Decimal("1.250")), digits_needed(Decimal("3"), 2), digits_needed(Decimal("1000"))
    (2, 2, 0)
    """
    exponent = round(value, PRICE_DIGITS).normalize().as_tuple().exponent
    return max(least, -exponent, 0)


def lines_needed(text: str, width: float) -> int:
    """Lines that ``text`` takes in a column ``width`` characters wide; a word or two less than full.

    >>> lines_needed("EDR per device\\n1 Oct 2026", 40), lines_needed("x" * 90, 40), lines_needed("", 40)
    (2, 3, 1)
    """
    usable = max(1, int(width) - 4)
    return sum(max(1, -(-len(part) // usable)) for part in text.split("\n"))


class Cells:
    """Writes into one worksheet; formats are shared by the workbook."""

    def __init__(self, sheet, formats):
        self.sheet = sheet
        self.formats = formats

    def text(self, row: int, column: int, value: object, style: str = "text") -> None:
        self.sheet.write_string(row, column, harmless(value), self.formats.get(style))

    def number(self, row: int, column: int, value: Decimal | int, number_format: str, style: str = "number") -> None:
        self.sheet.write_number(row, column, float(value), self.formats.get(style, number_format))

    def date(self, row: int, column: int, value: date | None, style: str = "date") -> None:
        if value is None:
            self.sheet.write_blank(row, column, None, self.formats.get(style, DATE_FORMAT))
        else:
            midnight = datetime(value.year, value.month, value.day)
            self.sheet.write_datetime(row, column, midnight, self.formats.get(style, DATE_FORMAT))

    def moment(self, row: int, column: int, value: datetime) -> None:
        self.sheet.write_datetime(row, column, value, self.formats.get("date", f"{DATE_FORMAT} hh:mm"))

    def formula(self, position: tuple[int, int], formula: str, value: object, number_format: str, style="number"):
        """``value`` is what the formula comes to, for readers that do not calculate."""
        if isinstance(value, Decimal):
            value = float(value)
        self.sheet.write_formula(*position, formula, self.formats.get(style, number_format), value)


class Formats:
    """Formats by style and number format; a workbook keeps each once."""

    STYLES = {
        "text": {"valign": "top", "text_wrap": True, "indent": 1},
        "number": {"valign": "top", "align": "right"},
        "date": {"valign": "top", "align": "left", "indent": 1},
        "head": {"bold": True, "valign": "vcenter", "text_wrap": True, "indent": 1, "bg_color": "#E7EBF2", "bottom": 1},
        "head_number": {
            "bold": True,
            "valign": "vcenter",
            "align": "right",
            "text_wrap": True,
            "bg_color": "#E7EBF2",
            "bottom": 1,
        },
        "total": {"bold": True, "top": 1, "indent": 1},
        "total_number": {"bold": True, "top": 1, "align": "right"},
        "title": {"bold": True, "font_size": 16, "indent": 1},
        "label": {"font_color": "#555555", "valign": "top", "indent": 1},
        "section": {"bold": True, "font_size": 12, "indent": 1},
    }

    def __init__(self, workbook):
        self.workbook = workbook
        self._known = {}

    def get(self, style: str, number_format: str | None = None):
        key = (style, number_format)
        if key not in self._known:
            properties = dict(self.STYLES[style])
            if number_format:
                properties["num_format"] = number_format
            self._known[key] = self.workbook.add_format(properties)
        return self._known[key]
