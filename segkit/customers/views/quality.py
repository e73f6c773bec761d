"""The appendix: which rows came in, which were set aside and why, and what the words on the page mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Protocol

from segkit.data.quality import Quality, TableQuality
from segkit.errors import ReportError
from segkit.page import Block, Statement, day, literal, own_name, own_words
from segkit.page.columns import Row, TableColumn, table_fields, values_of
from segkit.page.segments import slug
from segkit.page.table_cells import DASH, metric_of
from segkit.page.telling import telling

if TYPE_CHECKING:
    from segkit.customers.base import CustomerBase

_GLOSSARY: Final = (
    (
        "Normal variation",
        "What a number’s own past, the calendar and last year lead to expect of its next value. A change inside it is no "
        "news, whatever its sign.",
    ),
    ("Previous", "The same number one period earlier, computed from what was known then."),
    ("Share", "Part of all customers; the value share is the part of all value."),
    ("Mean value", "Value divided by the number of customers in the segment."),
    ("pp", "Percentage points: the difference of two percentages."),
    ("Set aside", "A row that was read but left out, for the reason named. Rows read are rows kept and set aside."),
)


class Defined(Protocol):
    """A number with a definition, such as a key figure."""

    @property
    def label(self) -> str:
        """The name for readers."""

    @property
    def definition(self) -> str:
        """How it is computed, in a sentence."""


def base_quality(base: CustomerBase, figures: Iterable[Defined] = ()) -> Block:
    """Show the quality of the data behind these customers; see `quality_section`."""
    return quality_section(base.dataset.quality, figures)


def quality_section(quality: Quality, figures: Iterable[Defined] = ()) -> Block:
    """Show rows in and kept, rows set aside by reason with examples, the last day, definitions and glossary.

    Args:
        quality: the record of the dataset.
        figures: key figures whose definitions are listed.

    Raises:
        ReportError: rows kept and rows set aside do not sum to the rows read.
    """
    cutoff = Statement.of(
        "Data set {dataset}, up to and including {as_of}.",
        dataset=own_name(quality.dataset),
        as_of=day(quality.as_of),
    )
    tables = [_balance(quality)]
    reasons = _reasons(quality)
    paragraphs = [cutoff]
    if reasons is None:
        paragraphs.append(literal("Every row that was read was kept."))
    else:
        tables.append(reasons)
    definitions = [
        (own_words(figure.label, 200), telling(figure.definition, f"defined_{slug(figure.label) or at}", inside=True))
        for at, figure in enumerate(figures, 1)
    ]
    glossaries = [
        {
            "terms_title": literal(title),
            "terms": [{"term": term, "meaning": meaning} for term, meaning in terms],
        }
        for title, terms in (
            ("How the key figures are computed", definitions),
            ("Glossary", [(literal(term), literal(meaning)) for term, meaning in _GLOSSARY]),
        )
        if terms
    ]
    return Block.of(
        "quality",
        {
            "paragraphs": paragraphs,
            "tables": tables,
            "notes": [telling(note, f"quality_note_{at}", 10_000) for at, note in enumerate(quality.notes, 1)],
            "glossaries": glossaries,
        },
    )


def _balance(quality: Quality) -> dict[str, Any]:
    money = any(found.money_in is not None for found in quality.tables)
    currency = quality.money.currency
    columns = [
        TableColumn("Table", "table", "own", longest=60),
        TableColumn("Source", "source", "own", longest=60),
        TableColumn("Days", "days", "words"),
        # every digit: rows kept and set aside have to be seen to add up
        TableColumn("Rows read", "rows_in", "count", "exact"),
        TableColumn("Kept", "rows_kept", "count", "exact"),
        TableColumn("Set aside", "rows_set_aside", "count", "exact"),
    ]
    if money:
        columns += [
            TableColumn("Amount read", "money_in", currency, "exact"),
            TableColumn("Amount kept", "money_kept", currency, "exact"),
        ]
    rows = []
    for found in quality.tables:
        aside = sum(line.set_aside for line in found.lines)
        if found.rows_in != found.rows_kept + aside:
            raise ReportError(
                f"table {found.table}: {found.rows_in} rows read are not {found.rows_kept} kept and {aside} set aside"
            )
        told = {
            "table": found.table.capitalize(),
            "source": _source(found),
            "days": _days(found),
            "rows_set_aside": aside,
        }
        rows.append(Row(f"quality_{slug(found.table)}", {**values_of(found), **told}))
    return table_fields(literal("Rows read, kept and set aside, by table"), columns, rows)


def _source(found: TableQuality) -> str:
    """Return the last part of where the table came from, since a page must show neither a path nor a secret."""
    return PurePosixPath(found.source.split("?")[0].replace("\\", "/")).name.rpartition("@")[2]


def _days(found: TableQuality) -> Statement:
    if found.first is None or found.last is None:
        return DASH
    return Statement((day(found.first, found.last),))


def _reasons(quality: Quality) -> dict[str, Any] | None:
    rows = []
    for found in quality.tables:
        for position, line in enumerate(found.lines, 1):
            key = f"quality_{slug(found.table)}_reason_{position}"
            values = {
                "reason": line.reason,
                "table": own_words(found.table, 60),
                "found": metric_of(f"{key}_found", line.found, "count", line.reason),
                "set_aside": metric_of(f"{key}_set_aside", line.set_aside, "count", line.reason),
                "examples": Statement.join([own_words(example, 40) for example in line.examples] or [DASH]),
            }
            rows.append(Row(key, values))
    if not rows:
        return None
    columns = [
        TableColumn("Reason", "reason", "words", longest=120),
        TableColumn("Table", "table", "own"),
        TableColumn("Found", "found", "count", "exact"),
        TableColumn("Set aside", "set_aside", "count", "exact"),
        TableColumn("Examples", "examples", "own"),
    ]
    notes = [literal("A row with several faults is found under each, and set aside under one.")]
    return table_fields(literal("What was noticed, and what was done with it"), columns, rows, notes=notes)
