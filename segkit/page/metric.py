"""A number that a page may show: named, with its unit. What metrics.json holds, and what text is traced to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from segkit.errors import ReportError

Unit = Literal["customers", "money", "share", "points", "orders", "days", "index", "count"]
"""What the number counts. `money` is in major units; `share` is a fraction of one; `points` is a difference of two
shares, as a fraction (0.004 is 0.4 percentage points); `count` is anything whole but customers: rows, weeks."""

KEY: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
_WHOLE: Final = frozenset({"customers", "orders", "count"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a page.

    Attributes:
        key: snake_case name, unique on a page; the key in metrics.json.
        value: the number, unrounded; None where it is not known. Never NaN, never infinite.
        unit: what it counts.
        currency: ISO 4217 code; set for `money`, None for everything else.
        label: what it is, in words a reader knows.
    """

    key: str
    value: float | None
    unit: Unit
    currency: str | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ReportError(f"metric key {self.key!r}: write snake_case, e.g. active_customers")
        if self.unit not in get_args(Unit):
            raise ReportError(f"metric {self.key}: unit {self.unit!r} is not one of {', '.join(get_args(Unit))}")
        if (self.unit == "money") != (self.currency is not None):
            raise ReportError(f"metric {self.key}: a currency belongs to money and to nothing else")
        if self.currency is not None and not CURRENCY.fullmatch(self.currency):
            raise ReportError(f"metric {self.key}: currency {self.currency!r} is not an ISO 4217 code such as EUR")
        if self.value is not None:
            plain = float(self.value)  # numpy scalars would not survive JSON
            if not math.isfinite(plain):
                raise ReportError(f"metric {self.key}: value {self.value} is not a number; write None for unknown")
            object.__setattr__(self, "value", int(plain) if self.unit in _WHOLE and plain.is_integer() else plain)

    def payload(self) -> dict[str, Any]:
        """Return the metric as plain JSON."""
        return {
            "key": self.key,
            "value": self.value,
            "unit": self.unit,
            "currency": self.currency,
            "label": self.label,
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Metric:
        """Read a metric from plain JSON."""
        try:
            return cls(
                key=str(payload["key"]),
                value=payload["value"],
                unit=payload["unit"],
                currency=payload.get("currency"),
                label=str(payload.get("label", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ReportError(f"a block carries a metric that cannot be read: {error!r}") from error


def union(groups: Iterable[Iterable[Metric]]) -> dict[str, Metric]:
    """Collect all metrics by key.

    Raises:
        ReportError: one key stands for two different numbers.
    """
    found: dict[str, Metric] = {}
    for group in groups:
        for metric in group:
            known = found.setdefault(metric.key, metric)
            if (known.value, known.unit, known.currency) != (metric.value, metric.unit, metric.currency):
                raise ReportError(
                    f"metric {metric.key} has two values on one page: {known.value} {known.unit} and "
                    f"{metric.value} {metric.unit}; two blocks speak of different data under one key"
                )
    return found
