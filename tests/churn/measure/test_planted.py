"""The simulated telecom company: planted drivers are found, risks are calibrated, a planted leak is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segkit.churn.measure.reckoning import prepare, reckon
from segkit.churn.measure.risk import churn_risk
from segkit.churn.measure.words import drivers
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnRisk
from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.demo.telecom import load_truth
from segkit.errors import DataError
from segkit.segments.measure.assign import SegmentedBase, segment
from tests.customers.worlds import World
from tests.value.measure.value_worlds import online_retail

ROOT = Path(__file__).resolve().parents[3]
END = dt.date(2025, 12, 31)


def company(folder: Path, customers: int) -> tuple[Path, Path]:
    """A dataset file of so many simulated customers, and their raw folder once it is made."""
    text = (ROOT / "params" / "datasets" / "telecom.yaml").read_text().replace("20000", str(customers))
    path = folder / "params" / "datasets" / "telecom.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    open_dataset(path, END)
    (raw,) = (folder / ".segkit" / "data").glob("telecom-*")
    return path, raw


def by_plan(path: Path) -> SegmentedBase:
    return segment(customer_base(open_dataset(path, END), period="month", periods=2), "plan")


@pytest.mark.slow
def test_planted_drivers_and_probabilities_are_found(tmp_path: Path) -> None:
    path, raw = company(tmp_path, 140_000)
    # the months of the hazard: a contract's fifth and twenty-third month end its bands; the plan says what it costs
    split = by_plan(path)
    options = ChurnOptions(
        horizon=1,
        unit="month",
        snapshots=12,
        training_rows=150_000,
        models=("logistic",),
        contract_edges=(5.0, 23.0),
        leave_out=(
            "monthly_amount",
            "silence_ratio",
            "spend_trend",
            "recent_spend",
            "customer_type",
            "country",
            "city",
        ),
    )
    found = reckon(split, prepare(split, options))
    truth = load_truth(raw).churn
    planted = {
        "Months under the running contract: under 5": truth.log_odds("tenure_under_6")
        - truth.log_odds("tenure_24_plus"),
        "Months under the running contract: 5 to under 23": -truth.log_odds("tenure_24_plus"),
        "Ticket, times in the last 3 months": truth.log_odds("tickets"),
        "Late payment, times in the last 3 months": truth.log_odds("late_payments"),
        "Price notice in the last 12 months": truth.log_odds("price_notice"),
        "Data gb, last month against the 3 before": -0.5 * truth.log_odds("usage_trend"),
        "Plan: Prepaid Go": truth.log_odds("prepaid"),
        "Plan: Prepaid Plus": truth.log_odds("prepaid"),
        "Uses the app: false": -truth.log_odds("app_user"),
        "Acquisition channel: telesales": truth.log_odds("telesales"),
        "Region: Berlin": -truth.log_odds("support_region"),
        "Region: Hamburg": -truth.log_odds("support_region"),
    }
    estimated = {driver.label: driver for driver in drivers(found)}
    assert set(planted) <= set(estimated)
    for label, size in planted.items():
        driver = estimated[label]
        error = np.log(driver.odds_high / driver.odds_low) / (2 * 1.96)
        assert np.sign(np.log(driver.odds_ratio)) == np.sign(size), label
        # features look three months back from a day, the hazard from a month: a tenth of the size besides chance
        assert abs(np.log(driver.odds_ratio) - size) < 3.3 * error + 0.1 * abs(size), label
    assert all(driver.clear for label, driver in estimated.items() if label in planted)
    # what only looks like a driver
    assert not any(driver.clear for label, driver in estimated.items() if label.startswith(("Gender", "Balance low")))

    risks = found.base.dataset.engine.backend.to_pyarrow(found.scored).to_pandas()
    true = pq.read_table(raw / "truth" / "customers.parquet").to_pandas()
    both = risks.merge(true, on="customer_id")
    assert len(both) > 100_000
    left = (pd.to_datetime(both["future_end"]) <= "2026-01-31").astype(float)
    tenth = pd.qcut(both["risk"].rank(method="first"), 10, labels=False)
    means = both.assign(left=left).groupby(tenth)[["risk", "p_churn_1_month", "left"]].mean()
    assert (means["risk"] - means["p_churn_1_month"]).abs().mean() < 0.01
    assert (means["risk"] - means["left"]).abs().mean() < 0.01
    assert np.corrcoef(both["risk"], both["p_churn_1_month"])[0, 1] > 0.8


@pytest.mark.slow
def test_a_planted_leak_is_named(tmp_path: Path) -> None:
    path, raw = company(tmp_path, 8_000)
    people = pq.read_table(raw / "customers.parquet")
    ended = pq.read_table(raw / "subscriptions.parquet").to_pandas().groupby("customer_id")["end"].max().notna()
    gone = ended.reindex(people["customer_id"].to_pylist()).fillna(False).to_numpy()
    reason = pa.array(np.where(gone & (np.arange(gone.size) % 5 > 0), "asked by letter", None), pa.string())
    leaky = tmp_path / "customers.parquet"
    pq.write_table(people.append_column("farewell", reason), leaky)
    text = path.read_text().replace(
        "  customers:\n    attributes:\n", f"  customers:\n    path: {leaky}\n    attributes:\n      farewell: {{}}\n"
    )
    path.write_text(text)
    with pytest.raises(DataError, match="`farewell`") as caught:
        churn_risk(by_plan(path), horizon=3, snapshots=3, models=("logistic",))
    assert "1 problem found" in str(caught.value)


def beaten_or_told(risk: ChurnRisk) -> None:
    """The best model beats the recency rule on the holdout, or the page says that it does not."""
    from segkit.churn.views.risk_trust import churn_test_table

    assert risk.refusal is None
    assert risk.held_out is not None
    block = churn_test_table(risk)
    assert block is not None
    notes = " ".join(note.text for note in block.fields["notes"])
    assert ("beats the simple rule" in notes) == risk.held_out.beats_simple
    assert ("No model beats" in notes) != risk.held_out.beats_simple


@pytest.mark.slow
def test_online_retail_against_the_recency_rule(tmp_path: Path, shared_data: Path) -> None:
    risk = churn_risk(segment(online_retail(tmp_path, shared_data), "value"), horizon=8, unit="week", snapshots=4)
    beaten_or_told(risk)
    assert risk.held_out is not None
    named = {candidate.name: candidate for candidate in risk.held_out.candidates}
    assert {"logistic", "boosting", "purchases", "simple"} == set(named)
    assert risk.held_out.beats_simple
    assert named["purchases"].auc > named["simple"].auc


@pytest.mark.slow
def test_grocery_against_the_recency_rule(grocery: World) -> None:
    risk = churn_risk(segment(grocery.base, "lifecycle"), horizon=4, unit="week", snapshots=6)
    beaten_or_told(risk)
    assert risk.held_out is not None
    assert risk.held_out.beats_simple
    assert risk.held_out.candidates[0].error < 0.03
