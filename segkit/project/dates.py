"""Dates that are relative to the day of a run: `last_sunday`, `previous_month_end`, `2024-W13`, `today - 1 week`.

They are resolved once, before anything runs, in the zone of the report's data; a page knows only the date.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final

from segkit.errors import ParameterError

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS: Final = (
    "today",
    "yesterday",
    *(f"last_{day}" for day in _DAYS),
    "previous_month_end",
    "previous_month_start",
    "previous_quarter_end",
    "previous_year_end",
)
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")
_RELATIVE: Final = re.compile(r"([a-z_]+)(?:\s*([+-])\s*(\d{1,4})\s*(day|week|month|year)s?)?")


def is_relative(value: object) -> bool:
    """Return whether a value is meant as a relative date, right or wrong: text that begins with no year."""
    if not isinstance(value, str):
        return False
    bare = _bare(value)
    return _WEEK.fullmatch(bare) is not None or not bare[:4].isdigit()


def resolve_date(text: str, today: dt.date, name: str = "") -> dt.date:
    """Return the date that a text means on a day; an error calls it by the name of its parameter.

    >>> resolve_date("last_sunday", dt.date(2024, 3, 31)), resolve_date("{{ today - 1 month }}", dt.date(2024, 3, 31))
    (datetime.date(2024, 3, 24), datetime.date(2024, 2, 29))

    Raises:
        ParameterError: it means none.
    """
    bare = _bare(text)
    week = _WEEK.fullmatch(bare)
    try:
        if week:
            return dt.date.fromisocalendar(int(week[1]), int(week[2]), 7)
        if bare[:4].isdigit():
            return dt.date.fromisoformat(bare)
        found = _RELATIVE.fullmatch(bare.lower())
        if found and found[1] in _WORDS:
            day = _named(found[1], today)
            return _moved(day, int(found[2] + found[3]), found[4]) if found[2] else day
    except (ValueError, OverflowError):
        pass
    raise ParameterError(
        f"`{name + ': ' if name else ''}{text[:60]}` is not a date. Write 2024-03-31, a week such as 2024-W13 (its "
        f"Sunday), or one of {', '.join(_WORDS)}, with or without such as `- 1 week`."
    )


def _bare(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith("{{") and stripped.endswith("}}"):
        stripped = stripped[2:-2].strip()
    return stripped


def _named(word: str, today: dt.date) -> dt.date:
    first = today.replace(day=1)
    match word:
        case "today":
            return today
        case "yesterday":
            return today - dt.timedelta(days=1)
        case "previous_month_end":
            return first - dt.timedelta(days=1)
        case "previous_month_start":
            return (first - dt.timedelta(days=1)).replace(day=1)
        case "previous_quarter_end":
            return dt.date(today.year, 3 * ((today.month - 1) // 3) + 1, 1) - dt.timedelta(days=1)
        case "previous_year_end":
            return dt.date(today.year - 1, 12, 31)
    # the last one before today: on a Sunday, last_sunday is a week ago
    back = (today.weekday() - _DAYS.index(word.removeprefix("last_")) - 1) % 7 + 1
    return today - dt.timedelta(days=back)


def _moved(day: dt.date, number: int, unit: str) -> dt.date:
    if unit in ("day", "week"):
        return day + dt.timedelta(days=number * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
