"""Whom to contact first: a ranking by uplift beside simple rules, judged on customers that it was not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from segkit.campaigns.models.targeting import Gain
from segkit.campaigns.ranking_records import LEARNT, RULES, RankedRule, RuleKey, UpliftRanking
from segkit.campaigns.records import CampaignLift, LiftMetric
from segkit.campaigns.views.lift_words import arm_key, change_of, unit_of
from segkit.page import Block, Metric, Statement, cited, literal, name, note, number, own_name
from segkit.page.columns import Row, TableColumn, table_block, table_fields
from segkit.page.notes import paragraphs
from segkit.page.table_cells import DASH, between
from segkit.page.telling import telling

_TERMS: Final = (
    (literal("Uplift"), literal("What contacting a customer changes, as against not contacting them.")),
    (
        literal("X-learner, T-learner"),
        literal(
            "Two ways to predict it. The T-learner takes the difference of two models of the outcome, one for each "
            "arm; the X-learner models the effect that the other arm’s model implies for each customer."
        ),
    ),
    (
        literal("Qini, AUUC"),
        Statement.of(
            "Qini is the area between the curve of gains and the straight line of a random order, a customer, with the "
            "share contacted from none to all ({one}; the rank-weighted effect with weight u of {other}). AUUC is the "
            "area under the same curve. Neither is divided by a perfect ranking.",
            one=cited("Radcliffe 2007"),
            other=cited("Yadlowsky et al. 2025"),
        ),
    ),
    (
        literal("Likely response, churn risk, past value, predicted value"),
        literal(
            "Simple rules: first whom the outcome is expected of when contacted, first who is likely to leave without "
            "contact, first who has brought most until the campaign, first who was then expected to bring most."
        ),
    ),
    (
        literal("Lead"),
        literal("What ranking by the X-learner brings more than this rule, each contact, on the same customers."),
    ),
    (
        literal("Finds more"),
        literal(
            "Its interval lies above that of no difference against each of the simple rules, at the stated share."
        ),
    ),
)


def lift_ranking_answer(lift: CampaignLift) -> Block | None:
    """Say for each arm whether ranking single customers by uplift beats simple rules, or why there is no ranking."""
    found = lift.ranking
    if found is None:
        return None
    if found.refusal is not None:
        return note(
            "No customer is ranked by uplift: {why}.", why=telling(found.refusal, "lift_rank_refused", inside=True)
        )
    return paragraphs(*(_answer(lift, one) for one in found.rankings))


def lift_ranking(lift: CampaignLift) -> Block | None:
    """Tabulate each rule of whom to contact first: its Qini, and what a contacted customer brings at the same shares."""
    made = _made(lift)
    if not made or lift.ranking is None:
        return None
    options = lift.ranking.options
    decides = options.shares.index(options.share)
    parts = [f"at_{_percent(share)}" for share in options.shares]
    rows = []
    for one in made:
        metric = _metric(lift, one)
        rows += [_rule_row(lift, one, rule, metric, parts) for rule in one.rules]
    shares = [Metric(f"lift_rank_share_{_percent(s)}", s, "share") for s in options.shares]
    columns = [
        TableColumn("Arm: contacted first", "what", "words"),
        TableColumn("Qini", "qini", "change", "signed"),
        *(
            TableColumn(Statement.of("First {s}", s=share), part, "change", "signed")
            for share, part in zip(shares, parts, strict=True)
        ),
        TableColumn(Statement.of("Lead, first {s}", s=shares[decides]), "gap", "change", "signed"),
        TableColumn("Interval", ("gap_low", "gap_high"), "change", "signed"),
    ]
    caption = Statement.of(
        "{badge}: {m} that each contacted customer brings, by who is contacted first, {level} intervals",
        badge=name(lift.evidence.badge.value),
        m=own_name(_lower(_metric(lift, made[0]).label), 40),
        level=Metric("lift_level", lift.facts.level, "share"),
    )
    fields = table_fields(caption, columns, rows, notes=_notes(lift, made), terms=_TERMS)
    return Block.of("table", {**fields, "wide": True})


def _rule_row(
    lift: CampaignLift, one: UpliftRanking, rule: RankedRule, metric: LiftMetric, parts: Sequence[str]
) -> Row:
    values: dict[str, Any] = {
        "what": Statement.of("{arm}: {rule}", arm=own_name(one.arm, 30), rule=_label(rule.rule, metric)),
        **{part: gain.value for part, gain in zip(parts, rule.gains, strict=True)},
    }
    if rule.qini is not None:
        values["qini"] = rule.qini.value
    gap = rule.gap
    if gap is not None:
        values |= {"gap": gap.value, "gap_low": gap.lower, "gap_high": gap.upper}
    beyond = gap is not None and (gap.lower > 0 or gap.upper < 0)
    return Row(
        f"lift_rank_{arm_key(lift, one.arm)}_{rule.rule}",
        values,
        unit=unit_of(lift, metric),
        strong=("gap",) if beyond else (),
        quiet=rule.rule == "random",
        partial=True,
    )


def lift_fifths(lift: CampaignLift) -> Block | None:
    """Tabulate held-out customers in fifths by predicted uplift: what was predicted, and what was found."""
    made = _made(lift)
    if not made:
        return None
    rows = []
    for one in made:
        metric = _metric(lift, one)
        for at, fifth in enumerate(one.fifths, 1):
            place = Metric(f"lift_fifth_{at}", at, "count")
            values = {
                "what": Statement.of("{arm}: {n}", arm=own_name(one.arm, 30), n=place),
                "customers": fifth.customers,
                "predicted": fifth.predicted,
                "found": fifth.found.value,
                "found_low": fifth.found.lower,
                "found_high": fifth.found.upper,
            }
            beyond = fifth.found.lower > 0 or fifth.found.upper < 0
            key = f"lift_rank_{arm_key(lift, one.arm)}_fifth_{at}"
            rows.append(Row(key, values, unit=unit_of(lift, metric), strong=("found",) if beyond else ()))
    if not rows:
        return None
    columns = [
        TableColumn("Arm: fifth", "what", "words"),
        TableColumn("Customers", "customers", "customers"),
        TableColumn("Predicted", "predicted", "change", "signed"),
        TableColumn("Found", "found", "change", "signed"),
        TableColumn("Interval", ("found_low", "found_high"), "change", "signed"),
    ]
    caption = Statement.of(
        "{badge}: {m} by fifth of predicted uplift, the highest first, held-out customers",
        badge=name(lift.evidence.badge.value),
        m=own_name(_metric(lift, made[0]).label, 40),
    )
    return table_block(caption, columns, rows)


def _made(lift: CampaignLift) -> list[UpliftRanking]:
    return [] if lift.ranking is None else [one for one in lift.ranking.rankings if one.refusal is None]


def _metric(lift: CampaignLift, ranking: UpliftRanking) -> LiftMetric:
    return next(m for m in lift.metrics if m.key == ranking.outcome)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _percent(share: float) -> str:
    return f"{100 * share:g}".replace(".", "_")


def _label(rule: RuleKey, metric: LiftMetric) -> Statement:
    # where the outcome is to be prevented, how likely it is without contact is the risk itself
    return literal(RULES["risk"] if rule == "response" and metric.better == "down" else RULES[rule])


def _between(lift: CampaignLift, metric: LiftMetric, key: str, gain: Gain) -> Statement:
    low, high = gain.lower, gain.upper
    ends = change_of(lift, metric, f"{key}_low", low), change_of(lift, metric, f"{key}_high", high)
    return between(*ends, "signed")


def _with_interval(lift: CampaignLift, metric: LiftMetric, key: str, gain: Gain | None) -> Statement:
    if gain is None:
        return DASH
    value = number(change_of(lift, metric, key, gain.value), "signed")
    return Statement.of("{v} ({i})", v=value, i=_between(lift, metric, key, gain))


def _answer(lift: CampaignLift, one: UpliftRanking) -> Statement:
    arm = own_name(one.arm, 30)
    if one.refusal is not None or one.qini is None or one.best_simple is None or lift.ranking is None:
        return Statement.of(
            "{arm}: customers are not ranked by uplift: {why}.",
            arm=arm,
            why=telling(
                one.refusal or "",
                f"lift_rank_{arm_key(lift, one.arm)}_refused",
                inside=True,
            ),
        )
    options, metric = lift.ranking.options, _metric(lift, one)
    at = options.shares.index(options.share)
    key = f"rank_{arm_key(lift, one.arm)}"
    best = one.rule(one.best_simple)
    gains = _with_interval(lift, metric, f"{key}_x_at_{_percent(options.share)}", one.rule("x").gains[at])
    brings = Statement.of(
        "Each of the first {share} by uplift brings {d} of {m}",
        share=Metric(f"lift_rank_share_{_percent(options.share)}", options.share, "share"),
        d=gains,
        m=own_name(_lower(metric.label), 40),
    )
    if one.paid is not None:
        paid = lift.metrics[0]
        brings = Statement.of(
            "{brings}, and {d} of {m}",
            brings=brings,
            d=_with_interval(lift, paid, f"{key}_paid", one.paid),
            m=own_name(_lower(paid.label), 40),
        )
    parts = [_verdict(lift, one, best, metric), brings]
    if one.qini.lower <= 0:
        parts.append(literal("It has not been shown that this ranking beats chance"))
    return Statement.of("{arm}: {list}.", arm=arm, list=Statement.join(parts, ". "))


def _verdict(lift: CampaignLift, one: UpliftRanking, best: RankedRule, metric: LiftMetric) -> Statement:
    if one.answer == "more":
        return literal("ranking by predicted uplift finds more than every simple rule")
    if one.answer == "less":  # the best rule's lead may be within chance while another rule's lead is not
        best = min(
            (r for r in one.rules if r.rule not in LEARNT and r.gap), key=lambda r: r.gap.upper if r.gap else 0
        )
    assert best.gap is not None, "only the X-learner has none"
    against = Statement.of("ranking by {rule}", rule=literal(_label(best.rule, metric).text.lower()))
    pieces = {
        "found": literal("less" if one.answer == "less" else "no more"),
        "a": literal("contacting at random") if best.rule == "random" else against,
        "i": _between(lift, metric, f"rank_{arm_key(lift, one.arm)}_{best.rule}_gap", best.gap),
    }
    return Statement.of(
        "ranking by predicted uplift finds {found} than {a}; the difference could be {i} a contact", **pieces
    )


def _notes(lift: CampaignLift, made: list[UpliftRanking]) -> list[Statement]:
    assert lift.ranking is not None, "there are rankings"
    found = lift.ranking
    sizes = Statement.join(
        [
            Statement.of(
                "{arm} {t} and {c} in control",
                arm=own_name(one.arm, 30),
                t=Metric(f"lift_rank_{arm_key(lift, one.arm)}_treated", one.treated, "customers"),
                c=Metric(f"lift_rank_{arm_key(lift, one.arm)}_control", one.control, "customers"),
            )
            for one in made
        ],
        "; ",
    )
    notes = [
        Statement.of(
            "Learnt from {f} features of the day before the campaign: {sizes}. Customers are taken in parts by their own "
            "number; each part is ranked by models of the parts before it alone, the first ones are learnt from only.",
            f=Metric("lift_rank_features", found.features, "count"),
            sizes=sizes,
        ),
    ]
    for one in made:
        metric, key = _metric(lift, one), f"rank_{arm_key(lift, one.arm)}"
        told = Statement.of(
            "{arm}, X-learner: Qini {q}, AUUC {a}",
            arm=own_name(one.arm, 30),
            q=_with_interval(lift, metric, f"{key}_x_qini", one.qini),
            a=_with_interval(lift, metric, f"{key}_auuc", one.auuc),
        )
        if one.normalised is not None:
            told = Statement.of(
                "{told}; divided by a perfect ranking as scikit-uplift does, {q} and {u}",
                told=told,
                q=Metric(f"lift_{key}_qini_normalised", one.normalised[0], "index"),
                u=Metric(f"lift_{key}_auuc_normalised", one.normalised[1], "index"),
            )
        notes.append(Statement.of("{told}.", told=told))
    if found.no_forecast is not None:
        notes.append(
            Statement.of(
                "No value can be predicted: {why}",
                why=telling(found.no_forecast, "lift_rank_no_forecast", inside=True),
            )
        )
    left = {k: why for k, why in (found.left_out or {}).items() if "arms" in why}
    if left:
        parts = [
            Statement.of(
                "{what}: {why}",
                what=telling(feature, f"lift_rank_left_out_{at}_of", 200, inside=True),
                why=telling(why, f"lift_rank_left_out_{at}", inside=True),
            )
            for at, (feature, why) in enumerate(left.items())
        ]
        notes.append(Statement.of("Left out: {list}.", list=Statement.join(parts, "; ")))
    return notes
