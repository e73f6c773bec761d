"""Times that name their zone: whatever the spelling, each is one moment, or it is unreadable.

An engine's own cast reads "… UTC" as a time without a zone, "CET" as a place with summer time, and "IST" as one of
the three zones of that name. Here a zone is an offset, a place of the time zone database, or an abbreviation that
means one offset everywhere. Abbreviations of the dataset's own zone are known, too.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, cast

import ibis
import ibis.expr.types as ir

_HOUR: Final = 3600

ABBREVIATIONS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), 0),
        **dict.fromkeys(("CET", "WEST"), _HOUR),
        **dict.fromkeys(("CEST", "EET", "SAST"), 2 * _HOUR),
        "EEST": 3 * _HOUR,
        "HKT": 8 * _HOUR,
        "AWST": 8 * _HOUR,
        "JST": 9 * _HOUR,
        "ACST": 9 * _HOUR + _HOUR // 2,
        "AEST": 10 * _HOUR,
        "ACDT": 10 * _HOUR + _HOUR // 2,
        "AEDT": 11 * _HOUR,
        "NZST": 12 * _HOUR,
        "NZDT": 13 * _HOUR,
        "EDT": -4 * _HOUR,
        "EST": -5 * _HOUR,
        "MDT": -6 * _HOUR,
        "MST": -7 * _HOUR,
        "PDT": -7 * _HOUR,
        "AKDT": -8 * _HOUR,
        "AKST": -9 * _HOUR,
        "HST": -10 * _HOUR,
    }
)
"""Seconds before UTC of the abbreviations that mean one offset in the whole world."""

_OFFSET: Final = r"(?:UTC|GMT|UT)?[+-][0-9]{1,2}(?::?[0-9]{2})?"
_PLACE: Final = r"[A-Za-z]+/[A-Za-z0-9_+/-]+"
_WORD: Final = r"[A-Za-z]+"
# what stands behind an offset repeats it: "+0200 CEST", "+02:00[Europe/Berlin]"
_AGAIN: Final = r"(?:\s[A-Z]{3,5}|\s?\[[^\]]*\])?"
_CLOCK: Final = r"(?::[0-9]{2}|[0-9]{6,})(?:\.[0-9]+)?(?:\s*[AaPp]\.?[Mm]\b\.?)?"
AFTER_CLOCK: Final = rf"({_CLOCK})\s*(?:({_PLACE})|({_OFFSET}){_AGAIN}|\(?({_WORD})\)?)($|\s)"
"""A zone behind a clock: a place, an offset or a word."""

_END_OF_PATTERN: Final = re.compile(r"(?<!%)(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$")
_SIGN: Final = re.compile(r"\s*%[zZ]")


@functools.cache
def abbreviations(zone: str) -> Mapping[str, int]:
    """Return abbreviations with their seconds before UTC, including those of a zone of the database.

    >>> abbreviations("Asia/Kolkata")["IST"], abbreviations("Europe/Dublin")["IST"], "IST" in abbreviations("UTC")
    (19800, 3600, False)
    """
    info = zoneinfo.ZoneInfo(zone)
    own: dict[str, set[int]] = {}
    for year in range(1990, 2038):
        for month in (1, 4, 7, 10):
            moment = dt.datetime(year, month, 1, 12, tzinfo=dt.UTC).astimezone(info)
            offset, name = moment.utcoffset(), moment.tzname()
            if offset is not None and name and name.isalpha():
                own.setdefault(name.upper(), set()).add(round(offset.total_seconds()))
    return {**ABBREVIATIONS, **{name: found.pop() for name, found in own.items() if len(found) == 1}}


def zone_in_pattern(pattern: str) -> str | None:
    """Return a pattern without its zone, which is a sign of strptime or plain text; None where it names no zone.

    >>> zone_in_pattern("%d/%m/%Y %H:%M %z"), zone_in_pattern("%d/%m/%Y %H:%MZ"), zone_in_pattern("%d/%m/%Y %H:%M")
    ('%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M', None)
    """
    if _SIGN.search(pattern):
        return _SIGN.sub("", pattern)
    without = _END_OF_PATTERN.sub("", pattern).rstrip()
    return None if without == pattern.rstrip() else without


def names_zone(clock: ir.StringValue) -> ir.BooleanValue:
    """Return whether what follows a day of ISO 8601 names a zone: it has a sign, or does not end in a digit."""
    last = cast(ir.StringValue, clock.right(1))
    return cast(ir.BooleanValue, clock.contains("+") | clock.contains("-") | (last < "0") | (last > "9")) & (
        clock != ""
    )


def without_zone(text: ir.StringValue) -> ir.StringValue:
    """Return a text without the zone behind its clock; NULL where there is none."""
    there = text.re_search(AFTER_CLOCK)
    return cast(ir.StringValue, there.ifelse(text.re_replace(AFTER_CLOCK, r"\1\5").rstrip(), ibis.null("string")))


def zone_of(value: str) -> str:
    """Return the zone that a text names behind its clock, if any.

    >>> zone_of("2024-10-07 23:30:00 IST"), zone_of("07/10/2024 23:30 PM"), zone_of("2024-10-07")
    ('IST', '', '')
    """
    found = re.search(AFTER_CLOCK, value)
    zone = next((part for part in found.groups()[1:4] if part), "") if found else ""
    return "" if zone.upper() in ("AM", "PM") else zone


def without_zone_of(value: str) -> str:
    """Return a text without the zone behind its clock.

    >>> without_zone_of("07/10/2024 23:30:00 UTC")
    '07/10/2024 23:30:00'
    """
    return re.sub(AFTER_CLOCK, r"\1\5", value).rstrip()


def to_utc(naive: ir.Value, text: ir.StringValue, zone: str) -> ir.Value:
    """Return a clock with the zone behind it as a moment in naive UTC; NULL where the zone is unknown.

    Args:
        naive: what the clock shows.
        text: where the zone is named.
        zone: of the dataset, whose abbreviations are known too.
    """
    place, offset, word = (cast(ir.StringValue, text.re_extract(AFTER_CLOCK, group)) for group in (2, 3, 4))
    in_place = (naive.cast("string") + " " + place).try_cast("timestamp('UTC')").cast("timestamp")
    known = abbreviations(zone)
    # the word stands once in this case: written out for each abbreviation, engines would look for it forty times
    named = word.upper().cases(*known.items(), else_=ibis.null("int64"))
    seconds = (offset != "").ifelse(_seconds(offset), named)
    moved = cast(ir.TimestampValue, naive) - seconds.as_interval("s")
    return ibis.cases((place != "", in_place), else_=moved)


def _seconds(offset: ir.StringValue) -> ir.IntegerValue:
    """Return an offset in seconds; NULL beyond the offsets of zones on Earth."""
    digits = cast(ir.StringValue, offset.re_replace("[^0-9]", ""))
    # hours alone, or hours and the two digits of the minutes
    alone = digits.length() <= 2
    hours = alone.ifelse(digits, digits.substr(0, digits.length() - 2)).try_cast("int64")
    minutes = alone.ifelse("0", digits.right(2)).try_cast("int64")
    there = (hours <= 15) & (minutes <= 59)
    sign = offset.contains("-").ifelse(-1, 1)
    return cast(ir.IntegerValue, there.ifelse(sign * (hours * 3600 + minutes * 60), ibis.null("int64")))
