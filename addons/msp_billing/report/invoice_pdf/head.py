"""The upper part of the first page, the head of the following ones, and the foot of all."""

from __future__ import annotations

from datetime import date

from . import colors, formats
from .facts import InvoiceFacts
from .flow import GREY, LINE, MM, TINT, Block, Box, Image, Mark, Sheet, Style, Words, stack
from .fonts import BOLD
from .image import fit

_WINDOW = 48 * MM  # the address stands where a window envelope shows it
_PANEL = 76 * MM  # width of the right column
_SMALL = Style(8, color=GREY)
_ADDRESS = Style(10)


def first_page(facts: InvoiceFacts, sheet: Sheet) -> Block:
    """Logo, company, client, details and title, from the top edge down."""
    left = _left_column(facts, sheet)
    company = _company(facts, sheet)
    panel = _details(facts, sheet)
    panel_top = max(_WINDOW - 3 * MM, sheet.top + company.height + 5 * MM)
    title = _title(facts, sheet)
    title_top = max(left.height, panel_top + panel.height) + 8 * MM
    marks = [*left.marks, *company.at(sheet.top), *panel.at(panel_top), *title.at(title_top)]
    return Block(title_top + title.height + 4 * MM, tuple(marks))


def _left_column(facts: InvoiceFacts, sheet: Sheet) -> Block:
    width = sheet.body_width - _PANEL - 8 * MM
    company, marks = facts.company, []
    logo = fit(company.logo, 62 * MM, 20 * MM)
    if logo:
        png, logo_width, logo_height = logo
        marks.append(Image(sheet.left, sheet.top, logo_width, logo_height, png))
        y = sheet.top + logo_height + 2 * MM
    else:
        name = sheet.text(company.name, Style(17, BOLD, colors.readable(company.primary)), sheet.left, width)
        marks += name.at(sheet.top - 2)
        y = sheet.top + name.height
    if company.tagline:
        tagline = sheet.text(company.tagline, _SMALL, sheet.left, width)
        marks += tagline.at(y)
        y += tagline.height
    y = max(_WINDOW, y + 6 * MM)
    if company.sender:
        sender = sheet.one_line(company.sender, Style(6.5, color=GREY), sheet.left, width)
        marks += sender.at(y - 4.2 * MM)
    y = _address(facts.client, sheet, width, y, marks)
    if facts.delivery:
        label = sheet.text(facts.term("Delivery address"), Style(7.5, BOLD, GREY), sheet.left, width)
        marks += label.at(y + 4 * MM)
        y = _address(facts.delivery, sheet, width, y + 4 * MM + label.height, marks, Style(8.5))
    return Block(y, tuple(marks))


def _address(
    lines: tuple[str, ...], sheet: Sheet, width: float, y: float, marks: list[Mark], style: Style = _ADDRESS
) -> float:
    for index, line in enumerate(lines):
        block = sheet.text(line, Style(style.size, BOLD) if index == 0 else style, sheet.left, width)
        marks += block.at(y)
        y += block.height
    return y


def _company(facts: InvoiceFacts, sheet: Sheet) -> Block:
    x, company = sheet.right_edge - _PANEL, facts.company
    blocks = [sheet.text(line, _SMALL, x, _PANEL, "right") for line in company.lines]
    if fit(company.logo, 1, 1):  # without a logo the name already stands on the left
        blocks.insert(0, sheet.text(company.name, Style(10, BOLD), x, _PANEL, "right"))
    return stack(*blocks)


def _details(facts: InvoiceFacts, sheet: Sheet) -> Block:
    x, pad = sheet.right_edge - _PANEL, 3 * MM
    inner = _PANEL - 2 * pad
    rows = []
    for label, value in facts.details:
        text = formats.day(value, facts.lang) if isinstance(value, date) else value
        label_width = min(sheet.measure(label, Style(8.5)) + 6, inner * 0.5)
        name = sheet.text(label, Style(8.5, color=GREY), x + pad, label_width)
        content = sheet.text(text, Style(8.5, BOLD), x + pad + label_width, inner - label_width, "right")
        rows.append(Block(max(name.height, content.height) + 2, name.marks + content.marks))
    if not rows:
        return Block(0)
    body = stack(Block(pad * 0.8), *rows, Block(pad * 0.6))
    frame = (
        Box(x, 0, _PANEL, body.height, TINT),
        Box(x, 0, 2, body.height, colors.safe(facts.company.primary)),
    )
    return Block(body.height, frame + body.marks)


def _title(facts: InvoiceFacts, sheet: Sheet) -> Block:
    text = f"{facts.title} {facts.number}".strip()
    return sheet.text(text, Style(19, BOLD, colors.readable(facts.company.primary)), sheet.left, sheet.body_width)


def following_page(facts: InvoiceFacts, sheet: Sheet) -> Block:
    """One line that says whose and which letter this is."""
    half = sheet.body_width / 2 - 3 * MM
    document = f"{facts.title} {facts.number}".strip()
    left = sheet.one_line(facts.company.name, Style(8, BOLD), sheet.left, half)
    client = f"{document} · {facts.client[0]}" if facts.client else document
    right = sheet.one_line(client, _SMALL, sheet.right_edge - half, half, "right")
    rule = Box(sheet.left, left.height + 3, sheet.body_width, 0.6, LINE)
    return Block(left.height + 6 * MM, (*left.marks, *right.marks, rule))


def foot_lines(facts: InvoiceFacts, sheet: Sheet) -> list[str]:
    return sheet.wrap(facts.company.footer, Style(7.5), sheet.body_width - 32 * MM)[:6] if facts.company.footer else []


def foot_height(facts: InvoiceFacts, sheet: Sheet) -> float:
    """From the bottom edge up to the rule."""
    return 11 * MM + max(1, len(foot_lines(facts, sheet))) * Style(7.5).leading + 2 * MM


def foot(facts: InvoiceFacts, sheet: Sheet, page: int, pages: int) -> list[Mark]:
    style, y = Style(7.5, color=GREY), sheet.height - foot_height(facts, sheet)
    text = sheet.lines(foot_lines(facts, sheet), style, sheet.left, sheet.body_width)
    count = facts.term("Page %(page)s of %(pages)s", page=page, pages=pages)
    return [
        Box(sheet.left, y, sheet.body_width, 0.8, colors.safe(facts.company.primary)),
        *text.at(y + 2 * MM),
        Words(sheet.right_edge, y + 2 * MM + style.size * 1.02, count, style, "right"),
    ]
