"""What one step goes with is what the model says at both values, whatever the encoding."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from segkit.churn.models.drivers import DriverEffect, effects
from segkit.learning.encoding import Encoding, Feature, fit_encoding
from segkit.learning.learners import Logistic, fit_learner

FEATURES = (
    Feature("ratio", "silence over the usual gap", log=True),
    Feature("fee", "fee a month", log=True),
    Feature("tickets", "tickets"),
    Feature("notice", "notice of a price rise", step=1.0),
    Feature("trend", "trend", step=math.log(0.6)),
    Feature("months", "months", edges=(6.0, 24.0)),
    Feature("plan", "plan", "category"),
    Feature("age", "age"),
)


def made(count: int = 6_000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(5)
    raw = {
        # values of which many are below 1, where log1p is a straight line and a doubling hardly moves it
        "ratio": rng.gamma(1.2, 0.9, count) * (rng.random(count) < 0.8),
        "fee": rng.choice([49.0, 59.0, 69.0, 79.0], count),
        "tickets": rng.poisson(0.8, count).astype(float),
        "notice": (rng.random(count) < 0.3).astype(float),
        "trend": rng.normal(0.0, 0.6, count),
        "months": rng.uniform(0, 48, count),
        "plan": rng.choice(["postpaid", "prepaid", "business", ""], count, p=[0.45, 0.3, 0.2, 0.05]),
        "age": np.where(rng.random(count) < 0.1, np.nan, rng.normal(45, 14, count)),
    }
    odds = -1.0 + 1.5 * np.log1p(raw["ratio"]) + 0.3 * raw["tickets"] + 0.5 * raw["notice"] - 0.4 * raw["trend"]
    odds += 0.6 * (raw["months"] < 6) + 0.8 * (raw["plan"] == "prepaid") + 0.9 * np.isnan(raw["age"])
    odds += 0.02 * np.nan_to_num(raw["age"] - 45.0) + 0.01 * raw["fee"]
    return raw, (rng.random(count) < special.expit(odds)).astype(float)


@pytest.fixture(scope="module")
def fitted() -> tuple[dict[str, np.ndarray], Encoding, Logistic]:
    raw, labels = made()
    encoding = fit_encoding(FEATURES, raw)
    model = fit_learner("logistic", encoding.matrix(raw), labels)
    assert isinstance(model, Logistic)
    return raw, encoding, model


@pytest.fixture(scope="module")
def found(fitted: tuple) -> dict[tuple, DriverEffect]:
    raw, encoding, model = fitted
    return {
        (e.column.feature, e.column.op, *e.column.levels, *([e.column.low] if e.column.op == "band" else [])): e
        for e in effects(encoding, model, raw)
    }


def asked(
    fitted: tuple, feature: str, before: np.ndarray, after: np.ndarray, rows: np.ndarray
) -> tuple[float, float]:
    """Mean change of risk and of log-odds of some customers, by asking the model at both values."""
    raw, encoding, model = fitted
    few = {name: values[rows] for name, values in raw.items()}
    one, two = (model.log_odds(encoding.matrix(few | {feature: values[rows]})) for values in (before, after))
    return float(np.mean(special.expit(two) - special.expit(one))), float(np.mean(two - one))


def agrees(effect: DriverEffect, wanted: tuple[float, float]) -> None:
    assert effect.difference == pytest.approx(wanted[0], abs=1e-12)
    assert effect.log_odds == pytest.approx(wanted[1], abs=1e-12)
    assert effect.odds_ratio == pytest.approx(math.exp(wanted[1]))
    assert effect.low < effect.difference < effect.high
    assert effect.odds_low < effect.odds_ratio < effect.odds_high


def test_a_doubling_is_asked_of_the_model(fitted: tuple, found: dict[tuple, DriverEffect]) -> None:
    raw, encoding, model = fitted
    effect = found["ratio", "value"]
    column = effect.column
    x = raw["ratio"]
    # a doubling of nothing is none, and beyond what it has seen the model says nothing
    rows = (x > 0) & (x >= column.low) & (2 * x <= column.high)
    assert (effect.step, effect.doubling) == (2.0, True)
    agrees(effect, asked(fitted, "ratio", x, 2 * x, rows))
    # what the page said: log 2 on the column, far more than any of these customers moves
    slope = model.coefficients[encoding.groups["ratio"][0]] / column.scale
    assert effect.log_odds < 0.75 * slope * math.log(2)


def test_who_cannot_be_doubled_is_given_a_step_instead(fitted: tuple, found: dict[tuple, DriverEffect]) -> None:
    """Fees from 49 to 79: nobody's has been seen twice as high."""
    raw = fitted[0]
    effect = found["fee", "value"]
    assert (effect.step, effect.doubling) == (10.0, False)
    agrees(effect, asked(fitted, "fee", raw["fee"], raw["fee"] + 10, raw["fee"] <= 69))


