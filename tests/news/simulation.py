"""Simulated pages of five key figures, without news or with news of a known size; and what the gate says of them.

Rows are series, five in a row are a page. A page's figures are correlated by a half, as those of one company are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy import stats

from segkit.news.feasts import Mark, marks
from segkit.news.gate import scores
from segkit.news.page_judgement import CHANCE, QUIET
from segkit.news.trading import Daily, restate
from segkit.news.transform import Scale, slope, transformed
from segkit.segments.measure.sizes import CHANCE as SEGMENTS
from segkit.statistics.multiplicity import adjusted_p_values

FIGURES: Final = 5
HISTORIES: Final = (8, 12, 26, 52, 104)
_TOGETHER: Final = 0.5
_WEEKS_OF_YEAR: Final = 10
_MONDAY: Final = dt.date(2024, 1, 1)


def normals(rng: Any, pages: int, periods: int) -> Any:
    """(pages × 5, periods) standard normal, those of a page correlated by a half."""
    common = np.repeat(rng.standard_normal((pages, periods)), FIGURES, axis=0)
    own = rng.standard_normal((pages * FIGURES, periods))
    return np.sqrt(_TOGETHER) * common + np.sqrt(1 - _TOGETHER) * own


@dataclass
class Pages:
    """Series as a page has them.

    Attributes:
        values: (rows, periods), the last one judged.
        scale: what kind of figures they are.
        step: standard deviation of one value, in the figures' unit.
        error: (rows,) standard error of the last value by sampling; 0 where it is not known.
        calendar: what the calendar says of each period.
        daily: by day, with the spans of the periods.
    """

    values: Any
    scale: Scale
    step: Any
    error: Any = 0.0
    calendar: tuple[Mark | None, ...] = ()
    daily: tuple[Daily, Any] | None = None

    def judged(self) -> Any:
        """The gate's scores, as `segkit.news.page_judgement` asks for them."""
        daily, spans = self.daily or (None, ())
        given = restate(self.values, daily, spans, "week")
        values = given.values
        y = transformed(values, self.scale)
        steep = slope(values[:, -1], self.scale, self.scale in ("money", "number") and bool((values > 0).all()))
        floor = self.error * steep if np.ndim(self.error) else 0.0
        plain = self.calendar or (None,) * y.shape[1]
        slack = np.inf if plain[-1] is not None and plain[-1].major else 0.0
        found = scores(y, plain, year=52, floor=floor, wider=given.wider, comparable=given.comparable, slack=slack)
        return replace(found, p=np.where(given.unsettled, np.nan, found.p))


def rejected(p: Any, chance: float = CHANCE) -> Any:
    """(pages, 5) which figures are news, by Holm's procedure on each page."""
    return np.array([adjusted_p_values(page, "holm") <= chance for page in np.reshape(p, (-1, FIGURES))])


def white(rng: Any, pages: int, n: int) -> Iterator[Pages]:
    """Nothing but noise."""
    yield Pages(normals(rng, pages, n + 1), "number", 1.0)


def _copula(scale: Scale, quantile: Callable[[Any], Any], deviation: float) -> Callable[..., Iterator[Pages]]:
    def made(rng: Any, pages: int, n: int) -> Iterator[Pages]:
        counts = quantile(stats.norm.cdf(normals(rng, pages, n + 1))).astype(float)
        yield Pages(counts, scale, deviation, np.sqrt(counts[:, -1] + 0.375))

    return made


def outlier(rng: Any, pages: int, n: int) -> Iterator[Pages]:
    """One week of the past was off by six deviations."""
    y = normals(rng, pages, n + 1)
    y[np.arange(len(y)), rng.integers(0, n, len(y))] += 6 * rng.choice((-1, 1), len(y))
    yield Pages(y, "number", 1.0)


