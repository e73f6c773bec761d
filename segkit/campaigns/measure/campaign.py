"""What a campaign changed, for whom, and whether it paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import ibis

from segkit.campaigns.measure.campaign_checks import campaign_checks
from segkit.campaigns.measure.campaign_money import channel_cells, money_rows, policies, repeat_plan
from segkit.campaigns.measure.campaign_table import ask_looks, chosen_campaign
from segkit.campaigns.measure.chosen import chosen_comparison
from segkit.campaigns.measure.compare import CAPPED, comparisons, segment_effects
from segkit.campaigns.measure.group_cells import GroupCells, group_cells
from segkit.campaigns.measure.population import Population, campaign_population
from segkit.campaigns.measure.ranking import no_ranking, rank_customers
from segkit.campaigns.measure.sufficient import Asked, MomentsByCell, cell_moments, scaled
from segkit.campaigns.models.agreement import simpson
from segkit.campaigns.models.evidence import evidence
from segkit.campaigns.models.verdict import worst
from segkit.campaigns.options import CampaignOptions
from segkit.campaigns.ranking_records import RankingOptions
from segkit.campaigns.records import CampaignLift, Cap, FunnelStep, LiftMetric, SegmentEffects
from segkit.customers import CustomerBase
from segkit.customers.partition import Segment
from segkit.data.options import takes
from segkit.errors import DataError, ParameterError
from segkit.privacy.suppression import hidden_cells, too_few
from segkit.statistics.effects import Effect
from segkit.statistics.moments import Moments, merge_all
from segkit.statistics.told import Figure, Quoted, Told

CAP_QUANTILE: Final = 0.99


def planned(base: CustomerBase, campaign: str = "") -> dict[str, Any]:
    """Return what the dataset file says of a campaign under `campaigns:`. The campaign is found by its id or its
    name.
    """
    section = base.dataset.spec.section("campaigns")
    if not section:
        return {}
    row = chosen_campaign(base, campaign)
    stated = next((section[one] for one in (row.campaign_id, row.name) if one in section), None)
    return {} if stated is None else stated.model_dump(exclude_unset=True)


@takes(CampaignOptions, "campaign", planned)
def campaign_lift(base: CustomerBase, campaign: str = "", *, options: CampaignOptions) -> CampaignLift:
    """Measure one campaign as of the report's date.

    What a call leaves out is taken from `campaigns:` in the dataset file.

    Args:
        base: the customers. Those of the campaign are looked at as of the day before it began.
        campaign: its id or name; empty for the latest.
        options: how the campaign was planned and drawn, and how it is measured.

    Raises:
        ParameterError: an option is wrong; the campaign, a segmentation, group or covariate does not exist.
        DataError: there are no campaigns, or none within the data's dates; or an arm is too small to be shown.
    """
    ask_looks(
        chosen_campaign(base, campaign), options.model_dump(include={"looks"}, exclude_unset=True), "campaign_lift"
    )
    names = options.segmentations or tuple(base.dataset.spec.segmentations)[:1]
    population = campaign_population(
        base,
        campaign,
        names,
        looks=options.looks,
        level=options.level,
        margin=options.margin,
        drawn_by=options.drawn_by,
    )
    shares = _shares(options.planned_shares, population.facts.arms)
    _large_enough(population)
    population, cap = _capped(population)
    return _measured(
        population,
        cap,
        shares,
        options.covariates,
        options.worthwhile,
        options.uplift,
        channels_drawn=options.channels_drawn,
    )


def _large_enough(population: Population) -> None:
    facts, least = population.facts, population.base.smallest
    small = [arm for arm, n in zip(facts.arms, facts.customers, strict=True) if too_few(n, least)]
    if small:
        raise DataError(
            Told.of(
                "campaign {campaign}: fewer than {least} {unit} are in the arm {arm}; nothing of so few is shown.",
                campaign=Quoted(facts.campaign_id),
                least=Figure(least, "count"),
                unit=Quoted(facts.unit_name),
                arm=Quoted(repr(small[0])),
            )
        )


def _shares(shares: Mapping[str, float], arms: Sequence[str]) -> dict[str, float]:
    if shares and set(shares) != set(arms):
        raise ParameterError(
            f"planned_shares: given for {', '.join(map(str, shares))}, the arms are {', '.join(arms)}. "
            "Write the share of each arm."
        )
    if any(not value > 0 for value in shares.values()):
        raise ParameterError(f"planned_shares: {dict(shares)} has a share that is not above 0.")
    return {arm: float(shares[arm]) for arm in arms} if shares else {}


def _capped(population: Population) -> tuple[Population, Cap | None]:
    """Cut revenue at a quantile of the buyers of all arms. Return the campaign with the capped column, and what was
    cut.
    """
    if "revenue" not in population.columns:
        return population, None
    table, engine = population.table, population.base.dataset.engine
    bought = table.filter(table.revenue > 0)
    edge = bought.aggregate(cap=bought.revenue.quantile(CAP_QUANTILE))
    found = engine.collect(edge)["cap"].iloc[0]
    if found is None or found != found:
        return population, None
    cap = int(found)
    above = table.revenue > cap
    one = engine.collect(
        table.aggregate(
            n=above.ifelse(1, 0).sum(), part=above.ifelse(table.revenue, 0).sum(), whole=table.revenue.sum()
        )
    ).iloc[0]
    whole = float(one["whole"])
    cut = table.mutate(**{CAPPED: ibis.least(table.revenue, cap)})
    scale = 10.0**-population.facts.money.decimals
    return (
        replace(
            population,
            table=cut,
            columns=(*population.columns, CAPPED),
            money_columns=population.money_columns | {CAPPED},
        ),
        Cap(
            CAP_QUANTILE,
            cap * scale,
            float(one["part"]) / whole if whole > 0 else None,
            None if too_few(int(one["n"]), population.base.smallest) else int(one["n"]),
        ),
    )


def _asked(population: Population) -> Asked:
    """Return the columns, products and higher moments from which every figure of the page is computed."""
    pairs: list[tuple[str, str]] = []
    for metric in population.metrics:
        pairs += [(metric.key, c) for c in (metric.covariate, metric.over) if c is not None]
    for one, other in (("revenue_early", "revenue_late"), ("revenue_before", "revenue_earlier")):
        if one in population.columns and other in population.columns:
            pairs.append((one, other))
    skewed = {m.key for m in population.metrics if m.skewed} | ({CAPPED} & set(population.columns))
    if "profit" in skewed:
        # margin shows whether few customers make the profit; profit cannot, since everybody contacted has a cost
        skewed.add("margin")
    return Asked(population.columns, tuple(pairs), tuple(sorted(skewed)))


def _merged(cells: MomentsByCell, key: Callable[[tuple[int, ...]], Any]) -> dict[Any, Moments]:
    """Merge the cells that have the same key. A cell whose key is None is left out."""
    found: dict[Any, list[Moments]] = {}
    for place, cell in cells.items():
        if (at := key(place)) is not None:
            found.setdefault(at, []).append(cell)
    return {at: merge_all(parts) for at, parts in found.items()}


class _View:
    """The cells of one segmentation, read as arms, segments, channels and halves. A cell's key is (place, arm,
    channel, fold).
    """

    def __init__(self, population: Population, number: int, cells: MomentsByCell, groups: GroupCells | None) -> None:
        self.cells, self.arms = cells, population.facts.arms
        self.number, self.groups = number, groups
        self.channel_names = population.channels
        segments = population.segmentations[number].all_segments
        sizes: dict[int, int] = {}
        for place, cell in cells.items():
            sizes[place[0]] = sizes.get(place[0], 0) + cell.rows
        places = sorted(sizes)
        hidden = hidden_cells([sizes[place] for place in places], population.base.smallest)
        self.segments = {place: segments[place] for place, hide in zip(places, hidden, strict=True) if not hide}
        self.smallest = population.base.smallest

    def by_arm(self) -> dict[str, Moments]:
        found = sorted(_merged(self.cells, lambda p: p[1]).items())
        if self.groups is None:
            return {self.arms[i]: cell for i, cell in found}
        return {self.arms[i]: self.groups.beside_arm(i, cell) for i, cell in found}

    def by_segment(self, fold: int | None = None) -> dict[Segment, dict[str, Moments]]:
        chosen = _merged(self.cells, lambda p: (p[0], p[1]) if fold is None or p[3] == fold else None)
        found: dict[Segment, dict[str, Moments]] = {}
        for (place, arm), cell in sorted(chosen.items()):
            if place in self.segments and cell.rows >= self.smallest:
                drawn = self.groups if fold is None else None
                found.setdefault(self.segments[place], {})[self.arms[arm]] = (
                    cell if drawn is None else drawn.beside_segment(self.number, place, arm, cell)
                )
        return found

    def by_channel(self) -> tuple[dict[Segment | None, dict[str, Moments]], dict[Segment | None, Moments]]:
        """Return segment → channel → moments of the treated customers, and segment → moments of the control. None is
        all segments.
        """
        found: dict[Segment | None, dict[str, Moments]] = {None: {}}
        for (place, channel), cell in sorted(
            _merged(self.cells, lambda p: (p[0], p[2]) if p[1] and p[2] >= 0 else None).items()
        ):
            if place in self.segments and cell.rows >= self.smallest:
                found.setdefault(self.segments[place], {})[self.channel_names[channel]] = cell
        whole = _merged(self.cells, lambda p: p[2] if p[1] and p[2] >= 0 else None)
        hidden = hidden_cells([cell.rows for _, cell in sorted(whole.items())], self.smallest)
        found[None] = {
            self.channel_names[c]: cell
            for (c, cell), hide in zip(sorted(whole.items()), hidden, strict=True)
            if not hide
        }
        controls: dict[Segment | None, Moments] = {None: self.by_arm()[self.arms[0]]}
        for segment, arms in self.by_segment().items():
            if self.arms[0] in arms:
                controls[segment] = arms[self.arms[0]]
        return {s: c for s, c in found.items() if s in controls}, controls


def _measured(
    population: Population,
    cap: Cap | None,
    shares: Mapping[str, float],
    covariates: Sequence[str],
    worthwhile: float | None,
    ranking: RankingOptions,
    *,
    channels_drawn: bool,
) -> CampaignLift:
    facts = population.facts
    groupings = {f"{i}": f"segment_{i}" for i in range(len(population.segmentations))}
    raw = cell_moments(
        population.base.dataset.engine, population.table, groupings, ("arm", "channel", "fold"), _asked(population)
    )
    factors = dict.fromkeys(population.money_columns, 10.0**-facts.money.decimals)
    groups = group_cells(population)
    views = [
        _View(population, i, {k: scaled(c, factors) for k, c in raw[f"{i}"].items()}, groups)
        for i in range(len(population.segmentations))
    ]
    view = views[0]
    arms, by_segment = view.by_arm(), view.by_segment()
    metrics = _usable(population.metrics, arms)
    if not metrics:
        raise DataError(
            Told.of(
                "campaign {campaign}: no outcome is known of customers of every arm, so that there is nothing to compare. "
                "Outcomes are counted from transactions and contracts, or stand in contacts.converted.",
                campaign=Quoted(facts.campaign_id),
            )
        )
    checks = list(campaign_checks(population, arms, by_segment, shares, groups.checks if groups else ()))
    compared = comparisons(arms, metrics, facts) if facts.randomised else ()
    if facts.randomised and metrics:
        checks += _simpson(compared, by_segment, metrics[0], view, population)
    chosen = None
    if not facts.randomised:
        chosen = chosen_comparison(replace(population, metrics=metrics), covariates, arms)
    judged = evidence(
        randomised=facts.randomised,
        validity=checks,
        adjusted=chosen is not None
        and (worst(chosen.verdicts) == "blocked" or any(c.estimates for c in chosen.comparisons)),
        balance=chosen.verdicts if chosen is not None else (),
    )
    segments = tuple(by_segment)
    result = CampaignLift(
        facts,
        judged,
        tuple(checks),
        metrics,
        segments,
        population.segmentations[0].title,
        _funnel(arms, facts.arms, population.base.smallest),
        chosen=chosen,
        ranking=no_ranking(facts, judged, ranking),
        smallest=population.base.smallest,
        subject=population.base.dataset.spec.title,
    )
    if not facts.randomised or not judged.publishable:
        return result
    paid = next((m for m in metrics if m.key == "profit"), None)
    channels = None
    # halves of the customers, and channels within an arm, would cut groups in two, so neither is compared
    whole = facts.drawn_groups is None
    if len(population.channels) > 1 and whole:
        by_channel, controls = view.by_channel()
        if len(by_channel[None]) > 1:
            channels = channel_cells(by_channel, controls, facts, metrics[0], drawn=channels_drawn)
    return replace(
        result,
        comparisons=compared,
        cap=cap,
        by_segment=_by_segment(compared, by_segment, population, 0),
        elsewhere=tuple(
            effects
            for i, other in enumerate(views[1:], 1)
            for effects in _by_segment(compared, other.by_segment(), population, i)
        ),
        money=money_rows(arms, by_segment, facts, paid) if paid is not None else (),
        channels=channels,
        policies=policies((view.by_segment(0), view.by_segment(1)), facts, metrics[0]) if whole else None,
        plan=repeat_plan(by_segment, facts, metrics[0], worthwhile) if whole else (),
        ranking=result.ranking or rank_customers(population, metrics, ranking),
    )


def _usable(metrics: Sequence[LiftMetric], arms: Mapping[str, Moments]) -> tuple[LiftMetric, ...]:
    """Return the outcomes that every arm has. Conversion is missing where an arm's customers were in no contact list."""
    return tuple(m for m in metrics if all(cell.n(m.key) >= min(cell.rows, 2) for cell in arms.values()))


