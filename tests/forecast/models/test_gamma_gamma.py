from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ModelError
from segkit.forecast.models.gamma_gamma import GammaGamma, SpendLikelihood, fit_gamma_gamma, spend_correlation
from segkit.forecast.models.histories import Requirements
from segkit.forecast.models.optimise import Convergence

TRUTH = GammaGamma(p=4.0, q=4.5, v=20.0)


def simulated(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = 1.0 + rng.geometric(0.4, customers)
    return x, TRUTH.simulate(x, rng)


@given(
    p=st.floats(0.05, 50),
    q=st.floats(0.05, 50),
    v=st.floats(1e-3, 1e4),
    x=st.integers(1, 5000),
    z=st.floats(1e-3, 1e5),
)
def test_likelihood_of_a_customer_agrees_with_many_digits(p: float, q: float, v: float, x: int, z: float) -> None:
    value = -SpendLikelihood(np.array([float(x)]), np.array([z]), np.ones(1))(np.log([p, q, v]))[0]
    with mp.workdps(50):
        P, Q, V, Z = (mp.mpf(number) for number in (p, q, v, z))
        truth = (
            mp.loggamma(P * x + Q)
            - mp.loggamma(P * x)
            - mp.loggamma(Q)
            + Q * mp.log(V)
            + (P * x - 1) * mp.log(Z)
            + P * x * mp.log(x)
            - (P * x + Q) * mp.log(V + x * Z)
        )
    assert value == pytest.approx(float(truth), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_those_of_the_value(seed: int) -> None:
    x, z = simulated(300, seed)
    objective = SpendLikelihood(x, z, np.ones(300))
    point = np.log(TRUTH.parameters) + np.random.default_rng(seed).normal(0, 0.5, 3)
    _, gradient, hessian = objective(point)
    for at in range(3):
        move = np.zeros(3)
        move[at] = 1e-5
        above, below = objective(point + move), objective(point - move)
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(gradient[at], rel=1e-5, abs=1e-4)
        np.testing.assert_allclose((above[1] - below[1]) / 2e-5, hessian[at], rtol=1e-5, atol=1e-4)


def test_cells_give_what_their_rows_give_and_money_scales() -> None:
    x, z = simulated(1_500, 1)
    z = np.ceil(z)
    distinct, counts = np.unique(np.stack([x, z], axis=1), axis=0, return_counts=True)
    by_row, by_cell = fit_gamma_gamma(x, z), fit_gamma_gamma(*distinct.T, counts)
    np.testing.assert_array_equal(by_row.parameters, by_cell.parameters)
    cents = fit_gamma_gamma(x, 100 * z)
    np.testing.assert_allclose(cents.parameters, by_row.parameters * [1, 1, 100], rtol=1e-6)
    assert by_row.fit is not None
    assert cents.fit is not None
    assert by_row.fit.sound
    # mean spend has a density in money
    assert cents.fit.log_likelihood == pytest.approx(by_row.fit.log_likelihood - 1_500 * math.log(100), rel=1e-9)


@given(x=st.integers(0, 500), z=st.floats(0.01, 1e4))
def test_expected_spend_lies_between_the_customer_and_the_population(x: int, z: float) -> None:
    value = float(TRUTH.expected_spend(x, z))
    low, high = sorted([z, TRUTH.population_mean])
    assert low * (1 - 1e-12) <= value <= high * (1 + 1e-12)
    if x == 0:
        assert value == pytest.approx(TRUTH.population_mean)


def test_the_average_of_a_cell_gives_the_average_of_its_customers() -> None:
    z = np.array([3.0, 10.0, 50.0])
    assert TRUTH.expected_spend(2, z).mean() == pytest.approx(float(TRUTH.expected_spend(2, z.mean())))


def test_simulation_agrees_with_the_moments() -> None:
    rng = np.random.default_rng(2)
    x = np.full(400_000, 3.0)
    z = TRUTH.simulate(x, rng)
    assert z.mean() == pytest.approx(TRUTH.population_mean, rel=0.01)
    assert np.all(TRUTH.simulate(np.zeros(5), rng) == 0)
    # the variance of the true mean given the past: E over pasts of it, plus the variance of the expectation
    total = float(TRUTH.variance_of_mean(0, 0))
    parts = TRUTH.variance_of_mean(x, z).mean() + TRUTH.expected_spend(x, z).var()
    assert parts == pytest.approx(total, rel=0.03)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        (([0, 2], [0, 5]), "frequency must be 1 or more"),
        (([1.5], [5]), "whole number"),
        (([2, 1], [5, 0]), "mean_spend must be above 0.*row 1"),
        (([2], [-5]), "mean_spend must be above 0"),
        (([2], [math.nan]), "mean_spend must be a finite number"),
        (([2] * 50, [7.0] * 50), "every customer spends 7"),
        (([1] * 50, list(range(1, 51))), "no customer has two purchases"),
        (([2] * 10, list(range(1, 11))), "known for 10 customers; at least 30"),
        (([], []), "known for 0 customers"),
    ],
)
def test_unfit_data_are_refused(columns: tuple[Any, Any], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        fit_gamma_gamma(*columns)


def test_what_does_not_exist_is_refused_in_words() -> None:
    heavy = GammaGamma(p=0.5, q=0.9, v=10.0)
    with pytest.raises(ModelError, match="population mean does not exist"):
        heavy.expected_spend(0, 0)
    assert float(heavy.expected_spend(2, 10.0)) > 0
    with pytest.raises(ModelError, match="variance does not exist"):
        heavy.variance_of_mean(2, 10.0)
    with pytest.raises(ModelError, match="an expected spend does not exist"):
        GammaGamma(p=0.01, q=0.9, v=10.0).expected_spend(2, 10.0)
    with pytest.raises(ModelError, match="p must be a finite number above 0"):
        GammaGamma(p=0.0, q=2.0, v=1.0)
    with pytest.raises(ModelError, match="mean_spend must be above 0 where frequency is"):
        TRUTH.expected_spend(1, 0.0)


def test_customers_who_do_not_differ_are_said_in_words() -> None:
    rng = np.random.default_rng(3)
    x = 1.0 + rng.geometric(0.2, 1_000)
    z = rng.gamma(3.0 * x, 1.0 / x)
    fit = fit_gamma_gamma(x, z).fit
    assert fit is not None
    assert fit.verdict is Convergence.BOUNDARY
    assert "do not differ in what they spend" in fit.message
    z = np.where(rng.random(1_000) < 0.5, 5.0, rng.gamma(4.0, 2.0, 1_000)) * 1.0
    z[x > 3] = 5.0
    assert fit_gamma_gamma(x, z, require=Requirements(repeaters=1)).fit is not None


def test_spend_correlation() -> None:
    x, z = simulated(500, 4)
    assert spend_correlation(x, z) == pytest.approx(float(np.corrcoef(x, z)[0, 1]))
    assert spend_correlation([1, 1], [2, 3]) is None
    assert spend_correlation([], []) is None
    doubled = spend_correlation([1, 2, 3], [1, 5, 2], [2, 1, 1])
    assert doubled == pytest.approx(float(np.corrcoef([1, 1, 2, 3], [1, 1, 5, 2])[0, 1]))


@pytest.mark.slow
def test_planted_parameters_are_recovered_at_the_stated_coverage() -> None:
    inside = np.zeros(3)
    for replication in range(200):
        fit = fit_gamma_gamma(*simulated(2_000, 100 + replication)).fit
        assert fit is not None
        assert fit.sound, fit.message
        off = np.abs(np.log(fit.estimates / TRUTH.parameters))
        inside += off <= 1.959964 * np.sqrt(np.diag(fit.log_covariance))
    assert np.all(np.abs(inside / 200 - 0.95) <= 0.05), inside / 200
