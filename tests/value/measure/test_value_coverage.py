"""Nine tenths of the intervals of value hold what comes: simulated customers, and past dates of data as published.

`tox -e slow` and `tox -e soak` print the figures that stand in docs/conformance.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from tests.customers.worlds import _copied
from tests.value.measure.coverage import Tally, drawn, season
from tests.value.measure.published_coverage import cdnow_tally, every, grocery_tally, retail_tally

Record = Callable[[str, object], None]

FALL = 0.5
"""Rates fall by this a year, in logarithms: by 39 %."""
PACES: dict[str, tuple[int, int, int, Callable[[int], np.ndarray]]] = {
    "steady, 2 years, 12 months": (6, 728, 12, lambda days: season(days, 0.0)),
    "rates fall by 39 % a year, 2 years, 12 months": (
        6,
        728,
        12,
        lambda days: np.exp(-FALL * np.arange(-days, 366) / 365.25),
    ),
    "season of ±50 %, 3 years, 12 months": (4, 1092, 12, lambda days: season(days, 0.5)),
    "season of ±50 %, 3 years, 3 months": (4, 1092, 3, lambda days: season(days, 0.5)),
}
"""Of each kind of world: how many, days of history, months to come, pace of each day."""


def least(trials: int, share: float = 0.9) -> float:
    """As many as three standard errors below what is said."""
    return (share - 3 * math.sqrt(share * (1 - share) / trials)) * trials


@pytest.mark.parametrize(
    "name",
    # a world of three years takes minutes
    [pytest.param(name, marks=pytest.mark.soak if "season" in name else pytest.mark.slow) for name in PACES],
)
def test_coverage_of_simulated_customers(tmp_path: Path, name: str, record_property: Record) -> None:
    worlds, days, months, pace = PACES[name]
    tally = drawn(tmp_path, range(worlds), customers=1_500, days=days, pace=pace(days), months=months)
    record_property("figure", f"value, simulated, {tally.line(name)}")
    assert tally.totals == worlds
    assert tally.totals_held >= least(worlds)
    assert tally.segments_held >= least(tally.segments)
    assert tally.silent_held == tally.silent
    assert tally.edges == 0
    # half-years of a seasonal log, taken as chance, had made the year's interval ten times as high as low
    assert np.median(tally.widths) < 4


@pytest.mark.soak
def test_coverage_of_data_as_published(tmp_path: Path, shared_data: Path, record_property: Record) -> None:
    tallies = {
        "CDNOW, 3 months, 6 dates, fifths of value": lambda: cdnow_tally(
            tmp_path / "c", shared_data, every("1997-10-04", "1998-03-30", 35), 3
        ),
        "Online Retail, 1 month, 5 dates, fifths of value": lambda: retail_tally(
            tmp_path / "r", shared_data, every("2011-05-04", "2011-11-08", 47), 1
        ),
        "grocery, 1 month, 6 dates, lifecycle": lambda: grocery_tally(
            tmp_path / "g", every("2017-06-03", "2017-11-30", 36), 1
        ),
    }
    whole = Tally()
    for name, count in tallies.items():
        tally = count()
        record_property("figure", f"value, {tally.line(name)}")
        assert tally.refused == 0, name
        whole.merge(tally)
    assert (whole.totals, whole.edges) == (17, 0)
    assert whole.totals_held >= least(whole.totals)
    assert whole.segments_held >= 0.86 * whole.segments


@pytest.mark.soak
def test_coverage_of_held_out_periods_of_contracts(tmp_path: Path, record_property: Record) -> None:
    """Each period is judged by the errors of the others, as of three dates half a year apart."""
    path = _copied("telecom", tmp_path, ("customers: 20000", "customers: 3000"))
    judged: list[bool] = []
    misses: list[float] = []
    for date in ("2024-12-31", "2025-06-30", "2025-12-31"):
        base = customer_base(open_dataset(path, date), period="month", periods=2)
        tested = customer_value(segment(base, "lifecycle"), annual_rate=0.0).backtest
        assert tested is not None
        judged += [bool(period.covered) for period in tested.periods if period.covered is not None]
        misses += [abs(period.predicted / period.actual - 1) for period in tested.periods]
    record_property(
        "figure", f"value, telecom, held-out periods: {sum(judged)} of {len(judged)}, mean miss {np.mean(misses):.1%}"
    )
    assert len(judged) == 12
    assert sum(judged) >= least(len(judged))