def _deciding(metrics: Sequence[LiftMetric]) -> tuple[LiftMetric, ...]:
    """Return the outcomes that are shown by segment: the one that decides, and conversion."""
    return tuple(m for i, m in enumerate(metrics) if m.over is None and (i == 0 or m.key == "converted"))


def _by_segment(
    compared: Sequence[Any], by_segment: Mapping[Segment, Mapping[str, Moments]], population: Population, number: int
) -> tuple[SegmentEffects, ...]:
    facts, title = population.facts, population.segmentations[number].title
    metrics = tuple(dict.fromkeys(c.metric for c in compared))
    return tuple(
        segment_effects(c.effect, by_segment, c.treated, c.metric, facts, title)
        for metric in _deciding(metrics)
        for c in compared
        if c.metric == metric and c.control == facts.control and isinstance(c.effect, Effect)
    )


def _simpson(
    compared: Sequence[Any],
    by_segment: Mapping[Segment, Mapping[str, Moments]],
    metric: LiftMetric,
    view: _View,
    population: Population,
) -> list[Any]:
    """Compare the whole with its segments, on the metric that decides, for the arm with the strongest contradiction."""
    found = []
    for c in compared:
        if c.metric != metric or c.control != population.facts.control or not isinstance(c.effect, Effect):
            continue
        parts = segment_effects(c.effect, by_segment, c.treated, metric, population.facts, "").rows
        found.append(
            simpson(c.plain, {r.segment.name: r.raw for r in parts}, {r.segment.name: r.customers for r in parts})
        )
    return sorted(found, key=lambda v: ("blocked", "warn", "ok").index(v.status))[:1]


def _funnel(arms: Mapping[str, Moments], names: Sequence[str], smallest: int) -> tuple[FunnelStep, ...]:
    def total(cell: Moments, column: str) -> int | None:
        if column not in cell.columns or not cell.n(column):
            return None
        return round(cell.mean(column) * cell.n(column))

    found = []
    for name in names:
        counts = [total(arms[name], c) for c in ("sent", "opened", "clicked", "converted")]
        few = [n is not None and too_few(n, smallest) for n in counts]
        sent, opened, clicked, converted = (None if hide else n for n, hide in zip(counts, few, strict=True))
        found.append(FunnelStep(name, arms[name].rows, sent, opened, clicked, converted, any(few)))
    return tuple(found)
