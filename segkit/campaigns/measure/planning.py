"""Plans of a campaign: how many customers and weeks each segment needs, from the variance of the dataset itself."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import ibis
import ibis.expr.types as ir

from segkit.campaigns.measure.compare import sequential_plan
from segkit.campaigns.measure.outcomes import read_outcomes, window, with_outcomes
from segkit.campaigns.measure.sufficient import Asked, cell_moments, scaled
from segkit.campaigns.models.effect_reading import minimum_detectable
from segkit.campaigns.models.power import SampleSize, duration, looks_inflation, mean_size, proportion_size
from segkit.campaigns.models.sequential import AlwaysValid
from segkit.campaigns.planning_records import CampaignPlan, PlannedSegment
from segkit.campaigns.records import LiftMetric, Looks
from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT, Segment, Segmentation
from segkit.errors import ParameterError
from segkit.privacy.suppression import hidden_cells
from segkit.segments.kind_registry import fit_segmentation
from segkit.segments.measure.assign import SegmentedBase
from segkit.segments.measure.predicted_values import PredictedValues
from segkit.statistics.moments import Moments, merge_all
from segkit.statistics.told import Figure, Quoted, Told

RELATIVE: Final = 0.05
"""The effect to plan for where none is given, as a share of what a customer brings."""
LONGEST: Final = 104
"""How many weeks a plan may wait for newcomers."""
_FLOW_WEEKS: Final = 13
_MARGIN: Final = LiftMetric("margin", "Margin", "money", "up", True, "margin_before")


def campaign_plan(
    split: SegmentedBase,
    *,
    weeks: int = 8,
    effect: float | None = None,
    outcome: str = "",
    looks: Looks = "group-sequential",
    level: float = 0.95,
    power: float = 0.8,
) -> CampaignPlan:
    """Compute size and duration of a planned campaign by segment, with one arm against a control of the same size.

    The variance is what a campaign without any effect would have measured over the last `weeks` weeks, for the
    customers and segments of the day before them. What these customers did in as many weeks before is taken out.

    Args:
        split: segmented customers.
        weeks: how long the campaign is to run, 1 to 52.
        effect: smallest difference per customer that is worth finding, above 0, in the outcome's unit (money in major
            units, shares as fractions); None for 5 % of the mean over all customers.
        outcome: margin, revenue, orders or left; empty for the first of them that the data have.
        looks: as in `campaign_lift`. Weekly looks take more customers.
        level: confidence level of the two-sided test.
        power: chance that it finds an effect of that size.

    Returns:
        The plan. It holds a refusal where the data have no such outcome or do not reach back far enough.

    Raises:
        ParameterError: an option is out of bounds, or the outcome does not exist.
    """
    ask_plan(weeks, effect)
    if looks not in get_args(Looks):
        raise ParameterError(f"looks: `{looks}` is not known. Write {', '.join(get_args(Looks))}.")
    base, dataset, segmentation = split.base, split.base.dataset, split.segmentation.name
    start = base.as_of - dt.timedelta(days=7 * weeks - 1)
    now = split.segmentation
    inflation = _inflation(looks, weeks, level, power)
    plan = CampaignPlan(
        base.as_of, now.title, base.unit_name, dataset.spec.money, None, weeks, 0.0, level, power, looks, inflation,
        _FLOW_WEEKS, (), base.smallest,
    )  # fmt: skip
    if start - dt.timedelta(days=1) < dataset.known_from:
        return replace(
            plan, refusal=Told.of("the data do not reach back over {weeks} weeks", weeks=Figure(weeks, "count"))
        )
    before = base.on(start - dt.timedelta(days=1))
    past = _past(before, start, base.as_of, segmentation, outcome)
    if past is None:
        return replace(
            plan, refusal="the data have no purchases and no contracts of past days to take a variance from"
        )
    sizes, flow_weeks = _sizes(base, now)
    whole = merge_all(past.cells.values())
    wanted = effect if effect is not None else abs(whole.mean(past.metric.key)) * RELATIVE
    if not wanted > 0:
        return replace(
            plan,
            refusal=Told.of(
                "{outcome} is zero on average, so that no effect follows from it",
                outcome=Quoted(past.metric.label.lower()),
            ),
        )
    plan = replace(plan, metric=past.metric, effect=wanted, flow_weeks=flow_weeks)
    shown = _shown(now, sizes, base.smallest)
    everyone = (sum(n for n, _ in sizes.values()), sum(f for _, f in sizes.values()))
    rows = [_planned(plan, None, everyone, whole)]
    rows += [_planned(plan, s, sizes[s.name], past.cells.get(s.name)) for s in shown]
    return replace(plan, rows=tuple(rows))


def ask_plan(weeks: int, effect: float | None) -> None:
    """Refuse a length or an effect that no campaign can be planned for.

    Raises:
        ParameterError: one of them is out of bounds.
    """
    if isinstance(weeks, bool) or not 1 <= weeks <= 52:
        raise ParameterError(f"plan_weeks: {weeks} is not from 1 to 52. Write how many weeks the campaign is to run.")
    if effect is not None and not effect > 0:
        raise ParameterError(f"effect: {effect} is not above 0. Write the smallest difference worth finding.")


@dataclass(frozen=True)
class _Past:
    """The outcome of the last weeks: name of the segment on the day before → moments."""

    metric: LiftMetric
    cells: Mapping[str, Moments]


def _past(before: CustomerBase, start: dt.date, last: dt.date, segmentation: str, outcome: str) -> _Past | None:
    dataset = before.dataset
    fitted = fit_segmentation(before, segmentation, PredictedValues(before))
    members = _active(before.customers()).select("customer_id", arm=ibis.literal(0, "int64"))
    joined = with_outcomes(members, before, members, (fitted,), window(start, last, before))
    found = read_outcomes(joined, dataset.spec.relation, (), None, over=True)
    known = {m.key: m for m in reversed(found.metrics) if m.over is None}
    if "margin" in found.table.columns:
        known = {"margin": _MARGIN} | known
    if outcome and outcome not in known:
        raise ParameterError(
            f"outcome: `{outcome}` is not in the data. There are: {', '.join(sorted(known)) or 'none'}."
        )
    metric = known.get(outcome) or next(
        (known[k] for k in ("margin", "revenue", "orders", "left") if k in known), None
    )
    if metric is None:
        return None
    table = dataset.engine.keep("planned", found.table)
    covariate = metric.covariate if metric.covariate in table.columns else None
    metric = replace(metric, covariate=covariate)
    asked = Asked((metric.key,)) if covariate is None else Asked((metric.key, covariate), ((metric.key, covariate),))
    cells = cell_moments(dataset.engine, table, {"all": "segment_0"}, (), asked)["all"]
    factors = dict.fromkeys(found.money, 10.0**-dataset.spec.money.decimals)
    names = [s.name for s in fitted.all_segments]
    return _Past(metric, {names[place]: scaled(cell, factors) for (place,), cell in cells.items()})


def _active(customers: ir.Table) -> ir.Table:
    return customers.filter(customers.status == "active") if "status" in customers.columns else customers


def _sizes(base: CustomerBase, fitted: Segmentation) -> tuple[dict[str, tuple[int, float]], int]:
    """Return, by segment, how many customers can be assigned today and how many come per week; and over how many
    weeks.
    """
    days = min(7 * _FLOW_WEEKS, (base.as_of - base.dataset.known_from).days)
    weeks = max(days // 7, 1)
    table = _active(fitted.assign(base.customers()))
    since = ibis.date(base.as_of - dt.timedelta(days=7 * weeks))
    began = [table[c] for c in ("customer_since", "first_purchase") if c in table.columns]
    came = (ibis.coalesce(*began) > since).fill_null(False) if began else ibis.literal(False)
    counted = table.group_by(SEGMENT).aggregate(n=table.count(), came=came.ifelse(1, 0).sum())
    frame = base.dataset.engine.collect(counted).set_index(SEGMENT)
    return {
        s.name: (int(frame["n"].get(i, 0)), int(frame["came"].get(i, 0)) / weeks)
        for i, s in enumerate(fitted.all_segments)
    }, weeks


def _shown(fitted: Segmentation, sizes: Mapping[str, tuple[int, float]], smallest: int) -> list[Segment]:
    """Return the segments that have customers, except those that are too small to be shown or would give such ones
    away.
    """
    found = [s for s in fitted.all_segments if sizes[s.name][0]]
    hidden = hidden_cells([sizes[s.name][0] for s in found], smallest)
    return [s for s, hide in zip(found, hidden, strict=True) if not hide]


def _inflation(looks: Looks, weeks: int, level: float, power: float) -> float:
    if looks == "once" or weeks == 1:
        return 1.0
    if looks == "always-valid":
        limit = AlwaysValid(1.0, weeks, weeks, level).critical(level)
    else:
        limit = sequential_plan(weeks, level).at(weeks).critical(level)
    return looks_inflation(limit, level=level, power=power)


def _planned(
    plan: CampaignPlan, segment: Segment | None, size: tuple[int, float], cell: Moments | None
) -> PlannedSegment:
    customers, weekly = size
    key = "" if plan.metric is None else plan.metric.key
    nothing = (None, None, None, None)
    if cell is None or cell.n(key) < max(plan.smallest, 3):
        few = "nobody, or too few, were in it when the weeks began"
        return PlannedSegment(segment, customers, weekly, None, None, 0.0, *nothing, few)
    mean, deviation = cell.mean(key), math.sqrt(cell.variance(key))
    explained = _explained(plan.metric, cell)
    if not deviation > 0:
        return PlannedSegment(segment, customers, weekly, mean, deviation, explained, *nothing, "all were alike")
    needed = _size(plan, mean, deviation, explained)
    if needed is None:
        why = Told.of("fewer than that happens to anybody: the share is {share}", share=Figure(mean, "share"))
        return PlannedSegment(segment, customers, weekly, mean, deviation, explained, *nothing, why)
    waiting = duration(needed, customers, weekly).weeks
    waiting = None if waiting is not None and waiting > LONGEST else waiting
    left = math.sqrt(1 - explained) if plan.metric is not None and plan.metric.unit != "share" else 1.0
    error = deviation * left * math.sqrt(4 * plan.inflation / customers) if customers else 0.0
    return PlannedSegment(
        segment, customers, weekly, mean, deviation, explained, needed.treated, waiting,
        None if waiting is None else waiting + plan.weeks,
        minimum_detectable(error, level=plan.level, power=plan.power) if customers else None,
        None,
    )  # fmt: skip


def _size(plan: CampaignPlan, mean: float, deviation: float, explained: float) -> SampleSize | None:
    """Return the customers that each arm needs; None where a share cannot fall by the effect."""
    options: dict[str, Any] = {"level": plan.level, "power": plan.power, "inflation": plan.inflation}
    if plan.metric is not None and plan.metric.unit == "share":
        if not 0 < mean - plan.effect < mean < 1:
            return None
        return proportion_size(mean, mean - plan.effect, **options)
    return mean_size(deviation, plan.effect, explained=explained, **options)


def _explained(metric: LiftMetric | None, cell: Moments) -> float:
    """Return the squared correlation with the weeks before, adjusted for chance; 0 where there are no weeks before."""
    before = None if metric is None or metric.unit == "share" else metric.covariate
    if metric is None or before is None or cell.n(before) < 30 or not cell.variance(before) > 0:
        return 0.0
    if not cell.variance(metric.key) > 0:
        return 0.0
    r2 = cell.covariance(metric.key, before) ** 2 / (cell.variance(metric.key) * cell.variance(before))
    n = cell.n(before)
    return min(max(1 - (1 - r2) * (n - 1) / (n - 2), 0.0), 0.99)
