"""sBG and BdW: the cells, the likelihoods, projections, discounting."""

from __future__ import annotations

import math
import re
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ModelError
from segkit.forecast.models import bdw, sbg
from segkit.forecast.models.bdw import BDW, fit_bdw
from segkit.forecast.models.contractual import RenewalCells, RetentionModel
from segkit.forecast.models.histories import Requirements
from segkit.forecast.models.optimise import Convergence
from segkit.forecast.models.sbg import SBG, fit_sbg

shape = st.floats(-2.0, 2.0).map(lambda power: 10.0**power)
models = st.one_of(
    st.builds(SBG, alpha=shape, beta=shape), st.builds(BDW, alpha=shape, beta=shape, c=st.floats(0.2, 3))
)
FITS = {"sBG": fit_sbg, "BdW": fit_bdw}
each = pytest.mark.parametrize("name", list(FITS))


def survival(model: RetentionModel, n: int) -> mp.mpf:
    """B(α, β + n^c)/B(α, β) in many digits."""
    alpha, beta, *rest = (mp.mpf(value) for value in model.parameters)
    time = mp.mpf(n) ** (rest[0] if rest else 1)
    return mp.exp(
        mp.loggamma(beta + time) - mp.loggamma(beta) + mp.loggamma(alpha + beta) - mp.loggamma(alpha + beta + time)
    )


@given(model=models, n=st.integers(0, 400), tenure=st.integers(0, 50))
def test_survival_agrees_with_many_digits(model: RetentionModel, n: int, tenure: int) -> None:
    with mp.workdps(40):
        truth = survival(model, n + tenure) / survival(model, tenure)
    assert float(model.survival(n, tenure=tenure)) == pytest.approx(float(truth), rel=1e-8, abs=1e-300)
    if n:
        assert 0 <= float(model.retention(n)) <= 1
        assert float(model.survival(n)) <= float(model.survival(n - 1))


@given(model=models)
def test_everybody_is_there_at_the_start(model: RetentionModel) -> None:
    assert float(model.survival(0)) == 1.0


def test_sbg_is_bdw_without_ageing() -> None:
    simple, ageing = SBG(0.7, 3.8), BDW(0.7, 3.8, 1.0)
    n = np.arange(1, 30)
    np.testing.assert_allclose(simple.retention(n), ageing.retention(n), rtol=1e-12)
    np.testing.assert_allclose(simple.retention(n), (3.8 + n - 1) / (0.7 + 3.8 + n - 1), rtol=1e-12)


@given(alpha=st.floats(0.1, 5), beta=st.floats(0.1, 10), renewal=st.integers(1, 10), rate=st.floats(0.01, 0.5))
def test_discounted_lifetimes_agree_with_their_closed_form(
    alpha: float, beta: float, renewal: int, rate: float
) -> None:
    """DERL: Fader & Hardie, Marketing Science 29(1), 2010, equation 6."""
    ahead = np.arange(int(40 / math.log1p(rate)))
    value = float(SBG(alpha, beta).survival(ahead + 1, tenure=renewal - 1) @ (1 + rate) ** -ahead)
    with mp.workdps(30):
        a, b = mp.mpf(alpha), mp.mpf(beta) + renewal
        truth = (b - 1) / (a + b - 1) * mp.hyp2f1(1, b, a + b, 1 / (1 + mp.mpf(rate)))
    assert value == pytest.approx(float(truth), rel=1e-9)


def test_survivors_become_cells() -> None:
    cells = RenewalCells.from_survivors([100, 80, 70], [50, 45])
    found = {(n, gone): w for n, gone, w in zip(cells.renewal, cells.left, cells.weight, strict=True)}
    assert found == {(1, 1): 25, (2, 1): 10, (2, 0): 70, (1, 0): 45}
    assert cells.customers == 150


