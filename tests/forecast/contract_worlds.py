"""Contracts whose chance of ending at each month of tenure is known, written as a table of contracts."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset

AS_OF = dt.date(2025, 6, 30)
YAML = """title: Contracts
relation: contractual
currency: EUR
time_zone: Europe/Berlin
tables: {{subscriptions: {{path: {path}}}}}
segmentations: {{value: {{kind: value, by: recurring_amount}}}}
"""


def bathtub(months: int = 400) -> np.ndarray:
    """Many leave at first, some when two years are over, few in between; place n is the n-th renewal not made."""
    hazard = np.full(months + 1, 0.010)
    hazard[1:7] = 0.08
    hazard[24] = 0.15
    hazard[61:] = 0.03
    return hazard


def written(
    folder: Path,
    hazard: np.ndarray,
    per_month: int,
    *,
    years: int = 10,
    kept_from: dt.date = dt.date(1900, 1, 1),
    seed: int = 3,
    plans: tuple[str, ...] = (),
) -> CustomerBase:
    """Contracts that begin and end on any day, the latter in the month of the renewal that is not made.

    Within a month of a contract every moment is as likely. Those that ended before `kept_from` are not in the data.
    """
    rng = np.random.default_rng(seed)
    stays = np.concatenate([[1.0], np.cumprod(1.0 - hazard[1:])])
    rows: list[tuple[dt.date, dt.date | None]] = []
    first = (AS_OF.year - years) * 12 + AS_OF.month
    for place in range(first, AS_OF.year * 12 + AS_OF.month):
        # renewals made: the last for which a uniform number lies below the survival
        made = np.searchsorted(-stays, -rng.random(per_month)) - 1
        begun, parts = place + rng.random(per_month), rng.random(per_month)
        for begin, stay in zip(begun, made + parts, strict=True):
            start, end = _day(begin), _day(begin + stay)
            if end >= kept_from and start <= AS_OF:
                rows.append((start, end if end <= AS_OF else None))
    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        "customer_id": np.arange(len(rows)),
        "start": pa.array([start for start, _ in rows], pa.date32()),
        "end": pa.array([end for _, end in rows], pa.date32()),
        "recurring_amount": np.full(len(rows), 10.0),
    }
    if plans:
        columns["plan"] = np.array(plans)[np.arange(len(rows)) % len(plans)]
    pq.write_table(pa.table(columns), folder / "subscriptions.parquet")
    path = folder / "params" / "datasets" / "made.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(YAML.format(path=folder / "subscriptions.parquet"), encoding="utf-8")
    return customer_base(open_dataset(path, AS_OF), period="month", periods=2)


def _day(place: float) -> dt.date:
    """The day at a place on a line of months since the year 0, the days of each month evenly spread."""
    month, part = divmod(place, 1.0)
    year, index = divmod(int(month), 12)
    return dt.date(year, index + 1, 1 + int(part * calendar.monthrange(year, index + 1)[1]))


def months_to_come(hazard: np.ndarray, made: int, months: int, part: float = 0.0) -> float:
    """Mean renewals among the next so many of a contract that has made so many, and stayed a part of a month since."""
    return float(np.cumprod(1.0 - hazard[made + 1 : made + months + 1]).sum() / (1.0 - hazard[made + 1]) ** part)
