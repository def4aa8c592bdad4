"""A letter of tables in, PDF out."""

from __future__ import annotations

from collections.abc import Sequence

from ..invoice_pdf import fonts, head
from ..invoice_pdf.flow import GREY, MM, Flow, Mark, Sheet, Style
from ..invoice_pdf.render import draw
from .grid import Letter, place_section


def render_letter(letters: Sequence[Letter], font_folders: Sequence[str]) -> bytes:
    """One PDF of one or several letters, each on pages and with page numbers of its own.

    :param font_folders: where Odoo's fonts lie
    :raises ValueError: without a letter
    """
    if not letters:
        raise ValueError("nothing to print")
    chain = fonts.load(tuple(font_folders))
    sheet = Sheet.of(letters[0].paper, chain)
    pages = [page for letter in letters for page in plan_pages(letter, sheet)]
    return draw(letters[0], sheet, pages)


def plan_pages(letter: Letter, sheet: Sheet) -> list[list[Mark]]:
    """Where everything goes, page by page."""
    following = head.following_page(letter, sheet)
    bottom = sheet.height - head.foot_height(letter, sheet) - 4 * MM
    flow = Flow(top=sheet.top + following.height, bottom=bottom, y=0)
    flow.place(head.first_page(letter, sheet))
    for section in letter.sections:
        place_section(section, letter, sheet, flow)
        flow.gap(5 * MM)
    style = Style(8.5, color=GREY)
    for note in letter.notes:
        flow.gap(2 * MM)
        flow.place_lines(
            [sheet.lines([line], style, sheet.left, 0) for line in sheet.wrap(note, style, sheet.body_width)]
        )
    for page in flow.pages[1:]:
        page += following.at(sheet.top)
    for index, page in enumerate(flow.pages):
        page += head.foot(letter, sheet, index + 1, len(flow.pages))
    return flow.pages
