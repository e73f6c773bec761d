"""The appendix: what came in, what was set aside and why, and what the words on the page mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Protocol

from segkit.data.quality import Quality, TableQuality
from segkit.errors import ReportError
from segkit.page import Block, Metric, Statement, day, literal, number, own_name, own_words
from segkit.page.segments import slug
from segkit.page.tables import column, row, table
from segkit.page.telling import telling

if TYPE_CHECKING:
    from segkit.customers.base import CustomerBase

_GLOSSARY: Final = (
    (
        "Normal variation",
        "How much a number moves from one period to the next anyway, judged by its own earlier changes. A change "
        "inside it is no news, whatever its sign.",
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
        """What a reader calls it."""

    @property
    def definition(self) -> str:
        """How it is computed, in a sentence."""


def base_quality(base: CustomerBase, figures: Iterable[Defined] = ()) -> Block:
    """The data that these customers rest on: see `quality_section`."""
    return quality_section(base.dataset.quality, figures)


def quality_section(quality: Quality, figures: Iterable[Defined] = ()) -> Block:
    """Rows in and kept, rows set aside by reason with examples, the data's cut-off, definitions, glossary.

    Args:
        quality: of the dataset.
        figures: whose definitions are listed.

    Raises:
        ReportError: rows kept and set aside are not the rows read.
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
    columns = [column("Table", "text"), column("Source", "text"), column("Days", "text")]
    columns += [column("Rows read"), column("Kept"), column("Set aside")]
    if money:
        columns += [column("Amount read"), column("Amount kept")]
    rows = []
    for found in quality.tables:
        aside = sum(line.set_aside for line in found.lines)
        if found.rows_in != found.rows_kept + aside:
            raise ReportError(
                f"table {found.table}: {found.rows_in} rows read are not {found.rows_kept} kept and {aside} set aside"
            )
        key = f"quality_{slug(found.table)}"
        cells = [
            own_words(found.table.capitalize(), 60),
            own_words(_source(found), 60),
            _days(found),
            _exact(Metric(f"{key}_rows_in", found.rows_in, "count")),
            _exact(Metric(f"{key}_rows_kept", found.rows_kept, "count")),
            _exact(Metric(f"{key}_rows_set_aside", aside, "count")),
        ]
        if money:
            currency = quality.money.currency
            cells += [
                _exact(Metric(f"{key}_money_in", found.money_in, "money", currency)),
                _exact(Metric(f"{key}_money_kept", found.money_kept, "money", currency)),
            ]
        rows.append(row(cells))
    return table(literal("Rows read, kept and set aside, by table"), columns, rows)


def _exact(metric: Metric) -> Statement:
    """Every digit: rows kept and set aside have to be seen to add up."""
    return Statement.of("{n}", n=number(metric, "exact"))


def _source(found: TableQuality) -> str:
    """The last part of where the table came from: neither a path nor a secret belongs on a page."""
    return PurePosixPath(found.source.split("?")[0].replace("\\", "/")).name.rpartition("@")[2]


def _days(found: TableQuality) -> Statement:
    if found.first is None or found.last is None:
        return literal("–")
    return Statement.of("{days}", days=day(found.first, found.last))


def _reasons(quality: Quality) -> dict[str, Any] | None:
    rows = []
    for found in quality.tables:
        for position, line in enumerate(found.lines, 1):
            key = f"quality_{slug(found.table)}_reason_{position}"
            rows.append(
                row(
                    [
                        telling(line.reason, key, 120),
                        own_words(found.table, 60),
                        _exact(Metric(f"{key}_found", line.found, "count", None, line.reason)),
                        _exact(Metric(f"{key}_set_aside", line.set_aside, "count", None, line.reason)),
                        Statement.join([own_words(example, 40) for example in line.examples] or [literal("–")]),
                    ]
                )
            )
    if not rows:
        return None
    columns = [column("Reason", "text"), column("Table", "text"), column("Found"), column("Set aside")]
    columns.append(column("Examples", "text"))
    return table(
        literal("What was noticed, and what was done with it"),
        columns,
        rows,
        notes=[literal("A row with several faults is found under each, and set aside under one.")],
    )
