"""A sentence of a lower room on the page: each of its numbers is a metric, its words are the page's."""

from __future__ import annotations

import datetime as dt
from typing import Final

from segkit.page.format import Style
from segkit.page.metric import Metric, Unit
from segkit.page.statement import Number, Piece, Statement, day, name, number
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

    Its first letter is made large, unless it stands `inside` another. What is a plain `str` is shown as words, and
    may be cut at `longest` characters.
    """
    parts = text.parts if isinstance(text, Told) else (Quoted(text),)
    pieces: list[Piece] = []
    for at, part in enumerate(parts):
        if isinstance(part, Figure):
            pieces.append(_number(part, key))
            continue
        if isinstance(part, dt.date):
            pieces.append(day(part))
            continue
        words = part if isinstance(part, str) else part.text
        words = words if at or inside else words[:1].upper() + words[1:]
        pieces.append(words if isinstance(part, str) else name(words, longest))
    return Statement(tuple(pieces))


def _number(figure: Figure, key: str) -> Number:
    unit, style = _WRITTEN[figure.how]
    return number(Metric(f"{key}_{figure.key}", figure.value, unit), style)
