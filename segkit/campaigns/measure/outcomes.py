"""Outcomes and covariates of a campaign's customers, as columns of whole numbers in the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from segkit.campaigns.records import LiftMetric
from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT, Segmentation
from segkit.data.spells import running_on

NO_CHANNEL: Final = -1
STEPS: Final = ("sent", "opened", "clicked")
_SUMMED: Final = ("revenue", "margin", "orders")


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of days that are summed, each as long as the part of the campaign that has been seen.

    Attributes:
        start, last: first and last day whose outcomes have been seen.
        middle: first day of the later half.
        before, earlier: first days of the two stretches before the campaign; None where the data do not reach back so
            far.
    """

    start: dt.date
    last: dt.date
    middle: dt.date
    before: dt.date | None
    earlier: dt.date | None


@dataclass(frozen=True)
class Outcomes:
    """The campaign's table as an expression, and the meaning of its columns.

    Attributes:
        table: customer_id, arm, channel, fold, segment_0 …, and columns of whole numbers.
        metrics: the outcomes. The one that decides comes first: profit, else conversion, else revenue.
        money: columns in minor units.
        covariates: columns measured before the first day.
    """

    table: ir.Table
    metrics: tuple[LiftMetric, ...]
    money: frozenset[str]
    covariates: tuple[str, ...]


