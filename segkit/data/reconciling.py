"""Rows read, compared with lines in the file, so that nothing in a text file gets lost in between."""

from __future__ import annotations

from dataclasses import dataclass, replace

import ibis

from segkit.data.engine import Engine
from segkit.data.quality import QualityLine, TableQuality
from segkit.data.sources import Source

_REASON = "row that runs over several lines of its file (a quote may not be closed)"


@dataclass(frozen=True)
class LinesFound:
    """What a file's lines say about the rows read from it.

    Attributes:
        table: segkit's name of the table.
        long_rows: rows with a line break in one of their values.
        failures: lines that no row accounts for.
    """

    table: str
    long_rows: int = 0
    failures: tuple[str, ...] = ()

    def add_to(self, quality: TableQuality) -> TableQuality:
        """Return the balance with a remark on long rows, if there are any."""
        if not self.long_rows:
            return quality
        line = QualityLine(self.table, _REASON, self.long_rows, 0, ())
        return replace(quality, lines=(*quality.lines, line))


def reconcile_lines(engine: Engine, name: str, source: Source, rows: int) -> LinesFound:
    """Compare the rows read with the lines counted: lines = headers + rows + line breaks within values + blank lines.

    Raises:
        DataError: a packed file is cut short.
    """
    if source.lines is None:
        return LinesFound(name)
    count = source.lines.result()
    expected = count.lines - count.blank - source.header_lines
    if rows == expected:
        return LinesFound(name)
    breaks, long_rows = _line_breaks(engine, source)
    if expected <= rows + breaks <= expected + count.blank:
        return LinesFound(name, long_rows)
    return LinesFound(
        name,
        long_rows,
        (
            f"table {name} ({source.shown}): {count.lines:,} lines, {count.blank:,} of them blank, but {rows:,} rows were "
            f"read with {breaks:,} line breaks in their values: the lines do not add up. Look for quotes that are not "
            "closed and for odd line endings.",
        ),
    )


def _line_breaks(engine: Engine, source: Source) -> tuple[int, int]:
    """Return how many line breaks are within values, and how many rows have any."""
    table = source.table
    whole = ibis.literal("")
    for column in table.columns:
        whole = whole + table[column].fill_null("")
    found = table.select(breaks=whole.length() - whole.replace("\n", "").length())
    row = engine.collect(found.aggregate(breaks=found.breaks.sum(), rows=(found.breaks > 0).sum())).iloc[0]
    return int(row["breaks"] or 0), int(row["rows"] or 0)
