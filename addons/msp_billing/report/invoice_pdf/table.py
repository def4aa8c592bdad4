"""The table of lines: columns only where they are used, widths by what stands in them."""

from __future__ import annotations

from dataclasses import dataclass

from . import colors, formats
from .facts import InvoiceFacts, Line
from .flow import GREY, INSET, LINE, MM, Block, Box, Flow, Sheet, Style, stack
from .fonts import BOLD, ITALIC

_GAP = 9.0  # between columns
_PAD = 3.2  # above and below a row
_INDENT = 9.0


@dataclass(frozen=True)
class Column:
    key: str
    label: str
    x: float
    width: float
    align: str


@dataclass(frozen=True)
class Table:
    facts: InvoiceFacts
    sheet: Sheet
    columns: tuple[Column, ...]
    size: float

    @property
    def primary(self) -> str:
        return colors.safe(self.facts.company.primary)


def cells(facts: InvoiceFacts, line: Line) -> dict[str, str]:
    """What a line prints in each column but the first."""
    digits, lang = facts.currency.digits, facts.lang
    found: dict[str, str] = {}
    if line.quantity is not None:
        quantity = formats.number(line.quantity, lang, 0, facts.quantity_digits)
        found["quantity"] = f"{quantity} {line.unit}".strip()
    if line.price is not None:
        found["price"] = formats.number(line.price, lang, digits, max(digits, facts.price_digits))
    if line.discount:
        found["discount"] = formats.percent(line.discount, lang)
    if line.taxes:
        found["taxes"] = line.taxes
    if line.amount is not None:
        found["amount"] = formats.money(line.amount, lang, facts.currency.code, digits)
    return found


def layout(facts: InvoiceFacts, sheet: Sheet) -> Table:
    """Columns as wide as their content; where the description is left too little, a smaller type."""
    rows = [cells(facts, line) for line in facts.lines]
    labels = {
        "quantity": facts.term("Quantity"),
        "price": facts.term("Unit price"),
        "discount": facts.term("Discount"),
        "taxes": facts.term("Taxes"),
        "amount": facts.term("Amount"),
    }
    used = [key for key in labels if key == "amount" or any(key in row for row in rows)]
    most = {"quantity": 24 * MM, "taxes": 24 * MM}
    for size, parted in ((9.0, False), (9.0, True), (8.0, True), (7.0, True)):
        widths = {}
        for key in used:
            # Bold, because the sum of a section is.
            wide = max([sheet.measure(row.get(key, ""), Style(size, BOLD)) for row in rows], default=0)
            words = labels[key].split() if parted else [labels[key]]
            head = max([sheet.measure(word, Style(size - 1, BOLD)) for word in words], default=0)
            widths[key] = max(min(wide, most.get(key, wide)), head) + 0.5
        description = sheet.body_width - INSET - sum(widths.values()) - _GAP * len(used)
        if description >= 60 * MM:
            break
    description = max(description, 40 * MM)
    columns = [Column("text", facts.term("Description"), sheet.left, description, "left")]
    x = sheet.left + description
    for key in used:
        columns.append(Column(key, labels[key], x + _GAP, widths[key], "right"))
        x += _GAP + widths[key]
    return Table(facts, sheet, tuple(columns), size)


def header(table: Table) -> Block:
    style = Style(table.size - 1, BOLD, colors.readable(table.primary))
    heads = [table.sheet.text(column.label, style, column.x, column.width, column.align) for column in table.columns]
    height = max(head.height for head in heads)
    marks = [mark for head in heads for mark in head.at(height - head.height)]
    rule = Box(table.sheet.left, height + 2.5, table.sheet.body_width, 1.1, table.primary)
    return Block(height + 5, (*marks, rule))


def row(table: Table, line: Line) -> list[Block]:
    """The line as pieces between which a page may end; one piece, unless it is a very long text."""
    if line.kind == "product":
        pieces = _product(table, line)
    else:
        pieces = _heading(table, line)
    height = sum(piece.height for piece in pieces)
    rule = Block(_PAD + 0.5, (Box(table.sheet.left, _PAD, table.sheet.body_width, 0.5, LINE),))
    pieces = [Block(_PAD), *pieces, rule]
    if height < table.sheet.height * 0.3:
        return [stack(*pieces)]
    return [stack(*pieces[:3]), *pieces[3:-3], stack(*pieces[-3:])]


def _product(table: Table, line: Line) -> list[Block]:
    """Its first line is what it is; the others (period, reckoning) are smaller and grey."""
    first, *others = table.columns
    sheet, main, minor = table.sheet, Style(table.size), Style(table.size - 1, color=GREY)
    x, width = first.x + line.depth * _INDENT, first.width - line.depth * _INDENT
    head, _, tail = line.text.partition("\n")
    pieces = [sheet.lines([text], main, x, width) for text in sheet.wrap(head, main, width)]
    pieces += [sheet.lines([text], minor, x, width) for text in (sheet.wrap(tail, minor, width) if tail else [])]
    found = cells(table.facts, line)
    side = [sheet.text(found[c.key], main, c.x, c.width, c.align) for c in others if c.key in found]
    tallest = max([block.height for block in side], default=0)
    # The numbers stand beside the first piece, which grows to hold a tax name of two lines.
    while len(pieces) > 1 and pieces[0].height < tallest:
        pieces[:2] = [stack(*pieces[:2])]
    marks = pieces[0].marks + tuple(mark for block in side for mark in block.marks)
    pieces[0] = Block(max(pieces[0].height, tallest), marks)
    return pieces


def _heading(table: Table, line: Line) -> list[Block]:
    """A section with its sum, or a note across the table."""
    sheet, amount = table.sheet, table.columns[-1]
    style = {
        "section": Style(table.size + 0.5, BOLD),
        "subsection": Style(table.size, BOLD, GREY),
    }.get(line.kind, Style(table.size - 0.5, ITALIC, GREY))
    indent = line.depth * _INDENT
    found = cells(table.facts, line)
    total = (
        sheet.text(found["amount"], Style(table.size, BOLD), amount.x, amount.width, "right")
        if "amount" in found
        else None
    )
    width = sheet.body_width - indent - (INSET + amount.width + _GAP if total else 0)
    pieces = [sheet.lines([text], style, sheet.left + indent, width) for text in sheet.wrap(line.text, style, width)]
    if total:
        pieces[0] = Block(pieces[0].height, pieces[0].marks + total.marks)
    return pieces


def place(table: Table, flow: Flow, closing: float) -> None:
    """All rows, with the header on every page. `closing` is the height that must stand with the last row."""
    flow.place(head := header(table), keep_with=40)
    flow.header = head
    lines = table.facts.lines
    for index, line in enumerate(lines):
        pieces = row(table, line)
        if len(pieces) > 1:
            flow.place_lines(pieces)
        elif index == len(lines) - 1:
            flow.place(pieces[0], keep_with=closing)
        else:
            # A section's title never stands alone at the foot of a page.
            flow.place(pieces[0], keep_with=30 if line.kind in ("section", "subsection") else 0)
    flow.header = None
