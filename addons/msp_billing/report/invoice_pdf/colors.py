"""The company's colour, made to be read on paper."""

from __future__ import annotations

import re

DEFAULT = "#1f4e79"


def safe(color: str | None) -> str:
    """A `#rrggbb` colour, or the default.

    >>> safe("#AbC"), safe("red; x"), safe(None)
    ('#aabbcc', '#1f4e79', '#1f4e79')
    """
    color = (color or "").strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", color):
        color = "#" + "".join(c * 2 for c in color[1:])
    return color if re.fullmatch(r"#[0-9a-f]{6}", color) else DEFAULT


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def luminance(color: str) -> float:
    """WCAG relative luminance, 0 for black and 1 for white."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(color))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def readable(color: str) -> str:
    """`color`, darkened until text in it stands out from white (contrast 4.5 : 1).

    >>> readable("#ffff00"), readable("#1f4e79")
    ('#787800', '#1f4e79')
    """
    color = safe(color)
    while 1.05 / (luminance(color) + 0.05) < 4.5:
        color = "#" + "".join(f"{int(v * 0.9):02x}" for v in _channels(color))
    return color
