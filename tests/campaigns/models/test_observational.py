"""Chosen recipients: estimates that hold where the truth is known, and checks that stop where nothing can hold."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from segkit.campaigns.models.observational import (
    difference_in_differences,
    doubly_robust,
    inverse_propensity,
    parallel_before,
    regression,
)
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments

ATT, ATE = "treated", "everybody"


def chosen(seed: int, n: int = 1500) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Better customers are likelier to be contacted; the effect is 1 + x1 / 2, so that its means are known."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (n, 2))
    e = 1 / (1 + np.exp(-(0.6 * x[:, 0] - 0.4 * x[:, 1] - 0.3)))
    t = (random.random(n) < e).astype(float)
    y = 2 + 1.5 * x[:, 0] + x[:, 1] + t * (1 + 0.5 * x[:, 0]) + random.normal(0, 1, n)
    big = np.random.default_rng(0).normal(0, 1, (400_000, 2))
    eb = 1 / (1 + np.exp(-(0.6 * big[:, 0] - 0.4 * big[:, 1] - 0.3)))
    return y, t, x, float(1 + 0.5 * (eb @ big[:, 0]) / eb.sum()), 1.0


def test_all_adjusted_estimates_find_the_effect_that_the_plain_difference_misses() -> None:
    y, t, x, att, ate = chosen(1, 20_000)
    naive = regression(y, t)
    assert naive.lower > att + 0.3
    for found, truth in (
        (inverse_propensity(y, t, x), att),
        (inverse_propensity(y, t, x, estimand="everybody"), ate),
        (doubly_robust(y, t, x), att),
        (doubly_robust(y, t, x, estimand="everybody"), ate),
    ):
        assert found.value == pytest.approx(truth, abs=4 * found.standard_error)
        assert found.lower < found.value < found.upper
    assert naive.estimator == "difference"


def test_regression_is_that_of_statsmodels() -> None:
    y, t, x, *_ = chosen(2, 400)
    design = sm.add_constant(np.column_stack([t, x]))
    classical = sm.OLS(y, design).fit()
    robust = classical.get_robustcov_results("HC3")
    mine, mine_robust = regression(y, t, x, robust=False), regression(y, t, x)
    assert mine.value == pytest.approx(classical.params[1], rel=1e-10)
    assert mine.standard_error == pytest.approx(classical.bse[1], rel=1e-10)
    assert mine_robust.standard_error == pytest.approx(robust.bse[1], rel=1e-9)
    assert mine.p_value == pytest.approx(classical.pvalues[1], rel=1e-8)


def test_one_right_model_is_enough() -> None:
    """The propensity is nonsense, the outcome model right; then the other way round."""
    y, t, x, att, _ = chosen(4, 20_000)
    e = 1 / (1 + np.exp(-(0.6 * x[:, 0] - 0.4 * x[:, 1] - 0.3)))
    m0 = 2 + 1.5 * x[:, 0] + x[:, 1]
    for chance, expected in ((np.full(len(y), 0.5), m0), (e, np.zeros(len(y)))):
        found = doubly_robust(y, t, chance=chance, expected_control=expected)
        assert found.value == pytest.approx(att, abs=4 * found.standard_error)
    neither = doubly_robust(y, t, chance=np.full(len(y), 0.3), expected_control=np.zeros(len(y)))
    assert abs(neither.value - att) > 5 * neither.standard_error


def test_cross_fitting_is_reproducible() -> None:
    y, t, x, *_ = chosen(5, 300)
    assert doubly_robust(y, t, x) == doubly_robust(y, t, x)


def test_half_the_predictions_are_none() -> None:
    y, t, x, *_ = chosen(6, 300)
    with pytest.raises(ParameterError, match="or none"):
        doubly_robust(y, t, x, chance=np.full(300, 0.5))
    with pytest.raises(ParameterError, match="give covariates"):
        doubly_robust(y, t)
    with pytest.raises(ParameterError, match="estimand"):
        inverse_propensity(y, t, x, estimand="somebody")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="too few for 5 folds"):
        doubly_robust(y[:12], np.r_[np.ones(6), np.zeros(6)], x[:12])


def test_difference_in_differences_is_the_interaction_of_the_changes() -> None:
    random = np.random.default_rng(9)
    cells = {}
    for name, level, gain in (("t", 50.0, 3.0), ("c", 40.0, 1.0)):
        before = random.normal(level, 10, 500)
        cells[name] = {"earlier": before + random.normal(0, 2, 500), "before": before}
        cells[name]["after"] = before + gain + random.normal(0, 3, 500)
    moments = {name: Moments.from_arrays(columns) for name, columns in cells.items()}
    found = difference_in_differences(moments["t"], moments["c"], after="after", before="before")
    assert isinstance(found, Effect)
    changes = [cells[name]["after"] - cells[name]["before"] for name in ("t", "c")]
    assert found.difference == pytest.approx(changes[0].mean() - changes[1].mean(), rel=1e-10)
    assert found.standard_error**2 == pytest.approx(sum(c.var(ddof=1) / 500 for c in changes), rel=1e-8)
    assert found.lower < 2.0 < found.upper
    trend = parallel_before(moments["t"], moments["c"], earlier="earlier", before="before")
    assert isinstance(trend, Effect)
    assert not trend.significant
    one = Moments.from_arrays({"after": [1.0], "before": [1.0]})
    assert isinstance(difference_in_differences(one, one, after="after", before="before"), Refusal)


@pytest.mark.slow
@pytest.mark.parametrize("estimand", [ATT, ATE])
def test_adjusted_intervals_cover_where_the_truth_is_known(estimand: str) -> None:
    rounds = 1500
    hits = {"weighted": 0, "robust": 0}
    for seed in range(rounds):
        y, t, x, *_ = chosen_small(seed)
        truth = ATT_TRUTH if estimand == ATT else 1.0
        weighted = inverse_propensity(y, t, x, estimand=estimand)  # type: ignore[arg-type]
        robust = doubly_robust(y, t, x, estimand=estimand)  # type: ignore[arg-type]
        hits["weighted"] += weighted.lower <= truth <= weighted.upper
        hits["robust"] += robust.lower <= truth <= robust.upper
    assert 0.94 <= hits["robust"] / rounds <= 0.965
    assert 0.93 <= hits["weighted"] / rounds <= 0.97


def chosen_small(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(1000 + seed)
    n = 800
    x = random.normal(0, 1, (n, 2))
    e = 1 / (1 + np.exp(-(0.6 * x[:, 0] - 0.4 * x[:, 1] - 0.3)))
    t = (random.random(n) < e).astype(float)
    return 2 + 1.5 * x[:, 0] + x[:, 1] + t * (1 + 0.5 * x[:, 0]) + random.normal(0, 1, n), t, x


def _att() -> float:
    """Mean effect among the contacted, by quadrature over the two normal covariates."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    a, b = np.meshgrid(nodes, nodes, indexing="ij")
    w = np.outer(weights, weights) / (1 + np.exp(-(0.6 * a - 0.4 * b - 0.3)))
    return float(1 + 0.5 * (w * a).sum() / w.sum())


ATT_TRUTH = _att()
