"""What the calendar says of a period: named weeks around feasts, public holidays, and the company's own events."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from dateutil.easter import easter

Span = tuple[dt.date, dt.date]
"""First and last day of a period."""
PeriodKind = Literal["day", "week", "month"]

_CHRISTMAS: Final = (-2, -1, 0, 1)
_EASTER: Final = (-1, 0, 1)
_THANKSGIVING: Final = (0, 1)
_LONG: Final = (-1, 0)
_DAYS_AROUND: Final = {-2: (-14, -8), -1: (-7, -1), 0: (0, 0), 1: (1, 7)}
"""What a week before or after is where periods are days."""
_LETTERS: Final = 2
_LONG_DAYS: Final = 3
_PLACES: Final = {-2: "two weeks before {}", -1: "the week before {}", 0: "the {} of {}", 1: "the week after {}"}


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """An event of the company's own: a price change, an outage, an opening.

    Attributes:
        name: what a reader calls it; events of the same name are compared with each other.
        start: its first day.
        end: its last day.
    """

    name: str
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a period is not like others.

    Attributes:
        key: the same for the same part of the same event in every year.
        name: what a reader calls it, such as "the week before Christmas".
        factor: how many times as much, or how small a part, it may make of a figure; 0 for a day's trade more or less, as
            of a public holiday.
    """

    key: str
    name: str
    factor: float = 0.0

    @property
    def major(self) -> bool:
        """Whether it is left out of what is normal."""
        return self.factor > 0


def countries() -> frozenset[str]:
    """Return the codes (ISO 3166) of the countries whose public holidays are known."""
    import holidays

    return frozenset(code for code in holidays.list_supported_countries() if len(code) == _LETTERS)


def marks(
    spans: Sequence[Span], period: PeriodKind, country: str = "", events: Iterable[OwnEvent] = ()
) -> tuple[Mark | None, ...]:
    """Return what the calendar says of each period; None of an ordinary one.

    Args:
        spans: first and last days of periods, oldest first.
        period: what they are.
        country: ISO 3166 code; empty for no feasts and holidays.
        events: the company's own; they go before everything else.
    """
    if not spans:
        return ()
    days = _named_days(country, spans[0][0].year - 1, spans[-1][1].year + 1) if country else ()
    own = tuple(events)
    return tuple(_own_mark(span, own) or _mark(span, period, days) for span in spans)


def _own_mark(span: Span, events: Sequence[OwnEvent]) -> Mark | None:
    found = next((one for one in events if one.start <= span[1] and one.end >= span[0]), None)
    return None if found is None else Mark(found.name, found.name, math.inf)


@dataclass(frozen=True, slots=True)
class _NamedDay:
    name: str
    first: dt.date
    last: dt.date
    around: tuple[int, ...]
    factor: float


def _mark(span: Span, period: PeriodKind, days: Sequence[_NamedDay]) -> Mark | None:
    for named in days:
        for offset in named.around:
            if _falls(span, period, named, offset):
                where = _PLACES[offset].format(*((period, named.name) if offset == 0 else (named.name,)))
                if (period, named.name, offset) == ("week", "Christmas", 0):
                    where = "Christmas week"
                days_off = f" {(span[0] - named.first).days}" if period == "day" else ""
                return Mark(f"{named.name} {offset}{days_off}", where, named.factor)
    return None


def _falls(span: Span, period: PeriodKind, named: _NamedDay, offset: int) -> bool:
    """Tell whether a period is so many weeks from a named day; of months, only the one that it falls into."""
    if period == "month":
        return offset == 0 and span[0] <= named.first <= span[1]
    if period == "day":
        near, far = _DAYS_AROUND[offset]
        return (
            named.first + dt.timedelta(near)
            <= span[0]
            <= (named.last if offset <= 0 else named.first) + (dt.timedelta(min(far, 0) if offset <= 0 else far))
        )
    if named.name == "Christmas":
        # what is bought before it counts: a week up to the 24th is nearer to one up to the 25th than to one up to the 17th
        return round((span[1] - named.first).days / 7) == offset
    shift = dt.timedelta(weeks=offset)
    return span[0] - shift <= named.last and named.first <= span[1] - shift


@cache
def _named_days(country: str, first: int, last: int) -> tuple[_NamedDay, ...]:
    """Return the named days of these years, those that move figures most first."""
    import holidays

    years = range(first, last + 1)
    probe = holidays.country_holidays(country)
    known = tuple(probe.supported_languages or ())
    # told outright: left to itself the package asks the locale
    language = "en_US" if "en_US" in known else probe.default_language
    found = dict(holidays.country_holidays(country, years=years, language=language).items())
    feasts: list[_NamedDay] = []
    for year in years:
        christmas = dt.date(year, 12, 25)
        if christmas not in found:
            continue
        sunday = _easter_of(year, found)
        feasts += [
            _NamedDay("Christmas", christmas, christmas, _CHRISTMAS, 4.0),
            _NamedDay("Easter", sunday, sunday, _EASTER, 1.5),
        ]
    plain: list[_NamedDay] = []
    for name, start, end in _runs(found):
        if "Thanksgiving" in name:
            feasts.append(_NamedDay("Thanksgiving", start, end, _THANKSGIVING, 2.0))
        elif (end - start).days + 1 >= _LONG_DAYS:
            feasts.append(_NamedDay(name, start, end, _LONG, 2.0))
        else:
            plain.append(_NamedDay(name, start, end, (0,), 0.0))
    return (*feasts, *plain)


def _easter_of(year: int, found: dict[dt.date, str]) -> dt.date:
    """Find Easter Sunday, where the country says otherwise by its own Good Friday or Easter Monday (Orthodox Easter)."""
    orthodox: dt.date = easter(year, 2)
    eastern = {orthodox - dt.timedelta(2), orthodox, orthodox + dt.timedelta(1)}
    western: dt.date = easter(year)
    near = {western - dt.timedelta(2), western, western + dt.timedelta(1)}
    return orthodox if any(day in found for day in eastern) and not any(day in found for day in near) else western


def _runs(found: dict[dt.date, str]) -> list[tuple[str, dt.date, dt.date]]:
    """Return holidays, those on days in a row under one name together."""
    runs: list[tuple[str, dt.date, dt.date]] = []
    for day in sorted(found):
        name = found[day].split(";")[0].split(" (")[0].strip()
        if runs and runs[-1][0] == name and day - runs[-1][2] == dt.timedelta(1):
            runs[-1] = (name, runs[-1][1], day)
        else:
            runs.append((name, day, day))
    return runs
