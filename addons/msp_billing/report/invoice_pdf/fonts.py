"""Fonts that Odoo and ReportLab ship, so that nothing depends on the machine.

Roboto or Open Sans prints Latin, Greek and Cyrillic, embedded as a Unicode subset: the text can be searched
and copied. A character that the first font lacks is taken from the next one of the chain. For Chinese,
Japanese and Korean, PDF's standard CID fonts are named (the reader brings them); none exists in Odoo.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

REGULAR, BOLD, ITALIC = "regular", "bold", "italic"

# ReportLab's parser of a font file keeps a position: making subsets is for one thread at a time.
LOCK = threading.RLock()

_FAMILIES = (
    {REGULAR: "Roboto/Roboto-Regular.ttf", BOLD: "Roboto/Roboto-Bold.ttf", ITALIC: "Roboto/Roboto-Italic.ttf"},
    {
        REGULAR: "Open_Sans/Open_Sans-Regular.ttf",
        BOLD: "Open_Sans/Open_Sans-Bold.ttf",
        ITALIC: "Open_Sans/Open_Sans-Italic.ttf",
    },
    {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf", ITALIC: "VeraIt.ttf"},
    dict.fromkeys((REGULAR, BOLD, ITALIC), "Fira_Mono/Fira_Mono-Regular.ttf"),
    dict.fromkeys((REGULAR, BOLD, ITALIC), "Tajawal/Tajawal-Regular.ttf"),
)
_CID = (
    ("\u3040", "\u30ff", "HeiseiKakuGo-W5"),
    ("\uac00", "\ud7af", "HYGothic-Medium"),
    ("\u2e80", "\uffef", "STSong-Light"),
)
_ALIKE = {"\u202f": "\u00a0", "\u2212": "-", "\u2011": "-", "\u2192": "->"}


class Fonts:
    """The chain of fonts for each style, and the widths they give."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._chains = {style: self._chain(style, folders) for style in (REGULAR, BOLD, ITALIC)}
        self._covered = {style: chain[0].face.charToGlyph.keys() for style, chain in self._chains.items()}
        self.runs = lru_cache(maxsize=20_000)(self._runs)
        self.width = lru_cache(maxsize=20_000)(self._width)

    @staticmethod
    def _chain(style: str, folders: Sequence[str]) -> list[TTFont]:
        chain = []
        for family in _FAMILIES:
            path = next((p for p in (Path(f) / family[style] for f in folders) if p.is_file()), None)
            name = f"msp-{style}-{family[style]}"
            if path is None or any(font.fontName == name for font in chain):
                continue
            try:
                font = TTFont(name, str(path))
            except TTFError:  # a file that ReportLab cannot read is as good as none
                continue
            pdfmetrics.registerFont(font)
            chain.append(font)
        return chain

    def first(self, style: str) -> str:
        return self._chains[style][0].fontName

    def _runs(self, text: str, style: str) -> tuple[tuple[str, str], ...]:
        """`text` as pairs of font name and the piece that it prints."""
        if self._covered[style] >= frozenset(map(ord, text)):
            return ((self.first(style), text),)
        runs: list[tuple[str, str]] = []
        for char in text:
            name, char = self._font_for(char, style)
            if runs and runs[-1][0] == name:
                runs[-1] = (name, runs[-1][1] + char)
            else:
                runs.append((name, char))
        return tuple(runs)

    def _font_for(self, char: str, style: str) -> tuple[str, str]:
        for font in self._chains[style]:
            if ord(char) in font.face.charToGlyph:
                return font.fontName, char
        if char in _ALIKE:
            return self.first(style), _ALIKE[char]
        for low, high, cid in _CID:
            if low <= char <= high:
                return _cid_font(cid), char
        return self.first(style), "?"

    def _width(self, text: str, style: str, size: float) -> float:
        return sum(pdfmetrics.stringWidth(piece, name, size) for name, piece in self._runs(text, style))


@lru_cache(maxsize=8)
def _cid_font(name: str) -> str:
    with LOCK:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


@lru_cache(maxsize=4)
def load(folders: tuple[str, ...]) -> Fonts:
    """The fonts found in `folders` (Odoo's google fonts), then in ReportLab's own."""
    with LOCK:
        return Fonts([*folders, str(Path(reportlab.__file__).parent / "fonts")])
