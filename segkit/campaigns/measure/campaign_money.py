"""Whether a campaign paid, which channel suits each segment, and what a rule of sending is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from segkit.campaigns.measure.compare import compare_arms, comparisons
from segkit.campaigns.models.effect_reading import minimum_detectable
from segkit.campaigns.models.heterogeneity import shrink
from segkit.campaigns.models.power import mean_size
from segkit.campaigns.models.profit import profit, wasted_contacts
from segkit.campaigns.records import (
    CampaignFacts,
    ChannelCell,
    Channels,
    LiftMetric,
    MoneyRow,
    PlanRow,
    Policies,
    PolicyRow,
)
from segkit.customers.partition import Segment
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments, merge_all
from segkit.statistics.reference import Normal

Segmented = Mapping[Segment, Mapping[str, Moments]]


def money_rows(
    arms: Mapping[str, Moments], by_segment: Segmented, facts: CampaignFacts, metric: LiftMetric
) -> tuple[MoneyRow, ...]:
    """Compute the profit of every treated arm, over all customers and by segment. `metric` is margin less cost."""
    found = []
    for segment, cells in ((None, arms), *by_segment.items()):
        for arm in facts.arms[1:]:
            if arm not in cells or facts.control not in cells:
                continue
            cell, control = cells[arm], cells[facts.control]
            effect = compare_arms(cells, arm, facts.control, metric, facts)[0]
            cost = _sum(cell, "cost") or 0.0
            wasted = None
            if "converted" in control.columns and control.n("converted"):
                reached = _sum(cell, "sent")
                contacted = cell.rows if reached is None else round(reached)
                wasted = wasted_contacts(min(max(control.mean("converted"), 0.0), 1.0), contacted)
            share = None if wasted is None or not cell.rows else control.mean("converted") * cost
            found.append(
                MoneyRow(
                    segment,
                    arm,
                    profit(effect, 0.0, cell.rows) if isinstance(effect, Effect) else None,
                    effect.reason if isinstance(effect, Refusal) else None,
                    cost,
                    wasted,
                    share,
                )
            )
    return tuple(found)


def _sum(cell: Moments, column: str) -> float | None:
    if column not in cell.columns or not cell.n(column):
        return None
    return cell.mean(column) * cell.n(column)


def channel_cells(
    by_channel: Mapping[Segment | None, Mapping[str, Moments]],
    controls: Mapping[Segment | None, Moments],
    facts: CampaignFacts,
    metric: LiftMetric,
    *,
    drawn: bool,
) -> Channels:
    """Compare channels within each segment: the treated arms together, against the control of the same segment.

    Args:
        by_channel: segment (None: all) → channel → moments.
        controls: segment → the control's moments.
        facts: the campaign.
        metric: the metric that decides.
        drawn: whether chance decided the channel.
    """
    effects: dict[tuple[Segment | None, str], Effect | Refusal] = {}
    for segment, cells in by_channel.items():
        for channel, cell in cells.items():
            pair = {"control": controls[segment], "channel": cell}
            effects[segment, channel] = compare_arms(pair, "channel", "control", metric, facts)[0]
    shrunken = _channel_shrinkage(by_channel, effects, facts.level)
    found = []
    for segment, cells in by_channel.items():
        best = _chances([effects[segment, c] for c in cells], 1.0 if metric.better == "up" else -1.0)
        for (channel, cell), chance in zip(cells.items(), best, strict=True):
            deciding = "converted" if "converted" in cell.columns else metric.key
            found.append(
                ChannelCell(
                    segment,
                    channel,
                    cell.rows,
                    cell.mean(deciding) if cell.n(deciding) else None,
                    None if (total := _sum(cell, "cost")) is None else total / cell.rows,
                    effects[segment, channel],
                    chance,
                    shrunken.get((segment, channel)),
                )
            )
    return Channels(metric, drawn, tuple(found))


def _channel_shrinkage(
    by_channel: Mapping[Segment | None, Mapping[str, Moments]],
    effects: Mapping[tuple[Segment | None, str], Effect | Refusal],
    level: float,
) -> dict[tuple[Segment | None, str], float]:
    found: dict[tuple[Segment | None, str], float] = {}
    for channel in dict.fromkeys(c for cells in by_channel.values() for c in cells):
        whole = effects.get((None, channel))
        rows = [
            (s, e, by_channel[s][channel].rows)
            for (s, c), e in effects.items()
            if c == channel and s is not None and isinstance(e, Effect)
        ]
        if not isinstance(whole, Effect) or not rows:
            continue
        best = shrink(
            [e.difference for _, e, _ in rows],
            [e.standard_error * e.inflation for _, e, _ in rows],
            [n for _, _, n in rows],
            whole.difference,
            total_error=whole.standard_error,
            level=level,
        )
        found |= {(s, channel): value for (s, _, _), value in zip(rows, best.shrunken, strict=True)}
        found[None, channel] = whole.difference
    return found


def _chances(effects: Sequence[Effect | Refusal], sign: float) -> list[float | None]:
    """Compute the probability that each channel is the best, from normal estimates of the treated means and a flat
    prior.
    """
    if len(effects) < 2 or any(isinstance(e, Refusal) for e in effects):
        return [None] * len(effects)
    known = [e for e in effects if isinstance(e, Effect)]
    means = np.array([sign * e.difference for e in known])
    # all channels have the same control, so only their own errors decide between them
    errors = np.array([math.sqrt(max(e.treated.variance, 1e-300)) * e.inflation for e in known])
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    found = []
    for k in range(len(known)):
        at = means[k] + errors[k] * nodes
        others = [special.ndtr((at - means[j]) / errors[j]) for j in range(len(known)) if j != k]
        found.append(float(weights @ np.prod(others, axis=0)))
    return [p / sum(found) for p in found]


@dataclass(frozen=True, slots=True)
class _Gain:
    """A weighted sum of segment differences and its variance."""

    value: float
    variance: float
    contacted: float


def policies(folds: Sequence[Segmented], facts: CampaignFacts, metric: LiftMetric) -> Policies | None:
    """Compare rules of sending, on customers whom the rules were not learnt from.

    A rule is learnt in each half of the customers: in every segment, send the arm with the best estimate, or nothing
    if no estimate is above zero. It is then valued in the other half. Within a segment arms were drawn by chance, so
    the mean of the customers whose arm is the one that the rule picks, weighted by inverse propensity, is the rule's
    value there. With the segment's mean as the model of the outcome, this is also the doubly robust value.

    Returns:
        None where a half lacks an arm in every segment.
    """
    sign = 1.0 if metric.better == "up" else -1.0
    targeted: list[_Gain] = []
    singles: dict[str, list[tuple[_Gain, _Gain]]] = {arm: [] for arm in facts.arms[1:]}
    for learn, test in ((folds[0], folds[1]), (folds[1], folds[0])):
        usable = [s for s in test if s in learn and all(a in test[s] and a in learn[s] for a in facts.arms)]
        # a segment in which arms cannot be compared is left out: its gain is unknown, which is not the same as zero
        usable = [s for s in usable if _comparable(test[s], facts, metric)]
        if not usable:
            return None
        said = {}
        for segment in usable:
            said[segment] = _best_arm(learn[segment], facts, metric, sign)
        nothing = dict.fromkeys(usable, facts.control)
        for arm, gains in singles.items():
            everybody = dict.fromkeys(usable, arm)
            gains.append(
                (
                    _gain(test, usable, everybody, nothing, facts, metric),
                    _gain(test, usable, said, everybody, facts, metric),
                )
            )
        targeted.append(_gain(test, usable, said, nothing, facts, metric))
    z = Normal().critical(facts.level)
    best, contacted = _averaged(targeted, z)
    none = (0.0, 0.0, 0.0)
    rows = [PolicyRow("Send nothing", *none, 0.0, *best)]
    for arm, pairs in singles.items():
        value, share = _averaged([gain for gain, _ in pairs], z)
        gap, _ = _averaged([less for _, less in pairs], z)
        rows.append(PolicyRow(f"Send {arm} to all", *value, share, *gap))
    return Policies(metric, (*rows, PolicyRow("Targeted by segment", *best, contacted, *none)))


def _comparable(cells: Mapping[str, Moments], facts: CampaignFacts, metric: LiftMetric) -> bool:
    if min(cells[a].rows for a in facts.arms) < 2:
        return False
    found = comparisons({arm: cells[arm] for arm in facts.arms}, (metric,), facts)
    return all(isinstance(c.plain, Effect) for c in found)


def _best_arm(cells: Mapping[str, Moments], facts: CampaignFacts, metric: LiftMetric, sign: float) -> str:
    best, value = facts.control, 0.0
    for arm in facts.arms[1:]:
        effect = compare_arms(cells, arm, facts.control, metric, facts)[0]
        if isinstance(effect, Effect) and sign * effect.difference > value:
            best, value = arm, sign * effect.difference
    return best


def _gain(
    cells: Segmented,
    segments: Sequence[Segment],
    first: Mapping[Segment, str],
    second: Mapping[Segment, str],
    facts: CampaignFacts,
    metric: LiftMetric,
) -> _Gain:
    sizes = {s: sum(c.rows for c in cells[s].values()) for s in segments}
    whole = sum(sizes.values())
    value = variance = contacted = 0.0
    for segment in segments:
        a, b, w = first[segment], second[segment], sizes[segment] / whole
        contacted += w * (a != facts.control)
        if a == b:
            continue
        effect = compare_arms(cells[segment], a, b, metric, facts)[0]
        if isinstance(effect, Effect):
            value += w * effect.difference
            variance += (w * effect.standard_error) ** 2
    return _Gain(value, variance, contacted)


def _averaged(gains: Sequence[_Gain], z: float) -> tuple[tuple[float, float, float], float]:
    """Average the two halves: return (value, lower, upper), and the share of customers contacted."""
    k = len(gains)
    value = sum(g.value for g in gains) / k
    reach = z * math.sqrt(sum(g.variance for g in gains)) / k
    return (value, value - reach, value + reach), sum(g.contacted for g in gains) / k


def repeat_plan(
    by_segment: Segmented, facts: CampaignFacts, metric: LiftMetric, worthwhile: float | None
) -> tuple[PlanRow, ...]:
    """Compute how many customers each segment needs to find an effect, from its own variance. Control and arm are of
    equal size.

    Args:
        worthwhile: the smallest effect worth finding, in the metric's unit; None for the smallest that this campaign
            could have found over all its customers.
    """
    held = {arm: [c[arm] for c in by_segment.values() if arm in c] for arm in facts.arms}
    pooled = {arm: merge_all(cells) for arm, cells in held.items() if cells}
    if worthwhile is None:
        if facts.control not in pooled or len(pooled) < 2:
            return ()
        whole = comparisons(pooled, (metric,), replace(facts, arms=tuple(pooled)))[0].effect
        if isinstance(whole, Refusal):
            return ()
        worthwhile = minimum_detectable(whole.standard_error * whole.inflation, level=facts.level)
    found = []
    for segment, cells in by_segment.items():
        control = cells.get(facts.control)
        if control is None or control.n(metric.key) < 2 or control.variance(metric.key) <= 0:
            continue
        explained = 0.0
        treated = next((a for a in cells if a != facts.control), None)
        health = None if treated is None else compare_arms(cells, treated, facts.control, metric, facts)[2]
        if health is not None and health.verdict.status == "ok":
            explained = min(max(1 - health.variance_kept, 0.0), 0.99)
        size = mean_size(math.sqrt(control.variance(metric.key)), worthwhile, level=facts.level, explained=explained)
        found.append(PlanRow(segment, worthwhile, size.total, sum(c.rows for c in cells.values())))
    return tuple(found)
