"""Months to come where ends have been known for half a year only, and contracts are up to ten years old."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pytest

from segkit.churn.measure.curves import cohort_curves, contract_months, retention_curves
from segkit.customers import CustomerBase
from tests.forecast.contract_worlds import AS_OF, bathtub, months_to_come, written


def wanted(base: CustomerBase, hazard: np.ndarray, since: dt.date, until: dt.date) -> float:
    """The true mean of the next sixty months, over the contracts that run and began within two days."""
    rows = duckdb.execute(
        "SELECT (year(s) - 2000) * 12.0 + month(s) - 1.0 + (day(s) - 1) / day(last_day(s)) AS place FROM "
        '(SELECT start AS s FROM read_parquet($1) WHERE "end" IS NULL AND start BETWEEN $2 AND $3)',
        [str(base.dataset.spec.tables["subscriptions"].path), since, until],
    ).fetchall()
    stayed = 25 * 12 + 5 + 29 / 30 - np.array([place for (place,) in rows])
    return float(np.mean([months_to_come(hazard, int(s), 60, s % 1.0) for s in stayed if s >= 1]))


@pytest.mark.parametrize("shape", ["bathtub", "steady", "falling"])
def test_every_age_counts(tmp_path: Path, shape: str) -> None:
    hazard = {
        "bathtub": bathtub(),
        "steady": np.full(401, 0.03),
        "falling": np.concatenate([[0.0], 0.12 / np.arange(1.0, 401.0) ** 0.6]),
    }[shape]
    base = written(tmp_path, hazard, 250, kept_from=dt.date(2025, 1, 1))
    (whole,) = retention_curves(base, contract_months(base))
    assert whole.remaining == pytest.approx(wanted(base, hazard, dt.date(1990, 1, 1), AS_OF), rel=0.05)
    assert whole.projected is not None
    truth = np.concatenate([[1.0], np.cumprod(1 - hazard[1 : len(whole.projected)])])
    np.testing.assert_allclose(whole.projected, truth, atol=0.035)


def test_a_quarter_is_projected_by_what_older_ones_did(tmp_path: Path) -> None:
    """A quarter that was seen for half a year says nothing of what comes after two years; those before it do."""
    base = written(tmp_path, bathtub(), 400, years=6)
    for curve in cohort_curves(base, contract_months(base)):
        year, quarter = int(curve.name[:4]), int(curve.name[-1])
        since = dt.date(year, 3 * quarter - 2, 1)
        until = dt.date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - dt.timedelta(days=1)
        if curve.remaining is not None:
            assert curve.remaining == pytest.approx(wanted(base, bathtub(), since, until), rel=0.08), curve.name
            assert curve.projected is not None
            assert curve.projected[24] == pytest.approx(np.prod(1 - bathtub()[1:25]), abs=0.04)
