"""The telecom sample: what nested cross-validation has to give, and what would be too good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segkit.learning.encoding import Feature
from segkit.learning.scores import lift_at
from segkit.learning.validation import Nested, nested

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


def hold(found: Nested) -> None:
    assert 0.845 <= found.auc <= 0.87, "above .87 something knows the future"
    assert found.brier <= 0.136
    assert 0.9 <= found.slope <= 1.1
    # published: 2.84 to 2.90
    assert 2.7 <= lift_at(found.table) <= 3.0


def test_logistic_regression_on_the_telecom_sample(shared_data: Path) -> None:
    hold(nested("logistic", *telecom_sample(shared_data)))


@pytest.mark.slow
def test_boosting_on_the_telecom_sample(shared_data: Path) -> None:
    hold(nested("boosting", *telecom_sample(shared_data)))
