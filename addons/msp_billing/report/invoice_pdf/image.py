"""A company's logo as small, safe pixels."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

_MOST_PIXELS = 40_000_000
_WIDTH, _HEIGHT = 720, 320  # enough for 60 mm at 300 dpi


@lru_cache(maxsize=32)
def shrink(data: bytes) -> tuple[bytes, int, int] | None:
    """`data` as PNG on white with its size in pixels; nothing for what is no picture (an SVG, a broken file).

    Opening only reads the head of the file, so that a picture of absurd size is refused before it is unpacked.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > _MOST_PIXELS or not picture.width or not picture.height:
                return None
            picture.thumbnail((_WIDTH, _HEIGHT))
            picture = picture.convert("RGBA")
            page = Image.new("RGB", picture.size, "white")
            page.paste(picture, mask=picture.getchannel("A"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue(), page.width, page.height


def fit(data: bytes | None, width: float, height: float) -> tuple[bytes, float, float] | None:
    """The picture and the size at which it fills `width` × `height` points without being distorted."""
    small = shrink(data) if data else None
    if not small:
        return None
    png, pixels_wide, pixels_high = small
    scale = min(width / pixels_wide, height / pixels_high)
    return png, pixels_wide * scale, pixels_high * scale
