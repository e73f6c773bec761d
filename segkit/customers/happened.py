"""What happened to a company: its own events, and its campaigns by their first days, for the charts over time."""

from __future__ import annotations

import datetime as dt
from typing import Final

import ibis

from segkit.customers.base import CustomerBase
from segkit.customers.own_calendar import own_events
from segkit.news.feasts import OwnEvent

_MOST: Final = 100


def happened(base: CustomerBase) -> tuple[OwnEvent, ...]:
    """Return the company's own events, then its campaigns from the latest on, that began by the report's date.

    Args:
        base: whose company it is.
    """
    return base.once(happened, lambda: (*_begun(base), *_campaigns(base)))


def _begun(base: CustomerBase) -> list[OwnEvent]:
    own = base.once(own_events, lambda: own_events(base.dataset))
    return sorted((one for one in own if one.start <= base.as_of), key=lambda one: one.start, reverse=True)


def _campaigns(base: CustomerBase) -> list[OwnEvent]:
    table = base.dataset.tables.get("campaigns")
    if table is None:
        return []
    number = table.campaign_id.cast("string")
    named = table.name.cast("string").fill_null(number) if "name" in table.columns else number
    rows = table.select(event=named, day=table.start.cast("string"), id=number)
    rows = rows.filter(rows.day <= str(base.as_of)).order_by(ibis.desc("day"), "id").limit(_MOST)
    found = base.dataset.engine.collect(rows)
    days = [dt.date.fromisoformat(str(day)[:10]) for day in found["day"]]
    return [OwnEvent(str(event), day, day) for event, day in zip(found["event"], days, strict=True)]
