"""Rankings of single customers by uplift, and what they bring compared with simply targeting by risk or value.

Each customer is ranked by models that were fitted on the parts before the customer's own. The part follows from the
customer's own number. So every figure is about customers whom the models had not seen, whatever the order of rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

import numpy as np

from segkit.arrays import Floats
from segkit.campaigns.measure.population import Population
from segkit.campaigns.measure.ranking_sample import (
    PREDICTED,
    VALUE,
    CampaignSample,
    balanced_features,
    campaign_sample,
)
from segkit.campaigns.measure.ranking_trial import Trial
from segkit.campaigns.models.evidence import Evidence
from segkit.campaigns.models.qini import ranking as normalised_ranking
from segkit.campaigns.models.targeting import (
    Gain,
    Places,
    auuc,
    gain_at,
    gain_of_difference,
    gain_within,
    mean_gain,
    qini,
)
from segkit.campaigns.models.uplift import (
    FEWEST,
    FEWEST_EVENTS,
    FIRST,
    PARTS,
    Uplift,
    enough,
    held_out_uplift,
    is_binary,
)
from segkit.campaigns.ranking_records import (
    LEARNT,
    Answer,
    Fifth,
    RankedRule,
    RankingOptions,
    RuleKey,
    UpliftRanking,
    UpliftRankings,
)
from segkit.campaigns.records import CampaignFacts, LiftMetric
from segkit.errors import ModelError, ParameterError
from segkit.learning.encoding import Feature
from segkit.learning.features import SnapshotFeatures, event_kinds
from segkit.statistics.told import Quoted, Told, without_stop

STEPS: Final = tuple(k / 20 for k in range(1, 21))
_FIFTHS: Final = 5


def no_ranking(facts: CampaignFacts, judged: Evidence, options: RankingOptions) -> UpliftRankings | None:
    """Return the refusal of a campaign whose customers cannot be ranked by uplift; None where they can, or nobody
    asked for it.
    """
    if options.learner == "none":
        return None
    why: str | None = None
    if not facts.randomised:
        why = "recipients were chosen, not drawn, so that nobody’s uplift can be learnt from this campaign"
    elif not judged.publishable:
        why = "a check of the data blocks"
    elif facts.drawn_groups is not None:
        why = Told.of(
            "whole groups were drawn ({groups}), while a ranking takes customers as drawn one by one",
            groups=Quoted(facts.drawn_groups.name),
        )
    elif facts.cut_short:
        why = "the data stop before the campaign ends, and a ranking is learnt once, from all its days"
    elif not facts.ended:
        why = "the campaign still runs, and a ranking is learnt once, after its last day"
    return None if why is None else UpliftRankings(options, why)


def rank_customers(
    population: Population, metrics: Sequence[LiftMetric], options: RankingOptions
) -> UpliftRankings | None:
    """Rank the customers of each treated arm and its control.

    Args:
        population: a randomised campaign that is over.
        metrics: its outcomes; the one that decides comes first.
        options: how customers are ranked.

    Raises:
        ParameterError: an arm, outcome or feature that is named does not exist.
    """
    if options.learner == "none" or not metrics:
        return None
    facts, base = population.facts, population.base
    outcome = _outcome(metrics, options)
    unknown = [arm for arm in options.arms if arm not in facts.arms[1:]]
    if unknown:
        raise ParameterError(f"uplift: arm `{unknown[0]}` is not there. There are {', '.join(facts.arms[1:])}.")
    builder = SnapshotFeatures(base, event_kinds(base), frozenset(options.leave_out))
    named = {feature.name for feature in builder.every_feature()}
    for name in options.leave_out:
        if name not in named:
            raise ParameterError(f"uplift: `{name}` is no feature. There are {', '.join(sorted(named))}.")
    # no forecast is fitted if all arms are too small to be ranked
    large = min(facts.customers[0], max(facts.customers[1:])) >= FEWEST
    drawn = campaign_sample(population, builder, options.customers, predicted=options.predicted_value and large)
    features, left_out = balanced_features(builder.features, set(base.dataset.attributes), drawn)
    found = []
    for at, arm in enumerate(facts.arms):
        if at and (not options.arms or arm in options.arms):
            one, never_vary = _rank(arm, at, drawn, features, outcome, metrics[0], options, facts.level)
            found.append(one if one.judged >= _FIFTHS * base.smallest else dataclasses.replace(one, fifths=()))
            left_out |= never_vary
    used = len([f for f in features if f.name not in left_out])
    called = {f.name: f.label for f in builder.features}
    told = {called[name]: why for name, why in left_out.items()}
    return UpliftRankings(options, None, tuple(found), PARTS - FIRST, used, told, drawn.no_forecast)


def _outcome(metrics: Sequence[LiftMetric], options: RankingOptions) -> LiftMetric:
    usable = {m.key: m for m in metrics if m.over is None}
    wanted = options.outcome or ("converted" if "converted" in usable else metrics[0].key)
    if wanted not in usable:
        raise ParameterError(f"uplift: outcome `{wanted}` is not measured. There are {', '.join(usable)}.")
    return usable[wanted]


def _rank(
    name: str,
    arm: int,
    drawn: CampaignSample,
    features: Sequence[Feature],
    outcome: LiftMetric,
    deciding: LiftMetric,
    options: RankingOptions,
    level: float,
) -> tuple[UpliftRanking, dict[str, str]]:
    """Rank one arm's customers. Return the ranking, and the features that were never used."""
    mine = np.isin(drawn.arm, (0, arm)) & ~np.isnan(drawn.columns[outcome.key])
    columns = {key: values[mine] for key, values in drawn.columns.items()}
    trial = Trial(
        outcome,
        columns[outcome.key],
        (drawn.arm[mine] == arm).astype(np.float64),
        drawn.part[mine],
        features,
        {key: values[mine] for key, values in drawn.raw.items()},
        columns,
        options,
        level,
    )
    y, treated = trial.y, trial.treated
    sizes = (int(treated.sum()), int((1 - treated).sum()))
    lack = enough(y, treated)
    if lack is not None:
        return UpliftRanking(name, outcome.key, *sizes, lack), {}
    try:
        told = held_out_uplift(
            features, trial.raw, y, treated, trial.part, propensity=trial.chance, learner=trial.learner
        )
    except ModelError as error:
        return UpliftRanking(name, outcome.key, *sizes, without_stop(error.told)), {}
    scores = trial.sign * trial.scores(y, told.control, told.treated)
    first = trial.places(trial.sign * told.x)
    others = _other_rules(told, trial)
    rules = (
        _rule("x", first, scores, first, trial),
        *(_rule(key, at, scores, first, trial) for key, at in others.items()),
    )
    answer, best = _answer(rules, options)
    return UpliftRanking(
        name,
        outcome.key,
        *sizes,
        judged=int(trial.judged.sum()),
        average=mean_gain(scores, level=level),
        qini=qini(scores, first, level=level),
        auuc=auuc(scores, first, level=level),
        normalised=_normalised(trial, first),
        steps=STEPS,
        rules=rules,
        fifths=tuple(_fifth(k, scores, trial.sign * told.x[trial.judged], first, level) for k in range(_FIFTHS)),
        answer=answer,
        best_simple=best,
        paid=_paid(trial, deciding, first),
    ), told.dropped


