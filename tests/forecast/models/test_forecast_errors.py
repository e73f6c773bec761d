"""Intervals from held-out errors: against statsmodels, against draws, and in worlds where the model is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from segkit.errors import ModelError
from segkit.forecast.models.bg_nbd import BGNBD, fit_bg_nbd
from segkit.forecast.models.forecast_errors import ForecastErrors, forecast_errors
from segkit.forecast.models.intervals import total_purchases

LEVEL = 0.9


def half_overlapping(periods: int) -> np.ndarray:
    """Periods of one length, each half a length after the one before."""
    places = np.arange(periods)
    return np.clip(1.0 - np.abs(places[:, None] - places) / 2.0, 0.0, 1.0)


def one(ratios: np.ndarray, sd: float = 0.02) -> ForecastErrors:
    """Errors of one total that was said to be 100 each time."""
    said = np.full((len(ratios), 1), 100.0)
    (found,) = forecast_errors(said * np.exp(ratios)[:, None], said, said * sd, half_overlapping(len(ratios)))
    return found


def test_the_bounds_are_those_of_generalised_least_squares() -> None:
    ratios = np.array([0.376, 0.126, -0.089, 0.060])
    found = one(ratios)
    sigma = math.sqrt(math.log1p(0.02**2))
    told = sm.GLS(ratios, np.ones(4), sigma=half_overlapping(4) * sigma**2).fit()
    assert found.bias == pytest.approx(told.params[0])
    assert found.bias_sd == pytest.approx(told.bse[0])
    assert found.factor**2 == pytest.approx(told.scale)
    reach = stats.t.ppf(0.95, 3) * math.sqrt(told.scale * sigma**2 + told.bse[0] ** 2)
    low, high = found.interval(100.0, 2.0, LEVEL)
    assert (low, high) == pytest.approx(
        (100 * math.exp(told.params[0] - reach), 100 * math.exp(told.params[0] + reach))
    )
    assert found.widening(LEVEL) == pytest.approx(reach / (1.6448536 * sigma))


@pytest.mark.parametrize(("tests", "bias", "most"), [(2, 0.0, 0.93), (4, 0.0, 0.93), (4, 0.2, 0.97)])
def test_the_next_period_is_held_at_the_level_whatever_the_bias(tests: int, bias: float, most: float) -> None:
    """A little more often under a bias, where it is not known well enough to move the forecast into the middle."""
    rng = np.random.default_rng(tests)
    root = np.linalg.cholesky(half_overlapping(tests))
    inside = 0
    for _ in range(1_500):
        low, high = one(bias + 0.1 * (root @ rng.standard_normal(tests))).interval(100.0, 2.0, LEVEL)
        inside += low <= 100.0 * math.exp(bias + 0.1 * rng.standard_normal()) <= high
    assert 0.87 <= inside / 1_500 <= most  # four standard errors of the share are 0.03


def test_one_test_is_a_wide_interval_around_the_forecast() -> None:
    found = one(np.array([0.1]))
    low, high = found.interval(100.0, 2.0, LEVEL)
    assert found.bias == 0.0
    assert math.log(high / 100.0) == pytest.approx(0.1 * stats.t.ppf(0.95, 1), rel=1e-3)
    assert low * high == pytest.approx(100.0**2)


def test_totals_share_a_factor_and_keep_their_own_bias() -> None:
    said = np.full((4, 3), 100.0)
    said[1:, 1] = np.nan
    said[:, 2] = np.nan
    actual = said * np.exp([[0.20], [0.22], [0.17], [0.21]])
    first, second, third = forecast_errors(actual, said, said * 0.02, half_overlapping(4))
    assert (first.tests, second.tests, third.tests) == (4, 1, 0)
    assert first.bias == pytest.approx(0.2, abs=0.02)
    assert second.bias == third.bias == 0.0
    # without a bias of their own they are as unsure as all errors around zero are large
    assert second.factor == third.factor > 3 * first.factor
    assert third.interval(100.0, 2.0, LEVEL)[1] > 130.0


def test_a_bias_that_is_known_moves_the_point_and_no_other_does() -> None:
    """Four forecasts of about 17 % too much: the fifth is taken down by as much, and stands within its bounds."""
    high = one(np.array([-0.157, -0.150, -0.164, -0.155]))
    assert high.known
    assert high.point(2_780.0) == pytest.approx(2_780.0 * math.exp(-0.1565), rel=0.005)
    low, up = high.interval(2_780.0, 0.02 * 2_780.0, LEVEL)
    assert low < 0.99 * high.point(2_780.0) < 1.01 * high.point(2_780.0) < up
    assert up < 2_780.0
    for ratios in ([0.3, -0.1, 0.2, -0.05], [0.10, 0.02, 0.16, 0.05], [-0.157, -0.150, -0.164], [0.2]):
        found = one(np.array(ratios))
        assert not found.known
        assert found.point(100.0) == 100.0
    # three are too few to move the point; it stays within its bounds all the same
    low, up = one(np.array([-0.157, -0.150, -0.164])).interval(100.0, 2.0, LEVEL)
    assert low < 84.0
    assert up > 101.5


@pytest.mark.parametrize(("mean", "periods"), [(0.3, 4), (1.0, 4), (2.0, 4), (3.0, 4), (5.0, 4), (12.0, 4), (2.0, 2)])
def test_totals_of_a_few_purchases_may_be_nothing(mean: float, periods: int) -> None:
    """A group that is expected to buy so often, by a model that is right: nothing is within the bounds as often as it
    comes, and the bounds hold what comes."""
    rng = np.random.default_rng(int(10 * mean))
    inside, zeros, worlds = 0, 0, 1_500
    for _ in range(worlds):
        came = rng.poisson(mean, periods).astype(float)
        told = came > 0
        said = np.full(periods, mean)
        (found,) = (
            forecast_errors(
                np.where(told, came, np.nan)[:, None],
                said[:, None],
                np.sqrt(said)[:, None],
                half_overlapping(periods),
            )
            if told.any()
            else (ForecastErrors(0, 0.0, 0.0, 1.0, 0.0, periods - 1),)
        )
        low, high = found.interval(mean, math.sqrt(mean), LEVEL, nothing=math.exp(-mean))
        next_one = float(rng.poisson(mean))
        inside += low <= next_one <= high
        zeros += low == 0.0
        if math.exp(-mean) >= 0.05:
            assert low == 0.0
    assert inside / worlds >= 0.88
    if mean >= 12.0:
        assert zeros / worlds < 0.2


@given(
    ratios=st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=8),
    sd=st.floats(1e-6, 2.0),
    mean=st.one_of(st.just(0.0), st.floats(1e-3, 1e9)),
    relative=st.floats(0.0, 2.0),
    level=st.floats(0.5, 0.99),
)
def test_bounds_hold_the_forecast_and_the_model_s_own_interval(
    ratios: list[float], sd: float, mean: float, relative: float, level: float
) -> None:
    found = one(np.array(ratios), sd)
    low, high = found.interval(mean, mean * relative, level)
    point = found.point(mean)
    assert 0 <= low <= point <= high < math.inf
    if high > low * (1 + 1e-9) and high < 1e300:
        assert low < point < high  # a point on its own bound says that it is not believed
    if mean > 0:
        own = 2 * stats.norm.ppf(0.5 + level / 2) * math.sqrt(math.log1p(relative**2))
        assert low == 0 or math.log(high / low) >= own * (1 - 1e-9)
        wider = found.interval(mean, mean * relative, 0.5 + level / 2)
        assert wider[0] <= low
        assert wider[1] >= high


def test_refusals() -> None:
    with pytest.raises(ModelError, match="actual must be a finite number > 0"):
        forecast_errors([[0.0]], [[1.0]], [[1.0]], [[1.0]])
    with pytest.raises(ModelError, match="at least one held-out total"):
        forecast_errors([[np.nan]], [[np.nan]], [[np.nan]], [[1.0]])
    with pytest.raises(ModelError, match="one shape"):
        forecast_errors([[1.0], [2.0]], [[1.0], [2.0]], [[1.0], [2.0]], [[1.0]])
    with pytest.raises(ModelError, match="are the same"):
        forecast_errors([[1.0], [2.0]], [[1.0], [2.0]], [[1.0], [2.0]], np.ones((2, 2)))
    with pytest.raises(ModelError, match="level must be between 0 and 1"):
        one(np.array([0.1])).interval(1.0, 1.0, 90.0)


TRUTH = BGNBD(0.9, 6.0, 0.6, 3.0)
LENGTH, WEEKS, CUSTOMERS = 13, 91, 700


def bought(rng: np.random.Generator, shock: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Customers and weeks of purchases of BG/NBD, whose rates all share a factor e^shock in each week."""
    grid = np.arange(shock.size + 1.0)
    clock = np.concatenate([[0.0], np.cumsum(np.exp(shock))])
    born = rng.uniform(0, 0.6 * shock.size, CUSTOMERS)
    rate = rng.gamma(TRUTH.r, 1 / TRUTH.alpha, CUSTOMERS)
    leave = rng.beta(TRUTH.a, TRUTH.b, CUSTOMERS)
    now, alive = np.interp(born, grid, clock), np.arange(CUSTOMERS)
    who, when = [alive], [born]
    while alive.size:
        now[alive] += rng.exponential(1 / rate[alive])
        alive = alive[now[alive] < clock[-1]]
        who.append(alive)
        when.append(np.interp(now[alive], clock, grid))
        alive = alive[rng.random(alive.size) >= leave[alive]]
    return np.concatenate(who), np.concatenate(when)


