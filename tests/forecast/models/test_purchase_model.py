"""What every purchase model must keep, and the closed forms in many digits that they are held to."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath.libmp import NoConvergence

from segkit.errors import ModelError
from segkit.forecast.models.bg_nbd import BGNBD
from segkit.forecast.models.mbg_nbd import MBGNBD
from segkit.forecast.models.nbd import NBD
from segkit.forecast.models.pareto_nbd import ParetoNBD
from segkit.forecast.models.purchase_model import PurchaseModel, continuous_rate
from tests.forecast.models import oracle
from tests.forecast.models.cases import Case, cases
from tests.forecast.models.drawn import chances_of_counts, simulate_purchases

shape = st.floats(-1.5, 1.5).map(lambda power: 10.0**power)
times = st.floats(0.1, 200.0)
models = st.one_of(
    st.builds(BGNBD, r=shape, alpha=times, a=shape, b=shape),
    st.builds(MBGNBD, r=shape, alpha=times, a=shape, b=shape),
    st.builds(ParetoNBD, r=shape, alpha=times, s=shape, beta=times),
    st.builds(NBD, r=shape, alpha=times),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, float, float]:
    """Frequency, recency, T."""
    x = draw(st.one_of(st.just(0), st.integers(1, 300)))
    T = draw(st.floats(0.5, 300.0))
    return x, (0.0 if x == 0 else T * draw(st.floats(0.01, 1.0))), T


EVERY: list[PurchaseModel] = [
    BGNBD(0.243, 4.414, 0.793, 2.426),
    MBGNBD(0.525, 6.183, 0.891, 1.614),
    ParetoNBD(0.553, 10.58, 0.606, 11.67),
    NBD(0.385, 12.07),
]
every = pytest.mark.parametrize("model", EVERY, ids=lambda model: model.label)


def close(got: Any, want: mp.mpf) -> bool:
    """Within 1e-6 as asked; what underflows in double precision has to be near zero."""
    number, truth = float(got), float(want)
    return math.isfinite(number) and abs(number - truth) <= 1e-6 * abs(truth) + 1e-290


def check(case: Case) -> int:
    """Every prediction is finite, and as the closed form says; returns how often mpmath could judge."""
    history = (case.x, case.t_x, case.T)
    judged = 0
    with mp.workdps(oracle.DIGITS):
        for model in (BGNBD(case.r, case.alpha, case.a, case.b), MBGNBD(case.r, case.alpha, case.a, case.b)):
            known = (case.r, case.alpha, case.a, case.b, *history)
            finite(model, case)
            judged += judge(
                model.probability_alive(*history),
                lambda known=known, shift=model.shift: oracle.beta_geometric_alive(*known, shift=shift),
                (model, case),
            )
            judged += judge(
                model.expected_purchases(case.horizon, *history),
                lambda known=known, shift=model.shift: oracle.beta_geometric_expected(
                    case.horizon, *known, shift=shift
                ),
                (model, case),
            )
        pareto = ParetoNBD(case.r, case.alpha, case.s, case.beta)
        known = (case.r, case.alpha, case.s, case.beta, *history)
        finite(pareto, case)
        for got, truth in (
            (pareto.probability_alive(*history), lambda: oracle.pareto_alive(*known)),
            (pareto.expected_purchases(case.horizon, *history), lambda: oracle.pareto_expected(case.horizon, *known)),
            (
                pareto.probability_no_purchase(case.horizon, *history),
                lambda: oracle.pareto_silent(case.horizon, *known),
            ),
        ):
            judged += judge(got, truth, (pareto, case))
    return judged


def judge(got: Any, truth: Callable[[], mp.mpf], what: object) -> int:
    try:
        want = truth()
    except (NoConvergence, ValueError, ZeroDivisionError, OverflowError):
        return 0  # mpmath cannot judge
    assert close(got, want), (what, float(got), float(want))
    return 1


def finite(model: PurchaseModel, case: Case) -> None:
    history = (case.x, case.t_x, case.T)
    alive = float(model.probability_alive(*history))
    silent = float(model.probability_no_purchase(case.horizon, *history))
    expected = float(model.expected_purchases(case.horizon, *history))
    values = (
        alive,
        silent,
        expected,
        float(model.variance_of_purchases(case.horizon, *history)),
        float(model.discounted_purchases(*history, rate=1e-3)),
        float(model.expected_purchases(case.horizon, 0, 0, 0)),
    )
    assert all(math.isfinite(value) and value >= 0 for value in values), (model, case, values)
    assert alive <= 1
    assert silent <= 1
    # whoever buys at all buys at least once
    assert expected >= (1 - silent) * (1 - 1e-9) - 1e-12, (model, case)


def test_adversarial_cases_agree_with_many_digits() -> None:
    judged = sum(check(case) for case in cases(200, seed=1))
    assert judged >= 0.97 * 7 * 200  # seven figures a case; mpmath can judge nearly all


@pytest.mark.parametrize(
    "many", [pytest.param(1_500, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.soak)]
)
def test_many_adversarial_cases_agree_with_many_digits(many: int) -> None:
    judged = sum(check(case) for case in cases(many, seed=2))
    assert judged >= 0.97 * 7 * many


@pytest.mark.parametrize("case", [case for case in cases(7, seed=3) if case.x < 1000])
def test_discounted_purchases_agree_with_many_digits(case: Case) -> None:
    history, rate = (case.x, case.t_x, case.T), 0.01
    with mp.workdps(30):
        truth = oracle.pareto_discounted(rate, case.r, case.alpha, case.s, case.beta, *history)
        got = ParetoNBD(case.r, case.alpha, case.s, case.beta).discounted_purchases(*history, rate=rate)
        assert close(got, truth)
        for model in (BGNBD(case.r, case.alpha, case.a, case.b), MBGNBD(case.r, case.alpha, case.a, case.b)):
            known = (case.r, case.alpha, case.a, case.b, *history)
            horizon = 50.0 if model.shift else math.inf
            want = oracle.beta_geometric_discounted(rate, horizon, *known, shift=model.shift)
            got = model.discounted_purchases(*history, rate=rate, horizon=horizon)
            assert close(got, want), (model, horizon, float(got), float(want))


@every
@pytest.mark.parametrize("horizon", [0.5, 10.0, 60.0])
def test_distribution_of_a_new_customer_adds_up(model: PurchaseModel, horizon: float) -> None:
    chances = chances_of_counts(model, 800, horizon)
    counts = np.arange(801)
    mean = float(chances @ counts)
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert mean == pytest.approx(float(model.expected_purchases(horizon, 0, 0, 0)), rel=1e-7)
    variance = float(chances @ counts**2) - mean**2
    assert variance == pytest.approx(float(model.variance_of_purchases(horizon, 0, 0, 0)), rel=1e-6)
    assert chances[0] == pytest.approx(float(model.probability_no_purchase(horizon, 0, 0, 0)), rel=1e-10)


@given(model=models, history=histories(), horizons=st.tuples(times, times))
def test_expected_purchases_grow_with_the_horizon(
    model: PurchaseModel, history: tuple[int, float, float], horizons: tuple[float, float]
) -> None:
    near, far = sorted(horizons)
    less, more = (float(model.expected_purchases(horizon, *history)) for horizon in (near, far))
    assert 0 <= less <= more * (1 + 1e-10)
    silent_near, silent_far = (float(model.probability_no_purchase(horizon, *history)) for horizon in (near, far))
    assert 0 <= silent_far <= silent_near + 1e-12 <= 1 + 1e-12
    assert float(model.probability_no_purchase(0.0, *history)) == pytest.approx(1.0, abs=1e-12)
    assert float(model.expected_purchases(0.0, *history)) == 0.0


@given(model=models, history=histories(), wait=st.floats(0.1, 50.0))
def test_silence_makes_customers_less_likely_alive(
    model: PurchaseModel, history: tuple[int, float, float], wait: float
) -> None:
    x, t_x, T = history
    now, later = float(model.probability_alive(x, t_x, T)), float(model.probability_alive(x, t_x, T + wait))
    assert 0 <= later <= now + 1e-12 <= 1 + 1e-12


@given(model=models, x=st.integers(1, 200), T=times, parts=st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)))
def test_a_later_last_purchase_makes_customers_more_likely_alive(
    model: PurchaseModel, x: int, T: float, parts: tuple[float, float]
) -> None:
    early, late = (float(model.probability_alive(x, part * T, T)) for part in sorted(parts))
    assert early <= late + 1e-12


@given(model=models, history=histories(), rates=st.tuples(st.floats(1e-4, 0.5), st.floats(1e-4, 0.5)))
def test_discounting_takes_away(
    model: PurchaseModel, history: tuple[int, float, float], rates: tuple[float, float]
) -> None:
    low, high = sorted(rates)
    patient, hasty = (float(model.discounted_purchases(*history, rate=rate)) for rate in (low, high))
    assert hasty <= patient * (1 + 1e-9)
    plain = float(model.expected_purchases(30.0, *history))
    barely = float(model.discounted_purchases(*history, rate=1e-12, horizon=30.0))
    assert barely == pytest.approx(plain, rel=1e-8, abs=1e-300)


@given(model=models, history=histories(), unit=st.sampled_from([7.0, 1 / 7, 365.25, 1e-3]))
def test_predictions_do_not_depend_on_the_unit_of_time(
    model: PurchaseModel, history: tuple[int, float, float], unit: float
) -> None:
    x, t_x, T = history
    time_names = {"alpha", "beta"}
    scaled = model.with_parameters(
        [
            value * unit if name in time_names else value
            for name, value in zip(model.parameter_names, model.parameters, strict=True)
        ]
    )
    for ask in ("expected_purchases", "variance_of_purchases", "probability_no_purchase"):
        here = float(getattr(model, ask)(20.0, x, t_x, T))
        there = float(getattr(scaled, ask)(20.0 * unit, x, t_x * unit, T * unit))
        assert there == pytest.approx(here, rel=1e-8, abs=1e-12)


@every
def test_predictions_match_what_the_model_simulates(model: PurchaseModel) -> None:
    rng = np.random.default_rng(7)
    T = np.full(200_000, 30.0)
    x, t_x = model.simulate(T, rng)
    assert np.all((t_x <= T) & ((x > 0) == (t_x > 0)))
    error = 5 * math.sqrt(float(model.variance_of_purchases(30.0, 0, 0, 0)) / T.size)
    assert x.mean() == pytest.approx(float(model.expected_purchases(30.0, 0, 0, 0)), abs=error)
    for history in ((0, 0.0, 20.0), (3, 15.0, 20.0), (8, 10.0, 20.0)):
        drawn = simulate_purchases(model, 25.0, *(np.full(T.size, value) for value in history), rng)
        mean = float(model.expected_purchases(25.0, *history))
        variance = float(model.variance_of_purchases(25.0, *history))
        silent = float(model.probability_no_purchase(25.0, *history))
        assert drawn.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / T.size))
        assert drawn.var() == pytest.approx(variance, rel=0.08)
        assert (drawn == 0).mean() == pytest.approx(silent, abs=5 * math.sqrt(0.25 / T.size))


@every
def test_what_the_past_says_agrees_with_what_follows(model: PurchaseModel) -> None:
    """Over new customers, expected purchases given the first 20 weeks average to E[X(50)] − E[X(20)]."""
    rng = np.random.default_rng(11)
    T = np.full(100_000, 20.0)
    predicted = model.expected_purchases(30.0, *model.simulate(T, rng), T)
    truth = float(model.expected_purchases(50.0, 0, 0, 0) - model.expected_purchases(20.0, 0, 0, 0))
    assert predicted.mean() == pytest.approx(truth, abs=5 * predicted.std() / math.sqrt(T.size))


def test_one_time_buyers_are_alive_only_where_the_model_says_so() -> None:
    assert float(BGNBD(0.2, 4.0, 0.8, 2.4).probability_alive(0, 0, 50)) == 1.0
    assert float(MBGNBD(0.2, 4.0, 0.8, 2.4).probability_alive(0, 0, 50)) < 0.75
    assert float(ParetoNBD(0.2, 4.0, 0.8, 2.4).probability_alive(0, 0, 50)) < 0.75
    assert float(NBD(0.2, 4.0).probability_alive(3, 1.0, 50)) == 1.0


@every
def test_answers_have_the_shape_of_the_question(model: PurchaseModel) -> None:
    x = np.array([[0, 1, 2], [3, 0, 1]])
    t_x = np.where(x > 0, 5.0, 0.0)
    assert model.expected_purchases(10, x, t_x, 20).shape == (2, 3)
    assert model.probability_alive(2, 5.0, 20.0).shape == ()
    assert model.expected_purchases(10, [], [], []).shape == (0,)
    each = [float(model.expected_purchases(10, *row)) for row in zip(x.ravel(), t_x.ravel(), [20.0] * 6, strict=True)]
    np.testing.assert_allclose(model.expected_purchases(10, x, t_x, 20).ravel(), each, rtol=1e-13)


@every
@pytest.mark.parametrize(
    ("history", "complaint"),
    [
        ((-1, 0, 10), "frequency must not be negative"),
        ((1.5, 2, 10), "frequency must be a whole number"),
        ((1, -2, 10), "recency must not be negative"),
        ((1, 11, 10), "recency must not exceed T"),
        ((0, 3, 10), "recency must be 0 where frequency is 0"),
        ((2, 0, 10), "recency must be above 0"),
        ((1, 2, math.nan), "T must be finite"),
        ((math.inf, 2, 10), "frequency must be finite"),
        (("many", 2, 10), "must be numbers"),
    ],
)
def test_impossible_histories_are_refused(model: PurchaseModel, history: tuple[Any, ...], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        model.probability_alive(*history)


@every
def test_impossible_questions_are_refused(model: PurchaseModel) -> None:
    with pytest.raises(ModelError, match="horizon must be a finite number"):
        model.expected_purchases(-1.0, 0, 0, 1)
    with pytest.raises(ModelError, match="horizon must be a finite number"):
        model.probability_no_purchase(math.inf, 0, 0, 1)
    with pytest.raises(ModelError, match="rate must be above 0"):
        model.discounted_purchases(0, 0, 1, rate=0.0)
    with pytest.raises(ModelError, match="rate must be a finite number"):
        model.discounted_purchases(0, 0, 1, rate=math.nan)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@every
def test_impossible_parameters_are_refused(model: PurchaseModel, value: float) -> None:
    with pytest.raises(ModelError, match="finite number above 0"):
        model.with_parameters([value, *model.parameters[1:]])


def test_continuous_rate() -> None:
    weekly = continuous_rate(0.15, 365.25 / 7)
    assert math.exp(weekly * 365.25 / 7) == pytest.approx(1.15)
    with pytest.raises(ModelError, match="annual_rate"):
        continuous_rate(-0.1, 12)
    with pytest.raises(ModelError, match="units_per_year"):
        continuous_rate(0.1, 0)
