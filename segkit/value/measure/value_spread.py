"""How unevenly total value lies over customers: Lorenz curve, Gini with its interval, deciles with a profile."""

from __future__ import annotations

import math

import ibis
import ibis.expr.types as ir
import pandas as pd
from scipy import special

from segkit.customers import CustomerBase
from segkit.data.scaled import MICRO, micro
from segkit.value.measure.concentrations import concentration_of
from segkit.value.records import Spread


def value_spread(base: CustomerBase, valued: ir.Table, *, name: str, level: float) -> Spread:
    """Measure the spread of `total` over the customers.

    Args:
        base: the customers.
        valued: columns customer_id, past, future, total (whole minor units), risk, frequency, days_since, and loss
            (margin to date, NULL where not known) if the data know margins.
        name: what a reader calls the value.
        level: the level of the Gini coefficient's interval.
    """
    engine, scale = base.dataset.engine, 10**base.dataset.spec.money.decimals
    values = valued.select("customer_id", value=valued.total)
    found = concentration_of(base, values, value_name=name)
    se = gini_error(base, values)
    reach = None if se is None else float(special.ndtri(0.5 + level / 2)) * se
    place = ibis.row_number().over(ibis.window(order_by=[valued.total.desc(), valued.customer_id]))
    n = max(found.customers, 1)
    ranked = valued.mutate(decile=(place.cast("float64") * 10.0 / float(n)).floor().cast("int64") + 1)
    by = ranked.group_by("decile").aggregate(
        customers=ranked.count(),
        past=ranked.past.sum(),
        future=ranked.future.sum(),
        total=ranked.total.sum(),
        frequency=ranked.frequency.fill_null(0).cast("int64").sum(),
        days_since=ranked.days_since.fill_null(0).cast("int64").sum(),
        risk=micro(ranked.risk).sum(),
    )
    frame = engine.collect(by.order_by("decile")).astype("float64")
    whole = float(frame["total"].sum())
    deciles = pd.DataFrame(
        {
            "decile": frame["decile"].astype("int64"),
            "customers": frame["customers"].astype("int64"),
            **{part: frame[part] / scale for part in ("past", "future", "total")},
            "share": frame["total"] / whole if whole > 0 else float("nan"),
            "frequency": frame["frequency"] / frame["customers"],
            "days_since": frame["days_since"] / frame["customers"],
            "risk": frame["risk"] / MICRO / frame["customers"],
        }
    )
    if found.customers < 10 * base.smallest:
        deciles = deciles.iloc[:0]
    losses = None
    if "loss" in valued.columns:
        sums = engine.collect(
            valued.aggregate(n=(valued.loss < 0).sum(), money=valued.loss.sum(where=valued.loss < 0))
        ).iloc[0]
        count = 0 if pd.isna(sums["n"]) else int(sums["n"])
        losses = (count, 0.0 if pd.isna(sums["money"]) else float(sums["money"]) / scale)
        losses = None if 0 < count < base.smallest else losses
    gini = found.gini
    return Spread(
        concentration=found,
        gini_low=None if gini is None or reach is None else max(gini - reach, 0.0),
        gini_high=None if gini is None or reach is None else min(gini + reach, 1.0),
        deciles=deciles,
        losses=losses,
    )


def gini_error(base: CustomerBase, values: ir.Table) -> float | None:
    """Return the standard error of the Gini coefficient of `value`; None where the values sum to 0.

    Negative values count as 0. With x in rising order, Z = −(G + 1) x + 2 x F − 2/n Σ x up to it, and se = sd(Z) /
    (mean √n). Customers stand for the larger number that might have been. One pass computes it, without resampling.

    Source: R. Davidson: Reliable inference for the Gini index. Journal of Econometrics 150(1), 2009.
    """
    clipped = values.select("customer_id", x=ibis.greatest(values.value, 0).cast("float64"))
    order = [clipped.x, clipped.customer_id]
    ranked = clipped.mutate(
        place=ibis.row_number().over(ibis.window(order_by=order)).cast("float64") + 0.5,
        below=clipped.x.sum().over(ibis.cumulative_window(order_by=order)),
    )
    engine = base.dataset.engine
    first = engine.collect(ranked.aggregate(n=ranked.count(), x=ranked.x.sum(), rx=(ranked.place * ranked.x).sum()))
    n, total = float(first["n"].iloc[0]), first["x"].iloc[0]
    if n < 2 or pd.isna(total) or float(total) <= 0:
        return None
    mean = float(total) / n
    gini = 2.0 * float(first["rx"].iloc[0]) / (n * float(total)) - 1.0
    z = (ranked.x * (ranked.place * (2.0 / n) - (gini + 1.0)) - ranked.below * (2.0 / n)) / mean
    sums = engine.collect(ranked.mutate(z=z).aggregate(z=ibis._.z.sum(), zz=(ibis._.z * ibis._.z).sum())).iloc[0]
    variance = float(sums["zz"]) / n - (float(sums["z"]) / n) ** 2
    # the last digits depend on the order of summation
    return round(math.sqrt(max(variance, 0.0) / n), 9)
