"""One word, one meaning: labels of a page that stand for two different numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import nbformat

from segkit.page import Block, Metric, Statement
from segkit.page.block import MIME
from segkit.page.statement import Name, Number


def blocks_of(notebook: nbformat.NotebookNode) -> list[Block]:
    """The blocks that an executed notebook has shown."""
    shown = (output.get("data", {}).get(MIME) for cell in notebook.cells for output in cell.get("outputs", ()))
    return [Block.from_payload(payload) for payload in shown if payload]


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


def rows_said_twice(blocks: Iterable[Block]) -> dict[tuple[str, str, str], set[tuple[float | None, str]]]:
    """Row and column of tables, data behind charts included, that stand for several numbers of one unit on a page.

    What a row is of is said by the heading of its column, or by the row above that heads several of them: an Active of one
    way to divide customers is not that of another. Rows of days, and those that only a number or nothing names, are left
    out: their tables say what they are of.
    """
    found: dict[tuple[str, str, str], dict[str, set[tuple[float | None, str]]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for block in blocks:
        for table in _tables(block.fields):
            labels = [column["label"].text.casefold() for column in table["columns"]]
            of = labels[0]
            texts = [at for at, column in enumerate(table["columns"]) if not at or column["align"] == "text"]
            for row in table["rows"]:
                if row["total"] and not any(cell.text for cell in row["cells"][1:]):
                    of = row["cells"][0].text
                if not any(isinstance(piece, Name) for piece in row["cells"][0].pieces):
                    continue
                # a row of moves is named by where from and where to
                heading = ", ".join(row["cells"][at].text for at in texts)
                for at, (label, cell) in enumerate(zip(labels, row["cells"], strict=True)):
                    stated = list(_stated(cell))
                    if at not in texts and len(stated) == 1 and stated[0].value is not None:
                        found[of, heading, label][stated[0].unit].add((stated[0].value, stated[0].unit))
    return {place: said for place, units in found.items() for said in units.values() if len(said) > 1}


def names_as_labels(blocks: Iterable[Block]) -> set[str]:
    """Names of segments that a tile or a column has for its label, though it counts no customers of that segment."""
    names: set[str] = set()
    labels: set[str] = set()
    for block in blocks:
        for label, metric in _of_all(block):
            if metric.unit != "customers":
                labels.add(label.casefold())
        for table in _tables(block.fields):
            names |= {row["cells"][0].text.casefold() for row in table["rows"] if row["colour"]}
    return names & labels


def names_spelt_twice(blocks: Iterable[Block]) -> set[str]:
    """Names of segments of a page that differ in capitals alone, so that a reader takes two for one."""
    spelt: dict[str, set[str]] = defaultdict(set)
    for block in blocks:
        for table in _tables(block.fields):
            for row in table["rows"]:
                name = row["cells"][0]
                if any(isinstance(piece, Name) for piece in name.pieces):
                    spelt[name.text.casefold()].add(name.text)
    return {name for name, ways in spelt.items() if len(ways) > 1}


def _tables(fields: Any) -> Iterator[Mapping[str, Any]]:
    """Every table of a block: itself, what is folded away, and the data behind a chart."""
    if isinstance(fields, Mapping):
        if "columns" in fields and "rows" in fields:
            yield fields
        for value in fields.values():
            yield from _tables(value)
    elif isinstance(fields, list | tuple):
        for value in fields:
            yield from _tables(value)


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
