"""Moments in UTC become naive local time by the zone's own list of offsets, the same on every engine.

An engine's own conversion takes half a second for a million rows. Over a few years a zone has a handful of offsets,
and a CASE over them takes a tenth of that. Where the span is not known, the engine converts.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir
from ibis import udf

from segkit.data.engine import Engine

_MOST_CHANGES: Final = 60


def _zone_and_moment(zone: Any, moment: Any) -> Any:
    """Declare the function of DuckDB and PostgreSQL."""


def _moment_and_zone(moment: Any, zone: Any) -> Any:
    """Declare the function of Spark."""


_to_zone = udf.scalar.builtin(
    _zone_and_moment, name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp")
)
_spark_to_zone = udf.scalar.builtin(
    _moment_and_zone, name="from_utc_timestamp", signature=(("timestamp", "string"), "timestamp")
)


@dataclass(frozen=True, slots=True)
class Change:
    """A moment (naive UTC) from which local time is ahead of UTC by so many seconds."""

    moment: dt.datetime
    seconds: int


def changes(zone: str, first: dt.datetime, last: dt.datetime) -> list[Change]:
    """Return the offsets of a zone between two moments in naive UTC, the one in force at the first moment included.

    >>> for change in changes("Europe/Berlin", dt.datetime(2017, 1, 1), dt.datetime(2017, 12, 31)):
    ...     print(change.moment, change.seconds)
    2017-01-01 00:00:00 3600
    2017-03-26 01:00:00 7200
    2017-10-29 01:00:00 3600
    """
    info = zoneinfo.ZoneInfo(zone)
    found = [Change(first, _offset(info, first))]
    day = first
    while day < last:
        after = min(day + dt.timedelta(days=1), last)
        if _offset(info, after) != found[-1].seconds:
            found.append(_first_with(info, day, after))
        day = after
    return found


def _first_with(info: zoneinfo.ZoneInfo, before: dt.datetime, after: dt.datetime) -> Change:
    """Return the second at which the offset became what it is at `after`."""
    wanted = _offset(info, after)
    while after - before > dt.timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if _offset(info, middle) == wanted:
            after = middle
        else:
            before = middle
    return Change(after, wanted)


def _offset(info: zoneinfo.ZoneInfo, moment: dt.datetime) -> int:
    offset = moment.replace(tzinfo=dt.UTC).astimezone(info).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def to_local(engine: Engine, moment: ir.Value, zone: str, span: tuple[dt.datetime, dt.datetime] | None) -> ir.Value:
    """Convert naive UTC to naive local time.

    Ibis casts to a zone give the UTC date on every engine, so they are of no use here.

    Args:
        engine: where it is computed.
        moment: naive timestamps in UTC.
        zone: IANA name.
        span: earliest and latest moment, if known; moments outside get the nearest offset.
    """
    if zone == "UTC":
        return moment
    offsets = changes(zone, *span) if span else []
    if offsets and len(offsets) <= _MOST_CHANGES:
        seconds: ir.Value = ibis.literal(offsets[0].seconds, "int64")
        if len(offsets) > 1:
            # the latest first: most rows are recent
            branches = [(moment >= ibis.timestamp(c.moment), c.seconds) for c in reversed(offsets[1:])]
            seconds = ibis.cases(*branches, else_=offsets[0].seconds)
        return moment + seconds.as_interval("s")
    if engine.name == "pyspark":
        return _spark_to_zone(moment, zone)
    return _to_zone(zone, moment.cast("timestamp('UTC')"))
