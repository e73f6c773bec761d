"""The gate: how far the last value of each series is from what its past, its calendar and last year lead to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from segkit.arrays import Flags, Floats, Whole
from segkit.news.calibration import limit, p_value
from segkit.news.feasts import Mark
from segkit.news.level import FEWEST, WINDOW, Level, smoothed_level
from segkit.news.slow import drift_score, slow_score

Basis = Literal["level", "event", "year"]
"""What a value is compared with: where the series stands, what the same event did to it before, last year's same week."""

_STOOD_OUT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Scores:
    """The last values of several series against what was expected of them, on the scale on which they are judged.

    Attributes:
        value: (rows,) the judged ones.
        known: (rows,) values that they are judged by.
        centres, deviations: (rows, tests) what was expected, and the standard deviation around it; NaN for a test that
            does not apply to a row. A value is out if it is outside all of them, to the same side.
        basis: what each test compares with.
        slack: (rows,) by how much it may lie farther out on account of a public holiday.
        p: (rows,) chance of a value so far out; NaN where it is not judged.
        bare: (rows,) the same without the calendar's excuses: no slack, and a major event judged as any other week.
        slow: (rows,) chance of the last four being so far from the year before; NaN where it is not judged.
        shift: (rows,) their distance in standard errors, with its sign; NaN likewise.
    """

    value: Floats
    known: Whole
    centres: Floats
    deviations: Floats
    basis: tuple[Basis, ...]
    slack: Floats
    p: Floats
    bare: Floats
    slow: Floats
    shift: Floats

    def range_at(self, chance: Floats | float, *, bare: bool = False) -> tuple[Floats, Floats]:
        """Return the normal range of each row: a value outside it has a p below the chance, and none inside.

        Args:
            chance: of a value outside.
            bare: the range of ordinary periods, without what the calendar excuses.
        """
        half = limit(self.known, chance)[:, None] * self.deviations
        slack = np.zeros_like(self.slack) if bare else self.slack
        low = np.fmin.reduce(self.centres - half, axis=1) - slack
        return np.asarray(low), np.asarray(np.fmax.reduce(self.centres + half, axis=1) + slack)

    @property
    def expected(self) -> Floats:
        """(rows,) what was expected: by last year or the same event before, where these were compared with."""
        last = self.centres.shape[1] - 1 - np.argmax(np.isfinite(self.centres[:, ::-1]), axis=1)
        return np.asarray(self.centres[np.arange(len(self.centres)), last])


def scores(
    values: Floats,
    marks: Sequence[Mark | None],
    *,
    year: int = 0,
    floor: Floats | float = 0.0,
    slack: Floats | float = 0.0,
    wider: Floats | float = 1.0,
    stock: bool = False,
    comparable: Flags | None = None,
) -> Scores:
    """Return the scores of the last values; only series of which that value and one before it are known.

    Args:
        values: (rows, periods) on the judged scale, oldest first, NaN for unknown.
        marks: what the calendar says of each period.
        year: periods in a year, 52 or 12; 0 where a year ago is not looked at.
        floor: (rows,) least standard deviation of one value: what sampling alone does.
        slack: (rows,) what the period's event may do where no earlier one is known, on the judged scale; infinite where it
            may do anything: then the value is not judged.
        wider: (rows,) how much farther chance moves the last value than the others.
        stock: whether the values are changes of a stock.
        comparable: (rows, periods) which values the last one may be compared with; all if None.
    """
    rows, judged, mark = len(values), values[:, -1], marks[-1]
    apart = np.array([m is not None and m.major for m in marks])
    ordinary = np.where(apart, np.nan, values)
    whole = smoothed_level(ordinary[:, :-1], gaps_widen=mark is None)
    alike = ordinary if comparable is None else np.where(comparable, ordinary, np.nan)
    now = whole if comparable is None else smoothed_level(alike[:, :-1], gaps_widen=mark is None)
    tests: list[tuple[Basis, Floats, Floats]] = [("level", now.level, now.deviation(floor))]
    earlier = 0 if mark is None else _add_event(tests, values, alike, marks, now, floor)
    if mark is None and year:
        _add_year(tests, alike, apart, now, year, floor)
    if mark is not None and mark.major and earlier > 1:
        tests = tests[1:]  # two earlier ones are enough to go by
    centres = np.stack([centre for _, centre, _ in tests], axis=1)
    deviations = np.stack([deviation * wider for _, _, deviation in tests], axis=1)
    excuse = np.zeros(rows) + (slack if mark is not None and not earlier else 0.0)
    enough = now.known >= FEWEST
    bare = np.where(enough, _p(judged, centres, deviations, np.zeros(rows), now.known), np.nan)
    p = np.where(enough, _p(judged, centres, deviations, excuse, now.known), np.nan)
    p = np.where(np.isfinite(excuse), p, np.nan)
    slow, shift = (
        _slowly(values, whole, floor, stock) if mark is None else (np.full(rows, np.nan), np.full(rows, np.nan))
    )
    slow = np.where(enough, slow, np.nan)
    return Scores(judged, now.known, centres, deviations, tuple(b for b, _, _ in tests), excuse, p, bare, slow, shift)


