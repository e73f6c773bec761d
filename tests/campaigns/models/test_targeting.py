"""Gains of a ranking, Qini and AUUC: by definition, in any order of rows and ties, with errors that hold."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.targeting import (
    auuc,
    effect_scores,
    gain_at,
    gain_of_difference,
    gain_within,
    mean_gain,
    places,
    qini,
)
from segkit.errors import DataError, ParameterError

from .oracles import policy_scores, qini_difference


def customers(seed: int, n: int = 60, levels: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(effect scores, ranking score with ties, part)"""
    random = np.random.default_rng(seed)
    score = random.integers(0, levels, n).astype(float)
    return random.normal(0.3 * score, 1.0), score, random.integers(0, 3, n)


def trapezoid(ordered: np.ndarray) -> tuple[float, float]:
    """(AUUC, Qini) of customers in their order, as drawn: points of the curve, straight lines between."""
    n = len(ordered)
    curve = np.r_[0.0, np.cumsum(ordered)] / n
    whole = sum((a + b) / 2 / n for a, b in pairwise(curve))
    return whole, whole - curve[-1] / 2


def test_areas_are_means_over_all_orders_of_the_tied() -> None:
    g, s = np.array([3.0, -1.0, 2.0, 0.5, 4.0, -2.0]), np.array([2.0, 2.0, 1.0, 2.0, 1.0, 0.0])
    orders = [o for o in permutations(range(len(g))) if all(s[a] >= s[b] for a, b in pairwise(o))]
    areas = [trapezoid(g[list(order)]) for order in orders]
    assert len(areas) == 6 * 2
    found = places(s)
    assert auuc(g, found).value == pytest.approx(np.mean([a for a, _ in areas]), abs=1e-12)
    assert qini(g, found).value == pytest.approx(np.mean([q for _, q in areas]), abs=1e-12)


@given(seed=st.integers(0, 10_000), levels=st.integers(1, 60))
def test_rows_ties_and_the_scale_of_scores_do_not_matter(seed: int, levels: int) -> None:
    g, s, part = customers(seed, levels=levels)
    order = np.random.default_rng(seed + 1).permutation(len(g))
    one, two = places(s, part), places((2 * s + 3)[order], 7 - part[order])
    np.testing.assert_array_equal(two.middle, one.middle[order])
    for measure in (auuc, qini, lambda a, b: gain_at(a, b, 0.3), lambda a, b: gain_within(a, b, 0.2, 0.4)):
        first, second = measure(g, one), measure(g[order], two)
        assert second.value == pytest.approx(first.value, abs=1e-12)
        assert second.standard_error == pytest.approx(first.standard_error, abs=1e-12)


@given(seed=st.integers(0, 10_000), top=st.floats(0.05, 1.0))
def test_a_gain_is_its_expectation_over_random_orders_of_the_tied(seed: int, top: float) -> None:
    """A part at a time, the edge cut within the tied and within a customer."""
    g, s, part = customers(seed, n=40)
    expected = 0.0
    for k in np.unique(part):
        mine, room = part == k, top * (part == k).sum()
        for value in sorted(set(s[mine]), reverse=True):
            tied = mine & (s == value)
            taken = min(max(room, 0.0), tied.sum())
            expected += taken * g[tied].mean()
            room -= tied.sum()
    assert gain_at(g, places(s, part), top).value == pytest.approx(expected / len(g), abs=1e-12)


def test_nothing_is_gained_by_a_score_that_says_nothing() -> None:
    g, s, part = customers(3)
    flat = places(np.zeros(len(g)), part)
    assert qini(g, flat).value == pytest.approx(0.0, abs=1e-3)  # parts of unequal size may differ by chance
    assert qini(g, places(np.zeros(len(g)))).value == pytest.approx(0.0, abs=1e-15)
    assert gain_at(g, places(np.zeros(len(g))), 0.3).value == pytest.approx(0.3 * g.mean())
    ranked = places(s)
    assert gain_of_difference(g, ranked, ranked, 0.3).standard_error == 0
    assert gain_of_difference(g, ranked, None, 1.0).value == pytest.approx(0.0, abs=1e-15)
    assert gain_at(g, ranked, 1.0) == mean_gain(g)


def test_doubly_robust_gains_are_those_of_policies() -> None:
    """Without ties, contacting the top is a policy, and its gain is its value less that of contacting nobody."""
    random = np.random.default_rng(5)
    n, p = 400, 0.4
    x = random.normal(size=n)
    arm = (random.random(n) < p).astype(int)
    y = x + arm * (1 + x) + random.normal(size=n)
    model = np.column_stack([0.9 * x, 0.9 * x + 1 + 0.8 * x])
    ranked = places(x)
    said = (ranked.middle < 0.3).astype(int)
    gain = gain_at(effect_scores(y, arm, p, model), ranked, 0.3)
    top, everybody, nobody = (
        policy_scores(y, arm, rule, [1 - p, p], model) for rule in (said, np.ones(n, int), np.zeros(n, int))
    )
    told = top - nobody
    assert gain.value == pytest.approx(told.mean(), rel=1e-12)
    assert gain.standard_error < told.std(ddof=1) / np.sqrt(n)  # a share is fixed here, and a rule's limit there
    scores = effect_scores(y, arm, p, model)
    assert mean_gain(scores).value == pytest.approx(everybody.mean() - nobody.mean(), rel=1e-12)


