from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ModelError
from segkit.forecast.models.bg_nbd import BGNBD, fit_bg_nbd
from segkit.forecast.models.gamma_gamma import GammaGamma, fit_gamma_gamma
from segkit.forecast.models.intervals import PredictedTotal, total_purchases, total_value
from tests.forecast.models.drawn import simulate_purchases

TRUTH = BGNBD(0.6, 6.0, 0.8, 2.5)
SPEND = GammaGamma(p=4.0, q=4.5, v=20.0)


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    T = np.random.default_rng(0).integers(20, 60, 600).astype(float)
    return *TRUTH.simulate(T, np.random.default_rng(1)), T


@pytest.fixture(scope="module")
def fitted(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> BGNBD:
    return fit_bg_nbd(*sample)


def draw_totals(
    model: BGNBD, horizon: float, sample: tuple[np.ndarray, ...], draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Total purchases, a draw of the parameters and of what customers do each: the long way to `total_purchases`."""
    spread = np.zeros((4, 4)) if model.fit is None else model.fit.log_covariance
    totals = np.empty(draws)
    for number, noise in enumerate(rng.multivariate_normal(np.zeros(4), spread, draws, method="eigh")):
        one = model.with_parameters(model.parameters * np.exp(noise))
        mean, variance = one.expected_purchases(horizon, *sample), one.variance_of_purchases(horizon, *sample)
        totals[number] = rng.normal(mean.sum(), np.sqrt(variance.sum()))
    return totals


def test_groups_add_up_to_the_whole(fitted: BGNBD, sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    segment = np.eye(3)[np.arange(600) % 3]
    whole, parts = (total_purchases(fitted, 26, *sample, weight) for weight in (np.ones(600), segment))
    assert parts.mean.shape == (3,)
    assert parts.mean.sum() == pytest.approx(whole.mean[0])
    assert (parts.individual_sd**2).sum() == pytest.approx(whole.individual_sd[0] ** 2)
    # parameter errors are shared by the groups, so that they add up as they are
    assert parts.parameter_sd.sum() == pytest.approx(whole.parameter_sd[0], rel=0.05)


def test_delta_method_agrees_with_draws(fitted: BGNBD, sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    weight = np.ones(600)
    quick = total_purchases(fitted, 26, *sample, weight)
    slow = draw_totals(fitted, 26, sample, 100, np.random.default_rng(2))
    assert slow.mean() == pytest.approx(quick.mean[0], rel=0.02)
    assert slow.std() == pytest.approx(quick.sd[0], rel=0.25)


def test_known_parameters_leave_what_customers_do(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    weight = np.ones(600)
    told = total_purchases(TRUTH, 26, *sample, weight)
    assert told.parameter_sd[0] == 0.0
    rng = np.random.default_rng(3)
    totals = np.array([simulate_purchases(TRUTH, 26, *sample, rng).sum() for _ in range(1_000)])
    assert totals.mean() == pytest.approx(told.mean[0], abs=5 * told.sd[0] / np.sqrt(1_000))
    assert totals.std() == pytest.approx(told.sd[0], rel=0.12)
    drawn = draw_totals(TRUTH, 26, sample, 60, rng)
    assert drawn.std() == pytest.approx(told.sd[0], rel=0.25)


def test_value_is_purchases_times_spend(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    x, t_x, T = sample
    rng = np.random.default_rng(4)
    z = SPEND.simulate(x, rng)
    weight = np.ones(x.size)
    told = total_value(TRUTH, SPEND, 26, x, t_x, T, weight, z, mean_square_spend=z**2, rate=0.0)
    direct = TRUTH.expected_purchases(26, x, t_x, T) * SPEND.expected_spend(x, z)
    assert told.mean[0] == pytest.approx(direct.sum())
    # what customers do: their own mean, and the spend of each purchase around it
    totals = []
    for _ in range(600):
        bought = simulate_purchases(TRUTH, 26, x, t_x, T, rng)
        mean = SPEND.p / rng.gamma(SPEND.p * x + SPEND.q, 1.0 / (SPEND.v + x * z))
        spent = rng.gamma(np.maximum(SPEND.p * bought, 1e-9), mean / SPEND.p)
        totals.append(float(np.where(bought > 0, spent, 0.0).sum()))
    assert np.mean(totals) == pytest.approx(told.mean[0], abs=5 * told.sd[0] / np.sqrt(600))
    assert np.std(totals) == pytest.approx(told.sd[0], rel=0.1)


def test_value_of_cells_is_that_of_their_customers(
    fitted: BGNBD, sample: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    rng = np.random.default_rng(5)
    x, t_x, T = (np.repeat(column[:200], 4) for column in sample)
    z = SPEND.simulate(x, rng)
    repeat = x > 0
    spend = fit_gamma_gamma(x[repeat], z[repeat])
    rows = total_value(fitted, spend, 26, x, t_x, T, np.ones(800), z, mean_square_spend=z**2, rate=0.001)
    cell_z = z.reshape(200, 4)
    cells = total_value(
        fitted,
        spend,
        26,
        *(column[:200] for column in sample),
        np.full(200, 4.0),
        cell_z.mean(axis=1),
        mean_square_spend=(cell_z**2).mean(axis=1),
        rate=0.001,
    )
    for name in ("mean", "parameter_sd", "individual_sd"):
        np.testing.assert_allclose(getattr(cells, name), getattr(rows, name), rtol=1e-9, err_msg=name)
    worth = fitted.discounted_purchases(x, t_x, T, rate=0.001, horizon=26) * spend.expected_spend(x, z)
    assert worth.sum() == pytest.approx(rows.mean[0])


@given(
    mean=st.one_of(st.just(0.0), st.floats(1e-200, 1e9)),
    parameter=st.floats(0.0, 1e8),
    individual=st.floats(0.0, 1e8),
    level=st.floats(0.01, 0.999),
)
def test_intervals_hold_their_mean_and_widen(mean: float, parameter: float, individual: float, level: float) -> None:
    total = PredictedTotal(np.array([mean]), np.array([parameter]), np.array([individual]))
    low, high = total.interval(level)
    assert 0 <= low[0] <= mean <= high[0]
    wider = total.interval(0.5 + level / 2)
    assert wider[0][0] <= low[0]
    assert wider[1][0] >= high[0]


def test_refusals(fitted: BGNBD, sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    total = PredictedTotal(np.ones(1), np.ones(1), np.ones(1))
    with pytest.raises(ModelError, match="level must be between 0 and 1"):
        total.interval(90.0)
    with pytest.raises(ModelError, match="weight must be"):
        total_purchases(fitted, 26, *sample, np.full(600, -1.0))
    x, t_x, T = sample
    with pytest.raises(ModelError, match="variance does not exist"):
        total_value(fitted, GammaGamma(2.0, 1.5, 10.0), 26, x, t_x, T, np.ones(600), np.ones(600))
    with pytest.raises(ModelError, match="mean_square_spend"):
        total_value(fitted, SPEND, 26, x, t_x, T, np.ones(600), np.full(600, 2.0), mean_square_spend=np.ones(600))


@pytest.mark.slow
def test_intervals_of_totals_cover_simulated_holdouts_at_their_level() -> None:
    """Parameters estimated, customers random, the model right: then no recalibration is needed."""
    inside = 0
    for replication in range(300):
        rng = np.random.default_rng(replication)
        T = rng.integers(20, 60, 1_500).astype(float)
        history = (*TRUTH.simulate(T, rng), T)
        actual = simulate_purchases(TRUTH, 26, *history, rng).sum()
        low, high = total_purchases(fit_bg_nbd(*history), 26, *history, np.ones(T.size)).interval(0.9)
        inside += low[0] <= actual <= high[0]
    assert inside / 300 == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / 300))