def wandering(together: float) -> Callable[..., Iterator[Pages]]:
    """Neighbouring weeks are correlated."""

    def made(rng: Any, pages: int, n: int) -> Iterator[Pages]:
        e = normals(rng, pages, n + 1)
        for at in range(1, n + 1):
            e[:, at] = together * e[:, at - 1] + np.sqrt(1 - together**2) * e[:, at]
        yield Pages(e, "number", 1.0)

    return made


def trending(slope_a_week: float) -> Callable[..., Iterator[Pages]]:
    """Every week is a little above the one before."""

    def made(rng: Any, pages: int, n: int) -> Iterator[Pages]:
        yield Pages(normals(rng, pages, n + 1) + slope_a_week * np.arange(n + 1), "number", 1.0)

    return made


def heavy(rng: Any, pages: int, n: int) -> Iterator[Pages]:
    """Revenue: some hundred buyers, the largest of whom brings as much as all the smallest together."""
    rows = pages * FIGURES
    buyers = rng.poisson(100, (rows, n + 1))
    spend = np.exp(1.3 * rng.standard_normal(int(buyers.sum())))
    edges = np.concatenate([[0], np.cumsum(buyers.ravel())[:-1]])
    total = np.add.reduceat(spend, edges).reshape(rows, n + 1)
    square = np.add.reduceat(spend**2, edges).reshape(rows, n + 1)
    yield Pages(total, "money", float(total.std()), np.sqrt(square[:, -1]))


def week_spans(last: dt.date, periods: int) -> Any:
    ends = [last - dt.timedelta(weeks=back) for back in range(periods - 1, -1, -1)]
    return tuple((end - dt.timedelta(6), end) for end in ends)


