"""Retention by plan and by cohort: the Kaplan-Meier estimate with late entry, its projection, and the months to come.

The projection uses the chance of leaving that was counted at each month of tenure. These counts lean on a model, sBG
or BdW, which alone speaks of months that nobody was seen in (`segkit.forecast.models.hazards`). A cohort leans on all
contracts, moved to the level of its own leavers.
"""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.churn.models.product_limit import product_limit
from segkit.churn.records import RetentionCurve
from segkit.customers import CustomerBase
from segkit.customers.calendar import elapsed
from segkit.customers.observation import ends_certain_to, ends_known_from, observed
from segkit.data.scaled import MICRO
from segkit.data.spells import spells_by
from segkit.errors import ModelError
from segkit.forecast.models.choice import choose_retention_model
from segkit.forecast.models.contractual import RenewalCells
from segkit.forecast.models.hazards import CountedRetention, counted_retention

ALL = "All contracts"
_MOST_PLANS = 6
_FEWEST_CONTRACTS = 30
_AHEAD = 60
_LONGEST = 48
_MOST_COHORTS = 8
_SEEN_ENOUGH = 6
_PROJECTED = 24
_Z = 1.96


def contract_months(base: CustomerBase) -> ir.Table:
    """Return a row for every contract with the whole months it was seen; contracts that follow each other are one.

    The table is kept in the engine. A contract that already ran when ends began to be known counts from its next
    whole month on (late entry); a contract that began later is `fresh`. A month that is not over counts for nobody:
    otherwise its leavers would count and those who stay would not. Nor do days whose ends are not certain yet.

    Returns:
        Columns plan, quarter (of the start: year × 4 + 0 to 3), months (renewals made, or the number of the renewal
        that was not made), entry (renewals made when observation began), gone, fresh, runs (each 0 or 1; a customer
        who left in the current month is neither gone nor running), age (whole months from the start to the as-of
        date), part (how much of the current month is over, in millionths).
    """
    seen = spells_by(base.dataset.tables["subscriptions"], base.as_of)
    known, certain = ends_known_from(base), ends_certain_to(base, base.as_of)
    months = observed(seen.start, seen.end, certain, known)
    stayed = elapsed(seen.start, ibis.date(base.as_of), "month")
    plan = seen.plan.fill_null("") if "plan" in seen.columns else ibis.literal("")
    quarter = (seen.start.month().cast("float64") - 1.0) / 3.0
    table = seen.select(
        plan=plan,
        quarter=seen.start.year().cast("int64") * 4 + quarter.floor().cast("int64"),
        months=months.months,
        entry=months.entry,
        gone=months.gone.ifelse(1, 0).cast("int64"),
        fresh=months.fresh.ifelse(1, 0).cast("int64"),
        runs=seen.end.isnull().ifelse(1, 0).cast("int64"),
        age=stayed.floor().cast("int64"),
        part=((stayed - stayed.floor()) * MICRO).round().cast("int64"),
    )
    return base.dataset.engine.keep("contracts", table.filter(table.entry < table.months))


def retention_curves(base: CustomerBase, contracts: ir.Table) -> tuple[RetentionCurve, ...]:
    """Return the retention curve of all contracts, then those of the plans with the most contracts.

    A contract that came under observation late says something of the months since then only. So earlier contracts
    that ended unseen do not make retention look too good.
    """
    entries = _tally(base, contracts, ["plan", "entry"])
    ends = _tally(base, contracts, ["plan", "months", "gone", "fresh", "runs", "age"])
    sizes = ends.groupby("plan")["n"].sum().sort_values(ascending=False, kind="stable")
    named = [name for name in sorted(sizes.index[:_MOST_PLANS]) if name]
    fewest = max(_FEWEST_CONTRACTS, base.smallest)
    found = [_curve(ALL, entries, ends, _counted(entries, ends), fewest)]
    if len(named) > 1:
        for name in named:
            mine = entries[entries["plan"] == name], ends[ends["plan"] == name]
            found.append(_curve(name, *mine, _counted(*mine), fewest))
    return tuple(curve for curve in found if curve is not None)


