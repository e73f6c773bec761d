"""The few numbers that leadership follows from period to period."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import ibis.expr.types as ir
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.happened import happened
from segkit.customers.settling import certain_after, unsettled_ends
from segkit.data.specfile import suggestion
from segkit.errors import ParameterError
from segkit.kpis.measure.contributions import contributions
from segkit.kpis.measure.figure_histories import histories
from segkit.kpis.measure.judged import SCALES, judged
from segkit.kpis.measure.offered import ask_distinct, offered_figures
from segkit.kpis.measure.own_figures import own_figures
from segkit.kpis.measure.own_reading import is_snapshot
from segkit.kpis.measure.sampling_errors import NO_ERROR
from segkit.kpis.measure.targets import targets_of
from segkit.kpis.measure.wanted_figures import WantedFigure, wanted_figures
from segkit.kpis.records import Contribution, KeyFigure, KeyFigures
from segkit.news.page_judgement import Series
from segkit.news.trading import Daily
from segkit.privacy.suppression import hidden_over_time, too_few
from segkit.segments.lifecycle_names import OVERDUE, WARNED
from segkit.segments.measure.assign import SegmentedBase, segment, value_column
from segkit.segments.measure.unsettled_segments import unsettled_places

_SAMPLED: Final = frozenset(
    ("active_customers", "net_revenue", "orders", "revenue_per_order", "under_contract", "recurring_revenue")
)
"""Figures of sums over customers, which chance moves by as much as single customers come and go."""
WATCHED: Final[Mapping[str, tuple[str, str]]] = {
    OVERDUE: ("overdue", "overdue"),
    WARNED: ("warning_signs", "with warning signs"),
}
"""Segments that a company wants small → key and words of the figure that counts each."""
_COUNTED: Final = ("began", "left")
"""Figures that count a customer once, which chance moves as Poisson says."""


def key_figures(
    base: CustomerBase,
    segmented: SegmentedBase | None = None,
    *,
    watched: Mapping[str, tuple[str, str]] = WATCHED,
) -> tuple[KeyFigure, ...]:
    """Compute the key figures that the tables of a customer base allow.

    Args:
        base: the customers.
        segmented: the same customers with their segments; None leaves out the figures of segments that are counted.
        watched: name of a segment to be kept small → key and words of the figure that counts it; one for each of these
            segments that there is.

    Returns:
        Without contracts: customers who bought in the period, net revenue, orders, mean order value. With contracts:
        customers under contract, recurring revenue, contracts begun and ended, churn rate. Then those overdue, or with
        warning signs.
    """
    asked = (*base.missing_ends, *base.ends)
    sums = {end: _sums(base, end) for end in base.ends}
    figures = [
        _of_sums(base, wanted, asked, sums) for wanted in wanted_figures(base) if wanted.needs in sums[base.as_of]
    ]
    if segmented is not None:
        found = (_watched(segmented, name, *named, asked, base.smallest) for name, named in watched.items())
        figures += [figure for figure in found if figure is not None]
    return tuple(figures)


def _of_sums(
    base: CustomerBase, wanted: WantedFigure, asked: tuple[dt.date, ...], sums: Mapping[dt.date, pd.Series]
) -> KeyFigure:
    open_ends = unsettled_ends(base, asked) if wanted.of_ends else ()
    shown = {end: _shown(wanted, sums.get(end), base.smallest) for end in asked}
    values = {end: None if _is_open(wanted, end, open_ends, base.as_of) else shown[end] for end in asked}
    parts: tuple[Contribution, ...] = ()
    pair = (base.previous, base.as_of)
    known = wanted.stock or base.as_of not in open_ends
    if base.previous is not None and known and None not in (shown[end] for end in pair if end):
        scale = 10**base.dataset.spec.money.decimals
        parts = _contributions(wanted, sums[base.previous], sums[base.as_of], scale)
    hidden = tuple(end for end in sums if _is_hidden(wanted, sums[end], base.smallest))
    return replace(_figure(wanted, asked, tuple(values.values()), parts), hidden=hidden, unsettled=open_ends)


def _is_open(wanted: WantedFigure, end: dt.date, open_ends: Sequence[dt.date], as_of: dt.date) -> bool:
    """Return whether a figure is not known since its period is not settled: of stocks, the last one is still counted."""
    return end in open_ends and not (wanted.stock and end == as_of)


def _shown(wanted: WantedFigure, sums: pd.Series | None, smallest: int) -> float | None:
    """Return a figure of a period; None where the data do not reach back, or where too few customers are behind it."""
    if sums is None or pd.isna(sums[wanted.needs]) or _is_hidden(wanted, sums, smallest):
        return None
    return wanted.compute(sums)


def _is_hidden(wanted: WantedFigure, sums: pd.Series, smallest: int) -> bool:
    counted = sums[wanted.counts or wanted.needs]
    return not pd.isna(counted) and too_few(float(counted), smallest)


def read_key_figures(split: SegmentedBase, *, only: Sequence[str] = (), most: int = 0) -> KeyFigures:
    """Return the key figures of segmented customers, for every period.

    Those that segkit computes itself come first, then those of the dataset file (`key_figures:`), of wings, and of
    installed packages (entry points of the group `segkit.key_figures`).

    Args:
        split: the customers with their segments.
        only: the keys of the figures wanted, in their order; empty for all.
        most: how many figures to return at most, from the first on; 0 for all.

    Raises:
        ParameterError: no figure has a key that was asked for, two figures have the same key, a figure of the dataset
            file does not fit its table, or a target is of a figure or segment that there is none of.
    """
    figures = key_figures(split.base, split)
    own = own_figures(split.base, only)
    figures += own.figures
    if not only or not set(only) <= {figure.key for figure in figures}:
        figures += offered_figures(split.base)
    ask_distinct(figures)
    by_key = {figure.key: figure for figure in figures}
    for key in only:
        if key not in by_key:
            raise ParameterError(f"key figure `{key}` is not one of this report.{suggestion(key, by_key)}")
    chosen = tuple(by_key[key] for key in only) if only else figures
    known = None if only else tuple(by_key)
    chosen = judged(split.base, chosen[:most] if most else chosen, {**own.histories, **judged_histories(split.base)})
    spec = split.base.dataset.spec
    planned = targets_of(split, [figure.key for figure in chosen], known)
    return KeyFigures(
        chosen,
        spec.title,
        spec.money,
        split.base.period,
        coverage=split.base.coverage,
        targets=planned,
        events=happened(split.base),
        smallest=split.base.smallest,
        certain_after=certain_after(split.base),
    )


def judged_histories(base: CustomerBase) -> dict[str, Series]:
    """Return the longer histories of the figures that segkit computes itself, by their keys."""
    found = histories(base)
    scale = 10**base.dataset.spec.money.decimals
    rows = [
        pd.Series({**{name: sums[at] for name, sums in found.sums.items()}, "one": 1.0}, dtype=object)
        for at in range(len(found.ends))
    ]
    series = {}
    for wanted in wanted_figures(base):
        if wanted.needs not in found.sums:
            continue
        unit = scale if wanted.unit == "money" else 1
        daily = found.daily.get(wanted.needs) if wanted.key in ("net_revenue", "orders") else None
        of = wanted.key if wanted.key in found.errors else wanted.needs
        chance = found.errors.get(of, NO_ERROR) if wanted.key in _SAMPLED else NO_ERROR
        counted = wanted.key in _COUNTED
        error = math.sqrt(found.sums[wanted.needs][-1] + 0.375) if counted else chance.error / unit
        open_ends = unsettled_ends(base, found.ends) if wanted.of_ends else ()
        series[wanted.key] = Series(
            tuple(
                None if _is_open(wanted, end, open_ends, base.as_of) else _shown(wanted, row, base.smallest)
                for end, row in zip(found.ends, rows, strict=True)
            ),
            SCALES[wanted.unit],
            stock=wanted.stock,
            error=error,
            by_few=chance.by_few,
            without=tuple(value / unit for value in chance.without),
            daily=None if daily is None else Daily(daily.first, daily.totals / unit),
        )
    return series


def check_shown_figures(base: CustomerBase, parameters: Mapping[str, Any]) -> None:
    """Refuse key figures that a run wants shown, or that a target is of, and that there are not.

    Raises:
        ParameterError: as when they are read.
    """
    wanted, named = parameters.get("shown_figures") or (), parameters.get("segmentation")
    if "shown_figures" not in parameters or named not in base.dataset.spec.segmentations:
        return
    if not wanted and not base.dataset.spec.section("targets"):
        return
    now = replace(base, ends=base.ends[-1:], missing_ends=())
    read_key_figures(segment(now, str(named)), only=[str(key) for key in wanted])


def _sums(base: CustomerBase, end: dt.date) -> pd.Series:
    """Return one row of sums over the customer table as of a period end."""
    table = base.behaviour(end)
    sums: dict[str, ir.Value] = {"customers": table.count()}
    if base.is_list:
        value = value_column(table)
        sums |= {} if value is None else {"value": table[value].sum()}
        return base.dataset.engine.collect(table.aggregate(**sums)).iloc[0].astype(object).fillna(0)
    if "period_revenue" in table.columns:
        sums["period_revenue"] = table.period_revenue.sum()
        sums["period_orders"] = table.period_orders.sum()
        sums["period_buyers"] = (table.period_orders > 0).sum()
    if "status" in table.columns:
        sums["under_contract"] = (table.status == "active").sum()
        sums["ended_customers"] = (table.status == "ended").sum()
        if not is_snapshot(base.dataset):
            sums["ended"] = table.ended_in_period.sum()
            sums["begun"] = table.started_in_period.sum()
    if "recurring_amount" in table.columns:
        sums["recurring"] = table.recurring_amount.sum()
    return base.dataset.engine.collect(table.aggregate(**sums)).iloc[0].astype(object).fillna(0)


def _watched(
    segmented: SegmentedBase, name: str, key: str, words: str, asked: tuple[dt.date, ...], smallest: int
) -> KeyFigure | None:
    found = [i for i, segment in enumerate(segmented.segmentation.segments) if segment.name == name]
    if not found:
        return None
    base, place = segmented.base, found[0]
    segment = segmented.segmentation.segments[place]
    sizes = {end: frame["customers"].tolist() for end, frame in segmented.all_totals().items()}
    hidden = hidden_over_time(sizes, smallest)
    counts = {end: None if hidden[end][place] else float(sizes[end][place]) for end in sizes}
    open_ends = unsettled_ends(base, asked) if place in unsettled_places(segmented) else ()
    left_out = tuple(end for end in sizes if hidden[end][place])
    wanted = WantedFigure(
        key,
        f"{base.unit_name.capitalize()} {words}",
        "customers",
        "down",
        segment.definition,
        lambda _: None,
        "",
        stock=True,
    )
    values = tuple(None if _is_open(wanted, end, open_ends, base.as_of) else counts.get(end) for end in asked)
    return replace(_figure(wanted, asked, values), hidden=left_out, unsettled=open_ends)


def _contributions(wanted: WantedFigure, before: pd.Series, now: pd.Series, scale: int) -> tuple[Contribution, ...]:
    def factors(sums: pd.Series) -> list[float]:
        known = {**sums, "one": 1}
        return [float(known[over]) / float(known[under] or math.inf) for _, over, under in wanted.factors]

    amounts = contributions(factors(before), factors(now)) if wanted.factors else None
    unit = scale if wanted.unit == "money" else 1
    return tuple(
        Contribution(name, amount / unit) for (name, *_), amount in zip(wanted.factors, amounts or (), strict=False)
    )


def _figure(
    wanted: WantedFigure,
    ends: tuple[dt.date, ...],
    values: tuple[float | None, ...],
    parts: tuple[Contribution, ...] = (),
) -> KeyFigure:
    return KeyFigure.of(
        wanted.key,
        label=wanted.label,
        unit=wanted.unit,
        better=wanted.better,
        dates=ends,
        values=values,
        definition=wanted.definition,
        contributions=parts,
        stock=wanted.stock,
    )
