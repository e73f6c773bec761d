"""Few events: score intervals, from counts that others computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.proportion import test_proportions_2indep as proportions_test

from segkit.campaigns.models.sequential import AlwaysValid
from segkit.errors import DataError
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.proportions import compare_proportions, score_comparison

COUNTS = [(56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 1, 29), (40, 41, 3, 38), (2, 900, 7, 850)]


@pytest.mark.parametrize("counts", COUNTS)
def test_ratio_interval_and_test_are_those_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    found = score_comparison(*counts)
    assert isinstance(found, Effect)
    low, high = confint_proportions_2indep(*counts, method="score", compare="ratio", correction=True)
    assert found.lift.lower is not None
    assert found.lift.upper is not None
    assert (1 + found.lift.lower, 1 + found.lift.upper) == (
        pytest.approx(low, rel=1e-9),
        pytest.approx(high, rel=1e-9),
    )
    oracle = proportions_test(*counts, method="score", compare="diff", correction=True)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-8)


@pytest.mark.parametrize("counts", COUNTS)
def test_difference_bounds_are_just_rejected_by_a_numerically_maximised_likelihood(
    counts: tuple[int, int, int, int],
) -> None:
    """From first principles: statsmodels 0.14 inverts another statistic here, and fails on two of these."""
    found = score_comparison(*counts)
    assert isinstance(found, Effect)
    a, n, b, m = counts
    for delta in (found.lower, found.upper):

        def loss(p: float, delta: float = delta) -> float:
            q = min(max(p + delta, 1e-300), 1 - 1e-16)
            p = min(max(p, 1e-300), 1 - 1e-16)
            return -float(a * np.log(q) + (n - a) * np.log1p(-q) + b * np.log(p) + (m - b) * np.log1p(-p))

        p = optimize.minimize_scalar(
            loss, bounds=(max(0, -delta), min(1, 1 - delta)), method="bounded", options={"xatol": 1e-12}
        ).x
        q = p + delta
        variance = (q * (1 - q) / n + p * (1 - p) / m) * (n + m) / (n + m - 1)
        assert abs(a / n - b / m - delta) / np.sqrt(variance) == pytest.approx(1.959964, abs=1e-4)


def test_newcombe_1998() -> None:
    """5/56 against 0/29 and 56/70 against 48/80, Miettinen-Nurminen: Newcombe (1998), Stat. Med. 17:873, table II."""
    for counts, lower, upper in (((56, 70, 48, 80), 0.0528, 0.3382), ((5, 56, 0, 29), -0.0326, 0.1933)):
        found = score_comparison(*counts)
        assert isinstance(found, Effect)
        assert (found.lower, found.upper) == (pytest.approx(lower, abs=5e-5), pytest.approx(upper, abs=5e-5))


def test_the_ratio_interval_is_koopmans_without_the_correction() -> None:
    """scipy's Koopman-type (Nam) interval; ours has the (N - 1) correction, small at these counts."""
    found = score_comparison(300, 1000, 250, 1000)
    oracle = stats.contingency.relative_risk(300, 1000, 250, 1000).confidence_interval(0.95)
    assert isinstance(found, Effect)
    assert found.lift.lower is not None
    assert found.lift.upper is not None
    assert 1 + found.lift.lower == pytest.approx(oracle.low, rel=2e-3)
    assert 1 + found.lift.upper == pytest.approx(oracle.high, rel=2e-3)


@given(
    nt=st.integers(2, 200), nc=st.integers(2, 200), a=st.floats(0, 1), b=st.floats(0, 1), level=st.floats(0.5, 0.999)
)
def test_difference_ratio_and_test_are_one_statement(nt: int, nc: int, a: float, b: float, level: float) -> None:
    st_, sc = round(a * nt), round(b * nc)
    found = score_comparison(st_, nt, sc, nc, level=level)
    if isinstance(found, Refusal):
        assert st_ + sc in (0, nt + nc)
        return
    absolute = found.lower > 0 or found.upper < 0
    assert absolute == found.significant
    assert -1 <= found.lower <= found.difference <= found.upper <= 1
    if found.lift.estimable:
        assert found.lift.lower is not None
        assert found.lift.upper is not None
        assert (found.lift.lower > 0 or found.lift.upper < 0) == found.significant
        assert found.lift.lower >= -1


def column(successes: int, n: int) -> Moments:
    return Moments.from_arrays({"bought": np.r_[np.ones(successes), np.zeros(n - successes)]})


def test_few_events_take_the_score_interval_and_many_do_not() -> None:
    few = compare_proportions(column(4, 500), column(1, 480), "bought")
    many = compare_proportions(column(60, 500), column(40, 480), "bought")
    assert isinstance(few, Effect)
    assert isinstance(many, Effect)
    assert "score" in few.reference
    assert "Student" in many.reference
    looks = compare_proportions(column(4, 500), column(1, 480), "bought", distribution=AlwaysValid(0.5, 2, 4))
    assert isinstance(looks, Effect)
    assert "always valid" in looks.reference


def test_nobody_bought_is_a_reason_not_an_interval_of_zero_width() -> None:
    found = compare_proportions(column(0, 500), column(0, 480), "bought")
    assert isinstance(found, Refusal)
    assert found.reason.startswith("no interval: none of 980 customers did it")


def test_other_values_than_zero_and_one_are_refused() -> None:
    spend = Moments.from_arrays({"bought": [0.0, 0.5, 2.5]})
    with pytest.raises(DataError, match="values other than 0 and 1"):
        compare_proportions(spend, column(2, 5), "bought")


@pytest.mark.slow
def test_score_intervals_cover_with_few_events() -> None:
    random = np.random.default_rng(2)
    n, pt, pc = 400, 0.02, 0.01
    hits, rounds = 0, 6000
    for a, b in zip(random.binomial(n, pt, rounds), random.binomial(n, pc, rounds), strict=True):
        found = score_comparison(int(a), n, int(b), n)
        hits += isinstance(found, Refusal) or found.lower <= pt - pc <= found.upper
    assert 0.94 <= hits / rounds <= 0.965