def said_and_came(who: np.ndarray, when: np.ndarray, now: float) -> tuple[float, float, float]:
    """Mean and standard deviation of the purchases in the weeks after `now`, and what came of them."""
    seen = when <= now
    count = np.bincount(who[seen], minlength=CUSTOMERS)
    first, last = np.full(CUSTOMERS, np.inf), np.zeros(CUSTOMERS)
    np.minimum.at(first, who[seen], when[seen])
    np.maximum.at(last, who[seen], when[seen])
    known = count > 0
    frequency = count[known] - 1.0
    history = (frequency, np.where(frequency > 0, last[known] - first[known], 0.0), now - first[known])
    total = total_purchases(fit_bg_nbd(*history), LENGTH, *history, np.ones(frequency.size))
    came = (when > now) & (when <= now + LENGTH) & known[who]
    return float(total.mean[0]), float(total.sd[0]), float(came.sum())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("week_to_week", "alone"), [(0.0, 0.82), (0.4, 0.0)], ids=["the model is right", "weeks vary as no model knows"]
)
def test_coverage_of_the_next_quarter(week_to_week: float, alone: float) -> None:
    """Four earlier quarters, half overlapping, tell the interval of the next one. A right model may be covered more
    often than it says, since an interval is never narrower than the model's own."""
    worlds, inside, own = 100, 0, 0
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        who, when = bought(rng, rng.normal(0.0, week_to_week, WEEKS) if week_to_week else np.zeros(WEEKS))
        now = WEEKS - LENGTH
        tests = [said_and_came(who, when, now - LENGTH - LENGTH / 2 * at) for at in range(4)]
        mean, sd, actual = (np.array(column)[:, None] for column in zip(*tests, strict=True))
        (errors,) = forecast_errors(actual, mean, sd, half_overlapping(4))
        said, spread, came = said_and_came(who, when, now)
        low, high = errors.interval(said, spread, LEVEL)
        inside += low <= came <= high
        own += abs(math.log(came / said)) <= 1.645 * spread / said
    assert 0.84 <= inside / worlds <= 0.99
    assert own / worlds >= alone
    if week_to_week:
        assert own / worlds < 0.7  # what the model alone would have held