@each
def test_cells_give_what_their_rows_give(name: str) -> None:
    cells = RenewalCells.from_survivors([400, 300, 250, 220, 200])
    rows = [np.repeat(column, cells.weight.astype(int)) for column in (cells.renewal, cells.left)]
    by_cell, by_row = FITS[name](cells.renewal, cells.left, cells.weight), FITS[name](*rows)
    np.testing.assert_array_equal(by_cell.parameters, by_row.parameters)
    assert by_row.fit is not None
    assert by_row.fit.customers == 400


@pytest.mark.parametrize("likelihood", [sbg._Likelihood, bdw._Likelihood])
@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_those_of_the_value(likelihood: Any, seed: int) -> None:
    objective = likelihood(RenewalCells.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491], [500, 400, 350]))
    size = 2 if likelihood is sbg._Likelihood else 3
    point = np.random.default_rng(seed).normal(0, 0.8, size)
    _, gradient, hessian = objective(point)
    for at in range(size):
        move = np.zeros(size)
        move[at] = 1e-5
        above, below = objective(point + move), objective(point - move)
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(gradient[at], rel=1e-5, abs=1e-4)
        np.testing.assert_allclose((above[1] - below[1]) / 2e-5, hessian[at], rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("likelihood", [sbg._Likelihood, bdw._Likelihood])
def test_who_came_late_is_told_given_that_they_had_stayed(likelihood: Any) -> None:
    """ln P(data) − ln S(entry), with S from the model itself; gradient and Hessian by differences."""
    cells = RenewalCells.of([7, 9, 4, 2], [1, 0, 0, 1], [30, 50, 20, 10], ([3, 5, 0], [40, 40, 30]))
    objective, size = likelihood(cells), 2 if likelihood is sbg._Likelihood else 3
    point = np.log([0.6, 2.0, 1.3][:size])
    model: RetentionModel = SBG(0.6, 2.0) if size == 2 else BDW(0.6, 2.0, 1.3)
    left = [model.survival(n - 1) - model.survival(n) for n in (7, 2)]
    by_hand = (
        30 * np.log(left[0]) + 50 * np.log(model.survival(9)) + 20 * np.log(model.survival(4)) + 10 * np.log(left[1])
    )
    by_hand -= 40 * np.log(model.survival(3)) + 40 * np.log(model.survival(5))
    value, gradient, hessian = objective(point)
    assert value == pytest.approx(-by_hand, rel=1e-12)
    for at in range(size):
        move = np.zeros(size)
        move[at] = 1e-5
        above, below = objective(point + move), objective(point - move)
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(gradient[at], rel=1e-5, abs=1e-4)
        np.testing.assert_allclose((above[1] - below[1]) / 2e-5, hessian[at], rtol=1e-5, atol=1e-3)


@each
def test_retention_is_recovered_from_survivors_of_an_unseen_past(name: str) -> None:
    """Customers began over 48 months, and only the last 24 were watched: who left before is nowhere."""
    truth = SBG(0.7, 6.0) if name == "sBG" else BDW(0.7, 6.0, 0.8)
    random = np.random.default_rng(5)
    began = random.integers(0, 48, 60_000)  # months before the end
    leaves = truth.simulate(began.size, random)
    entry = np.maximum(began - 24, 0)
    seen = leaves > entry
    gone = (leaves <= began) & seen
    renewal, gone, entry = np.where(gone, leaves, began)[seen], gone[seen], entry[seen]
    right = FITS[name](renewal, gone, None, (entry, np.ones(entry.size)))
    wrong = FITS[name](renewal, gone)
    ahead = np.array([6, 12, 24])
    np.testing.assert_allclose(right.survival(ahead), truth.survival(ahead), atol=0.01)
    assert (wrong.survival(ahead) > truth.survival(ahead) + 0.03).all()


def test_late_customers_are_counted_among_all() -> None:
    with pytest.raises(ModelError, match="5 customers came late, of 3 in all"):
        RenewalCells.of([4, 5], [0, 1], [1, 2], ([2], [5]))
    with pytest.raises(ModelError, match="late renewals must be a whole number"):
        RenewalCells.of([4, 5], [0, 1], [1, 2], ([2.5], [1]))


@pytest.mark.parametrize("model", [SBG(0.7, 2.5), BDW(0.4, 1.5, 1.5)], ids=lambda model: model.label)
def test_simulated_lifetimes_follow_the_survival_curve_and_are_recovered(model: RetentionModel) -> None:
    lifetimes = model.simulate(60_000, np.random.default_rng(1))
    n = np.arange(1, 13)
    share = (lifetimes[:, None] > n).mean(axis=0)
    np.testing.assert_allclose(share, model.survival(n), atol=5 * math.sqrt(0.25 / 60_000))
    left = (lifetimes <= 8).astype(float)
    fitted = FITS[model.label](np.minimum(lifetimes, 8), left)
    assert fitted.fit is not None
    assert fitted.fit.sound, fitted.fit.message
    off = np.log(fitted.parameters / model.parameters) / np.sqrt(np.diag(fitted.fit.log_covariance))
    assert np.abs(off).max() < 4


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        (([1.5], [1]), "renewal must be a whole number"),
        (([-1], [0]), "renewal must be a whole number"),
        (([2], [0.5]), "left must be 0 or 1"),
        (([0], [1]), "renewal must be 1 or more where the customer left"),
        (([1], [1], [-2]), "weight must not be negative"),
        (([math.nan], [1]), "renewal must be a finite number"),
        (([1, 2], [1, 0], [20, 20]), "40 customers are too few; at least 100"),
        (([3], [0], [500]), "none of the 500 customers has left"),
        (([1, 3], [1, 0], [10, 500]), "10 of 510 customers have left; at least 30"),
        (([1, 1], [1, 0], [100, 500]), "history reaches renewal 1; at least"),
    ],
)
@each
def test_unfit_data_are_refused(name: str, columns: tuple[Any, ...], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        FITS[name](*columns)


@pytest.mark.parametrize("cohort", [[100, 120], [100, -1], [100, math.nan]])
def test_impossible_cohorts_are_refused(cohort: list[float]) -> None:
    with pytest.raises(ModelError, match="cohort 0"):
        RenewalCells.from_survivors(cohort)


@pytest.mark.parametrize("model", [SBG(0.7, 2.5), BDW(0.4, 1.5, 1.5)], ids=lambda model: model.label)
def test_impossible_questions_are_refused(model: RetentionModel) -> None:
    for ask, complaint in (
        (lambda: model.survival(-1), "renewals must be a finite number"),
        (lambda: model.survival(1.5), "renewals must be a whole number"),
        (lambda: model.retention(0), "1 is the first"),
        (lambda: model.with_parameters([0.0, *model.parameters[1:]]), "above 0"),
    ):
        with pytest.raises(ModelError, match=complaint):
            ask()


@pytest.mark.parametrize(
    ("survivors", "words"),
    [
        ([100_000, 80_000, 64_000, 51_200, 40_960], "do not differ in how readily they churn"),
        ([1000, 600, 600, 600, 600], "leaves .* and the others never do"),
    ],
    ids=["everybody alike", "now or never"],
)
@each
def test_degenerate_cohorts_are_said_in_words(name: str, survivors: list[float], words: str) -> None:
    cells = RenewalCells.from_survivors(survivors)
    model = FITS[name](cells.renewal, cells.left, cells.weight)
    assert model.fit is not None
    assert model.fit.verdict is Convergence.BOUNDARY
    if name == "sBG":
        assert re.search(words, model.fit.message)
    np.testing.assert_allclose(
        survivors[0] * model.survival(np.arange(5)), survivors, rtol=2e-3, err_msg=model.fit.message
    )


def test_everybody_leaving_at_once_is_fitted_or_refused_never_nan() -> None:
    cells = RenewalCells.from_survivors([1000, 0, 0, 0])
    try:
        model = fit_bdw(cells.renewal, cells.left, cells.weight, require=Requirements(1, 1))
    except ModelError:
        return
    assert np.isfinite(model.survival(np.arange(5))).all()
