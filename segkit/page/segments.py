"""The numbers of segments as metrics. All tables, charts and sentences use these names, and so say the same."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segkit.news.judgement import Variation
from segkit.page.metric import Metric, Unit

if TYPE_CHECKING:
    import pandas as pd

LONGEST_KEY: Final = 40
LEAST_BASE: Final = 20
"""Customers, orders or other things of which a change is told in percent; of fewer, only how many more or less."""


@dataclass(frozen=True, slots=True)
class SegmentMetrics:
    """The numbers of one segment. A number that is unknown or not shown has the value None.

    Attributes:
        name: the segment's name.
        key: its part of a metric's key.
        customers, previous, change, relative: how many, one period ago, the difference, and that as a share of
            the previous (None where that was 0).
        share, value, value_share, mean: as in a measure's frame.
        variation: whether the number of customers is news.
        since: first day of a slow change that is told now; None for none.
        slow_before, slow_change, slow_relative: how many there were before it, the difference since, and that as a share.
        hidden: too small to be shown, or hidden so that such a one stays hidden.
    """

    name: str
    key: str
    customers: Metric
    previous: Metric
    change: Metric
    relative: Metric
    share: Metric
    value: Metric
    value_share: Metric
    mean: Metric
    variation: Variation
    hidden: bool
    since: dt.date | None
    slow_before: Metric
    slow_change: Metric
    slow_relative: Metric


def slug(text: str) -> str:
    """Return part of a snake_case key from words; empty where no ASCII letter or digit is left.

    >>> slug("Revenue, last 12 months")
    'revenue_last_12_months'
    """
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    return "_".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_KEY].strip("_")


def keys(title: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the beginning of a metric key for each name; names that are alike or have no usable letters are
    numbered.

    >>> keys("Lifecycle", ["Come back", "💀", "come-back"])
    ('lifecycle_come_back', 'lifecycle_segment_2', 'lifecycle_segment_3')
    """
    prefix = slug(title)
    prefix = prefix if prefix[:1].isalpha() else f"segments_{prefix}".strip("_")
    found: list[str] = []
    for position, name in enumerate(names, 1):
        part = slug(name) or f"segment_{position}"
        key = f"{prefix}_{part}"
        found.append(key if key not in found and part != "total" else f"{prefix}_segment_{position}")
    return tuple(found)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as dicts, with every kind of missing value as None."""
    cells = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in cells.to_dict("records")]


def difference(key: str, now: float | None, before: float | None, unit: Unit, currency: str | None) -> Metric:
    """Return now less before; None where either is None."""
    return Metric(key, None if now is None or before is None else now - before, unit, currency)


def relative(key: str, now: float | None, before: float | None, *, counted: bool = False) -> Metric:
    """Return the change as a share of before; None where either is missing, before is not positive, or it is a count of so
    few that one of them is several percent.

    >>> relative("change", 6, 7, counted=True).value is None, relative("change", 60, 80, counted=True).value
    (True, -0.25)
    """
    known = now is not None and before is not None and before > 0 and not (counted and before < LEAST_BASE)
    return Metric(key, (now - before) / before if known and now is not None and before is not None else None, "share")


def segment_metrics(title: str, currency: str, rows: Iterable[Mapping[str, Any]]) -> tuple[SegmentMetrics, ...]:
    """Return each segment's numbers as metrics.

    Args:
        title: of the segmentation.
        currency: ISO 4217 code of the value columns.
        rows: one per segment, as `records` gives them from a frame with the columns of `SegmentSizes.frame`.
    """
    rows = list(rows)
    found: list[SegmentMetrics] = []
    for key, row in zip(keys(title, [str(row["segment"]) for row in rows]), rows, strict=True):
        hidden = bool(row["suppressed"])
        then = None if hidden else row.get("before_slow")
        shown: Mapping[str, Any] = {} if hidden else row
        now, before = shown.get("customers"), row["previous_customers"]
        # what may still turn out otherwise is compared with nothing
        than = None if row["variation"] == "unsettled" else before
        found.append(
            SegmentMetrics(
                name=str(row["segment"]),
                key=key,
                customers=Metric(f"{key}_customers", now, "customers"),
                previous=Metric(f"{key}_previous_customers", before, "customers"),
                change=difference(f"{key}_change", now, than, "customers", None),
                relative=relative(f"{key}_change_relative", now, than, counted=True),
                share=Metric(f"{key}_share", shown.get("share"), "share"),
                value=Metric(f"{key}_value", shown.get("value"), "money", currency),
                value_share=Metric(f"{key}_value_share", shown.get("value_share"), "share"),
                mean=Metric(f"{key}_mean_value", shown.get("mean_value"), "money", currency),
                variation=row["variation"] if not hidden and now is not None and before is not None else "missing",
                hidden=hidden,
                since=row.get("slow_since"),
                slow_before=Metric(f"{key}_before_slow", then, "customers"),
                slow_change=difference(f"{key}_slow_change", now, then, "customers", None),
                slow_relative=relative(f"{key}_slow_change_relative", now, then, counted=True),
            )
        )
    return tuple(found)
