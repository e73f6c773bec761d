"""Fits of the four purchase models: likelihoods, derivatives, grouping, units, recovery, degenerate data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.errors import ModelError
from segkit.forecast.models import beta_geometric, nbd, pareto_nbd
from segkit.forecast.models.bg_nbd import BGNBD, fit_bg_nbd
from segkit.forecast.models.histories import PurchaseCells, Requirements
from segkit.forecast.models.mbg_nbd import MBGNBD, fit_mbg_nbd
from segkit.forecast.models.nbd import NBD, fit_nbd
from segkit.forecast.models.optimise import Convergence
from segkit.forecast.models.pareto_nbd import ParetoNBD, fit_pareto_nbd
from segkit.forecast.models.purchase_model import PurchaseModel
from tests.forecast.models import oracle
from tests.forecast.models.cases import Case, cases

FITS: dict[str, Callable[..., PurchaseModel]] = {
    "BG/NBD": fit_bg_nbd,
    "MBG/NBD": fit_mbg_nbd,
    "Pareto/NBD": fit_pareto_nbd,
    "NBD": fit_nbd,
}
TRUTH: dict[str, PurchaseModel] = {
    "BG/NBD": BGNBD(0.6, 6.0, 0.8, 2.5),
    "MBG/NBD": MBGNBD(0.9, 7.0, 0.9, 2.0),
    "Pareto/NBD": ParetoNBD(0.7, 9.0, 0.8, 12.0),
    "NBD": NBD(0.5, 9.0),
}
ANY = Requirements(customers=1, repeaters=1, gaps=0)
each = pytest.mark.parametrize("name", list(FITS))


def simulated(name: str, customers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole-day histories, so that rows repeat."""
    rng = np.random.default_rng(seed)
    T = rng.integers(20, 60, customers).astype(float)
    x, t_x = TRUTH[name].simulate(T, rng)
    return x, np.minimum(np.ceil(t_x), T), T


def likelihood(name: str, cells: PurchaseCells) -> Any:
    if name == "Pareto/NBD":
        return pareto_nbd.ParetoLikelihood(cells)
    if name == "NBD":
        return nbd._Likelihood(cells)
    return beta_geometric.GeometricLikelihood(cells, 0 if name == "BG/NBD" else 1)


@pytest.mark.parametrize("case", list(cases(60, seed=5)), ids=lambda case: f"x{case.x}")
def test_likelihood_of_a_customer_agrees_with_many_digits(case: Case) -> None:
    history = (case.x, case.t_x, case.T)
    cells = PurchaseCells.of([case.x], [case.t_x], [case.T])
    with mp.workdps(oracle.DIGITS):
        beta_geometric_ = (case.r, case.alpha, case.a, case.b)
        pareto = (case.r, case.alpha, case.s, case.beta)
        for name, parameters, truth in (
            ("BG/NBD", beta_geometric_, oracle.beta_geometric_log_likelihood(*beta_geometric_, *history, shift=0)),
            ("MBG/NBD", beta_geometric_, oracle.beta_geometric_log_likelihood(*beta_geometric_, *history, shift=1)),
            ("Pareto/NBD", pareto, oracle.pareto_log_likelihood(*pareto, *history)),
        ):
            value = -likelihood(name, cells)(np.log(parameters))[0]
            assert value == pytest.approx(float(truth), rel=1e-9, abs=1e-8), name


@each
@pytest.mark.parametrize("seed", range(4))
def test_derivatives_are_those_of_the_value(name: str, seed: int) -> None:
    objective = likelihood(name, PurchaseCells.of(*simulated(name, 300, seed)))
    size = TRUTH[name].parameters.size
    point = np.log(TRUTH[name].parameters) + np.random.default_rng(seed).normal(0, 0.7, size)
    _, gradient, hessian = objective(point)
    step = 1e-5
    for at in range(size):
        move = np.zeros(size)
        move[at] = step
        above, below = objective(point + move), objective(point - move)
        assert (above[0] - below[0]) / (2 * step) == pytest.approx(gradient[at], rel=1e-5, abs=1e-4)
        np.testing.assert_allclose((above[1] - below[1]) / (2 * step), hessian[at], rtol=1e-6, atol=1e-4)
    np.testing.assert_array_equal(hessian, hessian.T)


