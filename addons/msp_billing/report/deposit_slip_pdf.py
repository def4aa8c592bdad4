"""A deposit slip as a PDF, drawn by ReportLab; free of Odoo.

Text is drawn as plain strings, never as markup, so that what somebody typed cannot become more than text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4, letter
from reportlab.pdfgen.canvas import Canvas

from .invoice_pdf import fonts as typefaces
from .invoice_pdf.fonts import BOLD, LOCK, REGULAR, Fonts
from .invoice_pdf.text import clean

MM = 72 / 25.4
MARGIN = 18 * MM
ROW = 7 * MM
BOTTOM = 42 * MM
# Left edges of the text columns, as shares of the width; amounts stand at the right edge.
COLUMNS = (0.0, 0.05, 0.19, 0.46, 0.71)


@dataclass(frozen=True)
class DepositSlip:
    """All texts as they are to be read, money formatted.

    :param head: titles of number, check, client, bank, date and amount
    :param rows: the same for each check
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total_label: str
    total: str
    signature: str
    lang: str = "en"
    paper: str = "a4"


def render_slip(slip: DepositSlip, font_folders: Sequence[str]) -> bytes:
    """The slip as PDF bytes.

    :param font_folders: where Odoo's fonts lie
    """
    # ReportLab's parser of a font file keeps a position: making subsets is for one thread at a time.
    with LOCK:
        return _Drawing(slip, typefaces.load(tuple(font_folders))).render()


class _Drawing:
    def __init__(self, slip: DepositSlip, fonts: Fonts) -> None:
        self.slip, self.fonts = slip, fonts
        self.width, self.height = letter if slip.paper == "letter" else A4
        self.inner = self.width - 2 * MARGIN
        self.output = io.BytesIO()
        self.canvas = Canvas(
            self.output,
            pagesize=(self.width, self.height),
            initialFontName=fonts.first(REGULAR),
            lang=slip.lang.replace("_", "-"),
        )

    def render(self) -> bytes:
        canvas, slip = self.canvas, self.slip
        canvas.setTitle(_plain(slip.title))
        y = self._heading()
        y = self._titles(y)
        for row in slip.rows:
            if y < BOTTOM:
                self._page_number()
                canvas.showPage()
                y = self._titles(self.height - MARGIN)
            self._row(row, y, REGULAR)
            self._rule(y - 2 * MM, "#d5dae0")
            y -= ROW
        self._foot(y)
        self._page_number()
        canvas.showPage()
        canvas.save()
        return self.output.getvalue()

    def _heading(self) -> float:
        y = self.height - MARGIN - 4 * MM
        self._text(MARGIN, y, self.slip.title, BOLD, 17)
        y -= 9 * MM
        for label, value in self.slip.lines:
            self._text(MARGIN, y, label, REGULAR, 9, color="#5b6470", width=38 * MM)
            self._text(MARGIN + 40 * MM, y, value, REGULAR, 10, width=self.inner - 40 * MM)
            y -= 5.5 * MM
        return y - 6 * MM

    def _titles(self, y: float) -> float:
        self._row(self.slip.head, y, BOLD)
        self._rule(y - 2 * MM, "#1f2933")
        return y - ROW

    def _row(self, cells: Sequence[str], y: float, face: str) -> None:
        for position, text in enumerate(cells[:-1]):
            start = COLUMNS[position]
            end = COLUMNS[position + 1] if position + 1 < len(COLUMNS) else 0.85
            self._text(MARGIN + start * self.inner, y, text, face, 9, width=(end - start) * self.inner - 2 * MM)
        self._text(self.width - MARGIN, y, cells[-1], face, 9, right=True)

    def _foot(self, y: float) -> None:
        self._text(MARGIN + COLUMNS[2] * self.inner, y - 2 * MM, self.slip.total_label, BOLD, 11)
        self._text(self.width - MARGIN, y - 2 * MM, self.slip.total, BOLD, 11, right=True)
        line = min(y - 22 * MM, BOTTOM - 14 * MM)
        self.canvas.setStrokeColor("#1f2933")
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, line, MARGIN + 75 * MM, line)
        self._text(MARGIN, line - 4.5 * MM, self.slip.signature, REGULAR, 8.5, color="#5b6470")

    def _rule(self, y: float, color: str) -> None:
        self.canvas.setStrokeColor(color)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, y, self.width - MARGIN, y)

    def _page_number(self) -> None:
        self._text(self.width - MARGIN, 10 * MM, str(self.canvas.getPageNumber()), REGULAR, 8, right=True)

    def _text(self, x, y, text, face, size, *, color="#1f2933", right=False, width=None) -> None:
        text = self._cut(_plain(text), face, size, width)
        if right:
            x -= self.fonts.width(text, face, size)
        self.canvas.setFillColor(color)
        for name, piece in self.fonts.runs(text, face):
            self.canvas.setFont(name, size)
            self.canvas.drawString(x, y, piece)
            x += self.canvas.stringWidth(piece, name, size)

    def _cut(self, text: str, face: str, size: float, width: float | None) -> str:
        """Text shortened to a width, with an ellipsis."""
        if width is None or self.fonts.width(text, face, size) <= width:
            return text
        while text and self.fonts.width(text + "…", face, size) > width:
            text = text[:-1]
        return text + "…"


def _plain(text: str) -> str:
    """Text on one line."""
    return " ".join(clean(str(text or "")).split())
