"""Plain text: cleaned, taken out of HTML, and broken into lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

# C0 and C1 controls, lone surrogates, zero-width and direction marks: nothing a reader could see.
_INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLOCKS = {"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
_SILENT = {"script", "style", "head", "title", "template"}


def clean(text: str | None) -> str:
    """Printable text with `\\n` as its only control character."""
    text = (text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return _INVISIBLE.sub("", text).strip("\n ")


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self._new_line()
            if tag == "li":
                self.parts.append("• ")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag):
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _BLOCKS:
            self._new_line()

    def handle_data(self, data):
        if not self.silent:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _new_line(self):
        if self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")


def html_to_text(html: str | None) -> str:
    """The words of `html`, one line a block; images, links and styles are dropped.

    >>> html_to_text("<p>Pay <b>soon</b></p><ul><li>or</li><li>later &amp; more</li></ul><script>x()</script>")
    'Pay soon\\n• or\\n• later & more'
    """
    parser = _Plain()
    parser.feed(html or "")
    parser.close()
    lines = (line.strip() for line in clean("".join(parser.parts)).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """`text` broken into lines no wider than `width`; a word that is too long is cut.

    >>> wrap("one two three", 7, len)
    ['one two', 'three']
    >>> wrap("abcdefgh", 3, len)
    ['abc', 'def', 'gh']
    """
    return [line for paragraph in clean(text).split("\n") for line in _wrap_paragraph(paragraph, width, measure)]


def _wrap_paragraph(paragraph: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    if measure(paragraph) <= width:
        yield paragraph.rstrip()
        return
    line = ""
    for word in paragraph.split(" "):
        candidate = f"{line} {word}" if line else word
        if measure(candidate) <= width:
            line = candidate
            continue
        if line:
            yield line
        *full, line = _cut(word, width, measure)
        yield from full
    if line:
        yield line


def _cut(word: str, width: float, measure: Callable[[str], float]) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and measure(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces
