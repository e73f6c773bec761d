"""Intervals of a group's risk: they cover, and groups that are too small get a refusal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import special, stats

from segkit.churn.models.group_risk import ModelErrors, Seen, group_risk, segment_error, whole_error
from segkit.errors import ModelError
from tests.churn.models.worlds import Outcome, outcomes

Record = Callable[[str, object], None]


def test_a_small_group_gets_a_refusal() -> None:
    found = group_risk(29, 0.1, 0.09, learnt_from=100, model_error=0.1)
    assert (found.mean, found.low, found.high) == (None, None, None)
    assert "29 customers are too few" in str(found.refusal)
    assert group_risk(30, 0.1, 0.09, learnt_from=100, model_error=0.1).mean == 0.1


@pytest.mark.parametrize("customers", [30, 500, 5_000, 3_000_000])
def test_bounds_hold_the_mean_and_stay_shares(customers: int) -> None:
    for mean in (1e-4, 0.02, 0.5, 0.999):
        for error in (0.0, 0.2, 3.0):
            found = group_risk(customers, mean, mean * (1 - mean), learnt_from=np.inf, model_error=error)
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= mean <= found.high <= 1


def test_an_error_of_segments_beyond_chance_is_measured() -> None:
    rng = np.random.default_rng(2)
    n, p = np.full(400, 2_000.0), np.full(400, 0.1)
    found = []
    for spread in (0.0, 0.15):
        moved = special.expit(special.logit(p) + rng.normal(0, spread, 400))
        found.append(segment_error(Seen(n, rng.binomial(2_000, moved), n * p, n * p * (1 - p))))
    assert found[0] < 0.05
    assert found[1] == pytest.approx(0.15, abs=0.02)
    # what moves all of them alike is the whole's
    alike = special.expit(special.logit(p) + 0.5)
    assert segment_error(Seen(n, rng.binomial(2_000, alike), n * p, n * p * (1 - p))) < 0.05
    assert segment_error(Seen([50], [3], [5.0], [4.5])) == 0.0


@pytest.mark.parametrize("horizons", [2, 3, 6])
def test_an_error_of_the_whole_is_without_bias(horizons: int) -> None:
    """Its square is right on average: the model is learnt from all horizons but the first, which bends what they show."""
    rng = np.random.default_rng(3)
    n, shock, squares = 10_000_000, 0.2, []
    for _ in range(3_000):
        odds = special.logit(0.2) + rng.normal(0, shock, horizons)
        p = special.expit(np.mean(odds[1:]))
        left = rng.binomial(n, special.expit(odds))
        counted = np.full(horizons, float(n))
        squares.append(whole_error(Seen(counted, left, counted * p, counted * p * (1 - p))) ** 2)
    assert np.mean(squares) == pytest.approx(shock**2, rel=0.1)


def test_few_horizons_give_wide_intervals() -> None:
    """Student's t of the horizons seen, and the error of the mean over them: with two, 6.31 × √1.5 of the spread."""
    reach = {k: ModelErrors(0.1, k).reach(0.9, segment=False) for k in (2, 3, 6, 1_000)}
    z = stats.norm.ppf(0.95)
    for k, found in reach.items():
        assert found * z == pytest.approx(stats.t.ppf(0.95, k - 1) * 0.1 * np.sqrt(1 + 1 / k))
    with_segments = ModelErrors(0.1, 6, 0.05, 3)
    assert with_segments.reach(0.9, segment=False) == reach[6]
    assert (with_segments.reach(0.9, segment=True) * z) ** 2 == pytest.approx(
        (reach[6] * z) ** 2 + (stats.t.ppf(0.95, 3) * 0.05) ** 2
    )
    with pytest.raises(ModelError, match="two horizons"):
        whole_error(Seen([100], [10], [10.0], [9.0]))


def test_nobody_and_everybody_are_no_infinite_error() -> None:
    for left in (0, 100):
        for expected in (0.0, 100.0):
            seen = Seen([100, 100], [left, 5], [expected, 5.0], [0.0, 4.75])
            assert np.isfinite(whole_error(seen))
            assert np.isfinite(segment_error(seen))


