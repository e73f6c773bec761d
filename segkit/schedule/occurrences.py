"""When a cron expression is due in a time zone, through days of 23 and of 25 hours.

An hour that the clock skips: what was due in it is due when the clock has jumped, once. An hour that the clock repeats:
what is due at a stated hour is due once, the first time; what is due every hour is due in both.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator

from segkit.errors import ParameterError


def ask_cron(expression: str) -> None:
    """Refuse what is no cron expression of five fields.

    Raises:
        ParameterError: it is none, or never due.
    """
    from croniter import croniter  # of the extra `schedule`

    said = (
        f"`{expression[:60]}` is no cron expression. Write five fields: minute, hour, day, month, weekday, as in "
        "`0 6 * * 1`"
    )
    if len(expression.split()) != 5 or not croniter.is_valid(expression):
        raise ParameterError(f"{said}.")
    try:
        croniter(expression, dt.datetime(2024, 1, 1), max_years_between_matches=8).get_next(dt.datetime)
    except ValueError:
        raise ParameterError(f"{said}; this one is never due.") from None


def occurrences(expression: str, zone: str, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    """Find the moments in (after, until] at which an expression is due, in UTC, each once and in order.

    Args:
        expression: of five fields.
        zone: IANA name, in which they are meant.
        after, until: moments with a zone.
    """
    from croniter import croniter

    here = zoneinfo.ZoneInfo(zone)
    every_hour = expression.split()[1].startswith("*")
    # local clocks jump by less than a day: begin early and end late, then keep what is within
    day = dt.timedelta(days=1)
    clock = croniter(expression, after.astimezone(here).replace(tzinfo=None) - day)
    last = until.astimezone(here).replace(tzinfo=None) + day
    found: set[dt.datetime] = set()
    for local in iter(lambda: clock.get_next(dt.datetime), None):
        if local > last:
            break
        for fold in (0, 1) if every_hour else (0,):
            moment = local.replace(tzinfo=here, fold=fold).astimezone(dt.UTC)
            # in a skipped hour, fold 1 would be the hour before the jump
            if fold == 0 or moment.astimezone(here).replace(tzinfo=None) == local:
                found.add(moment)
    yield from sorted(moment for moment in found if after < moment <= until)


def latest_occurrence(expression: str, zone: str, until: dt.datetime) -> dt.datetime:
    """Return the last moment at or before another at which an expression was due."""
    days = 2
    while True:
        found = list(occurrences(expression, zone, until - dt.timedelta(days=days), until))
        if found:
            return found[-1]
        days *= 8


def last_occurrences(
    expression: str, zone: str, after: dt.datetime, until: dt.datetime, most: int
) -> list[dt.datetime]:
    """Return the last so many moments in (after, until], without a walk through the years before them."""
    days = 2
    while True:
        begin = max(after, until - dt.timedelta(days=days))
        found = list(occurrences(expression, zone, begin, until))[-most:]
        if len(found) == most or begin == after:
            return found
        days *= 8


def next_occurrence(expression: str, zone: str, after: dt.datetime) -> dt.datetime:
    """Return the first moment after another at which an expression is due."""
    days = 2
    while True:
        for moment in occurrences(expression, zone, after, after + dt.timedelta(days=days)):
            return moment
        days *= 8
