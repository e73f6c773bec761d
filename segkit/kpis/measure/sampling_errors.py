"""By how much key figures move by chance: single customers come and go, in one period and not in another."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.customers import CustomerBase
from segkit.data.spells import with_spells
from segkit.news.feasts import Span

_FEW: Final = 5


@dataclass(frozen=True, slots=True)
class SamplingError:
    """By how much a sum moves because single customers come and go, by chance, in one period and not in another.

    Attributes:
        error: standard error of the sum's last value, or of its last change, in its unit.
        by_few: whether fewer than five customers as large as the largest would make it.
        without: the last values that there would be, had the one to four customers whose change raised it most stayed as
            they were in the period before; then the same of those whose change lowered it most.
    """

    error: float
    by_few: bool
    without: tuple[float, ...] = ()

    @classmethod
    def of(cls, squares: float, largest: float, unit: float) -> SamplingError:
        """Return it from the sum of the squares of customers' own changes, and the largest of them."""
        return cls(math.sqrt(squares) * unit, 0 < squares < _FEW * largest)


NO_ERROR: Final = SamplingError(0.0, by_few=False)


def purchase_errors(base: CustomerBase, days: ir.Table, spans: tuple[Span, ...]) -> dict[str, SamplingError]:
    """Estimate by how much customers' own ups and downs move a sum: half the squares of their changes between periods.

    What a customer does every period alike cancels out, so a loyal panel has a small error. In whole major units, so that
    the sum does not depend on the order of rows.
    """
    if len(spans) < 2:
        return {}
    scale = float(10**base.dataset.spec.money.decimals)
    start, before = ibis.date(spans[-1][0]), ibis.date(spans[-2][0])
    lately = days.filter(days.day.between(before, ibis.date(spans[-1][1])))
    now = lately.day >= start
    one = lately.group_by("customer_id").aggregate(
        revenue=lately.revenue.sum(where=now).fill_null(0) - lately.revenue.sum(where=~now).fill_null(0),
        orders=lately.orders.sum(where=now).fill_null(0) - lately.orders.sum(where=~now).fill_null(0),
        buyers=(lately.orders.sum(where=now).fill_null(0) > 0).ifelse(1, 0)
        - (lately.orders.sum(where=~now).fill_null(0) > 0).ifelse(1, 0),
    )
    units = one.mutate(revenue=(one.revenue.cast("float64") / scale + 0.5).floor().cast("int64"))
    revenue, orders, buyers = _squared(base, units, ("revenue", "orders", "buyers"))
    sums = lately.aggregate(
        revenue=lately.revenue.sum(where=now).fill_null(0), orders=lately.orders.sum(where=now).fill_null(0)
    )
    by_revenue, by_orders = _without_few(base, one, sums)
    ratios = tuple(paid / many for paid, many in by_revenue if many > 0)
    return {
        "period_revenue": replace(
            SamplingError.of(revenue[0] / 2, revenue[1] / 2, scale), without=tuple(paid for paid, _ in by_revenue)
        ),
        "period_orders": replace(
            SamplingError.of(orders[0] / 2, orders[1] / 2, 1.0), without=tuple(many for _, many in by_orders)
        ),
        "period_buyers": SamplingError.of(buyers[0] / 2, buyers[1] / 2, 1.0),
        "revenue_per_order": replace(NO_ERROR, without=ratios),
    }


def _without_few(
    base: CustomerBase, changes: ir.Table, sums: ir.Table
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return revenue and orders of the last period without the changes of the few customers who moved them most.

    Args:
        base: the customers.
        changes: a row for each customer, by how much revenue and orders changed from the period before.
        sums: revenue and orders of the last period.

    Returns:
        Pairs of revenue and orders, without one, two, three and four customers: of those who moved revenue most, up and
        then down; and of those who moved orders most.
    """
    parts = [_row("whole", ibis.literal(0, "int64"), sums.revenue, sums.orders, of=sums)]
    sides = [(name, side) for name in ("revenue", "orders") for side in ("up", "down")]
    for name, side in sides:
        order = ibis.desc if side == "up" else ibis.asc
        moved = changes.filter(changes[name] > 0 if side == "up" else changes[name] < 0)
        most = moved.order_by([order(name), "customer_id"]).limit(_FEW - 1)
        by = [order(most[name]), most.customer_id]
        so_far = ibis.window(order_by=by, preceding=None, following=0)
        many = ibis.row_number().over(order_by=by) + 1
        parts.append(
            _row(f"{name}_{side}", many, most.revenue.sum().over(so_far), most.orders.sum().over(so_far), of=most)
        )
    frame = base.dataset.engine.collect(ibis.union(*parts))
    found = {
        (str(r["moved"]), int(r["many"])): (float(r["revenue"]), float(r["orders"])) for _, r in frame.iterrows()
    }
    revenue, orders = found["whole", 0]
    without: dict[str, list[tuple[float, float]]] = {"revenue": [], "orders": []}
    for name, side in sides:
        gone = 0.0, 0.0
        for at in range(1, _FEW):
            gone = found.get((f"{name}_{side}", at), gone)
            without[name].append((revenue - gone[0], orders - gone[1]))
    return without["revenue"], without["orders"]


def _row(moved: str, many: ir.Value, revenue: ir.Value, orders: ir.Value, *, of: ir.Table) -> ir.Table:
    return of.select(moved=ibis.literal(moved), many=many, revenue=revenue.cast("int64"), orders=orders.cast("int64"))


def _squared(base: CustomerBase, units: ir.Table, names: tuple[str, ...]) -> list[tuple[float, float]]:
    """Return of each column of whole numbers the sum of the squares and the largest square."""
    asked: dict[str, ir.Value] = {}
    for name in names:
        square = units[name].cast("int64") * units[name].cast("int64")
        asked |= {f"{name}_sum": square.sum(), f"{name}_most": square.max()}
    row = base.dataset.engine.collect(units.aggregate(**asked)).fillna(0).iloc[0]
    return [(float(row[f"{name}_sum"]), float(row[f"{name}_most"])) for name in names]


def contract_errors(base: CustomerBase, spans: tuple[Span, ...]) -> dict[str, SamplingError]:
    """Estimate by how much single customers move a stock from one period end to the next: the squares of their changes.

    One large contract that begins is as large an error, since it is chance in which week it does.
    """
    if len(spans) < 2:
        return {}
    rows = with_spells(base.dataset.tables["subscriptions"])
    amount = rows.recurring_amount.fill_null(0) if "recurring_amount" in rows.columns else ibis.literal(0, "int64")
    ran, runs = (
        (rows.start <= day) & (rows.end.isnull() | (rows.end > day))
        for day in (ibis.date(spans[-2][1]), ibis.date(spans[-1][1]))
    )
    each = rows.mutate(was=ran.ifelse(1, 0), is_=runs.ifelse(1, 0), amount=amount.cast("int64"))
    one = each.group_by("customer_id").aggregate(
        recurring=(each.amount * (each.is_ - each.was)).sum(),
        under_contract=each.is_.max().cast("int64") - each.was.max().cast("int64"),
    )
    scale = float(10**base.dataset.spec.money.decimals)
    units = one.mutate(recurring=(one.recurring.cast("float64") / scale + 0.5).floor().cast("int64"))
    recurring, contracts = _squared(base, units, ("recurring", "under_contract"))
    return {
        "recurring": SamplingError.of(*recurring, scale),
        "under_contract": SamplingError.of(*contracts, 1.0),
    }
