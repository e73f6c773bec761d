"""How unevenly value is spread over customers: measured shares, Gini coefficient, Lorenz curve, deciles."""

from __future__ import annotations

import math
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.customers import CustomerBase
from segkit.errors import DataError
from segkit.page.result import Nothing
from segkit.privacy.suppression import too_few
from segkit.segments.measure.assign import value_column, value_name
from segkit.statistics.told import Told
from segkit.value.concentration_records import Concentration

TOP_SHARES: Final = (0.01, 0.1, 0.2, 0.5)
_POINTS: Final = 100


def concentration(base: CustomerBase, *, of: str = "") -> Concentration | Nothing:
    """Measure the concentration of value over the customers as of the report's date.

    Args:
        base: the customers.
        of: a money column of the customer table; None for the column `value`.

    The Gini coefficient is that of the whole population, not an estimate from a sample:
    G = Σ (2 i − n − 1) x_i / (n Σ x_i), with x in rising order.

    Source: Lorenz (1905), Gini (1912).

    Returns:
        The concentration; `Nothing` where no column is asked for and the data hold no amounts.

    Raises:
        DataError: the customer table has no such column.
    """
    customers = base.customers()
    column = of or value_column(customers)
    if column is None:
        return Nothing("The data hold no amounts, so that nothing is known of how value is spread.")
    if column not in customers.columns:
        raise DataError(f"concentration: the customer table has no money column `{of}`.")
    values = customers.select("customer_id", value=customers[column].fill_null(0))
    name = value_name(base) if not of else Told.own(of.replace("_", " "))
    return concentration_of(base, values, value_name=name)


def concentration_of(base: CustomerBase, values: ir.Table, *, value_name: str) -> Concentration:
    """Measure the concentration of any value of the customers.

    Args:
        base: the customers.
        values: columns customer_id and value, in whole minor units, never NULL.
        value_name: what a reader calls the value.
    """
    engine, money = base.dataset.engine, base.dataset.spec.money
    scale = 10**money.decimals
    facts = engine.collect(_facts(values)).iloc[0]
    n, total = int(facts["n"]), _int(facts["total"])
    ranked = _ranked(values)
    order = engine.collect(_order_facts(ranked, n, total)).iloc[0]
    positive = _int(facts["positive"])
    least = max(1, base.smallest)
    marks = {share: math.ceil(share * n - 1e-9) for share in TOP_SHARES}
    marks = {share: rank for share, rank in marks.items() if rank >= least}
    points = min(_POINTS, n // least)
    most = _int(order["short_of_80"]) + 1
    below = _int(facts["below_zero"])
    curve_ranks = [math.ceil(n * k / points) for k in range(1, points + 1)]
    wanted = sorted({*marks.values(), *(n - rank for rank in curve_ranks if rank < n)})
    from_top = {0: 0, n: total}
    if wanted:
        sums = engine.collect(ranked.filter(ranked.place.isin(wanted)).select("place", "from_top"))
        from_top |= {int(p): _int(v) for p, v in zip(sums["place"], sums["from_top"], strict=True)}
    return Concentration(
        value_name=value_name,
        unit_name=base.unit_name,
        money=money,
        end=base.as_of,
        customers=n,
        total=total / scale,
        top_shares={share: from_top[rank] / total for share, rank in marks.items()} if total > 0 else {},
        share_for_80=most / n if total > 0 and not too_few(most, least) else None,
        gini=_int(order["weighted"]) / (n * positive) if positive else None,
        below_zero=None if too_few(below, least) else below,
        lorenz=_lorenz(from_top, curve_ranks, n, total),
        deciles=_deciles(engine.collect(_groups(ranked, n)) if n >= 10 * least else None, total, scale),
        smallest=base.smallest,
    )


def _facts(values: ir.Table) -> ir.Table:
    return values.aggregate(
        n=values.count(),
        total=values.value.sum(),
        positive=values.value.sum(where=values.value > 0),
        below_zero=(values.value < 0).sum(),
    )


def _ranked(values: ir.Table) -> ir.Table:
    """Return each customer's place from the most valuable down, ties by id, and the value of all up to that place."""
    order = [ibis.desc("value"), "customer_id"]
    return values.mutate(
        place=ibis.row_number().over(ibis.window(order_by=order)) + 1,
        from_top=values.value.sum().over(ibis.cumulative_window(order_by=order)),
    )


def _order_facts(ranked: ir.Table, n: int, total: int) -> ir.Table:
    """Return the facts that depend on the order, in whole numbers, since sums of floats differ from run to run."""
    positive = ibis.greatest(ranked.value, 0).cast("decimal(38,0)")
    # in rising order the i-th customer is at place n + 1 − i, so that 2 i − n − 1 = n + 1 − 2 place
    weight = (ibis.literal(n + 1, "int64") - ranked.place.cast("int64") * 2).cast("decimal(38,0)")
    return ranked.aggregate(
        weighted=(weight * positive).sum(),
        short_of_80=(ranked.from_top.cast("decimal(38,0)") * 5 < ibis.literal(total * 4).cast("decimal(38,0)")).sum(),
    )


def _groups(ranked: ir.Table, n: int) -> ir.Table:
    """Divide customers into tenths by place, the first rounded up to whole customers: equal to within one customer."""
    decile = ((ranked.place - 1).cast("float64") * 10.0 / float(n)).floor().cast("int64") + 1
    return ranked.group_by(decile=decile).aggregate(customers=ranked.count(), value=ranked.value.sum())


def _deciles(frame: pd.DataFrame | None, total: int, scale: int) -> pd.DataFrame:
    columns = ["decile", "customers", "value", "value_share", "mean_value"]
    if frame is None:
        return pd.DataFrame(columns=columns)
    frame = frame.sort_values("decile", ignore_index=True)
    value = frame["value"].astype("int64")
    return pd.DataFrame(
        {
            "decile": frame["decile"].astype("int64"),
            "customers": frame["customers"].astype("int64"),
            "value": value / scale,
            "value_share": value / total if total > 0 else float("nan"),
            "mean_value": value / frame["customers"].astype("int64") / scale,
        },
        columns=columns,
    )


def _lorenz(from_top: dict[int, int], ranks: list[int], n: int, total: int) -> pd.DataFrame:
    """Return the Lorenz curve from the least valuable customer up: the whole less what the remaining customers bring."""
    if not ranks or total <= 0:
        return pd.DataFrame({"customers_share": [], "value_share": []})
    return pd.DataFrame(
        {
            "customers_share": [0.0, *(rank / n for rank in ranks)],
            "value_share": [0.0, *((total - from_top[n - rank]) / total for rank in ranks)],
        }
    )


def _int(value: Any) -> int:
    return 0 if pd.isna(value) else int(value)
