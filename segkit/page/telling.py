"""A sentence of a lower room on the page: each of its numbers is a metric, its words are the page's."""

from __future__ import annotations

import datetime as dt
from typing import Final

from segkit.page.format import Style
from segkit.page.metric import Metric, Unit
from segkit.page.statement import Number, Piece, Statement, day, number, own_name, words
from segkit.statistics.told import Figure, How, Quoted, Told

_WRITTEN: Final[dict[How, tuple[Unit, Style]]] = {
    "p": ("index", "p"),
    "count": ("count", "exact"),
    "number": ("count", "exact"),
    "share": ("share", "plain"),
    "index": ("index", "plain"),
    "difference": ("index", "signed"),
}


def telling(text: str, key: str, longest: int = 1000, *, inside: bool = False) -> Statement:
    """Return the sentence with its numbers as metrics, whose keys begin with `key`.

    Its first letter is made large, unless it stands `inside` another. The user's own words may be cut at `longest`
    characters. What is no `Told` is words of segkit's, and may hold no digit.
    """
    if not isinstance(text, Told):
        return words(text if inside else text[:1].upper() + text[1:], longest)
    parts = text.parts
    pieces: list[Piece] = []
    for at, part in enumerate(parts):
        if isinstance(part, Figure):
            pieces.append(_number(part, key))
            continue
        if isinstance(part, dt.date):
            pieces.append(day(part))
            continue
        said = part if isinstance(part, str) else part.text
        said = said if at or inside else said[:1].upper() + said[1:]
        pieces.append(own_name(said, longest) if isinstance(part, Quoted) else said)
    return Statement(tuple(pieces))


def _number(figure: Figure, key: str) -> Number:
    unit, style = _WRITTEN[figure.how]
    return number(Metric(f"{key}_{figure.key}", figure.value, unit), style)
