"""One word, one meaning: labels of a page that stand for two different numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from segkit.page import Block, Metric, Statement
from segkit.page.statement import Number


def conflicts(blocks: Iterable[Block]) -> dict[str, set[tuple[float | None, str]]]:
    """Labels that stand for several numbers of one unit, each of which is said of all customers.

    A number is said of all where it is the value of a tile, or stands in the row of a table that the others sum to.
    """
    found: dict[str, dict[str, set[tuple[float | None, str]]]] = defaultdict(lambda: defaultdict(set))
    for block in blocks:
        for label, metric in _of_all(block):
            if metric.value is not None:
                found[label.casefold()][metric.unit].add((metric.value, metric.unit))
    return {label: said for label, units in found.items() for said in units.values() if len(said) > 1}


def _of_all(block: Block) -> Iterator[tuple[str, Metric]]:
    if block.kind == "tiles":
        for tile in block.fields["tiles"]:
            yield from ((tile["label"].text, metric) for metric in _stated(tile["value"]))
    if block.kind == "table":
        columns = block.fields["columns"]
        for row in block.fields["rows"]:
            if row["total"]:
                for column, cell in zip(columns, row["cells"], strict=True):
                    if column["align"] == "text":
                        continue
                    yield from ((column["label"].text, metric) for metric in _stated(cell))


def _stated(statement: Statement) -> Iterator[Metric]:
    return (piece.metric for piece in statement.pieces if isinstance(piece, Number))
