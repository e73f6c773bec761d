"""Judgement of the figures of a page together: one chance of a false alarm for the page, not one for each figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from segkit.arrays import Floats
from segkit.news.feasts import Mark, PeriodKind, Span
from segkit.news.gate import Scores, scores
from segkit.news.judgement import EARLY, MISSING, Compared, Judgement
from segkit.news.level import FEWEST, WINDOW
from segkit.news.slow import DRIFT, LATELY, slow_reach
from segkit.news.trading import Daily, restate
from segkit.news.transform import Scale, logarithmic, restored, slope, transformed
from segkit.statistics.multiplicity import adjusted_p_values

CHANCE: Final = 0.05
"""Pages without news of a hundred on which one of the key figures is called news: five."""
_MOST_BACK: Final = 26
"""Periods by which a slow change is followed back."""
QUIET: Final = 12
"""Periods after which a slow change is a new one."""
_YEAR: Final[dict[PeriodKind, int]] = {"week": 52, "month": 12, "day": 0}
_COMPARED: Final[dict[str, Compared]] = {
    "level": "lately",
    "event": "the same event before",
    "year": "the same week a year ago",
}


@dataclass(frozen=True, slots=True)
class Series:
    """A figure's history.

    Attributes:
        values: one a period, oldest first, the judged one last; None for unknown.
        scale: what kind of figure it is.
        stock: whether it is what has gathered (contracts, members of a segment), which is judged by its change.
        error: standard error of the last value on account of who happened to buy, in the figure's unit.
        by_few: whether a few customers make that error, so that what it excuses is their doing.
        without: what the last value would be without the doings of a few customers, in its unit; where one of these
            is within the normal range, what moved it is a few.
        at_least: a difference from the expected up to this is no news.
        daily: the figure by day, where days bring it; None otherwise.
    """

    values: tuple[float | None, ...]
    scale: Scale
    stock: bool = False
    error: float = 0.0
    by_few: bool = False
    without: tuple[float, ...] = ()
    at_least: float = 0.0
    daily: Daily | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The periods that series are of.

    Attributes:
        spans: first and last days, oldest first, the judged one last.
        period: what they are.
        marks: what the calendar says of each; all None where nothing is known.
    """

    spans: tuple[Span, ...]
    period: PeriodKind
    marks: tuple[Mark | None, ...]

    def before(self) -> Timeline:
        """Return it without the last period."""
        return Timeline(self.spans[:-1], self.period, self.marks[:-1])


