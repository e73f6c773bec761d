"""What intervals of churn said on past dates of real and of made data, beside what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segkit.churn.measure.departures import departures
from segkit.churn.measure.observed import with_segment
from segkit.churn.measure.risk import churn_outlook
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnOutlook
from segkit.customers import customer_base
from segkit.customers.partition import SEGMENT
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment
from tests.customers.made import stating

ALL = "All"


@dataclass(frozen=True)
class Trial:
    """An interval of a share that leaves, and the share that left."""

    data: str
    as_of: dt.date
    group: str
    horizons: int
    low: float
    risk: float
    high: float
    came: float

    @property
    def inside(self) -> bool:
        """Whether it held."""
        return self.low - 1e-9 <= self.came <= self.high + 1e-9


def trials(
    path: Path, data: str, segmentation: str, dates: Sequence[dt.date], definition: dict[str, Any], last: dt.date
) -> list[Trial]:
    """The whole first, then the segments, of each date; nothing after a date is known where the risk is computed.

    Args:
        path: of a dataset file.
        data: its name.
        segmentation: fixed bounds, so that customers are in the same segment as of the same day, whenever it is asked.
        dates: as of which risks are computed.
        definition: of churn, as a parameter file writes it.
        last: day up to which the data reach.
    """
    options = ChurnOptions.read(definition)
    later = segment(customer_base(open_dataset(path, last), period="week", periods=1), segmentation)
    found = []
    for day in dates:
        split = segment(customer_base(open_dataset(path, day), period="week", periods=1), segmentation)
        outlook = churn_outlook(stating(split, churn=definition))
        assert isinstance(outlook, ChurnOutlook)
        risk = outlook.risk
        assert risk.refusal is None, risk.refusal
        assert risk.frame is not None
        assert risk.held_out is not None
        contractual = risk.contractual
        ends = options.ends(day)
        assert ends[-1] <= last
        told = departures(later.base, options.definition(contractual), day, ends)
        told = with_segment(told.select("customer_id", "left"), later, day)
        by = told.group_by(SEGMENT).aggregate(customers=told.count(), left=told.left.sum())
        sums = later.base.dataset.engine.collect(by).set_index(SEGMENT)
        sums = sums.reindex(range(len(risk.frame))).fillna(0).astype("int64")
        n = risk.customers
        assert n == int(sums["customers"].sum()), "the same customers could leave"
        horizons = risk.held_out.horizons
        whole = float(sums["left"].sum()) / n
        found.append(Trial(data, day, ALL, horizons, risk.low / n, risk.expected / n, risk.high / n, whole))
        for at, row in enumerate(risk.frame.itertuples()):
            if not np.isnan(row.risk):
                left, many = (int(sums[name].iloc[at]) for name in ("left", "customers"))
                assert many == int(row.customers)
                found.append(Trial(data, day, row.segment, horizons, row.low, row.risk, row.high, left / many))
    return found


def summary(found: Sequence[Trial]) -> dict[str, tuple[int, int]]:
    """Inside and of how many, of totals and of segments."""
    parts = {"totals": [t for t in found if t.group == ALL], "segments": [t for t in found if t.group != ALL]}
    return {name: (sum(t.inside for t in some), len(some)) for name, some in parts.items()}