def test_a_step_of_a_number_is_asked_of_the_model(fitted: tuple, found: dict[tuple, DriverEffect]) -> None:
    raw = fitted[0]
    for name, step in (("tickets", 1.0), ("notice", 1.0), ("trend", math.log(0.6)), ("age", 10.0)):
        effect = found[name, "value"]
        x, column = raw[name], effect.column
        assert effect.step == step, name
        with np.errstate(invalid="ignore"):
            rows = (np.minimum(x, x + step) >= column.low) & (np.maximum(x, x + step) <= column.high)
        agrees(effect, asked(fitted, name, x, x + step, rows))
    # of who has had no notice: the others can have no second one
    assert found["notice", "value"].log_odds == pytest.approx(0.5, abs=0.25)


def test_a_band_and_a_level_are_asked_of_the_model(fitted: tuple, found: dict[tuple, DriverEffect]) -> None:
    raw = fitted[0]
    everybody = np.ones(raw["plan"].size, dtype=bool)
    texts = {name: np.full(raw["plan"].size, name) for name in ("postpaid", "prepaid", "business", "")}
    for level in ("prepaid", "business"):
        agrees(found["plan", "level", level], asked(fitted, "plan", texts["postpaid"], texts[level], everybody))
    old, new = np.full(raw["months"].size, 30.0), np.full(raw["months"].size, 1.0)
    assert fitted[1].reference["months"] == "24 and more"
    agrees(found["months", "band", -np.inf], asked(fitted, "months", old, new, everybody))


def test_not_known_is_against_what_is_known(fitted: tuple, found: dict[tuple, DriverEffect]) -> None:
    raw = fitted[0]
    known = ~np.isnan(raw["age"])
    agrees(found["age", "unknown"], asked(fitted, "age", raw["age"], np.full(raw["age"].size, np.nan), known))
    told = raw["plan"] != ""
    agrees(found["plan", "unknown"], asked(fitted, "plan", raw["plan"], np.full(raw["plan"].size, ""), told))


def test_bounds_hold_what_was_planted() -> None:
    """Over 60 samples, 95 % intervals of a doubling's risk hold the true mean difference as often as they say."""
    from tests.learning.made import world

    inside = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        raw, _, truth = world(3_000, seed=seed + 50)
        slope = 0.5
        odds = special.logit(truth) + slope * np.log1p(raw["usage"]) - 1.5
        labels = (rng.random(3_000) < special.expit(odds)).astype(float)
        features = (
            Feature("tickets", "tickets"),
            Feature("usage", "usage", log=True),
            Feature("months", "months", edges=(6.0, 24.0)),
            Feature("plan", "plan", "category"),
        )
        encoding = fit_encoding(features, raw)
        model = fit_learner("logistic", encoding.matrix(raw), labels)
        assert isinstance(model, Logistic)
        (effect,) = (e for e in effects(encoding, model, raw) if e.column.feature == "usage")
        x = raw["usage"]
        rows = (x >= effect.column.low) & (2 * x <= effect.column.high)
        moved = odds[rows] + slope * (np.log1p(2 * x[rows]) - np.log1p(x[rows]))
        inside += effect.low < float(np.mean(special.expit(moved) - special.expit(odds[rows]))) < effect.high
    assert 52 <= inside <= 60
