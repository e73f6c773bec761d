"""Tables declared by their columns: a column says what it shows; numbers are named after table, row and column.

    columns = [TableColumn("Plan", "plan", "own"), TableColumn("Left", "left", "customers")]
    table_block(literal("Who left, by plan"), columns, named_rows("left", records(frame), by="plan"))

The customers who left Basic are then `left_basic_left` in metrics.json: the table, the row, the column. What a row
brings decides what its cell shows: a number becomes a `Metric` under that key; a `Metric` that is stated elsewhere on the
page too keeps its own key; a `Statement` stays as it is; words and days are shown as such. None is a number that is not
known or not shown: a dash on the page, null in metrics.json. What a row does not have, which has to be said with
`partial`, is a dash alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol, get_args

from segkit.errors import ReportError
from segkit.page.block import Block
from segkit.page.format import Style
from segkit.page.metric import CURRENCY, Metric, Unit
from segkit.page.segments import keys
from segkit.page.statement import Statement, day, literal, own_words
from segkit.page.table_cells import DASH, between, metric_of, one_number
from segkit.page.tables import column, row, table
from segkit.page.telling import telling

_SHOWN: Final = frozenset({"words", "own", "level", "change", *get_args(Unit)} - {"money"})
_WORDS: Final = ("words", "own")


class Named(Protocol):
    """A segment, or whatever else has a name and a colour."""

    @property
    def name(self) -> str:
        """What a reader calls it."""

    @property
    def colour(self) -> str:
        """Its swatch, #rrggbb."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a table.

    Attributes:
        heading: what stands above it.
        part: which value of a row it shows, and what the keys of its numbers end with. Two make an interval.
        shows: `own` (names that are the user's own), `words` (segkit's own, days, sentences), a unit of `Metric`, or for
            money its currency, such as EUR. `level` is the unit of the row, where rows differ; `change` is a difference of
            two such numbers.
        style: how its numbers are written, e.g. `signed` for differences.
        longest: characters of words from the data that a cell shows.
    """

    heading: str | Statement
    part: str | tuple[str, str]
    shows: str
    style: Style = "plain"
    longest: int = 80

    def __post_init__(self) -> None:
        if self.shows not in _SHOWN and not CURRENCY.fullmatch(self.shows):
            raise ReportError(
                f"column {self.title!r} shows {self.shows!r}; write a currency such as EUR, or one of "
                f"{', '.join(sorted(_SHOWN))}"
            )

    @property
    def title(self) -> str:
        """The heading as plain text."""
        return self.heading.text if isinstance(self.heading, Statement) else self.heading

    def metric(self, row: Row) -> Metric:
        """Return the row's number in this column, e.g. for the chart beside the table, so that both say the same."""
        return _metric(self, row, self.parts[0])

    @property
    def parts(self) -> tuple[str, ...]:
        """The values of a row that it shows."""
        return (self.part,) if isinstance(self.part, str) else self.part


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        key: the table's and the row's part of the keys of its numbers.
        values: what its cells show, by the columns' parts.
        unit: what its numbers count, for columns that show a `level` or a `change`.
        colour: a swatch before the heading, #rrggbb.
        total: the row that the others sum to.
        quiet: set back, e.g. because its numbers are not shown.
        strong: parts of the columns whose cells stand out.
        partial: it does not have every column, e.g. because words stand in place of its numbers.
    """

    key: str
    values: Mapping[str, Any]
    unit: str = ""
    colour: str | None = None
    total: bool = False
    quiet: bool = False
    strong: Sequence[str] = ()
    partial: bool = False


def values_of(record: Any) -> dict[str, Any]:
    """Return the values of a row: those of a mapping, or the fields of a dataclass by their names."""
    return dict(record) if isinstance(record, Mapping) else {f.name: getattr(record, f.name) for f in fields(record)}


def named_rows(view: str, found: Iterable[Any], by: str) -> list[Row]:
    """Return a row for each record, named after what stands in `by`; those that are suppressed are quiet."""
    read = [values_of(one) for one in found]
    starts = keys(view, [str(one[by]) for one in read])
    return [Row(key, one, quiet=bool(one.get("suppressed"))) for key, one in zip(starts, read, strict=True)]


def numbered_rows(view: str, found: Iterable[Any], since: int = 0) -> list[Row]:
    """Return a row for each record, named after its position, for what has no name; those suppressed are quiet."""
    read = enumerate((values_of(one) for one in found), since)
    return [Row(f"{view}_{at}", one, quiet=bool(one.get("suppressed"))) for at, one in read]


def segment_rows(view: str, segments: Sequence[Named], found: Iterable[Any]) -> list[Row]:
    """Return a row for each segment with its name and colour; those that are suppressed are quiet.

    Args:
        view: the table's part of the keys.
        segments: in the order of the rows.
        found: their numbers, each with its `segment`.
    """
    return [
        Row(made.key, {**made.values, "segment": segment.name}, colour=segment.colour, quiet=made.quiet)
        for segment, made in zip(segments, named_rows(view, found, "segment"), strict=True)
    ]


def whole_row(view: str, values: Mapping[str, Any]) -> Row:
    """Return the last row, of all segments together."""
    return Row(keys(view, ["all"])[0], {"segment": literal("All"), **values}, total=True)


def table_fields(
    caption: Statement,
    columns: Sequence[TableColumn],
    rows: Sequence[Row],
    *,
    folded: Sequence[Row] = (),
    beyond: Sequence[Row] = (),
    **further: Any,
) -> dict[str, Any]:
    """Return the fields of a table, as `segkit.page.tables.table` does; `further` is what that takes besides.

    The first column is the rows' heading.

    Raises:
        ReportError: a row lacks what a column shows, and is not said to be partial.
    """
    for found in (*rows, *folded, *beyond):
        lacking = [part for one in columns for part in one.parts if part not in found.values]
        if lacking and not found.partial:
            raise ReportError(
                f"table “{caption.text[:100]}”: a row has no {', '.join(lacking)}, which columns show; it has "
                f"{', '.join(found.values)}. Give it, or say that the row is partial"
            )
    return table(
        caption,
        [
            column(one.heading, "number" if at and one.shows not in _WORDS else "text")
            for at, one in enumerate(columns)
        ],
        [_row(columns, found) for found in rows],
        folded=[_row(columns, found) for found in folded],
        beyond=[_row(columns, found) for found in beyond],
        **further,
    )


def table_block(caption: Statement, columns: Sequence[TableColumn], rows: Sequence[Row], **further: Any) -> Block:
    """Return a table as a block of the page; the arguments are those of `table_fields`."""
    return Block.of("table", table_fields(caption, columns, rows, **further))


def _row(columns: Sequence[TableColumn], found: Row) -> dict[str, Any]:
    return row(
        [_cell(one, found) for one in columns],
        colour=found.colour,
        total=found.total,
        quiet=found.quiet,
        strong=[at for at, one in enumerate(columns) if any(part in found.strong for part in one.parts)],
    )


def _cell(shown: TableColumn, found: Row) -> Statement:
    if any(part not in found.values for part in shown.parts):
        return DASH
    if isinstance(shown.part, tuple):
        low, high = (_metric(shown, found, part) for part in shown.part)
        return between(low, high, shown.style)
    value = found.values[shown.part]
    match value:
        case Statement():
            return value
        case Metric():
            return one_number(value, shown.style)
        case dt.date():
            return Statement((day(value),))
        case str() if shown.shows == "own":
            return own_words(value, shown.longest)
        case str():
            return telling(value, f"{found.key}_{shown.part}", shown.longest)
        case None if shown.shows in _WORDS:
            return DASH
    return one_number(_metric(shown, found, shown.part), shown.style)


def _metric(shown: TableColumn, found: Row, part: str) -> Metric:
    value = found.values[part]
    if isinstance(value, Metric):
        return value
    unit = {"level": found.unit, "change": "points" if found.unit == "share" else found.unit}.get(
        shown.shows, shown.shows
    )
    return metric_of(f"{found.key}_{part}", value, unit)
