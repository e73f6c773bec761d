"""How probable is it that nothing came of late, by a source's own weekdays and by its earlier silences?

A silence is judged against every silence of the same source that ended. Days on which nothing is expected (a closed
Sunday, a public holiday) count nothing; what is missed on the others counts as much as such days usually bring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from typing import Final

import numpy as np

from segkit.arrays import Floats

_WEEK: Final = 7
_YEAR: Final = 52 * _WEEK
_BUSY: Final = 28
"""Days whose volume says how busy a source was."""
FEWEST: Final = 28
"""Days of history, and days that brought something, below which nothing is said."""
_AS_BUSY: Final = 0.25
"""A source that brought less than this share of what it brings lately is not compared with."""
_AS_MUCH: Final = 0.9
"""From this share on, what was missed counts as as much: what a weekday brings is an estimate."""
_TAIL: Final = 4
"""A silence more surprising than any that ended grows less likely so many times more slowly than its own law says."""
_PRIOR: Final = 5
"""Days of silence that what is usual of all groups weighs as much as."""


@dataclass(frozen=True, slots=True)
class Days:
    """What a source brought on each day, up to the day that is judged.

    Attributes:
        counts: rows of each day in a row, without a gap.
        free: the days on which nothing is expected, such as public holidays.
        season: the days at the turn of the year, whose silences are compared with each other only.
    """

    counts: Floats
    free: np.ndarray
    season: np.ndarray

    @property
    def silent(self) -> int:
        """How many days at the end brought nothing."""
        active = np.flatnonzero(self.counts)
        return len(self.counts) - 1 - int(active[-1]) if len(active) else len(self.counts)


def silence_chance(days: Days) -> float | None:
    """Return the chance that a source which still sends is as silent at the end of a day as this one is now.

    What is missed is weighed by what its weekdays usually bring. The chance is the share of earlier days at whose end as
    much was missed; where that never was, it falls further with what is missed beyond the most that was.

    Returns:
        1 where nothing is missed; None with fewer than 28 days of history, or fewer than 28 days that brought something.

    >>> every_day = np.full(140, 20.0)
    >>> none = np.zeros(140, dtype=bool)
    >>> silence_chance(Days(every_day, none, none))
    1.0
    >>> two_missing = np.append(every_day[:-2], [0.0, 0.0])
    >>> round(silence_chance(Days(two_missing, none, none)), 4)
    0.0016
    """
    silent, known = days.silent, len(days.counts) - days.silent
    if not silent:
        return 1.0
    if known < FEWEST or np.count_nonzero(days.counts) < FEWEST:
        return None
    brought = _usual(days.counts[:known], len(days.counts))
    weights = np.where(days.free | _bridges(days.free, brought == 0), 0.0, brought)
    missed, begun = _missed(days.counts, weights)
    now = float(missed[-1])
    if now <= 0:
        return 1.0
    if _silent_a_year_ago(missed, now):
        return 1.0
    compared = _busy_enough(days.counts, known)
    if not days.season[known:].any():
        compared &= ~days.season[begun[:known]]
    earlier = missed[:known][compared]
    beyond = float(earlier.max()) if len(earlier) else 0.0
    least = max(beyond, float(brought.sum()) / len(brought))
    chance = (int((earlier >= _AS_MUCH * now).sum()) + 0.5) / (len(earlier) + 1)
    return float(chance * exp(-max(now / least - 1, 0.0))) if _AS_MUCH * now > beyond else float(chance)


def _usual(counts: Floats, length: int) -> Floats:
    """Return what each day of `length` usually brings, by its weekday, as a share of a week; single huge days are
    cut.
    """
    cut = np.minimum(counts, 3 * np.median(counts[counts > 0]))
    place = np.arange(len(counts)) % _WEEK
    means = np.array([cut[place == weekday].mean() for weekday in range(_WEEK)])
    found: Floats = (means / means.sum())[np.arange(length) % _WEEK]
    return found


def _bridges(free: np.ndarray, closed: np.ndarray) -> np.ndarray:
    """Find working days of which both neighbours are free, weekly closing days apart: the Sunday of Easter."""
    open_days = np.flatnonzero(~closed)
    found = np.zeros(len(free), dtype=bool)
    inner = free[open_days]
    found[open_days[1:-1]] = inner[:-2] & inner[2:]
    return found


def _missed(counts: Floats, weights: Floats) -> tuple[Floats, np.ndarray]:
    """Return what had been missed in a row at the end of each day, and the day on which that silence began."""
    missed, begun = np.zeros(len(counts)), np.arange(len(counts))
    for at in range(len(counts)):
        if counts[at] == 0:
            missed[at] = weights[at] + (missed[at - 1] if at else 0.0)
            if at and counts[at - 1] == 0:
                begun[at] = begun[at - 1]
    return missed, begun


def _silent_a_year_ago(missed: Floats, now: float) -> bool:
    """Return whether as much was missed at the same time of the year before, give or take a week."""
    last = len(missed) - 1 - _YEAR
    return last >= 0 and bool((missed[max(last - _WEEK, 0) : last + _WEEK + 1] >= 0.75 * now).any())


def _busy_enough(counts: Floats, known: int) -> np.ndarray:
    """Find days from the fourth week on, before which the source was about as busy as it was lately."""
    volume = np.convolve(counts[:known], np.ones(_BUSY))[:known]
    silence = np.maximum.accumulate(np.where(counts[:known] > 0, np.arange(known), 0))
    before = volume[silence]
    found: np.ndarray = before >= _AS_BUSY * volume[known - 1]
    found[: _BUSY - 1] = False
    return found


@dataclass(frozen=True, slots=True)
class Regularity:
    """How regularly one group sends, in days on which any group does.

    Attributes:
        active: days on which it sent.
        gaps: length of a silence that ended → how often there was one.
        silent: the days since it last sent.
    """

    active: int
    gaps: Mapping[int, int]
    silent: int

    @property
    def begun(self) -> int:
        """Silences that ended."""
        return sum(self.gaps.values())

    @property
    def in_gaps(self) -> int:
        """Days without anything, in silences that ended."""
        return sum(length * many for length, many in self.gaps.items())

    @property
    def regular(self) -> bool:
        """Whether it sends on most days, and has for four weeks: only then does a silence say anything."""
        return self.active >= max(self.in_gaps, FEWEST)


@dataclass(frozen=True, slots=True)
class _Surprise:
    """Minus the logarithm of the chance of a silence: that it begins, and that it goes on from day to day."""

    begins: float
    goes_on: float

    @classmethod
    def of(cls, group: Regularity, usual: float) -> _Surprise:
        """Estimate the group's own law (geometric), moved a little towards what is usual of all groups."""
        begins = (group.begun + 0.5) / (group.active + group.in_gaps + 1)
        goes_on = (group.in_gaps - group.begun + _PRIOR * usual) / (group.in_gaps + _PRIOR)
        return cls(-log(begins), -log(goes_on))

    def at(self, silent: int) -> float:
        """Return how surprising a silence of so many days is."""
        return self.begins + (silent - 1) * self.goes_on

    def length(self, surprise: float) -> int:
        """Return the length of the shortest silence that is as surprising."""
        return 1 + max(ceil((surprise - self.begins) / self.goes_on - 1e-9), 0)


