"""The course of a key figure as a small picture, for e-mail, which shows no SVG."""

from __future__ import annotations

import io
import re
from typing import Final

from segkit.page.sparkline import HEIGHT, WIDTH

_POINT: Final = re.compile(r"([ML])(-?[\d.]+) (-?[\d.]+)")
_SCALE: Final = 10
_INK: Final = (0x33, 0x47, 0x5B)


def trend_png(path: str) -> bytes:
    """Return a PNG of a sparkline's path, on white, twice as fine as it is shown; the same bytes for the same path."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), "white")
    pen = ImageDraw.Draw(image)
    at: tuple[float, float] | None = None
    for how, x, y in _POINT.findall(path):
        to = (float(x) * _SCALE, float(y) * _SCALE)
        if how == "L" and at is not None:
            pen.line([at, to], fill=_INK, width=14, joint="curve")
        at = to
    if at is not None:
        pen.ellipse([at[0] - 24, at[1] - 24, at[0] + 24, at[1] + 24], fill=_INK)
    out = io.BytesIO()
    # smoothed by halving; few colours keep it small
    image.resize((WIDTH * _SCALE // 2, HEIGHT * _SCALE // 2)).quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()
