"""Fits the table of segkit/news/calibration.py: `python -m tests.news.calibrate`, half a minute."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import stats

from segkit.news.level import smoothed_level
from segkit.news.slow import drift_score, slow_reach, slow_score

TABLE: Final = Path(__file__).resolve().parents[2] / "segkit" / "news" / "calibration.json"
LENGTHS: Final = (8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 23, 26, 32, 40, 52)
SERIES: Final = 100_000
CHANCES: Final = np.array([0.05, 0.02, 0.01, 0.005, 0.0025, 0.001])
"""The tail that is fitted."""
FREEDOMS: Final = np.concatenate([np.arange(2, 12, 0.25), np.arange(12, 60, 2), [80, 150, 400]])


def fit(scores: Any) -> dict[str, float]:
    """The t distribution whose quantiles are nearest to those of |score|, in ratio, at the worst of the chances."""
    seen = np.quantile(np.abs(scores), 1 - CHANCES)
    best = (np.inf, 0.0, 0.0)
    for freedom in FREEDOMS:
        ideal = stats.t.isf(CHANCES / 2, freedom)
        scale = np.exp(np.mean(np.log(seen / ideal)))
        best = min(best, (float(np.max(np.abs(np.log(seen / (scale * ideal))))), float(scale), float(freedom)))
    return {"scale": round(best[1], 4), "freedom": best[2]}


def calibrate(series: int = SERIES, lengths: tuple[int, ...] = LENGTHS) -> dict[str, dict[str, dict[str, float]]]:
    """Rule → length of history → the fit to so many series of white noise."""
    table: dict[str, dict[str, dict[str, float]]] = {"level": {}, "slow": {}, "drift": {}}
    for n in lengths:
        noise = np.random.default_rng(n).standard_normal((series, n + 1))
        found = smoothed_level(noise[:, :-1])
        table["level"][str(n)] = fit((noise[:, -1] - found.level) / found.deviation())
        score = slow_score(found, noise[:, -1])
        if slow_reach(n) and score is not None:
            table["slow"][str(n)] = fit(score)
        else:
            table["drift"][str(n)] = fit(drift_score(noise))
    return table


if __name__ == "__main__":
    TABLE.write_text(json.dumps(calibrate(), indent=1) + "\n", encoding="utf-8")
