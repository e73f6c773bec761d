"""Colours for segments that are legible as marks (contrast 3:1 and more) on the white and on the dark page.

Contrast is that of WCAG 2.2 (relative luminance). Both grounds at once leave the luminances from about 0.13 to 0.30.
"""

from __future__ import annotations

import colorsys
from functools import cache
from typing import Final

WHITE: Final = "#ffffff"
DARK: Final = "#12171d"
"""The page's ground in a dark scheme."""

UNASSIGNED: Final = "#7d8590"
"""For customers without a segment."""

LEAST_CONTRAST: Final = 3.0

# Neighbours differ in hue and in lightness, so that they differ in grey and for colour-blind readers as well.
_CATEGORICAL: Final = (
    "#2a6fbb",
    "#d0661c",
    "#1d8a7d",
    "#a84fa0",
    "#7f8a1e",
    "#c8425f",
    "#5f6fd0",
    "#95703f",
    "#3c8f3f",
    "#687d92",
)
_MOST_STEPS: Final = 256
_MOST_KINDS: Final = 200


def colours(n: int, ordered: bool) -> tuple[str, ...]:
    """Return a colour for each of n segments, in their order.

    >>> colours(2, ordered=False)
    ('#2a6fbb', '#d0661c')

    Args:
        n: how many segments.
        ordered: True for a scale (value deciles, bands): one run from deep blue to light ochre. False for kinds:
            distinct hues.

    Returns:
        #rrggbb each. No two kinds have the same up to 200, and no two steps of a scale up to 256; beyond, they repeat,
        and labels name the segments anyway.
    """
    if n < 0:
        raise ValueError(f"{n} colours asked for")
    if not ordered:
        kinds = _CATEGORICAL if n <= len(_CATEGORICAL) else _many()
        return tuple(kinds[position % len(kinds)] for position in range(n))
    steps = min(n, _MOST_STEPS)
    scale = [_step(position / (steps - 1) if steps > 1 else 0.0) for position in range(steps)]
    return tuple(scale[position * steps // n] for position in range(n))


@cache
def _many() -> tuple[str, ...]:
    """Return the ten kinds and further ones, each as far as can be from all before it and from grey."""
    left = [
        _with_luminance(hue / 36, saturation, luminance)
        for hue in range(36)
        for luminance in (0.145, 0.2, 0.275)
        for saturation in (0.35, 0.8)
    ]
    found = [*_CATEGORICAL]
    away = [min(_distance(colour, other) for other in (UNASSIGNED, *found)) for colour in left]
    while len(found) < _MOST_KINDS:
        at = max(range(len(left)), key=away.__getitem__)
        found.append(left[at])
        away = [min(was, _distance(colour, left[at])) for was, colour in zip(away, left, strict=True)]
    return tuple(found)


def _distance(first: str, second: str) -> float:
    """Return how far two colours are apart, the squared distance with the weights of the channels for the eye."""
    pairs = [(int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5)]
    return sum(weight * (a - b) ** 2 for weight, (a, b) in zip((3, 4, 2), pairs, strict=True))


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast of two colours, from 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the WCAG relative luminance of #rrggbb, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def legible(colour: str) -> str:
    """Return the colour itself if it is visible on both grounds, else its hue at a lightness that is.

    >>> legible("#ffff00") == legible(legible("#ffff00")) != "#ffff00"
    True
    """
    if min(contrast(colour, WHITE), contrast(colour, DARK)) >= LEAST_CONTRAST:
        return colour.lower()
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    return _with_luminance(hue, saturation, 0.28 if contrast(colour, WHITE) < LEAST_CONTRAST else 0.15)


def _step(along: float) -> str:
    hue = 0.64 + (0.10 - 0.64) * along
    return _with_luminance(hue, 0.55, 0.14 + (0.285 - 0.14) * along)


def _with_luminance(hue: float, saturation: float, wanted: float) -> str:
    """Find the colour of that hue and saturation with the closest luminance, by bisection of the lightness."""
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        if luminance(_hex(hue, middle, saturation)) < wanted:
            low = middle
        else:
            high = middle
    return _hex(hue, high, saturation)


def _hex(hue: float, lightness: float, saturation: float) -> str:
    channels = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