def test_bounds_are_those_of_unequal_chances() -> None:
    """Without an error of the model: quantiles of a sum of coins that are not alike, which a binomial is wider than."""
    rng = np.random.default_rng(4)
    p = special.expit(rng.normal(-1.0, 2.0, 800))
    counts = (rng.random((20_000, 800)) < p).sum(axis=1)
    found = group_risk(800, p.mean(), np.mean(p * (1 - p)), learnt_from=np.inf, model_error=0.0)
    assert found.low is not None
    assert found.high is not None
    assert abs(found.low * 800 - np.quantile(counts, 0.05)) <= 1
    assert abs(found.high * 800 - np.quantile(counts, 0.95)) <= 1


def test_bounds_are_those_of_random_log_odds() -> None:
    rng = np.random.default_rng(5)
    q = special.expit(special.logit(0.08) + rng.normal(0, 0.4, 400_000))
    counts = rng.binomial(3_000, q)
    found = group_risk(3_000, 0.08, 0.08 * 0.92, learnt_from=np.inf, model_error=0.4)
    assert found.low == pytest.approx(np.quantile(counts, 0.05) / 3_000, rel=0.02)
    assert found.high == pytest.approx(np.quantile(counts, 0.95) / 3_000, rel=0.02)


def told(found: list[Outcome]) -> dict[str, tuple[int, float, float, float]]:
    """Trials, share inside, share inside of who knows the truth, and mean width against theirs."""
    parts = {"totals": [o for o in found if not o.segment], "segments": [o for o in found if o.segment]}
    return {
        name: (
            len(some),
            float(np.mean([o.inside for o in some])),
            float(np.mean([o.known_inside for o in some])),
            sum(o.high - o.low for o in some) / sum(o.known_high - o.known_low for o in some),
        )
        for name, some in parts.items()
    }


def test_intervals_cover_in_some_worlds() -> None:
    found = told(outcomes(60, horizons=6))
    # 60 totals: a standard error of 4 %
    assert 0.8 <= found["totals"][1] <= 1
    assert 0.85 <= found["segments"][1] <= 0.99


@pytest.mark.slow
def test_intervals_cover_nine_tenths_and_are_not_wide(record_property: Record) -> None:
    """Of totals and of segments, with the six dates that a report learns from where nothing else is asked for."""
    found = told(outcomes(1_000, horizons=6, seed=1_000))
    for name, (trials, inside, known, wide) in found.items():
        record_property(
            "figure",
            f"churn, six horizons, {name}: {trials} trials, inside {inside:.1%} (who knows the truth {known:.1%}), width {wide:.2f}",
        )
        assert trials >= 400
        assert 0.86 <= inside <= 0.94, name
        assert wide <= 1.3, name


@pytest.mark.slow
@pytest.mark.parametrize("horizons", [2, 3, 4])
def test_intervals_cover_with_few_horizons_too(horizons: int, record_property: Record) -> None:
    """They have to be wide then; segments are held a little more often, as two spreads are both taken wide."""
    found = told(outcomes(400, horizons=horizons, seed=5_000))
    for name, (trials, inside, _, wide) in found.items():
        record_property(
            "figure", f"churn, {horizons} horizons, {name}: {trials} trials, inside {inside:.1%}, width {wide:.2f}"
        )
        assert trials >= 400
        assert 0.86 <= inside <= 0.97, name


@pytest.mark.slow
def test_intervals_cover_where_nothing_but_chance_moves_them(record_property: Record) -> None:
    found = told(outcomes(400, horizons=6, shocks=1e-9, moves=1e-9, seed=9_000))
    for name, (trials, inside, _, wide) in found.items():
        record_property(
            "figure", f"churn, chance alone, {name}: {trials} trials, inside {inside:.1%}, width {wide:.2f}"
        )
        assert 0.86 <= inside <= 0.98, name
