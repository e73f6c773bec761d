"""A horizon that ends before most customers would have bought again is warned of; the gap is counted in plain Python."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from segkit.churn.measure.gaps import usual_gap
from segkit.churn.measure.reckoning import prepare
from segkit.churn.measure.risk import churn_risk
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnRisk
from segkit.churn.views.risk import churn_definition, churn_table
from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import SegmentedBase, segment

AS_OF = dt.date(2024, 12, 31)
YAML = """title: Made shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {path: orders.csv}
segmentations:
  orders: {kind: bands, column: orders, edges: [2, 5]}
"""


def shop(folder: Path, gap: float) -> tuple[SegmentedBase, dict[int, list[dt.date]]]:
    """Four hundred customers who buy at their own gap around the one given, and never leave."""
    rng = np.random.default_rng(8)
    days: dict[int, list[dt.date]] = {}
    for who in range(1, 401):
        own = gap * rng.lognormal(0, 0.3)
        at = rng.uniform(0, 300)
        while at <= 730:
            days.setdefault(who, []).append(dt.date(2023, 1, 1) + dt.timedelta(days=int(at)))
            at += max(own * rng.lognormal(0, 0.2), 1.0)
    lines = [f"{who},{day},{10 + who % 7}.50" for who, mine in days.items() for day in mine]
    file = folder / "params" / "datasets" / "made.yaml"
    file.parent.mkdir(parents=True)
    (folder / "orders.csv").write_text("customer_id,time,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
    file.write_text(YAML.replace("orders.csv", str(folder / "orders.csv")), encoding="utf-8")
    return segment(customer_base(open_dataset(file, AS_OF), period="month", periods=3), "orders"), days


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> tuple[SegmentedBase, dict[int, list[dt.date]]]:
    return shop(tmp_path_factory.mktemp("slow"), 75.0)


def risk_of(made: SegmentedBase, horizon: int) -> ChurnRisk:
    return churn_risk(made, horizon=horizon, unit="week", models=("logistic",), snapshots=3)


def test_the_usual_gap_is_what_python_counts(slow: tuple) -> None:
    made, days = slow
    gaps = []
    for mine in days.values():
        told = sorted(set(mine))
        if len(told) > 1 and (AS_OF - told[-1]).days < 365:
            gaps.append((told[-1] - told[0]).days / (len(told) - 1))
    found = usual_gap(prepare(made, ChurnOptions(horizon=4, unit="week")))
    assert found is not None
    assert found.customers == len(gaps)
    assert found.days == pytest.approx(np.quantile(gaps, 0.5))
    assert found.longer == pytest.approx(np.mean(np.array(gaps) > 28))
    assert found.enough == int(np.ceil(np.quantile(gaps, 0.9) / 7))
    assert found.short


def test_a_short_horizon_is_warned_of_on_the_page(slow: tuple) -> None:
    risk = risk_of(slow[0], 4)
    # nobody ever leaves, and most "churn"
    assert risk.expected / risk.customers > 0.5
    gap = risk.usual_gap
    assert gap is not None
    definition = churn_definition(risk)
    (told,) = (p.text for p in definition.fields["paragraphs"] if "short" in p.text)
    assert "4 weeks" in told
    assert f"{round(gap.days)} days" in told
    assert f"{gap.enough} weeks" in told
    table = churn_table(risk)
    assert any(note.text == told for note in table.fields["notes"])


def test_a_long_enough_horizon_is_not(slow: tuple) -> None:
    risk = risk_of(slow[0], 13)
    assert risk.usual_gap is not None
    assert not risk.usual_gap.short
    assert not any("short" in p.text for p in churn_definition(risk).fields["paragraphs"])


def test_nobody_to_tell_a_gap_from(slow: tuple) -> None:
    """Once by their own rhythm there is no horizon to be short; of few customers there is no usual gap."""
    assert usual_gap(prepare(slow[0], ChurnOptions(horizon=4, unit="week", rhythm=3.0))) is None
    assert usual_gap(prepare(slow[0], ChurnOptions(horizon=4, unit="week", active_days=1))) is None