def _other_rules(told: Uplift, trial: Trial) -> dict[RuleKey, Places | None]:
    """Return where each rule other than the X-learner puts the customers; None for a random order."""
    found: dict[RuleKey, Places | None] = {
        "t": trial.places(trial.sign * told.t),
        # rank by how likely the outcome is: when contacted, or, where it is to be prevented, when not contacted
        "response": trial.places(told.treated if trial.sign > 0 else told.control),
    }
    left = trial.columns.get("left")
    if left is not None and trial.outcome.key != "left":
        known = (trial.treated == 0) & ~np.isnan(left)
        if min(left[known].sum(), (1 - left[known]).sum()) >= FEWEST_EVENTS:
            found["risk"] = trial.places(trial.expected(np.nan_to_num(left), known))
    worth: tuple[tuple[RuleKey, str], ...] = (("value", VALUE), ("predicted", PREDICTED))
    for key, column in worth:
        if column in trial.columns and len(np.unique(trial.columns[column])) > 1:
            found[key] = trial.places(trial.columns[column])
    return found | {"random": None}


def _rule(key: RuleKey, at: Places | None, scores: Floats, first: Places, trial: Trial) -> RankedRule:
    options, level = trial.options, trial.level
    gap = None
    if key != "x":
        gap = gain_of_difference(scores, first, at, options.share, level=level).times(1 / options.share)
    if at is None:
        everybody = mean_gain(scores, level=level)
        steps = tuple(everybody.times(step) for step in STEPS)
        return RankedRule(key, None, (everybody,) * len(options.shares), gap, steps)
    return RankedRule(
        key,
        qini(scores, at, level=level),
        tuple(gain_at(scores, at, top, level=level).times(1 / top) for top in options.shares),
        gap,
        tuple(gain_at(scores, at, step, level=level) for step in STEPS),
    )


def _answer(rules: Sequence[RankedRule], options: RankingOptions) -> tuple[Answer, RuleKey]:
    """Return whether the X-learner brings more than every simple rule, and the simple rule that brings most.

    It brings more if each difference is above zero by itself: to beat the best rule is to beat all of them, and a
    test that asks for all needs no correction (intersection-union test, Berger 1982).
    """
    at = options.shares.index(options.share)
    simple = [rule for rule in rules if rule.rule not in LEARNT]
    gaps = [rule.gap for rule in simple if rule.gap is not None]
    best = max(simple, key=lambda rule: rule.gains[at].value)
    if all(gap.lower > 0 for gap in gaps):
        return "more", best.rule
    return ("less" if any(gap.upper < 0 for gap in gaps) else "no more"), best.rule


def _normalised(trial: Trial, first: Places) -> tuple[float, float] | None:
    if not is_binary(trial.y) or trial.sign < 0:
        return None
    found = normalised_ranking(trial.y[trial.judged], -first.middle, trial.treated[trial.judged])
    return found.qini, found.auuc


def _paid(trial: Trial, deciding: LiftMetric, first: Places) -> Gain | None:
    """Estimate what each contact within the X-learner's first share brings, in the metric that decides."""
    y = trial.columns[deciding.key]
    if deciding.key == trial.outcome.key or deciding.over is not None or np.isnan(y).any():
        return None
    scores = trial.scores(y, *(trial.expected(y, trial.treated == arm) for arm in (0.0, 1.0)))
    top = trial.options.share
    return gain_at(scores if deciding.better == "up" else -scores, first, top, level=trial.level).times(1 / top)


def _fifth(k: int, scores: Floats, predicted: Floats, ranked: Places, level: float) -> Fifth:
    low, high = k / _FIFTHS, (k + 1) / _FIFTHS
    weight = ranked.within(low, high)
    return Fifth(
        round(float(weight.sum())),
        float((predicted * weight).sum() / weight.sum()),
        gain_within(scores, ranked, low, high, level=level),
    )