@each
def test_cells_give_what_their_rows_give(name: str) -> None:
    rows = simulated(name, 2_000, seed=1)
    distinct, counts = np.unique(np.stack(rows, axis=1), axis=0, return_counts=True)
    assert len(distinct) < 1_500
    by_row, by_cell = FITS[name](*rows), FITS[name](*distinct.T, counts)
    np.testing.assert_array_equal(by_row.parameters, by_cell.parameters)
    assert by_row.fit is not None
    assert by_cell.fit is not None
    assert by_row.fit.log_likelihood == by_cell.fit.log_likelihood
    assert by_row.fit.standard_errors == by_cell.fit.standard_errors
    assert by_row.fit.customers == 2_000
    assert by_row.fit.cells == len(distinct)


@each
def test_the_order_of_rows_leaves_no_trace(name: str) -> None:
    rows = simulated(name, 800, seed=2)
    order = np.random.default_rng(0).permutation(800)
    there, back = FITS[name](*rows), FITS[name](*(column[order] for column in rows))
    np.testing.assert_array_equal(there.parameters, back.parameters)


@settings(max_examples=5)
@given(unit=st.sampled_from([7.0, 1 / 7, 30.4375, 1e-4]), name=st.sampled_from(list(FITS)))
def test_the_unit_of_time_scales_the_parameters_and_nothing_else(unit: float, name: str) -> None:
    x, t_x, T = simulated(name, 1_000, seed=3)
    here, there = FITS[name](x, t_x, T), FITS[name](x, t_x * unit, T * unit)
    for label, one, other in zip(here.parameter_names, here.parameters, there.parameters, strict=True):
        factor = unit if label in {"alpha", "beta"} else 1.0
        assert other == pytest.approx(one * factor, rel=1e-6), label
    np.testing.assert_allclose(
        there.expected_purchases(26 * unit, x, t_x * unit, T * unit),
        here.expected_purchases(26, x, t_x, T),
        rtol=1e-6,
    )
    assert here.fit is not None
    assert there.fit is not None
    jacobian = float(x.sum()) * np.log(unit)
    assert there.fit.log_likelihood == pytest.approx(here.fit.log_likelihood - jacobian, rel=1e-9)


@each
def test_weights_count_customers(name: str) -> None:
    rows = simulated(name, 500, seed=4)
    once, twice = FITS[name](*rows), FITS[name](*rows, np.full(500, 2.0))
    assert once.fit is not None
    assert twice.fit is not None
    np.testing.assert_allclose(twice.parameters, once.parameters, rtol=1e-7)
    assert twice.fit.log_likelihood == pytest.approx(2 * once.fit.log_likelihood)
    for one, two in zip(once.fit.standard_errors, twice.fit.standard_errors, strict=True):
        assert one is not None
        assert two == pytest.approx(one / np.sqrt(2), rel=1e-5)


@each
def test_a_fit_is_sound_on_what_the_model_describes(name: str) -> None:
    model = FITS[name](*simulated(name, 4_000, seed=6))
    fit = model.fit
    assert fit is not None
    assert fit.verdict is Convergence.SOUND, fit.message
    assert fit.positive_definite
    assert fit.scaled_gradient is not None
    assert fit.scaled_gradient < 3e-5
    assert fit.model == name
    assert not fit.runaway


