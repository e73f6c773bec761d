"""How rare a score is where nothing happens: a t distribution for each length of history, fitted to simulated series.

`python -m tests.news.calibrate` simulates white noise of every length, fits |score| / c ~ t(df) to its tail, and writes
calibration.json beside this module. Lengths between those of the table are interpolated.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
from scipy import stats

from segkit.arrays import Floats, Whole

ScoreKind = Literal["level", "slow", "drift"]

_TABLE: Final = Path(__file__).with_name("calibration.json")


def p_value(rule: ScoreKind, periods: Floats | Whole | int, score: Floats) -> Floats:
    """Return the chance of a score so far from 0, to either side, where nothing happens.

    Args:
        rule: of a value against its level, of a slow change, or of a stock's drift.
        periods: known values that the score rests on.
        score: in standard deviations; NaN stays NaN.
    """
    scale, freedom = _fitted(rule, periods)
    return np.asarray(2 * stats.t.sf(np.abs(score) / scale, freedom), dtype=np.float64)


def limit(periods: Floats | Whole | int, chance: Floats | float) -> Floats:
    """Return the score of a value against its level that is passed, to either side, with that chance."""
    scale, freedom = _fitted("level", periods)
    return np.asarray(scale * stats.t.isf(chance / 2, freedom), dtype=np.float64)


def _fitted(rule: ScoreKind, periods: Floats | Whole | int) -> tuple[Floats, Floats]:
    length, scale, freedom = _table()[rule]
    n = np.clip(np.asarray(periods, dtype=np.float64), length[0], length[-1])
    return np.interp(n, length, scale), 1 / np.interp(n, length, 1 / freedom)


@cache
def _table() -> dict[str, tuple[Floats, Floats, Floats]]:
    read = json.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        rule: (
            np.array([int(n) for n in rows], dtype=np.float64),
            np.array([row["scale"] for row in rows.values()], dtype=np.float64),
            np.array([row["freedom"] for row in rows.values()], dtype=np.float64),
        )
        for rule, rows in read.items()
    }
