"""The table of calibration is what a rerun gives, up to the error of a smaller one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from segkit.news.calibration import limit, p_value
from tests.news.calibrate import LENGTHS, TABLE, calibrate


@pytest.mark.parametrize("n", [8, 12, 26, 52])
def test_a_rerun_at_a_small_size_agrees(n: int) -> None:
    """At chances of 5 and 1 percent the limits agree to a twelfth."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    for rule, rows in calibrate(6_000, (n,)).items():
        for length, row in rows.items():
            kept = table[rule][length]
            for chance in (0.05, 0.01):
                here, there = (r["scale"] * stats.t.isf(chance / 2, r["freedom"]) for r in (row, kept))
                assert here == pytest.approx(there, rel=1 / 12), (rule, length, chance)


def test_the_table_has_every_length() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert [int(n) for n in table["level"]] == list(LENGTHS)
    assert sorted(int(n) for rule in ("slow", "drift") for n in table[rule]) == list(LENGTHS)


def test_limits_and_chances_are_each_others_inverse() -> None:
    for n in (8, 17, 52, 90):
        for chance in (0.2, 0.05, 0.001):
            assert float(p_value("level", n, limit(n, chance))) == pytest.approx(chance, rel=1e-9)


def test_long_histories_come_close_to_the_normal_distribution() -> None:
    assert float(limit(52, 0.01)) == pytest.approx(stats.norm.isf(0.005), rel=0.08)
    assert np.isnan(p_value("level", 20, np.array([np.nan])))[0]
