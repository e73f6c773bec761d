"""Risk from a snapshot: against the file itself, scikit-learn, and worlds whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import segkit as sk
from segkit.churn.snapshot_records import SnapshotRisk
from segkit.errors import DataError

ATTRIBUTES = [
    *("gender", "SeniorCitizen", "Partner", "Dependents", "PhoneService", "MultipleLines", "InternetService"),
    *("OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies"),
    *("PaperlessBilling", "PaymentMethod", "TotalCharges"),
]


def dataset_file(folder: Path, people: str, attributes: list[str], **more: object) -> Path:
    """A dataset file for a snapshot and its attributes, both of one file of customers."""
    columns = {"customer_id": "id", "status": "left", "plan": "plan", "tenure": "tenure"}
    spec = {
        "title": "Snapshot",
        "relation": "contractual",
        "customers_are": "subscribers",
        "currency": "USD",
        "time_zone": "UTC",
        "tables": {
            "subscriptions": {
                "path": people,
                "shape": "snapshot",
                "as_of": "2024-03-31",
                "ended_when": ["Yes"],
                "columns": more.pop("columns", columns),
            },
            "customers": {"path": people, "columns": {"customer_id": more.pop("id", "id")}, "attributes": attributes},
        },
        "segmentations": {"plan": {"kind": "attribute", "column": "plan"}},
    }
    file = folder / "snapshot.yaml"
    file.write_text(yaml.safe_dump(spec | more), encoding="utf-8")
    return file


def found_in(file: Path, as_of: str = "2024-03-31") -> SnapshotRisk:
    risk = sk.churn.risk(sk.segments.assign(sk.open(file, as_of=as_of, periods=1), "plan"))
    assert isinstance(risk, SnapshotRisk)
    return risk


def world(folder: Path, *, signal: float, leak: bool = False, rows: int = 3000) -> pd.DataFrame:
    """Customers whose chance to have left depends on their plan, tenure and one attribute, or on nothing."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "id": [f"S{i:05d}" for i in range(rows)],
            "plan": rng.choice(["basic", "plus", "pro"], rows),
            "tenure": rng.integers(0, 72, rows),
            "calls": rng.integers(0, 40, rows),
        }
    )
    odds = -1 + signal * ((frame["plan"] == "basic") - frame["tenure"] / 36 + frame["calls"] / 20)
    frame["chance"] = 1 / (1 + np.exp(-odds))
    frame["left"] = np.where(rng.random(rows) < frame["chance"], "Yes", "No")
    frame["reason"] = np.where((frame["left"] == "Yes") & leak, "price", "")
    frame.drop(columns="chance").to_csv(folder / "people.csv", index=False)
    return frame


def test_ibm_telco_against_the_file_and_scikit_learn(shared_data: Path, tmp_path: Path) -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    path = shared_data / "telco_ibm" / "Telco-Customer-Churn.csv"
    columns = {
        "customer_id": "customerID",
        "status": "Churn",
        "plan": "Contract",
        "recurring_amount": "MonthlyCharges",
    }
    risk = found_in(dataset_file(tmp_path, str(path), ATTRIBUTES, columns=columns, id="customerID"))
    raw = pd.read_csv(path)
    raw["left"] = raw["Churn"] == "Yes"
    by = raw.groupby("Contract")["left"].agg(["size", "sum", "mean"])
    frame = risk.frame.set_index("segment")
    assert frame["customers"].to_dict() == by["size"].to_dict()
    assert frame["left"].to_dict() == by["sum"].to_dict()
    assert {k: round(100 * v, 2) for k, v in frame["rate"].items()} == {
        "Month-to-month": 42.71,
        "One year": 11.27,
        "Two year": 2.83,
    }
    assert (risk.customers, risk.left) == (7043, 1869)
    there = raw[~raw["left"]].groupby("Contract")["MonthlyCharges"].sum()
    assert {k: round(v, 2) for k, v in frame["value"].items()} == {k: round(v, 2) for k, v in there.items()}
    # an independent model on the same columns, by ten folds
    raw["TotalCharges"] = pd.to_numeric(raw["TotalCharges"], errors="coerce").fillna(0)
    numbers = ["tenure", "MonthlyCharges", "TotalCharges"]
    words = [name for name in [*ATTRIBUTES, "Contract"] if name not in numbers]
    model = make_pipeline(
        make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(drop="first"), words)),
        LogisticRegression(max_iter=2000),
    )
    theirs = cross_val_predict(model, raw[numbers + words], raw["left"], cv=10, method="predict_proba")[:, 1]
    best = risk.candidates[0]
    assert best.auc == pytest.approx(roc_auc_score(raw["left"], theirs), abs=0.01)
    assert 0.83 < best.auc < 0.87
    # calibrated on customers not seen: overall, by segment and by tenth
    assert best.slope == pytest.approx(1, abs=0.1)
    assert best.mean == pytest.approx(0.2654, abs=0.005)
    assert (risk.frame["predicted"] - risk.frame["rate"]).abs().max() < 0.02
    assert (risk.tenths["predicted"] - risk.tenths["observed"]).abs().max() < 0.04
    assert risk.tenths["customers"].sum() == 7043
    stayers = pd.Series(theirs)[~raw["left"].to_numpy()]
    assert risk.mean_risk == pytest.approx(stayers.mean(), abs=0.01)


