"""Nine tenths of churn's intervals hold what comes: whole reports, on past dates of real data and of made companies."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from segkit.customers.periods import months_before
from tests.churn.measure.churn_worlds import AS_OF, contracts
from tests.churn.measure.coverage import Trial, summary, trials
from tests.customers.worlds import _copied

FILES = Path(__file__).resolve().parents[2] / "data" / "real"
ORDERS = "segmentations:\n  orders: {kind: bands, column: orders, edges: [2, 4, 8]}\n"
WEEKS: dict[str, object] = {"horizon": 4, "unit": "week", "models": ["logistic"], "training_rows": 10_000}
MONTH: dict[str, object] = {"horizon": 1, "models": ["logistic"], "training_rows": 5_000, "snapshots": 6}
DATES = 8
REAL = {
    "grocery": ("value", dt.date(2017, 6, 27), dt.date(2017, 12, 31)),
    "telecom": ("plan", dt.date(2024, 6, 30), dt.date(2025, 12, 31)),
    "cdnow_master": ("orders", dt.date(1997, 6, 27), dt.date(1998, 6, 30)),
    "online_retail": ("orders", dt.date(2011, 5, 28), dt.date(2011, 12, 9)),
}
"""Segmentation, the first date with two horizons and four months behind it, and the last day known."""

Record = Callable[[str, object], None]


def past(name: str, folder: Path) -> list[Trial]:
    """Eight dates of one data set, evenly from the first that bears a risk to the last whose horizon has passed."""
    segmentation, first, last = REAL[name]
    if name in ("grocery", "telecom"):
        path = _copied(name, folder, *([("customers: 20000", "customers: 3000")] if name == "telecom" else []))
    else:
        path = folder / name / "params" / "datasets" / f"{name}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text((FILES / f"{name}.yaml").read_text() + ORDERS, encoding="utf-8")
    room = (last - first).days - 28
    dates = [first + dt.timedelta(days=room * number // (DATES - 1)) for number in range(DATES)]
    return trials(path, name, segmentation, dates, WEEKS, last)


def figure(what: str, found: list[Trial]) -> str:
    parts = [f"{inside} of {all_} {name}" for name, (inside, all_) in summary(found).items()]
    return f"churn, {what}: {' and '.join(parts)} inside 90 % intervals"


@pytest.mark.slow
def test_intervals_hold_what_came_on_real_data(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.setenv("SEGKIT_SHARED_DATA", str(shared_data))
    found = []
    for name in REAL:
        mine = past(name, tmp_path)
        record_property("figure", figure(name, mine))
        found += mine
    record_property("figure", figure("all four data sets", found))
    totals, segments = summary(found).values()
    assert totals[1] == 4 * DATES
    assert totals[0] >= 25
    assert segments[1] > 100
    assert segments[0] >= 0.86 * segments[1]


@pytest.mark.slow
def test_intervals_hold_what_comes_in_whole_reports(tmp_path: Path, record_property: Record) -> None:
    """Twenty-four made companies, from files to the outlook; each month moves everybody's log-odds by 0.2 or so."""
    found = []
    for seed in range(24):
        folder = tmp_path / str(seed)
        contracts(folder, 1_500, months=18, seed=seed, monthly=-2.8, events=False, shock=0.2)
        path = folder / "params" / "datasets" / "made.yaml"
        found += trials(path, f"company {seed}", "plan", [months_before(AS_OF, 1)], MONTH, AS_OF)
    record_property("figure", figure("24 made companies", found))
    totals, segments = summary(found).values()
    # three standard errors below nine tenths
    assert totals[0] >= (0.9 - 3 * math.sqrt(0.09 / totals[1])) * totals[1]
    assert segments[0] >= (0.9 - 3 * math.sqrt(0.09 / segments[1])) * segments[1]
