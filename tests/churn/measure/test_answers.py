"""What is said where the data cannot bear a prediction, and where a feature knows the future."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ibis
import numpy as np
import pytest

from segkit.churn.measure.fitting import fit_candidate
from segkit.churn.measure.reckoning import prepare, reckon, refuse_leaks
from segkit.churn.measure.risk import churn_risk
from segkit.churn.options import ChurnOptions
from segkit.churn.snapshot_records import SnapshotRisk
from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.errors import DataError, ParameterError
from segkit.learning.encoding import fit_encoding
from segkit.segments.measure.assign import segment
from tests.churn.measure.churn_worlds import AS_OF, contracts

FEW = {"horizon": 2, "snapshots": 3, "models": ("logistic",)}


def after_the_end(ids: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Known of those who left alone: why."""
    return np.where(np.isnat(end), "", np.where(ids % 3 == 0, "too dear", "moved"))


def test_planted_leaks_stop_the_run_with_their_names(tmp_path: Path) -> None:
    def half(ids: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.where(~np.isnat(end) & (ids % 2 == 0), 1, 0)

    made = contracts(tmp_path, 2_000, attributes={"reason": after_the_end, "survey_sent": half})
    with pytest.raises(DataError) as caught:
        reckon(made, prepare(made, ChurnOptions.read(FEW)))
    text = str(caught.value)
    assert "`reason`" in text
    assert "`survey_sent`" in text
    assert "`channel`" not in text
    assert "leave_out: [reason]" in text
    frames = prepare(made, ChurnOptions.read({**FEW, "leave_out": ("reason", "survey_sent")}))
    days = frames.origins()
    refuse_leaks(frames, frames.sample(days[1:], 10_000), frames.sample_unlabelled(AS_OF, 10_000))


def test_constant_features_and_unseen_categories_are_told(tmp_path: Path) -> None:
    ids = np.arange(1, 1_501)
    made = contracts(
        tmp_path, 1_500, attributes={"country": np.full(1_500, "DE"), "town": np.where(ids % 2 == 0, "A", "B")}
    )
    frames = prepare(made, ChurnOptions.read({**FEW}))
    days = frames.origins()
    sample = frames.sample(days, 10_000)
    encoding = fit_encoding(frames.builder.features, sample.raw)
    assert encoding.dropped["country"] == "it is the same for everybody"
    scorer = fit_candidate("logistic", frames, sample, days)
    # a town that nobody lived in before counts as the most frequent one, and is counted
    table = frames.unlabelled(AS_OF)
    moved = scorer.score(table.mutate(town=ibis.literal("Z")), AS_OF)
    usual = scorer.score(table.mutate(town=ibis.literal(encoding.reference["town"])), AS_OF)
    engine = made.base.dataset.engine.backend
    one, two = (engine.to_pyarrow(t.order_by("customer_id"))["risk"].to_numpy() for t in (moved, usual))
    np.testing.assert_array_equal(one, two)
    assert encoding.unseen({**sample.raw, "town": np.full(sample.labels.size, "Z")}) == {"town": sample.labels.size}
    # the same customers are drawn at every call
    first, again = frames.sample(days[:1], 300), frames.sample(days[:1], 300)
    np.testing.assert_array_equal(first.customers, again.customers)
    assert first.labels.size < first.rows


def test_one_class_only(tmp_path: Path) -> None:
    made = contracts(tmp_path, 400, monthly=-40.0)
    risk = churn_risk(made, **FEW)
    assert risk.refusal is not None
    assert "nobody left" in risk.refusal
    assert risk.observed is not None
    assert risk.observed.periods["left"].sum() == 0


def test_all_customers_new(tmp_path: Path) -> None:
    made = contracts(tmp_path, 400, months=2)
    risk = churn_risk(made, **FEW)
    assert risk.refusal is not None
    assert "shorter horizon" in risk.refusal or "no customers to learn from" in risk.refusal


def test_a_horizon_longer_than_the_history(tmp_path: Path) -> None:
    made = contracts(tmp_path, 400)
    risk = churn_risk(made, horizon=18)
    assert risk.refusal is not None
    assert "A horizon of 18 months needs 4 months before it and two horizons after that" in risk.refusal
    assert risk.observed is not None
    assert risk.observed.periods["left"].sum() > 0


def test_missing_tables(tmp_path: Path) -> None:
    without = contracts(tmp_path / "a", 1_200, events=False)
    frames = prepare(without, ChurnOptions.read(FEW))
    assert [feature.name for feature in frames.builder.features] == [
        "contract_months",
        "came_back",
        "contracts_held",
        "plan",
        "monthly_amount",
        "channel",
        "area",
    ]
    sample = frames.sample(frames.origins(), 10_000)
    assert fit_candidate("logistic", frames, sample, frames.origins()).model is not None
    # a relation without its table is refused before anything is read
    text = (tmp_path / "a" / "params" / "datasets" / "made.yaml").read_text()
    path = tmp_path / "b" / "params" / "datasets" / "made.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace("relation: contractual", "relation: non_contractual"))
    with pytest.raises(ParameterError, match="needs the table `transactions`"):
        open_dataset(path, AS_OF)


SAMPLE = """title: Telecom sample
relation: contractual
currency: USD
time_zone: America/Los_Angeles
customers_are: subscribers
tables:
  subscriptions:
    path: {path}
    shape: snapshot
    as_of: 2024-06-30
    ended_when: Yes
    columns: {{customer_id: customerID, status: Churn, plan: Contract, recurring_amount: MonthlyCharges}}
segmentations: {{plan: {{kind: attribute, column: plan}}}}
"""


def test_a_snapshot_shows_the_published_shares(tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / "params" / "datasets" / "sample.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SAMPLE.format(path=shared_data / "telco_ibm" / "Telco-Customer-Churn.csv"))
    base = customer_base(open_dataset(path, dt.date(2024, 6, 30)), period="month", periods=2)
    risk = churn_risk(segment(base, "plan"))
    assert isinstance(risk, SnapshotRisk)
    rates = risk.frame.set_index("segment")["rate"]
    assert {plan: round(100 * rate, 2) for plan, rate in rates.items()} == {
        "Month-to-month": 42.71,
        "One year": 11.27,
        "Two year": 2.83,
    }
    assert int(risk.frame["left"].sum()) == 1_869
    assert int(risk.frame["customers"].sum()) == 7_043
