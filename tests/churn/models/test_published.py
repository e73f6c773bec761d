"""The telecom sample: what nested cross-validation has to give, and what would be too good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segkit.learning.encoding import Feature, fit_encoding
from segkit.learning.learners import LearnerName, fit_learner
from segkit.learning.scores import ScoreTable, auc, brier, lift_at, recalibration
from segkit.learning.validation import folds, tune

NUMBERS = ("tenure", "MonthlyCharges", "TotalCharges")


def telecom_sample(shared_data: Path) -> tuple[tuple[Feature, ...], dict[str, np.ndarray], np.ndarray]:
    """All columns but the id, as they are; tenure in bands as well."""
    table = pd.read_csv(shared_data / "telco_ibm" / "Telco-Customer-Churn.csv")
    features = [Feature("band", "months", edges=(2.0, 6.0, 12.0, 24.0, 48.0))]
    raw: dict[str, np.ndarray] = {"band": table["tenure"].to_numpy(float)}
    for name in table.columns.drop(["customerID", "Churn"]):
        if name in NUMBERS:
            raw[name] = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
            features.append(Feature(name, name, log=name == "TotalCharges"))
        else:
            raw[name] = table[name].astype(str).to_numpy().astype(np.str_)
            features.append(Feature(name, name, "category"))
    return tuple(features), raw, (table["Churn"] == "Yes").to_numpy(float)


def hold(name: LearnerName, features: tuple[Feature, ...], raw: dict[str, np.ndarray], labels: np.ndarray) -> None:
    """Nested cross-validation (Varma & Simon 2006): the setting is chosen anew within each of ten training parts."""
    place, scores, tables = folds(labels, 10), np.zeros(labels.size), []
    for fold in range(10):
        train, test = place != fold, place == fold
        part = {key: values[train] for key, values in raw.items()}
        tuned = tune(name, features, part, labels[train])
        encoding = fit_encoding(features, part)
        fitted = fit_learner(name, encoding.matrix(part), labels[train], strength=tuned.strength, errors=False)
        odds = fitted.log_odds(encoding.matrix({key: values[test] for key, values in raw.items()}))
        scores[test] = tuned.calibration.applied(odds)
        tables.append(ScoreTable.of(scores[test], labels[test]))
    whole = ScoreTable.of(scores, labels)
    assert 0.845 <= np.mean([auc(table) for table in tables]) <= 0.87, "above .87 something knows the future"
    assert np.mean([brier(table) for table in tables]) <= 0.136
    assert 0.9 <= recalibration(whole).slope <= 1.1
    # published: 2.84 to 2.90
    assert 2.7 <= lift_at(whole) <= 3.0


def test_logistic_regression_on_the_telecom_sample(shared_data: Path) -> None:
    hold("logistic", *telecom_sample(shared_data))


@pytest.mark.slow
def test_boosting_on_the_telecom_sample(shared_data: Path) -> None:
    hold("boosting", *telecom_sample(shared_data))