def test_without_a_model_the_curve_is_radcliffes() -> None:
    """Treated responders less control responders scaled to the treated, a treated customer (Radcliffe 2007)."""
    random = np.random.default_rng(6)
    n = 500
    t = np.r_[np.ones(200), np.zeros(300)]
    s, y = random.random(n), (random.random(n) < 0.1 + 0.1 * t).astype(float)
    ranked = places(s)
    scores = effect_scores(y - y.mean(), t, 0.4)  # nothing is left to centre
    for top in (0.2, 0.5, 1.0):
        taken = ranked.middle < top
        z = y - y.mean()
        radcliffe = (z[taken & (t == 1)].sum() - z[taken & (t == 0)].sum() * 200 / 300) / 200
        assert gain_at(scores, ranked, top).value == pytest.approx(radcliffe, abs=1e-12)


@pytest.mark.parametrize("measure", ["qini", "auuc", "gain", "difference", "fifth", "qini difference"])
def test_errors_are_those_of_the_jackknife(measure: str) -> None:
    """Each customer left out once, ranked and counted anew."""
    g, s, _ = customers(7, n=300, levels=300)
    other = s[::-1].copy() + 0.1 * g

    def of(rows: np.ndarray) -> object:
        a, r, o = g[rows], places(s[rows]), places(other[rows])
        return {
            "qini": lambda: qini(a, r),
            "auuc": lambda: auuc(a, r),
            "gain": lambda: gain_at(a, r, 0.3),
            "difference": lambda: gain_of_difference(a, r, o, 0.3),
            "fifth": lambda: gain_within(a, r, 0.2, 0.4),
            "qini difference": lambda: qini_difference(a, r, o),
        }[measure]()

    rows = np.arange(len(g))
    without = np.array([of(np.delete(rows, i)).value for i in rows])  # type: ignore[attr-defined]
    jackknife = np.sqrt((len(g) - 1) / len(g) * ((without - without.mean()) ** 2).sum())
    # areas are smooth; what the edge of a share brings is estimated from few customers here
    within = 0.02 if "qini" in measure or measure == "auuc" else 0.15
    assert of(rows).standard_error == pytest.approx(jackknife, rel=within)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("levels", [4, 1000])
def test_intervals_of_a_given_ranking_cover(levels: int) -> None:
    """2,000 trials of 1,000 customers, effects planted by score, with and without ties."""
    random = np.random.default_rng(levels)
    p, hits = 0.3, np.zeros(4)
    grid = np.arange(levels) / levels
    effect = 0.02 + 0.2 * grid**2
    back = 1 - (np.arange(levels) + 0.5) / levels  # mean place of a level
    truth = np.array(
        [
            (effect * (0.5 - back)).mean(),
            (effect * (1 - back)).mean(),
            np.sort(effect)[::-1].repeat(20)[: 6 * levels].sum() / 20 / levels,
            effect.mean(),
        ]
    )
    trials = 2_000
    for _ in range(trials):
        at = random.integers(0, levels, 1_000)
        t = (random.random(1_000) < p).astype(float)
        y = (random.random(1_000) < 0.1 + 0.1 * grid[at] + effect[at] * t).astype(float)
        g, ranked = effect_scores(y, t, p), places(grid[at])
        found = (qini(g, ranked), auuc(g, ranked), gain_at(g, ranked, 0.3), mean_gain(g))
        hits += [e.lower <= v <= e.upper for e, v in zip(found, truth, strict=True)]
    assert np.all(np.abs(hits / trials - 0.95) < 0.016), hits / trials


def test_what_cannot_be_told_is_refused() -> None:
    g, s, _ = customers(1)
    ranked = places(s)
    with pytest.raises(DataError, match="no customers to rank"):
        places([])
    with pytest.raises(DataError, match="without missing numbers"):
        effect_scores(g, s > 2, 0.5, np.zeros((len(g), 3)))
    with pytest.raises(DataError, match="an interval needs at least two customers"):
        mean_gain([1.0])
    with pytest.raises(ParameterError, match="share above 0"):
        gain_at(g, ranked, 0.0)
    with pytest.raises(ParameterError, match="two rising shares between 0 and 1"):
        gain_within(g, ranked, 0.5, 0.5)
    with pytest.raises(DataError, match="where 60 are needed"):
        qini(g[:-1], ranked)