def judge_series(series: Sequence[Series], time: Timeline, chance: float = CHANCE) -> tuple[Judgement, ...]:
    """Judge the last values of series that stand on a page together.

    Args:
        series: their histories, over the periods of `time`.
        time: the periods.
        chance: of calling anything news where nothing is, all series together (Holm 1979).

    Returns:
        One a series.
    """
    looked = [_looked_at(one, time) for one in series]
    adjusted, levels = _holm([None if one is None else float(one.scores.p[0]) for one in looked], chance)
    slow, _ = _holm([None if one is None else float(one.scores.slow[0]) for one in looked], chance)
    found = []
    for at, (one, given) in enumerate(zip(looked, series, strict=True)):
        if one is None:
            known = sum(value is not None for value in given.values)
            found.append(
                MISSING if not given.values or given.values[-1] is None else replace(EARLY, periods=known - 1)
            )
            continue
        found.append(_judgement(one, given, time, adjusted[at] <= chance, levels[at], chance))
    moved = {at: float(np.sign(one.scores.shift[0])) for at, one in enumerate(looked) if one and slow[at] <= chance}
    return _with_slow(found, series, time, moved, chance)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One series on its judged scale.

    Attributes:
        scores: of the last value.
        alone: chance of the value by the series alone, without the floor that single customers set.
        base, logs: what leads back from that scale.
    """

    scores: Scores
    alone: float
    base: float
    logs: bool

    def back(self, judged: Floats | float, scale: Scale) -> float:
        return float(restored(np.asarray(judged + self.base, dtype=np.float64), scale, self.logs))


def _looked_at(one: Series, time: Timeline) -> _Looked | None:
    """Return None where the last value is not known, or too few before it are."""
    values = np.array([[np.nan if value is None else value for value in one.values]], dtype=np.float64)
    marks = time.marks
    if not values.shape[1] or not np.isfinite(values[0, -1]):
        return None
    given = restate(values, one.daily, time.spans, time.period)
    if given.unsettled[0]:
        return None
    values = given.values
    logs = one.scale in ("money", "number") and logarithmic(values)
    y, base = transformed(values, one.scale), 0.0
    if one.stock:
        if values.shape[1] < 2 or not np.isfinite(y[0, -2]):
            return None
        base, y, marks = float(y[0, -2]), np.diff(y, axis=1), marks[1:]
    if np.isfinite(y[0, :-1]).sum() < FEWEST:
        return None
    steep = slope(_level(values), one.scale, logs)
    by_floor = [
        scores(
            y,
            marks,
            year=_YEAR[time.period],
            floor=floor,
            slack=_slack(values[0], one, time, logs),
            wider=given.wider,
            stock=one.stock,
            comparable=given.comparable[:, -y.shape[1] :],
        )
        for floor in ((one.error * steep, 0.0) if one.by_few else (one.error * steep,))
    ]
    found = by_floor[0]
    if found.known[0] < FEWEST:
        return None
    return _Looked(found, float(by_floor[-1].p[0]), base, logs)


def _level(values: Floats) -> Floats:
    """Return the level at which the error of a figure is taken to the judged scale: the last value, but no less than a
    quarter of what is usual. At nothing at all an error of the usual size would be without bound, and would excuse any
    fall.
    """
    usual = np.nanmedian(values[:, :-1][:, -FEWEST:], axis=1)
    return np.asarray(np.where(usual > 0, np.fmax(values[:, -1], usual / 4), values[:, -1]), dtype=np.float64)


def _slack(values: Floats, one: Series, time: Timeline, logs: bool) -> float:
    """Return how far the period's event may move a figure, on the judged scale, where no earlier one is known.

    A stock is moved by what comes and goes, which no factor of the stock bounds.
    """
    mark = time.marks[-1]
    if mark is None or (one.stock and not mark.major):
        return 0.0
    first, last = time.spans[-1]
    factor = mark.factor or 1 + 1 / max((last - first).days, 1)
    bounded = one.scale == "count" or (one.scale == "money" and logs)
    if one.stock or not math.isfinite(factor) or (mark.major and not bounded):
        return math.inf
    usual = np.nanmedian(values[:-1][-FEWEST:])
    if not np.isfinite(usual):
        return math.inf
    here, there = (float(transformed(np.array([usual * by]), one.scale)[0]) for by in (1.0, factor))
    return abs(there - here)


def _judgement(one: _Looked, given: Series, time: Timeline, rejected: bool, level: float, chance: float) -> Judgement:
    found, mark = one.scores, time.marks[-1]
    unjudged = not np.isfinite(found.p[0])
    out = not rejected and mark is not None and float(found.bare[0]) <= level
    # how far an event without an earlier one may go is a bound, not what is usual of it
    excused = not rejected and float(found.slack[0]) > 0
    low, high = (one.back(edge[0], given.scale) for edge in found.range_at(level, bare=unjudged or out or excused))
    expected, value = one.back(found.expected[0], given.scale), given.values[-1]
    assert value is not None
    basis = found.basis[int(np.flatnonzero(np.isfinite(found.centres[0]))[-1])]
    judgement = Judgement(
        "normal",
        expected=expected,
        low=min(low, expected - given.at_least),
        high=max(high, expected + given.at_least),
        compared="" if unjudged or out or excused else _COMPARED[basis],
        event="" if mark is None else mark.name,
        periods=int(found.known[0]),
    )
    if rejected and abs(value - expected) > given.at_least:
        usual = min(low, high), max(low, high)
        few = any(usual[0] <= other <= usual[1] for other in given.without)
        return replace(judgement, state="few" if few else "news")
    if out and abs(value - expected) > given.at_least:
        return replace(judgement, state="calendar")
    if given.by_few and not rejected and one.alone <= level and abs(value - expected) > given.at_least:
        return replace(judgement, state="few")
    return judgement


def _holm(chances: Sequence[float | None], chance: float) -> tuple[Floats, Floats]:
    """Return adjusted chances (above 1 where there is none), and the chance below which each would be news."""
    p = np.array([np.nan if one is None else one for one in chances], dtype=np.float64)
    adjusted = adjusted_p_values(p, "holm") if len(p) else p
    levels = np.full(len(p), chance)
    many = int(np.isfinite(p).sum())
    for at in range(len(p)):
        others = np.sort(np.delete(p, at)[np.isfinite(np.delete(p, at))])
        family = many if np.isfinite(p[at]) else many + 1
        passed = 0
        while passed < len(others) and others[passed] <= chance / (family - passed):
            passed += 1
        levels[at] = chance / max(family - passed, 1)
    return np.where(np.isfinite(adjusted), adjusted, 2.0), levels


def _with_slow(
    found: list[Judgement], series: Sequence[Series], time: Timeline, moved: dict[int, float], chance: float
) -> tuple[Judgement, ...]:
    """Add slow changes: told in the first period in which the rule sees one, and from then on known since when.

    The rule may let go of a change for a while and find it again: that is the same one.
    """
    since, back, past = dict.fromkeys(moved, 0), time, list(series)
    open_ones = dict(moved)
    for step in range(1, _MOST_BACK + 1):
        open_ones = {at: direction for at, direction in open_ones.items() if step - since[at] <= QUIET}
        if not open_ones or len(back.spans) < 2:
            break
        back = back.before()
        past = [replace(one, values=one.values[:-1], error=0.0) for one in past]
        looked = [_looked_at(one, back) for one in past]
        slow, _ = _holm([None if one is None else float(one.scores.slow[0]) for one in looked], chance)
        for at, direction in open_ones.items():
            one = looked[at]
            if one is not None and slow[at] <= chance and np.sign(one.scores.shift[0]) == direction:
                since[at] = step
    result = list(found)
    for at in moved:
        given = series[at]
        reach = DRIFT if given.stock and not slow_reach(min(len(time.spans) - 2, WINDOW)) else LATELY
        day = time.spans[max(len(time.spans) - since[at] - reach, 0)][0]
        judgement = replace(result[at], since=day)
        if since[at] == 0 and judgement.state == "normal":
            judgement = _told_slowly(judgement, given, _restated(given, time), reach)
        result[at] = judgement
    return tuple(result)


def _restated(one: Series, time: Timeline) -> tuple[float, ...]:
    """Return the known values of a series, as if every period had had the last one's days."""
    values = np.array([[np.nan if value is None else value for value in one.values]], dtype=np.float64)
    found = restate(values, one.daily, time.spans, time.period).values[0]
    return tuple(float(value) for value in found if np.isfinite(value))


def _told_slowly(judgement: Judgement, one: Series, known: Sequence[float], reach: int) -> Judgement:
    """Return what a slow change is from and to: of a stock its values then and now, of a flow the means of the periods."""
    if one.stock:
        lately, before = known[-1], known[-1 - reach]
    else:
        lately, before = float(np.mean(known[-reach:])), float(np.mean(known[-reach - WINDOW + LATELY : -reach]))
    if abs(lately - before) <= one.at_least:
        return judgement
    return replace(judgement, state="slow", lately=lately, before=before)
