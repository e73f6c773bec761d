"""Day and month swapped when dates are read: a wrong pattern may fit every value."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from segkit.data.engine import Engine

_FEWEST_DATES: Final = 24
_FEWEST_DAYS: Final = 6
_UNMISTAKABLE: Final = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")


def swapped_days(engine: Engine, name: str, pattern: str | None, table: ir.Table, day: ir.Value) -> list[str]:
    """Return a sentence if all dates of a table fall on the first twelve days of a month.

    Business happens on every day of a month. First-of-the-month dates written 01/03/2017 and read month first become
    3 January, fit every check, and fall on days 1 to 12 only.

    Args:
        engine: where the table is.
        name: segkit's name of the table.
        pattern: the date format that it was read with; None for ISO 8601, which cannot be mistaken.
        table: its kept rows.
        day: a row's day.
    """
    if pattern is None or not ("%d" in pattern and "%m" in pattern) or pattern.startswith(_UNMISTAKABLE):
        return []
    days = table.select(day=day)
    facts = engine.collect(
        days.aggregate(dates=days.day.nunique(), numbers=days.day.day().nunique(), highest=days.day.day().max())
    ).iloc[0]
    if int(facts["dates"]) < _FEWEST_DATES:
        return []
    if int(facts["numbers"]) < _FEWEST_DAYS or int(facts["highest"]) > 12:
        return []
    swapped = pattern.replace("%d", "%#").replace("%m", "%d").replace("%#", "%m")
    return [
        f"table {name}: all {int(facts['dates']):,} dates fall on days 1 to 12 of a month, so day and month look swapped. "
        f'Write `format: {{date_format: "{swapped}"}}`; if the dates are right as they are, load them as Parquet, where '
        "dates are dates."
    ]