@each
@pytest.mark.parametrize(
    ("x", "t_x", "T"),
    [
        ([3.0], [5.0], [10.0]),
        ([3.0, 0.0], [5.0, 0.0], [10.0, 10.0]),
        ([1.0] * 50, [10.0] * 50, [10.0] * 50),
        ([5000.0, 0, 0, 0], [99.0, 0, 0, 0], [100.0, 100, 100, 100]),
        ([0, 1.0], [0, 1e-9], [0, 1e9]),
        ([2.0, 1.0, 0.0], [1e-6, 2e-6, 0.0], [3e-6, 3e-6, 3e-6]),
    ],
    ids=["one customer", "two", "all alike", "one huge", "far apart", "tiny times"],
)
def test_hopeless_data_give_a_stated_verdict_and_finite_numbers(
    name: str, x: list[float], t_x: list[float], T: list[float]
) -> None:
    model = FITS[name](x, t_x, T, require=ANY)
    assert model.fit is not None
    assert np.isfinite(model.parameters).all()
    assert np.isfinite(model.fit.log_likelihood)
    assert model.fit.message
    assert np.isfinite(model.fit.log_covariance).all()
    horizon = max(T)
    for values in (
        model.probability_alive(x, t_x, T),
        model.expected_purchases(horizon, x, t_x, T),
        model.probability_no_purchase(horizon, x, t_x, T),
        model.discounted_purchases(x, t_x, T, rate=0.1 / horizon),
    ):
        assert np.isfinite(values).all()


@each
def test_one_customer_and_all_one_time_buyers_are_refused(name: str) -> None:
    with pytest.raises(ModelError, match="1 customers are too few"):
        FITS[name]([3.0], [5.0], [10.0])
    with pytest.raises(ModelError, match="none of the 400 customers has bought again"):
        FITS[name](np.zeros(400), np.zeros(400), np.full(400, 50.0))


@pytest.mark.parametrize(
    ("fit", "data", "runaway", "words"),
    [
        (fit_bg_nbd, NBD(0.8, 10.0), {"b": "up"}, "hardly anybody drops out"),
        (fit_pareto_nbd, ParetoNBD(0.8, 5.0, 300.0, 6000.0), {"s": "up", "beta": "up"}, "how readily they leave"),
        (fit_nbd, NBD(1e6, 1e7), {"r": "up", "alpha": "up"}, "do not differ in how often they buy"),
    ],
    ids=["nobody leaves", "all leave alike", "all buy alike"],
)
def test_runaway_parameters_are_said_in_words(
    fit: Callable[..., PurchaseModel], data: PurchaseModel, runaway: dict[str, str], words: str
) -> None:
    rng = np.random.default_rng(5)
    T = rng.uniform(10, 60, 1_500)
    model = fit(*data.simulate(T, rng), T)
    assert model.fit is not None
    assert model.fit.verdict is Convergence.BOUNDARY
    assert runaway.items() <= model.fit.runaway.items()
    assert words in model.fit.message
    held = [name for name in model.parameter_names if name not in model.fit.runaway]
    errors = dict(zip(model.parameter_names, model.fit.standard_errors, strict=True))
    assert all(errors[name] is None for name in model.fit.runaway)
    assert all(errors[name] is not None for name in held)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "replications"), [("BG/NBD", 200), ("MBG/NBD", 200), ("Pareto/NBD", 200)])
def test_planted_parameters_are_recovered_at_the_stated_coverage(name: str, replications: int) -> None:
    """95 % intervals on the logarithms; binomial noise of 200 replications is 1.5 points."""
    truth = TRUTH[name].parameters
    inside = np.zeros(truth.size)
    for replication in range(replications):
        rng = np.random.default_rng(replication)
        T = rng.uniform(30, 80, 4_000)
        fit = FITS[name](*TRUTH[name].simulate(T, rng), T).fit
        assert fit is not None
        assert fit.sound, fit.message
        off = np.abs(np.log(fit.estimates / truth))
        inside += off <= 1.959964 * np.sqrt(np.diag(fit.log_covariance))
    noise = 3 * np.sqrt(0.95 * 0.05 / replications)
    assert np.all(np.abs(inside / replications - 0.95) <= noise + 0.005), inside / replications
