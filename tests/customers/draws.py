"""Small random tables: few customers and days, so that ties, returns and gaps meet."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

Tables = dict[str, list[dict[str, Any]]]

AS_OF = dt.date(2024, 3, 31)
_WHO = st.integers(1, 6)
_DAYS = st.one_of(
    st.dates(dt.date(2023, 1, 1), dt.date(2024, 6, 30)),
    # where rules turn: the report's day and the next, ends of windows and of months
    st.sampled_from(
        [
            dt.date(2024, 3, 31),
            dt.date(2024, 4, 1),
            dt.date(2024, 3, 24),
            dt.date(2024, 3, 25),
            dt.date(2024, 2, 29),
            dt.date(2023, 3, 31),
            dt.date(2023, 4, 1),
            dt.date(2024, 3, 3),
            dt.date(2024, 3, 4),
        ]
    ),
)
_AMOUNTS = st.sampled_from([-700, -1, 0, 1, 500, 500, 12_345_678_901])


@st.composite
def _transaction(draw: st.DrawFn) -> dict[str, Any]:
    amount = draw(_AMOUNTS)
    return {
        "customer_id": draw(_WHO),
        "day": draw(_DAYS),
        "amount": amount,
        "is_purchase": amount > 0 or (amount == 0 and draw(st.booleans())),
        "order_id": draw(st.one_of(st.none(), st.integers(1, 4))),
        "margin": draw(st.one_of(st.none(), st.integers(-300, 300))),
    }


@st.composite
def _contract(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(_DAYS)
    length = draw(st.one_of(st.none(), st.integers(0, 500)))
    return {
        "customer_id": draw(_WHO),
        "start": start,
        "end": None if length is None else start + dt.timedelta(days=length),
        "plan": draw(st.sampled_from([None, "S", "M"])),
        "recurring_amount": draw(st.sampled_from([None, 0, 999])),
    }


@st.composite
def _event(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "customer_id": draw(_WHO),
        "time": dt.datetime.combine(draw(_DAYS), draw(st.sampled_from([dt.time(0, 0), dt.time(23, 59, 59)]))),
        "event": draw(st.sampled_from(["ticket", "data gb"])),
        "value": draw(st.one_of(st.none(), st.sampled_from([0.0, 0.125, 3.7, 1e9]))),
    }


@st.composite
def _person(draw: st.DrawFn, who: int) -> dict[str, Any]:
    return {
        "customer_id": who,
        "city": draw(st.sampled_from([None, "Köln", "Bonn"])),
        "age": draw(st.sampled_from([None, 17, 40])),
    }


@st.composite
def shop(draw: st.DrawFn, least: int = 0) -> Tables:
    """Transactions and a few customers' attributes."""
    known = draw(st.sets(_WHO))
    return {
        "transactions": draw(st.lists(_transaction(), min_size=least, max_size=30)),
        "customers": [draw(_person(who)) for who in sorted(known)],
    }


@st.composite
def company(draw: st.DrawFn) -> Tables:
    """All tables."""
    contracts = st.lists(_contract(), max_size=12)
    return draw(shop()) | {"subscriptions": draw(contracts), "events": draw(st.lists(_event(), max_size=12))}
