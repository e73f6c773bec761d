"""Retention by plan: Kaplan-Meier with late entry, projected by sBG or BdW, and the months that are still to come."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.calendar import elapsed
from segkit.errors import ModelError
from segkit.measures.churn.records import RetentionCurve
from segkit.models import RetentionModel, choose_retention_model
from segkit.models.churn import product_limit

ALL = "All contracts"
_MOST_PLANS = 6
_FEWEST = 30
_AHEAD = 60
_LONGEST = 48
_Z = 1.96


def retention_curves(base: CustomerBase) -> tuple[RetentionCurve, ...]:
    """All contracts, then the plans with the most of them.

    A contract that ran when the data begin counts from then on (late entry). The projections rest on contracts that
    began within the data, so that none is missing because it ended unseen.
    """
    rows = base.dataset.tables["subscriptions"]
    seen = rows.filter(rows.start <= ibis.date(base.as_of))
    until = ibis.coalesce(seen.end, ibis.date(base.as_of))
    known = base.dataset.known_from
    gone = seen.end.notnull()
    length = elapsed(seen.start, until, "month")
    months = gone.ifelse(length.floor() + 1.0, length.floor())
    early = seen.start < ibis.date(known)
    entry = early.ifelse(elapsed(seen.start, ibis.date(known), "month").floor(), 0.0)
    plan = seen.plan.fill_null("") if "plan" in seen.columns else ibis.literal("")
    table = seen.select(
        plan=plan,
        months=months.cast("int64"),
        entry=entry.cast("int64"),
        gone=gone.ifelse(1, 0).cast("int64"),
        fresh=(~early).ifelse(1, 0).cast("int64"),
    )
    table = base.dataset.engine.keep("contracts", table.filter(table.entry < table.months))
    entries = _tally(base, table, ["plan", "entry"])
    ends = _tally(base, table, ["plan", "months", "gone", "fresh"])
    sizes = ends.groupby("plan")["n"].sum().sort_values(ascending=False, kind="stable")
    named = [name for name in sorted(sizes.index[:_MOST_PLANS]) if name]
    found = [_curve(ALL, entries, ends)]
    if len(named) > 1:
        found += [_curve(name, entries[entries["plan"] == name], ends[ends["plan"] == name]) for name in named]
    return tuple(curve for curve in found if curve is not None)


def _tally(base: CustomerBase, table: ir.Table, by: list[str]) -> pd.DataFrame:
    sums = table.group_by(by).aggregate(n=table.count())
    frame = base.dataset.engine.collect(sums.order_by(by))
    return frame.astype({name: "int64" for name in frame.columns if name != "plan"})


def _curve(name: str, entries: pd.DataFrame, ends: pd.DataFrame) -> RetentionCurve | None:
    curve = product_limit(
        entries["entry"].to_numpy(float),
        entries["n"].to_numpy(float),
        ends["months"].to_numpy(float),
        ends["gone"].to_numpy(float),
        ends["n"].to_numpy(float),
    )
    enough = curve.time[curve.at_risk >= _FEWEST]
    if not enough.size:
        return None
    last = int(min(enough[-1], _LONGEST))
    months = tuple(range(last + 1))
    share = [1.0, *(curve.at(float(m)) for m in months[1:])]
    error = [0.0]
    for month in months[1:]:
        before = curve.time <= month
        error.append(float(curve.standard_error[before][-1]) if before.any() else 0.0)
    model = _model(ends[ends["fresh"] == 1])
    projected = remaining = None
    if model is not None:
        projected = tuple(float(v) for v in model.survival(np.array(months, dtype=np.float64)))
        remaining = _remaining(model, ends[ends["gone"] == 0])
    return RetentionCurve(
        name,
        int(ends["n"].sum()),
        months,
        tuple(share),
        tuple(max(0.0, s - _Z * e) for s, e in zip(share, error, strict=True)),
        tuple(min(1.0, s + _Z * e) for s, e in zip(share, error, strict=True)),
        projected,
        remaining,
        "" if model is None else model.label,
    )


def _model(fresh: pd.DataFrame) -> RetentionModel | None:
    try:
        return choose_retention_model(
            fresh["months"].to_numpy(float), fresh["gone"].to_numpy(float), fresh["n"].to_numpy(float)
        ).model
    except ModelError:
        return None


def _remaining(model: RetentionModel, there: pd.DataFrame) -> float | None:
    """Mean months to come, of the next sixty, of those who are there."""
    if there.empty:
        return None
    ahead = np.arange(1, _AHEAD + 1, dtype=np.float64)
    by = there.groupby("months")["n"].sum()
    expected = np.array([model.survival(ahead, tenure=float(m)).sum() for m in by.index])
    weight = by.to_numpy(float)
    return float(expected @ weight / weight.sum())


def spans(day: dt.date, ends: tuple[dt.date, ...]) -> list[tuple[dt.date, dt.date]]:
    """First and last day of each unit of a horizon."""
    starts = [day, *ends[:-1]]
    return [(start + dt.timedelta(days=1), end) for start, end in zip(starts, ends, strict=True)]
