"""Published numbers that are said otherwise now: by the same page made again, or by the history on a later page.

A number counts as restated where readers would read another one, not where digits behind the last that is shown differ.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from segkit.errors import ReportError
from segkit.page import Metric, write, write_date
from segkit.project.publishing import METRICS, published_dates

NAMED: Final = 5
"""Numbers that are named; the others are counted."""
_BEFORE: Final = re.compile(r"(.+)_(\d+)_before")
_DAYS: Final = {"day": 1, "week": 7}


def restated_page(published: Path, metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Return what the page of the same date said otherwise before it was made again; empty for nothing."""
    before = metrics_of(published)
    return _told(
        f"{_label(now, key)} was {write(then)}, is {write(now)}"
        for key, now in metrics.items()
        if (then := before.get(key)) is not None and _differs(then, now)
    )


def restated_history(
    folder: Path, as_of: dt.date, parameters: Mapping[str, Any], metrics: Mapping[str, Metric]
) -> dict[str, Any]:
    """Return what the page before said otherwise of its own period and of those before it; empty for nothing.

    Its figure of n periods before is this page's figure of so many periods more before.
    """
    dates = [date for date in published_dates(folder) if date < as_of.isoformat()]
    if not dates:
        return {}
    then = dt.date.fromisoformat(dates[-1])
    between = _periods_between(then, as_of, str(parameters.get("period") or ""))
    if not between:
        return {}
    before = metrics_of(folder / dates[-1])
    return _told(_history(before, metrics, between, then))


def metrics_of(page: Path) -> dict[str, Metric]:
    """Read the numbers of a published page; none where they were damaged by hand."""
    with contextlib.suppress(OSError, ValueError, AttributeError, ReportError):
        found = json.loads((page / METRICS).read_text(encoding="utf-8"))
        return {key: Metric.from_payload({"key": key, **one}) for key, one in found.items()}
    return {}


def _history(
    before: Mapping[str, Metric], metrics: Mapping[str, Metric], between: int, then: dt.date
) -> Iterator[str]:
    for key, now in metrics.items():
        found = _BEFORE.fullmatch(key)
        if found is None or (ago := int(found[2]) - between) < 0:
            continue
        old = before.get(f"{found[1]}_{ago}_before" if ago else found[1])
        if old is not None and _differs(old, now):
            label = _label(metrics.get(found[1], now), found[1])
            when = f"{ago} periods before {write_date(then)}" if ago else write_date(then)
            yield f"{label} of {when} was {write(old)}, is {write(now)}"


def _differs(then: Metric, now: Metric) -> bool:
    return (then.unit, then.currency) == (now.unit, now.currency) and write(then) != write(now)


def _periods_between(first: dt.date, last: dt.date, period: str) -> int:
    """Return how many whole periods lie between two ends of periods; 0 where they are no such ends."""
    if period in _DAYS:
        days = (last - first).days
        return days // _DAYS[period] if days % _DAYS[period] == 0 else 0
    months = 12 * (last.year - first.year) + last.month - first.month
    ends = all((day + dt.timedelta(1)).day == 1 for day in (first, last))
    return months if period == "month" and ends else 0


def _label(metric: Metric, key: str) -> str:
    return metric.label or key.replace("_", " ")


def _told(found: Iterator[str]) -> dict[str, Any]:
    numbers = list(found)
    return {"numbers": numbers[:NAMED], "more": len(numbers[NAMED:])} if numbers else {}