def _sundays(pages: int) -> Iterator[tuple[dt.date, int]]:
    """Ends of weeks all over a year, and how many pages each has."""
    for at in range(_WEEKS_OF_YEAR):
        yield _MONDAY + dt.timedelta(weeks=round(at * 52 / _WEEKS_OF_YEAR), days=6), max(pages // _WEEKS_OF_YEAR, 1)


def billed(rng: Any, pages: int, n: int) -> Iterator[Pages]:
    """Nine tenths of a month's money come on its first three days."""
    for last, part in _sundays(pages):
        spans = week_spans(last, n + 1)
        first = spans[0][0]
        days = [first + dt.timedelta(at) for at in range(7 * (n + 1))]
        weight = np.array([9.0 if day.day <= 3 else 1.0 / 9.0 for day in days])
        level = np.exp(0.05 * normals(rng, part, 7 * (n + 1)))
        totals = weight * level
        weeks = totals.reshape(len(totals), n + 1, 7).sum(axis=2)
        deviation = 0.05 * weeks[:, -1] * np.sqrt((weight[-7:] ** 2).sum()) / weight[-7:].sum()
        yield Pages(weeks, "money", deviation, daily=(Daily(first, totals), spans))


def seasonal(rng: Any, pages: int, n: int) -> Iterator[Pages]:
    """A season of a deviation up and down, and five more around Christmas."""
    for last, part in _sundays(pages):
        spans = week_spans(last, n + 1)
        year = np.array([end.timetuple().tm_yday for _, end in spans])
        wave = np.sin(2 * np.pi * year / 365.25)
        named = marks(spans, "week", "GB")
        feast = np.array([5.0 if mark is not None and mark.key.startswith("Christmas") else 0.0 for mark in named])
        yield Pages(normals(rng, part, n + 1) + wave + feast, "number", 1.0, calendar=named)


NULLS: Final[dict[str, tuple[Callable[..., Iterator[Pages]], float]]] = {
    "white noise": (white, 0.06),
    "Poisson, mean 5": (_copula("count", lambda u: stats.poisson.ppf(u, 5), 5**0.5), 0.06),
    "Poisson, mean 50": (_copula("count", lambda u: stats.poisson.ppf(u, 50), 50**0.5), 0.06),
    "Poisson, mean 500": (_copula("count", lambda u: stats.poisson.ppf(u, 500), 500**0.5), 0.06),
    "overdispersed, mean 50": (_copula("count", lambda u: stats.nbinom.ppf(u, 10, 1 / 6), 300**0.5), 0.06),
    "one outlier of 6 deviations": (outlier, 0.06),
    "autocorrelation .3": (wandering(0.3), 0.08),
    "autocorrelation .6": (wandering(0.6), 0.08),
    "trend of .1 deviations a week": (trending(0.1), 0.08),
    "trend of .25 deviations a week": (trending(0.25), 0.08),
    "heavy-tailed revenue": (heavy, 0.08),
    "billing cycle": (billed, 0.08),
    "season with named weeks": (seasonal, 0.08),
}
"""Worlds without news, and on how many pages the gate may call something news."""


def false_alarms(world: Callable[..., Iterator[Pages]], pages: int, n: int, seed: int) -> float:
    """Share of pages without news on which one of the five figures is called news."""
    rng = np.random.default_rng([seed, n])
    return float(np.concatenate([rejected(part.judged().p).any(axis=1) for part in world(rng, pages, n)]).mean())


def whole_page_alarms(pages: int, n: int, seed: int) -> float:
    """Share of pages without news on which one of five figures, or one of the segments in five, is called news.

    Segments are known as of the page's periods alone, 17 at most, and have their own part of the page's chance.
    """
    rng = np.random.default_rng([seed, n, 1])
    figures, segments = (normals(rng, pages, periods + 1) for periods in (n, min(n, 16)))
    told = rejected(Pages(figures, "number", 1.0).judged().p).any(axis=1)
    told |= rejected(Pages(segments, "number", 1.0).judged().p, SEGMENTS).any(axis=1)
    return float(told.mean())


def found_at_once(world: Callable[..., Iterator[Pages]], pages: int, n: int, size: float, seed: int) -> float:
    """How often a step of one of the five figures is called news in its first week."""
    rng = np.random.default_rng([seed, n])
    hits = []
    for part in world(rng, pages, n):
        part.values[::FIGURES, -1] += (size * np.broadcast_to(part.step, len(part.values)))[::FIGURES]
        hits.append(rejected(part.judged().p)[:, 0])
    return float(np.concatenate(hits).mean())


def found_within(pages: int, n: int, size: float, weeks: int, seed: int) -> float:
    """How often a step of one figure that lasts is told within so many weeks, as news or as a slow change."""
    rng = np.random.default_rng([seed, n])
    y = normals(rng, pages, n + weeks)
    y[::FIGURES, n:] += size
    told = np.zeros(pages, dtype=bool)
    for last in range(n + 1, n + weeks + 1):
        part = Pages(y[:, max(0, last - 105) : last], "number", 1.0).judged()
        told |= rejected(part.p)[:, 0] | rejected(part.slow)[:, 0]
    return float(told.mean())


def slow_entries(world: Callable[..., Iterator[Pages]], pages: int, n: int, seed: int) -> float:
    """False slow changes that a page tells in a year: entries into the rule where nothing happens."""
    rng = np.random.default_rng([seed, n])
    entries, many = 0, 0
    for whole in world(rng, pages, n + 52):
        before: Any = None
        seen: Any = None
        for last in range(n, n + 53):
            part = Pages(whole.values[:, max(0, last + 1 - 105) : last + 1], whole.scale, whole.step)
            now = rejected(part.judged().slow)
            entries += 0 if before is None else int((now & (last - seen > QUIET)).sum())
            seen = np.where(now, last, seen) if before is not None else np.where(now, last, -QUIET - 1)
            before = now
        many += len(before)
    return entries / many


POWER: Final = {8: 0.50, 12: 0.70, 26: 0.80, 52: 0.85}
"""Weeks of history → how often a step of four deviations is to be found in its first week."""
SUSTAINED: Final = {26: 0.85, 52: 0.85}
"""Weeks of history → how often a step of two deviations that lasts is to be told within eight weeks."""
SLOW_YEARLY: Final = 2.5
"""Slow changes that a page may tell in a year in which there is none."""
WHOLE: Final = 0.06
"""On how many pages without news a figure or a segment may be called news."""