def _p(judged: Floats, centres: Floats, deviations: Floats, slack: Floats, known: Whole) -> Floats:
    """Return the largest of the tests' chances; 1 between what two of them expect."""
    off = judged[:, None] - centres
    beyond = np.maximum(np.abs(off) - slack[:, None], 0.0)
    chances = p_value("level", known[:, None].astype(np.float64), beyond / deviations)
    below, above = np.fmin.reduce(off, axis=1) > 0, np.fmax.reduce(off, axis=1) < 0
    return np.asarray(np.where(below | above, np.fmax.reduce(chances, axis=1), 1.0))


def _slowly(values: Floats, now: Level, floor: Floats | float, stock: bool) -> tuple[Floats, Floats]:
    """Compute the chance and score of a slow change."""
    score = slow_score(now, values[:, -1], floor)
    if score is not None:
        return p_value("slow", now.cleaned.shape[1], score), score
    if stock and values.shape[1] > FEWEST and np.isfinite(values).all():
        score = drift_score(values)
        return p_value("drift", values.shape[1] - 1, score), score
    return np.full(len(values), np.nan), np.full(len(values), np.nan)


def _add_event(
    tests: list[tuple[Basis, Floats, Floats]],
    values: Floats,
    ordinary: Floats,
    marks: Sequence[Mark | None],
    now: Level,
    floor: Floats | float,
) -> int:
    """Add what the same event did before; return how often it is known of."""
    mark = marks[-1]
    assert mark is not None
    departures = []
    for at in range(len(marks) - 1):
        then = marks[at]
        if then is None or then.key != mark.key or at < FEWEST:
            continue
        past = ordinary[:, :at]
        if (np.isfinite(past[:, -WINDOW:]).sum(axis=1) >= FEWEST).all() and np.isfinite(values[:, at]).all():
            departures.append(values[:, at] - smoothed_level(past).level)
    if departures:
        usual = np.mean(departures, axis=0)
        tests.append(("event", now.level + usual, now.deviation(floor) * np.sqrt(1 + 1 / len(departures))))
    return len(departures)


def _add_year(
    tests: list[tuple[Basis, Floats, Floats]],
    ordinary: Floats,
    apart: Flags,
    now: Level,
    year: int,
    floor: Floats | float,
) -> None:
    """Add last year's same week where it stood out: then it is the season that does."""
    rows, periods = ordinary.shape
    centre, deviation = np.full(rows, np.nan), np.full(rows, np.nan)
    off = np.sign(ordinary[:, -1] - now.level)
    at = periods - 1 - year
    if at < FEWEST or apart[at]:
        return
    past, then = ordinary[:, :at], ordinary[:, at]
    use = (np.isfinite(past[:, -WINDOW:]).sum(axis=1) >= FEWEST) & np.isfinite(then)
    if use.any():
        before = smoothed_level(past[use])
        departure = then[use] - before.level
        part = floor[use] if isinstance(floor, np.ndarray) else floor
        out = (np.abs(departure) > _STOOD_OUT * before.deviation(part)) & (np.sign(departure) == off[use])
        found = np.flatnonzero(use)[out]
        centre[found] = now.level[found] + departure[out]
        deviation[found] = now.deviation(floor)[found] * np.sqrt(2.0)
    if np.isfinite(centre).any():
        tests.append(("year", centre, deviation))
