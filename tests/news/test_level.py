"""Level and spread, against what can be worked out without them."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.news.cleaning import without_one_outlier, without_outliers
from segkit.news.level import smoothed_level


def test_a_short_history_is_a_mean_and_its_prediction_interval() -> None:
    """With a weight of 0: mean, standard deviation with n − 1, and √(1 + 1/n), as in every textbook."""
    values = np.random.default_rng(2).normal(10, 3, (40, 9))
    found = smoothed_level(values)
    assert found.level == pytest.approx(values.mean(axis=1))
    assert found.spread == pytest.approx(values.std(axis=1, ddof=1))
    assert found.deviation() == pytest.approx(values.std(axis=1, ddof=1) * np.sqrt(1 + 1 / 9))


def test_what_is_not_known_is_left_out() -> None:
    values = np.random.default_rng(2).normal(10, 3, (1, 9))
    gaps = np.insert(values, [0, 3, 6], np.nan, axis=1)
    assert smoothed_level(gaps).level == pytest.approx(smoothed_level(values).level)
    assert smoothed_level(gaps).spread == pytest.approx(smoothed_level(values).spread)
    assert smoothed_level(gaps).known.tolist() == [9]


def test_one_odd_week_widens_nothing() -> None:
    values = np.random.default_rng(5).normal(100, 2, (1, 40))
    odd = values.copy()
    odd[0, 20] += 200
    assert smoothed_level(odd).spread == pytest.approx(smoothed_level(values).spread, rel=0.05)
    assert smoothed_level(odd).level == pytest.approx(smoothed_level(values).level, abs=0.5)
    cleaned, where = without_outliers(odd)
    assert where.sum() == 1
    assert abs(cleaned[0, 20] - 100) < 5
    cleaned, where = without_one_outlier(odd[:, 15:26])
    assert np.flatnonzero(where[0]).tolist() == [5]


def test_a_level_follows_a_shift() -> None:
    values = np.random.default_rng(5).normal(0, 1, (200, 50))
    values[:, 38:] += 8
    assert np.median(smoothed_level(values).level) == pytest.approx(8, abs=0.5)


def test_a_floor_holds_a_still_series() -> None:
    still = np.full((1, 20), 7.0)
    assert smoothed_level(still).deviation() < 1e-9
    assert smoothed_level(still).deviation(2.0) == pytest.approx(2.0, rel=0.05)
