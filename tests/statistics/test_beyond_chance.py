"""Noise is told from a difference in nineteen of twenty cases, and a difference is found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from segkit.statistics.beyond_chance import ranks_beyond_chance, shares_beyond_chance


@pytest.mark.parametrize(("shift", "least", "most"), [(0.0, 0.0, 0.05), (0.5, 0.95, 1.0)])
def test_scores_of_noise_are_chance_and_others_are_not(shift: float, least: float, most: float) -> None:
    draw, found = np.random.default_rng(1), []
    for _ in range(300):
        events, others = draw.normal(shift, 1, 120), draw.normal(0, 1, 480)
        auc = mannwhitneyu(events, others).statistic / (120 * 480)
        found.append(ranks_beyond_chance(float(auc), 120, 480))
    assert least <= np.mean(found) <= most


@pytest.mark.parametrize(("second", "least", "most"), [(0.2, 0.0, 0.08), (0.35, 0.9, 1.0)])
def test_shares_of_groups_that_are_alike_differ_by_chance_alone(second: float, least: float, most: float) -> None:
    draw = np.random.default_rng(2)
    found = [
        shares_beyond_chance([int(draw.binomial(450, 0.2)), int(draw.binomial(450, second))], [450, 450])
        for _ in range(300)
    ]
    assert least <= np.mean(found) <= most


def test_where_nobody_left_or_nobody_stayed_nothing_is_told_apart() -> None:
    assert not shares_beyond_chance([0, 0], [10, 10])
    assert not shares_beyond_chance([10, 10], [10, 10])
    assert not shares_beyond_chance([3], [10])
    assert not ranks_beyond_chance(0.9, 0, 10)
