"""CDNOW as the literature cuts it: weeks, purchases of one day are one, calibration to 1997-09-30."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CALIBRATION_END = dt.date(1997, 9, 30)
HOLDOUT_WEEKS = 39


@dataclass(frozen=True)
class Cdnow:
    """One row a customer, in the order of the sample's own numbers."""

    rows: int
    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    T: NDArray[np.float64]
    mean_spend: NDArray[np.float64]
    """Of the repeat purchases; 0 where there are none."""
    holdout: NDArray[np.float64]
    """Purchases after the calibration."""
    spend: NDArray[np.float64]
    """Dollars over the whole 18 months."""


def load_sample(shared_data: Path) -> Cdnow:
    """The 1/10 sample of 2,357 customers."""
    days: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    rows = 0
    with (shared_data / "cdnow" / "CDNOW_sample.txt").open() as lines:
        for line in lines:
            _, customer, day, _, dollars = line.split()
            days[customer][_date(day)] += float(dollars)
            rows += 1
    found = []
    for customer in sorted(days):
        orders = sorted(days[customer].items())
        first = orders[0][0]
        past = [(day, dollars) for day, dollars in orders if day <= CALIBRATION_END]
        repeats = past[1:]
        found.append(
            (
                len(repeats),
                (past[-1][0] - first).days / 7,
                (CALIBRATION_END - first).days / 7,
                float(np.mean([dollars for _, dollars in repeats])) if repeats else 0.0,
                len(orders) - len(past),
                sum(days[customer].values()),
            )
        )
    columns = np.array(found, dtype=np.float64).T
    return Cdnow(rows, *columns)


def _date(text: str) -> dt.date:
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