def window(start: dt.date, last: dt.date, base: CustomerBase) -> Window:
    """Return the stretches of days of a campaign that has been seen from `start` to `last`."""
    seen = (last - start).days + 1
    before, earlier = (start - dt.timedelta(days=seen * k) for k in (1, 2))
    first = base.dataset.known_from
    return Window(
        start,
        last,
        start + dt.timedelta(days=max(seen // 2, 1)),
        before if before >= first else None,
        earlier if earlier >= first else None,
    )


def with_outcomes(
    members: ir.Table, base: CustomerBase, contacts: ir.Table, fitted: Sequence[Segmentation], stretch: Window
) -> ir.Table:
    """Join a campaign's members with their segments, purchases, contact and contracts."""
    joined = members
    for number, segmentation in enumerate(fitted):
        place = segmentation.assign(base.customers())
        joined = _beside(joined, place.select("customer_id", **{f"segment_{number}": place[SEGMENT]}))
        known = joined[f"segment_{number}"].fill_null(len(segmentation.segments))
        joined = joined.mutate(**{f"segment_{number}": known.cast("int64")})
    if "transactions" in base.dataset.tables:
        joined = _beside(joined, _purchases(base.daily_purchases(), stretch))
    touched = [c for c in ("channel", "cost", *STEPS, "converted") if c in contacts.columns]
    if touched:
        joined = _beside(joined, contacts.select("customer_id", **{f"contact_{c}": contacts[c] for c in touched}))
    contracts = base.dataset.tables.get("subscriptions")
    if contracts is not None and "start" in contracts.columns:
        before = stretch.start - dt.timedelta(days=1)
        ran = running_on(contracts, before, stretch.last)
        one = ran.group_by("customer_id").aggregate(
            gone=ran.gone.ifelse(1, 0).max(), doubt=ran.doubtful.ifelse(1, 0).max()
        )
        joined = _beside(joined, one)
    return joined


def read_outcomes(
    joined: ir.Table, relation: str, channels: Sequence[str], margin: float | None, *, over: bool
) -> Outcomes:
    """Build the columns of the campaign's table.

    Args:
        joined: what `with_outcomes` returned.
        relation: contractual or non_contractual.
        channels: names of channels, by index.
        margin: share of revenue that stays as margin, where there is no column margin; None leaves profit out.
        over: whether the campaign's last day has been seen; `converted` is used only then.
    """
    has = set(joined.columns)
    parts: dict[str, Any] = {
        c: joined[c].fill_null(0).cast("int64") for c in joined.columns if c.split("_")[0] in _SUMMED
    }
    if "revenue" in has and "margin" not in has and margin is not None:
        for column in [c for c in parts if c.startswith("revenue")]:
            name = column.replace("revenue", "margin")
            parts[name] = (joined[column].fill_null(0).cast("float64") * margin + 0.5).floor().cast("int64")
    money = {c for c in parts if not c.startswith("orders")}
    for step in STEPS:
        if f"contact_{step}" in has:
            parts[step] = joined[f"contact_{step}"].fill_null(False).ifelse(1, 0).cast("int64")
    if "contact_cost" in has:
        parts["cost"] = joined.contact_cost.fill_null(0).cast("int64")
        money.add("cost")
    if "contact_converted" in has and over:
        # customers in no contact list could not convert on it, so their conversion is unknown, not "no"
        known = joined.contact_converted.notnull()
        parts["converted"] = known.ifelse(joined.contact_converted.ifelse(1, 0), None).cast("int64")
    if "margin" in parts and "cost" in parts:
        parts["profit"] = parts["margin"] - parts["cost"]
        money.add("profit")
    if "gone" in has:
        # where another contract may yet follow, the customer has neither left nor stayed
        known = joined.doubt == 0
        parts["left"] = known.ifelse(joined.gone, None).cast("int64")
    channel: Any = ibis.literal(NO_CHANNEL, "int64")
    if channels:
        index = ((joined.contact_channel == name, i) for i, name in enumerate(channels))
        channel = ibis.cases(*index, else_=NO_CHANNEL).cast("int64")
    # customers are halved by their id: alike on every engine, and independent of the arm
    place = ibis.row_number().over(group_by=joined.arm, order_by=joined.customer_id).cast("int64")
    table = joined.select(
        "customer_id",
        "arm",
        *(c for c in joined.columns if c.startswith("segment_")),
        channel=channel,
        fold=(place % 2).cast("int64"),
        **parts,
    )
    covariates = tuple(c for c in parts if c.endswith("_before"))
    return Outcomes(table, _metrics(set(parts), relation), frozenset(money), covariates)


def _beside(left: ir.Table, right: ir.Table) -> ir.Table:
    return left.left_join(right, "customer_id", rname="{name}_beside").drop("customer_id_beside")


def _purchases(days: ir.Table, stretch: Window) -> ir.Table:
    """Sum each customer's purchases over the campaign, its two halves, and the two stretches before it."""
    day = ibis.date
    stretches = {
        "": (stretch.start, stretch.last),
        "_early": (stretch.start, stretch.middle - dt.timedelta(days=1)),
        "_late": (stretch.middle, stretch.last),
    }
    first = stretch.start
    if stretch.before is not None:
        stretches["_before"] = (stretch.before, stretch.start - dt.timedelta(days=1))
        first = stretch.before
        if stretch.earlier is not None:
            stretches["_earlier"] = (stretch.earlier, stretch.before - dt.timedelta(days=1))
            first = stretch.earlier
    days = days.filter((days.day >= day(first)) & (days.day <= day(stretch.last)))
    sums: dict[str, Any] = {}
    for name in _SUMMED:
        if name in days.columns:
            for ending, (begin, end) in stretches.items():
                if name == "revenue" or ending in ("", "_before"):
                    inside = (days.day >= day(begin)) & (days.day <= day(end))
                    sums[name + ending] = days[name].sum(where=inside)
    return days.group_by("customer_id").aggregate(**sums)


def _metrics(columns: set[str], relation: str) -> tuple[LiftMetric, ...]:
    def before(*names: str) -> str | None:
        return next((f"{n}_before" for n in names if f"{n}_before" in columns), None)

    found = []
    if "profit" in columns:
        found.append(
            LiftMetric("profit", "Margin less campaign cost", "money", "up", True, before("margin", "revenue"))
        )
    if "converted" in columns:
        found.append(LiftMetric("converted", "Conversion", "share", "up", False, before("revenue")))
    if "revenue" in columns:
        found.append(LiftMetric("revenue", "Net revenue", "money", "up", True, before("revenue")))
    if "orders" in columns and relation != "contractual":
        found.append(LiftMetric("orders", "Orders", "count", "up", False, before("orders")))
        found.append(LiftMetric("revenue", "Revenue an order", "money", "up", True, None, over="orders"))
    if "left" in columns:
        found.append(LiftMetric("left", "Left during the campaign", "share", "down", False, before("revenue")))
    return tuple(found)