def stopped_chances(groups: Sequence[Regularity], days: int) -> list[float]:
    """Return for each group the chance that any of them is as surprisingly silent though it still sends.

    How surprising a silence is comes from the group's own rhythm. How rare such a surprise is comes from all groups
    together: on how many of the days some group was as surprisingly silent, and sent again.

    Args:
        groups: how regularly each sends; of one that is not regular nothing is said (1).
        days: the days looked back on.

    >>> shops = [Regularity(300, {1: 5}, 0)] * 40
    >>> [round(chance, 4) for chance in stopped_chances([*shops, Regularity(280, {}, 7)], 300)][-1]
    0.0004
    """
    regular = [group for group in groups if group.regular]
    in_gaps = sum(group.in_gaps for group in regular)
    usual = (in_gaps - sum(group.begun for group in regular) + 1) / (in_gaps + 2)
    laws = [_Surprise.of(group, usual) for group in regular]

    ended = [law.at(max(one.gaps)) for one, law in zip(regular, laws, strict=True) if one.gaps]
    most = max(ended, default=0.0)

    def chance(group: Regularity) -> float:
        if not group.regular or not group.silent:
            return 1.0
        # as if it ended today: those that it is compared with have ended, and count in their groups' own rhythms
        gaps = {**group.gaps, group.silent: group.gaps.get(group.silent, 0) + 1}
        surprise = _Surprise.of(Regularity(group.active, gaps, 0), usual).at(group.silent)
        as_silent = sum(
            many * max(length - law.length(surprise) + 1, 0)
            for other, law in zip(regular, laws, strict=True)
            for length, many in other.gaps.items()
        )
        beyond = max(surprise - most, 0.0) / _TAIL
        return min((as_silent + 0.5) / (days + 1), 1.0) * exp(-beyond)

    return [chance(group) for group in groups]
