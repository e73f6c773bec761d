"""A campaign whose recipients were chosen: what differs between them and the others, adjusted where that is possible."""

from __future__ import annotations

from segkit.campaigns.chosen_records import ChosenComparison
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.words import (
    balance_label,
    between,
    change_of,
    chosen_key,
    guarded,
    interval,
    signed,
)
from segkit.page import Block, Metric, Statement, literal, name, number, own_name, own_words
from segkit.page.tables import column, row, table
from segkit.page.telling import telling
from segkit.statistics.effects import Effect

_LABELS = {
    "regression": "regression",
    "inverse-propensity": "inverse-propensity weights",
    "doubly-robust": "doubly robust",
}


def chosen_comparisons(lift: CampaignLift) -> Block | None:
    """Plain and adjusted differences beside each other, with their badge; plain ones alone where nothing else holds."""
    found = lift.chosen
    if found is None:
        return None
    rows = []
    for c in found.comparisons:
        rows += _rows(lift, c)
    columns = [
        column("Outcome a customer", "text"),
        column("How", "text"),
        column("Evidence", "text"),
        column("Difference"),
        column("Interval"),
    ]
    notes = [
        Statement.of("{why}.", why=telling(reason, f"lift_reason_{at}"))
        for at, reason in enumerate(lift.evidence.reasons, 1)
    ]
    notes += [
        Statement.of(
            "{m}: something unknown that explains {v} of what is left of both the choice and the outcome would "
            "bring the regression to zero; {s} would make it insignificant.",
            m=own_name(_outcome(lift, c), 90),
            v=Metric(f"{_strength(lift, c)}", c.robustness.value, "share"),
            s=Metric(f"{_strength(lift, c)}_edge", c.robustness.value_significance, "share"),
        )
        for c in found.comparisons
        if c.robustness is not None and c.estimates
    ]
    if found.unadjusted and any(c.estimates for c in found.comparisons):
        notes.append(
            Statement.of(
                "Known of the customers, tested for balance and not taken out: {list}.",
                list=own_name(", ".join(n.replace("_", " ") for n in found.unadjusted), 400),
            )
        )
    caption = Statement.of(
        "{badge}: contacted customers less the others. {meaning}",
        badge=name(lift.evidence.badge.value),
        meaning=telling(lift.evidence.badge.meaning, "lift_badge"),
    )
    return guarded(lift, Block.of("table", table(caption, columns, rows, notes=notes)))


def _outcome(lift: CampaignLift, c: ChosenComparison) -> str:
    return c.metric.label if len(lift.facts.arms) == 2 else f"{c.metric.label}, {c.arm}"


def _strength(lift: CampaignLift, c: ChosenComparison) -> str:
    return f"lift_{chosen_key(lift, c.metric, c.arm).removeprefix('chosen_')}_robustness"


def _rows(lift: CampaignLift, c: ChosenComparison) -> list[dict[str, object]]:
    key = chosen_key(lift, c.metric, c.arm)
    label = own_words(c.metric.label, 60)
    if len(lift.facts.arms) > 2:
        label = Statement.of("{m}: {arm}", m=own_name(c.metric.label, 60), arm=own_name(c.arm, 30))
    rows = []
    if isinstance(c.naive, Effect):
        rows.append(
            row(
                [
                    label,
                    literal("plain difference"),
                    literal("Descriptive"),
                    signed(change_of(lift, c.metric, f"{key}_naive", c.naive.difference)),
                    interval(lift, c.metric, f"{key}_naive", c.naive),
                ],
                quiet=bool(c.estimates),
            )
        )
    for e in c.estimates:
        k = f"{key}_{e.estimator.replace('-', '_')}"
        rows.append(
            row(
                [
                    label,
                    literal(_LABELS[e.estimator]),
                    literal("Adjusted"),
                    signed(change_of(lift, c.metric, k, e.value)),
                    between(
                        change_of(lift, c.metric, f"{k}_low", e.lower),
                        change_of(lift, c.metric, f"{k}_high", e.upper),
                    ),
                ],
                strong=(3,) if e.estimator == "doubly-robust" else (),
            )
        )
    if isinstance(c.before_after, Effect):
        parallel = isinstance(c.parallel, Effect) and not c.parallel.significant
        k = f"{key}_did"
        rows.append(
            row(
                [
                    label,
                    literal("change since before, less that of the others"),
                    literal("Adjusted" if parallel and lift.evidence.publishable else "Descriptive"),
                    signed(change_of(lift, c.metric, k, c.before_after.difference)),
                    interval(lift, c.metric, k, c.before_after),
                ],
                quiet=not parallel,
            )
        )
        if isinstance(c.parallel, Effect):
            k = f"{key}_before"
            rows.append(
                row(
                    [
                        label,
                        literal("the same between two stretches before, which should be zero"),
                        literal("Descriptive"),
                        signed(change_of(lift, c.metric, k, c.parallel.difference)),
                        interval(lift, c.metric, k, c.parallel),
                    ],
                    quiet=True,
                )
            )
    return rows


def chosen_balance(lift: CampaignLift) -> Block | None:
    """How far contacted and other customers were apart before, in standard deviations."""
    found = lift.chosen
    if found is None or not found.balance:
        return None
    rows = []
    for at, b in enumerate(found.balance):
        rows.append(
            row(
                [
                    own_words(balance_label(lift, b), 90),
                    *(
                        Statement.of("{n}", n=number(Metric(f"lift_balance_{at}_{part}", value, "index"), "signed"))
                        for part, value in (("before", b.before), ("after", b.after))
                    ),
                ],
                strong=(1,) if abs(b.before) >= 0.25 else (),
            )
        )
    columns = [column("Known the day before", "text"), column("As they were"), column("After weighting")]
    notes = [
        Statement.of(
            "In standard deviations. Within {a} is balanced; beyond {b} after weighting, or beyond {c} before it, the "
            "groups are not comparable, whatever is computed.",
            a=Metric("lift_balance_fine", 0.1, "index"),
            b=Metric("lift_balance_failed", 0.25, "index"),
            c=Metric("lift_balance_apart", 1.0, "index"),
        )
    ]
    caption = literal("Were contacted and other customers alike before the campaign?")
    return guarded(lift, Block.of("table", table(caption, columns, rows, notes=notes)))
