"""Blocks placed on pages, before anything is drawn: only then is "page 2 of 3" known.

Units are points; x from the left edge, y from the top edge downwards. A block's marks count y from its top.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from reportlab.lib import pagesizes

from .fonts import REGULAR, Fonts
from .text import wrap

MM = 72 / 25.4
INSET = 2 * MM  # how far figures stand from the right edge, in the table and in the totals
INK, GREY, LINE, TINT = "#1f2933", "#5b6470", "#d5dae0", "#f4f6f8"


@dataclass(frozen=True)
class Style:
    size: float = 9
    face: str = REGULAR
    color: str = INK

    @property
    def leading(self) -> float:
        return self.size * 1.36


@dataclass(frozen=True)
class Words:
    """One line of text; `x` is its left, right or middle edge by `align`."""

    x: float
    y: float
    text: str
    style: Style
    align: str = "left"


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True)
class Image:
    x: float
    y: float
    width: float
    height: float
    data: bytes


Mark = Words | Box | Image


@dataclass(frozen=True)
class Block:
    height: float
    marks: tuple[Mark, ...] = ()

    def at(self, y: float) -> Iterable[Mark]:
        return (replace(mark, y=mark.y + y) for mark in self.marks)


def stack(*blocks: Block) -> Block:
    """The blocks one under the other, as one."""
    marks: list[Mark] = []
    y = 0.0
    for block in blocks:
        marks += block.at(y)
        y += block.height
    return Block(y, tuple(marks))


@dataclass(frozen=True)
class Sheet:
    """The paper, its margins and the fonts."""

    fonts: Fonts
    width: float
    height: float
    left: float = 20 * MM
    right: float = 18 * MM
    top: float = 14 * MM

    @classmethod
    def of(cls, paper: str, fonts: Fonts) -> Sheet:
        size = getattr(pagesizes, (paper or "A4").upper(), pagesizes.A4)
        width, height = size if isinstance(size, tuple) and min(size) >= pagesizes.A5[0] else pagesizes.A4
        return cls(fonts, width, height)

    @property
    def right_edge(self) -> float:
        return self.width - self.right

    @property
    def body_width(self) -> float:
        return self.right_edge - self.left

    def wrap(self, text: str, style: Style, width: float) -> list[str]:
        return wrap(text, width, lambda piece: self.fonts.width(piece, style.face, style.size))

    def measure(self, text: str, style: Style) -> float:
        return self.fonts.width(text, style.face, style.size)

    def text(self, text: str, style: Style, x: float, width: float, align: str = "left") -> Block:
        """Wrapped text as a block, its lines aligned between `x` and `x + width`."""
        return self.lines(self.wrap(text, style, width), style, x, width, align)

    def one_line(self, text: str, style: Style, x: float, width: float, align: str = "left") -> Block:
        """The text on one line, its end left out where it does not fit."""
        lines = self.wrap(text, style, width)
        if len(lines) > 1:
            lines = [self.wrap(text, style, width - self.measure("…", style))[0].rstrip(" ·,") + "…"]
        return self.lines(lines, style, x, width, align)

    @staticmethod
    def lines(lines: Sequence[str], style: Style, x: float, width: float, align: str = "left") -> Block:
        edge = {"left": x, "right": x + width, "middle": x + width / 2}[align]
        ascent = style.size * 1.02
        marks = [Words(edge, ascent + n * style.leading, line, style, align) for n, line in enumerate(lines) if line]
        return Block(len(lines) * style.leading, tuple(marks))


@dataclass
class Flow:
    """Places blocks from top to bottom and opens pages as needed."""

    top: float  # where the body of a following page begins
    bottom: float
    y: float  # where the body of the first page begins
    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    header: Block | None = None  # repeated on top of every following page, while set

    @property
    def room(self) -> float:
        return self.bottom - self.y

    @property
    def full_page(self) -> float:
        return self.bottom - self.top - (self.header.height if self.header else 0)

    def place(self, block: Block, keep_with: float = 0) -> None:
        """Put `block` here, or on a new page where it and `keep_with` points after it do not fit."""
        needed = block.height + keep_with
        if needed > self.full_page:
            needed = block.height
        if needed > self.room and self._has_body():
            self.new_page()
        self.pages[-1] += block.at(self.y)
        self.y += block.height

    def place_lines(self, blocks: Sequence[Block]) -> None:
        """Blocks that may be parted; the first two and the last two stay together."""
        for index, block in enumerate(blocks):
            keep = index in (0, len(blocks) - 2) and index + 1 < len(blocks)
            self.place(block, blocks[index + 1].height if keep else 0)

    def gap(self, height: float) -> None:
        self.y = min(self.y + height, self.bottom)

    def new_page(self) -> None:
        self.pages.append([])
        self.y = self.top
        if self.header:
            self.pages[-1] += self.header.at(self.y)
            self.y += self.header.height

    def _has_body(self) -> bool:
        start = self.top + (self.header.height if self.header else 0)
        return len(self.pages) == 1 or self.y > start