def test_the_risk_of_those_still_there_is_near_the_truth(tmp_path: Path) -> None:
    truth = world(tmp_path, signal=1.0)
    risk = found_in(dataset_file(tmp_path, str(tmp_path / "people.csv"), ["calls"]))
    there = truth[truth["left"] == "No"].groupby("plan")["chance"].mean()
    frame = risk.frame.set_index("segment")
    assert {name: frame["risk"][name] for name in there.index} == pytest.approx(there.to_dict(), abs=0.04)
    drivers = {driver.feature for driver in risk.drivers if driver.sure}
    assert {"plan", "contract_months", "calls"} <= drivers


def test_nothing_to_learn_is_found_as_nothing(tmp_path: Path) -> None:
    """Customers scored by a fit that had seen them would look predictable."""
    world(tmp_path, signal=0.0, rows=2000)
    risk = found_in(dataset_file(tmp_path, str(tmp_path / "people.csv"), ["calls"]))
    assert all(0.44 < candidate.auc < 0.56 for candidate in risk.candidates)


def test_a_feature_that_knows_who_left_is_refused(tmp_path: Path) -> None:
    world(tmp_path, signal=1.0, leak=True)
    with pytest.raises(DataError, match=r"`reason`: alone it tells leavers from stayers"):
        found_in(dataset_file(tmp_path, str(tmp_path / "people.csv"), ["calls", "reason"]))
    left_out = dataset_file(
        tmp_path, str(tmp_path / "people.csv"), ["calls", "reason"], churn={"leave_out": ["reason"]}
    )
    assert found_in(left_out).refusal is None


def test_a_later_report_learns_the_same(tmp_path: Path) -> None:
    """As of a later day only those who are still there grow older; that must not tell them apart."""
    world(tmp_path, signal=0.0, rows=2000)
    file = dataset_file(tmp_path, str(tmp_path / "people.csv"), ["calls"])
    now, later = found_in(file), found_in(file, "2025-03-31")
    assert [c.auc for c in now.candidates] == [c.auc for c in later.candidates]
    assert later.taken == now.taken


def test_a_snapshot_without_tenure_invents_no_start(tmp_path: Path) -> None:
    truth = world(tmp_path, signal=1.0)
    columns = {"customer_id": "id", "status": "left", "plan": "plan"}
    people = (tmp_path / "people.csv").read_text().replace("tenure", "months_ago", 1)
    (tmp_path / "people.csv").write_text(people)
    file = dataset_file(tmp_path, str(tmp_path / "people.csv"), ["calls"], columns=columns)
    base = sk.open(file, as_of="2024-03-31", periods=1)
    assert not {"customer_since", "tenure", "contract_start", "contract_end"} & set(base.customers().columns)
    risk = found_in(file)
    assert risk.left == (truth["left"] == "Yes").sum()
    assert risk.candidates[0].auc > 0.6


def test_too_few_who_left_are_not_shown(tmp_path: Path) -> None:
    rows = "".join(f"{i},{'Yes' if i < 3 else 'No'},{'ab'[i % 2]},{i % 40}\n" for i in range(200))
    (tmp_path / "people.csv").write_text("id,left,plan,tenure\n" + rows)
    risk = found_in(dataset_file(tmp_path, str(tmp_path / "people.csv"), []))
    assert risk.left is None
    assert "fewer than 5" in str(risk.refusal)
    assert risk.frame["left"].isna().all()
    said = str(risk.show.table()) + str(sk.page.head(risk))
    assert "3" not in [word.strip(",.") for word in said.split()]


def test_the_page_says_what_a_snapshot_cannot_tell(tmp_path: Path) -> None:
    world(tmp_path, signal=1.0)
    split = sk.segments.assign(
        sk.open(dataset_file(tmp_path, str(tmp_path / "people.csv"), ["calls"]), as_of="2024-03-31"), "plan"
    )
    risk = sk.churn.risk(split)
    notes = [note.text for note in risk.show.table().fields["notes"]]
    assert any("when customers left, how fast they leave" in note for note in notes)
    assert risk.show.losses() is None
    assert sk.churn.outlook(split).show.note() is not None


def test_attributes_may_have_the_names_of_what_is_computed(tmp_path: Path) -> None:
    frame = world(tmp_path, signal=2, rows=400)
    plain = found_in(dataset_file(tmp_path, "people.csv", ["calls"]))
    frame.rename(columns={"calls": "amount"}).to_csv(tmp_path / "people.csv", index=False)
    named = found_in(dataset_file(tmp_path, "people.csv", ["amount"]))
    assert plain.refusal is None
    assert [one.auc for one in named.candidates] == [one.auc for one in plain.candidates]