def cohort_curves(base: CustomerBase, contracts: ir.Table) -> tuple[RetentionCurve, ...]:
    """Return a retention curve for each quarter in which contracts began, the oldest first.

    These are the latest eight quarters within the data. A cohort is projected to two years from its start once six of
    its months have been seen.
    """
    fresh = contracts.filter(contracts.fresh == 1)
    ends = _tally(base, fresh, ["quarter", "months", "gone", "runs", "age"])
    whole = _counted(_tally(base, contracts, ["entry"]), _tally(base, contracts, ["months", "gone", "runs"]))
    found, fewest = [], max(_FEWEST_CONTRACTS, base.smallest)
    for quarter in sorted(ends["quarter"].unique())[-_MOST_COHORTS:]:
        mine = ends[ends["quarter"] == quarter]
        entry = pd.DataFrame({"entry": [0], "n": [int(mine["n"].sum())]})
        name = f"{int(quarter) // 4} Q{int(quarter) % 4 + 1}"
        model = None if whole is None else counted_retention(whole, _cells(entry, mine))
        found.append(_curve(name, entry, mine, model, fewest, project_from=_SEEN_ENOUGH, project_to=_PROJECTED))
    return tuple(curve for curve in found if curve is not None)


def _tally(base: CustomerBase, table: ir.Table, by: list[str]) -> pd.DataFrame:
    sums = table.group_by(by).aggregate(n=table.count(), part=table.part.sum())
    frame = base.dataset.engine.collect(sums.order_by(by))
    return frame.astype({name: "int64" for name in frame.columns if name != "plan"})


def _curve(
    name: str,
    entries: pd.DataFrame,
    ends: pd.DataFrame,
    model: CountedRetention | None,
    fewest: int,
    *,
    project_from: int = 0,
    project_to: int = 0,
) -> RetentionCurve | None:
    curve = product_limit(
        entries["entry"].to_numpy(float),
        entries["n"].to_numpy(float),
        ends["months"].to_numpy(float),
        ends["gone"].to_numpy(float),
        ends["n"].to_numpy(float),
    )
    last = _seen(entries, ends, fewest)
    if not last:
        return None
    months = tuple(range(last + 1))
    share = [1.0, *(curve.at(float(m)) for m in months[1:])]
    error = [0.0]
    for month in months[1:]:
        before = curve.time <= month
        error.append(float(curve.standard_error[before][-1]) if before.any() else 0.0)
    projected = remaining = None
    if model is not None and last >= project_from:
        ahead = np.arange(max(last, project_to) + 1, dtype=np.float64)
        projected = tuple(float(v) for v in model.survival(ahead))
        remaining = _remaining(model, ends[ends["runs"] == 1])
    return RetentionCurve(
        name,
        int(ends["n"].sum()),
        months,
        tuple(share),
        tuple(max(0.0, s - _Z * e) for s, e in zip(share, error, strict=True)),
        tuple(min(1.0, s + _Z * e) for s, e in zip(share, error, strict=True)),
        projected,
        remaining,
        "" if model is None or projected is None else model.label,
    )


def _seen(entries: pd.DataFrame, ends: pd.DataFrame, fewest: int) -> int:
    """Return the last month in which enough contracts were under observation, whether or not any of them ended."""
    month = np.arange(1, _LONGEST + 1)[:, None]
    came = ((entries["entry"].to_numpy() < month) * entries["n"].to_numpy()).sum(axis=1)
    went = ((ends["months"].to_numpy() < month) * ends["n"].to_numpy()).sum(axis=1)
    enough = month[came - went >= fewest]
    return int(enough[-1, 0]) if enough.size else 0


def _cells(entries: pd.DataFrame, ends: pd.DataFrame) -> RenewalCells:
    late = entries["entry"].to_numpy(float), entries["n"].to_numpy(float)
    months, gone, n = (ends[name].to_numpy(float) for name in ("months", "gone", "n"))
    return RenewalCells.of(months, gone, n, late)


def _counted(entries: pd.DataFrame, ends: pd.DataFrame) -> CountedRetention | None:
    """Return the counted chances of leaving at every tenure, of young and old contracts; None where these are too
    few.
    """
    try:
        cells = _cells(entries, ends)
        late = cells.entry, cells.entered
        return counted_retention(choose_retention_model(cells.renewal, cells.left, cells.weight, late).model, cells)
    except ModelError:
        return None


def _remaining(model: CountedRetention, there: pd.DataFrame) -> float | None:
    """Return the mean months, of the next sixty, that customers who are still there will stay."""
    if there.empty:
        return None
    by = there.groupby("age")[["n", "part"]].sum()
    weight = by["n"].to_numpy(float)
    parts = by["part"].to_numpy(float) / weight / MICRO
    expected = np.array(
        [model.months_to_come(_AHEAD, float(m), part) for m, part in zip(by.index, parts, strict=True)]
    )
    return float(expected @ weight / weight.sum())


def spans(day: dt.date, ends: tuple[dt.date, ...]) -> list[tuple[dt.date, dt.date]]:
    """Return the first and the last day of each unit of a horizon."""
    starts = [day, *ends[:-1]]
    return [(start + dt.timedelta(days=1), end) for start, end in zip(starts, ends, strict=True)]
