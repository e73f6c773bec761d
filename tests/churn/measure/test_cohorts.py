"""Retention by cohort: counted month by month with plain loops, and projected where the truth is known."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segkit.churn.measure.curves import cohort_curves, contract_months, retention_curves
from segkit.churn.records import RetentionCurve
from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.forecast.models.sbg import SBG

AS_OF = dt.date(2025, 6, 30)
TRUTH = SBG(alpha=1.2, beta=16.0)
YAML = """title: Cohorts
relation: contractual
currency: EUR
time_zone: Europe/Berlin
tables: {{subscriptions: {{path: {folder}/subscriptions.parquet}}}}
segmentations: {{value: {{kind: value, by: recurring_amount}}}}
"""


def months_of(start: dt.date, end: dt.date) -> float:
    """Calendar months between two days, the days of each month evenly spread."""

    def place(day: dt.date) -> float:
        return day.year * 12 + day.month - 1 + (day.day - 1) / calendar.monthrange(day.year, day.month)[1]

    return place(end) - place(start)


def written(
    folder: Path, per_month: int, *, seed: int = 3, kept_from: dt.date = dt.date(2023, 1, 1)
) -> tuple[CustomerBase, list[tuple[dt.date, dt.date | None]]]:
    """Contracts that begin from January 2023 on, on the tenth, and end by sBG, in the month of the renewal not made.

    Those that ended before `kept_from` are not in the data.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[dt.date, dt.date | None]] = []
    for index in range(30):
        start = dt.date(2023 + index // 12, index % 12 + 1, 10)
        chance = rng.beta(TRUTH.alpha, TRUTH.beta, per_month)
        for made in rng.geometric(chance) - 1:
            at = start.year * 12 + start.month - 1 + int(made)
            # after so many whole months, before the next one
            end = dt.date(at // 12, at % 12 + 1, 25) if at < 12 * 2200 else AS_OF + dt.timedelta(days=1)
            if end >= kept_from:
                rows.append((start, end if end <= AS_OF else None))
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            "customer_id": np.arange(len(rows)),
            "start": pa.array([start for start, _ in rows], pa.date32()),
            "end": pa.array([end for _, end in rows], pa.date32()),
            "recurring_amount": np.full(len(rows), 10.0),
        }
    )
    pq.write_table(table, folder / "subscriptions.parquet")
    path = folder / "params" / "datasets" / "made.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(YAML.format(folder=folder))
    return customer_base(open_dataset(path, AS_OF), period="month", periods=2), rows


def by_hand(rows: list[tuple[dt.date, dt.date | None]]) -> list[float]:
    """Kaplan-Meier in whole months, one contract after the other; a month that is not over counts for nobody."""
    told = []
    for start, end in rows:
        complete = math.floor(months_of(start, AS_OF))
        left = math.floor(months_of(start, end)) + 1 if end else complete + 1
        told.append((left, 1) if left <= complete else (complete, 0))
    share, found = 1.0, [1.0]
    for month in range(1, max(month for month, _ in told) + 1):
        there = sum(seen >= month for seen, _ in told)
        if there < 30:
            break
        share *= 1 - sum(seen == month and gone for seen, gone in told) / there
        found.append(share)
    return found


def test_cohorts_are_counted_as_by_hand(tmp_path: Path) -> None:
    base, rows = written(tmp_path, 40)
    found = cohort_curves(base, contract_months(base))
    quarters: dict[str, list[tuple[dt.date, dt.date | None]]] = {}
    for start, end in rows:
        quarters.setdefault(f"{start.year} Q{(start.month + 2) // 3}", []).append((start, end))
    assert [curve.name for curve in found] == sorted(quarters)[-8:]
    for curve in found:
        wanted = by_hand(quarters[curve.name])
        # who began less than a month ago has not been seen for one
        seen = [start for start, _ in quarters[curve.name] if months_of(start, AS_OF) >= 1]
        assert curve.customers == len(seen)
        assert list(curve.share) == pytest.approx(wanted[: len(curve.share)])
        assert len(curve.share) == len(wanted)
        assert all(low <= share <= high for low, share, high in zip(curve.low, curve.share, curve.high, strict=True))
    young = {curve.name: curve.projected for curve in found if curve.months[-1] < 6}
    assert young
    assert set(young.values()) == {None}
    (whole,) = retention_curves(base, contract_months(base))
    # the very first contracts began before the first end, and count from their second month on
    assert list(whole.share) == pytest.approx(by_hand(rows)[: len(whole.share)], abs=1e-3)


def test_too_few_to_show_are_left_out(tmp_path: Path) -> None:
    base, _ = written(tmp_path, 5)
    assert cohort_curves(base, contract_months(base)) == ()


def test_old_contracts_that_alone_were_kept_do_not_make_others_look_loyal(tmp_path: Path) -> None:
    """Nobody wrote down who ended before June 2024: taken as they stand, the survivors would raise every share."""
    base, rows = written(tmp_path, 400, kept_from=dt.date(2024, 6, 1))
    whole = retention_curves(base, contract_months(base))[0]
    truth = TRUTH.survival(np.arange(13.0))
    np.testing.assert_allclose(whole.share[:13], truth, atol=0.03)
    assert by_hand(rows)[12] > truth[12] + 0.06


@pytest.mark.slow
def test_a_projection_finds_what_is_to_come(tmp_path: Path) -> None:
    """Of six simulated companies the two-year retention of cohorts seen for a year or so, against the truth."""
    misses = []
    for seed in range(6):
        base, _ = written(tmp_path / str(seed), 1_500, seed=seed)
        found: dict[str, RetentionCurve] = {c.name: c for c in cohort_curves(base, contract_months(base))}
        for name in ("2024 Q1", "2024 Q2"):
            curve = found[name]
            assert 12 <= curve.months[-1] < 18
            assert curve.projected is not None
            misses.append(curve.projected[24] - float(TRUTH.survival(np.array([24.0]))[0]))
    assert abs(np.mean(misses)) < 0.01
    assert np.max(np.abs(misses)) < 0.04
