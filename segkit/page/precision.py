"""One precision for the numbers of a column: as many decimals as the largest needs for three digits, the same for all.

Numbers of a column are compared with each other, so that `2 %` beside `1.8 %` or `2.8` beside `2.84` reads as a
difference in kind. None at all stays 0 and all of it 100 %: those are not rounded. Below half of the last decimal, a
number is said to be less than it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from segkit.page.format import Style, decimals, power, three_digits, write
from segkit.page.metric import Metric
from segkit.page.statement import Number, Statement

_FREE: Final = ("exact", "p")
"""Styles with a precision of their own."""
_TINY: Final = 0.00095
"""Shares of which the largest is below it have two decimals."""
_Kind = tuple[str, str | None, int]


def of_one_precision(cells: Sequence[Statement]) -> list[Statement]:
    """Return the cells of a column with numbers of one kind written with the same decimals."""
    places = _places(piece for cell in cells for piece in cell.pieces if isinstance(piece, Number))
    return [
        Statement(tuple(_written(piece, places) if isinstance(piece, Number) else piece for piece in cell.pieces))
        for cell in cells
    ]


def written_alike(metrics: Sequence[Metric], style: Style = "plain") -> list[str]:
    """Write numbers that stand at the marks of one chart with the same decimals.

    >>> written_alike([Metric("a", 2.0, "index"), Metric("b", 2.84, "index")])
    ['2.00', '2.84']
    """
    cells = of_one_precision([Statement((Number(metric, style, write(metric, style)),)) for metric in metrics])
    return [cell.text for cell in cells]


def _places(numbers: Iterable[Number]) -> dict[_Kind, int]:
    """Return the decimals of each kind of number."""
    found: dict[_Kind, list[Number]] = {}
    for one in numbers:
        if one.metric.value is not None and one.style not in _FREE:
            found.setdefault(_kind(one.metric), []).append(one)
    return {kind: _shared(some) for kind, some in found.items()}


def _shared(numbers: Sequence[Number]) -> int:
    """Return the decimals that numbers of a kind share: those that the largest has in three digits, and no more than
    one of them needs.
    """
    needed = max(decimals(one.metric) for one in numbers)
    largest = max((one.metric for one in numbers), key=lambda metric: abs(metric.value or 0.0))
    if largest.unit in ("share", "points"):
        return min(needed, 2 if abs(largest.value or 0.0) < _TINY else 1)
    if largest.unit == "money" and not power(largest):
        return decimals(largest)  # cents, or none
    return min(needed, three_digits(largest))


def _kind(metric: Metric) -> _Kind:
    return metric.unit, metric.currency, power(metric)


def _written(piece: Number, places: dict[_Kind, int]) -> Number:
    wanted = None if piece.metric.value is None or piece.style in _FREE else places[_kind(piece.metric)]
    if wanted is None:
        return piece
    return replace(piece, places=wanted, text=write(piece.metric, piece.style, wanted))
