"""A letter of tables: columns as wide as what stands in them, and below a table its foot of figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..invoice_pdf import colors
from ..invoice_pdf.facts import Company
from ..invoice_pdf.flow import GREY, INSET, LINE, MM, TINT, Block, Box, Flow, Sheet, Style, stack
from ..invoice_pdf.fonts import BOLD

_GAP = 8.0  # between columns, in points
_PAD = 2.8  # above and below a row
_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
_LEAST = 38 * MM  # what the widest text column is to have before a smaller type is tried


@dataclass(frozen=True)
class Column:
    """``is_wide``: takes the room that is left, and breaks its text into lines."""

    label: str
    align: str = "left"
    is_wide: bool = False


@dataclass(frozen=True)
class Row:
    """``kind``: item, or sum for an opening, a closing or a total."""

    cells: tuple[str, ...]
    kind: str = "item"
    note: str = ""  # smaller, below the wide column


@dataclass(frozen=True)
class Foot:
    """Figures side by side; the last one is what the reader looks for."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: Foot | None = None


@dataclass(frozen=True)
class Letter:
    """All texts as they are to be read; the head is drawn by the invoice's letter, from the same names."""

    title: str
    company: Company
    sections: tuple[Section, ...]
    number: str = ""
    client: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    details: tuple[tuple[str, str | date], ...] = ()
    notes: tuple[str, ...] = ()
    lang: str = "en_US"
    paper: str = "A4"
    labels: Mapping[str, str] = field(default_factory=dict)

    def term(self, key: str, **values: object) -> str:
        try:
            return self.labels.get(key, key) % values if values else self.labels.get(key, key)
        except (KeyError, TypeError, ValueError):
            return key % values


@dataclass(frozen=True)
class _Place:
    """A column where it stands on the page."""

    label: str
    align: str
    is_wide: bool
    x: float
    width: float


def place_section(section: Section, letter: Letter, sheet: Sheet, flow: Flow) -> None:
    """The section from here on, its header again on every page it runs over."""
    places, size = _places(section, sheet)
    primary = colors.safe(letter.company.primary)
    head = _header(places, size, sheet, primary)
    if section.title:
        title = sheet.text(section.title, Style(11, BOLD), sheet.left, sheet.body_width)
        flow.gap(4 * MM)
        flow.place(title, keep_with=head.height + 40)
        flow.gap(1 * MM)
    foot = _foot(section.foot, sheet, primary) if section.foot else Block(0)
    flow.place(head, keep_with=40)
    flow.header = head
    rows = [_row(row, places, size, sheet) for row in section.rows]
    for index, block in enumerate(rows):
        # The last row stays with its total and with the foot.
        last = index >= len(rows) - 2
        flow.place(block, keep_with=(foot.height + sum(b.height for b in rows[index + 1 :])) if last else 0)
    flow.header = None
    if section.foot:
        flow.place(foot)


def _places(section: Section, sheet: Sheet) -> tuple[list[_Place], float]:
    """Columns with their edges, and the size of type at which they fit."""
    widths: list[float] = []
    for size in _SIZES:
        widths = [_width(section, number, size, sheet) for number in range(len(section.columns))]
        rest = sheet.body_width - INSET - _GAP * (len(widths) - 1)
        rest -= sum(width for width, column in zip(widths, section.columns, strict=True) if not column.is_wide)
        wide = sum(column.is_wide for column in section.columns) or 1
        if rest / wide >= _LEAST:
            break
    places, x = [], sheet.left
    for width, column in zip(widths, section.columns, strict=True):
        own = max(rest / wide, 20 * MM) if column.is_wide else width
        places.append(_Place(column.label, column.align, column.is_wide, x, own))
        x += own + _GAP
    return places, size


def _width(section: Section, number: int, size: float, sheet: Sheet) -> float:
    """The widest cell of a column; its label may break between words."""
    cells = max((sheet.measure(row.cells[number], Style(size, BOLD)) for row in section.rows), default=0)
    words = max((sheet.measure(w, Style(size - 1, BOLD)) for w in section.columns[number].label.split()), default=0)
    return max(cells, words) + 0.5


def _header(places: list[_Place], size: float, sheet: Sheet, primary: str) -> Block:
    style = Style(size - 1, BOLD, colors.readable(primary))
    heads = [sheet.text(place.label, style, place.x, place.width, place.align) for place in places]
    height = max(head.height for head in heads)
    marks = [mark for head in heads for mark in head.at(height - head.height)]
    return Block(height + 5, (*marks, Box(sheet.left, height + 2.5, sheet.body_width, 1.1, primary)))


def _row(row: Row, places: list[_Place], size: float, sheet: Sheet) -> Block:
    style = Style(size, BOLD) if row.kind == "sum" else Style(size)
    cells = [
        sheet.text(text, style, place.x, place.width, place.align)
        for text, place in zip(row.cells, places, strict=True)
        if text
    ]
    height = max((cell.height for cell in cells), default=style.leading)
    marks = [mark for cell in cells for mark in cell.marks]
    if row.note:
        wide = next((place for place in places if place.is_wide), places[0])
        note = sheet.text(row.note, Style(size - 1, color=GREY), wide.x, wide.width)
        marks += note.at(height)
        height += note.height
    rule = Block(_PAD + 0.5, (Box(sheet.left, _PAD, sheet.body_width, 0.5, LINE),))
    return stack(Block(_PAD), Block(height, tuple(marks)), rule)


def _foot(foot: Foot, sheet: Sheet, primary: str) -> Block:
    """Boxes of equal width, label above figure; the type shrinks until every figure fits."""
    count = len(foot.pairs)
    width = (sheet.body_width - 2 * (count - 1)) / count
    inner = width - 8
    size = next(
        (s for s in _SIZES if all(sheet.measure(value, Style(s, BOLD)) <= inner for _label, value in foot.pairs)), 5.5
    )
    strong = "#ffffff" if colors.luminance(primary) < 0.4 else "#1f2933"
    blocks = []
    for number, (label, value) in enumerate(foot.pairs):
        x = sheet.left + number * (width + 2)
        is_last = number == count - 1
        top = sheet.text(label, Style(min(size, 7.5) - 0.5, color=strong if is_last else GREY), x + 4, inner, "right")
        figure = sheet.text(value, Style(size, BOLD, strong if is_last else Style().color), x + 4, inner, "right")
        blocks.append((x, top, figure, primary if is_last else TINT))
    label_height = max(top.height for _x, top, _figure, _color in blocks)
    height = label_height + max(figure.height for _x, _top, figure, _color in blocks) + 9
    marks = []
    for x, top, figure, color in blocks:
        marks.append(Box(x, 3 * MM, width, height, color))
        marks += top.at(3 * MM + 4 + label_height - top.height)
        marks += figure.at(3 * MM + 5 + label_height)
    return Block(height + 5 * MM, tuple(marks))
