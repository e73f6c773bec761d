"""A campaign whose recipients were chosen: how they differ from the others, and adjusted differences where possible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from segkit.campaigns.chosen_records import ChosenComparison
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.lift_words import balance_label, change_of, chosen_key, guarded, unit_of
from segkit.page import Block, Metric, Statement, literal, name, number, own_name, own_words
from segkit.page.columns import Row, TableColumn, numbered_rows, table_block, values_of
from segkit.page.format import small
from segkit.page.telling import telling
from segkit.statistics.effects import Effect

_LABELS = {
    "regression": "regression",
    "inverse-propensity": "inverse-propensity weights",
    "doubly-robust": "doubly robust",
}


def chosen_comparisons(lift: CampaignLift) -> Block | None:
    """Tabulate plain and adjusted differences side by side, with their badge; only the plain ones where nothing else
    is sound.
    """
    found = lift.chosen
    if found is None:
        return None
    rows = [row for c in found.comparisons for row in _rows(lift, c)]
    columns = [
        TableColumn("Outcome a customer", "what", "own"),
        TableColumn("How", "how", "words"),
        TableColumn("Evidence", "evidence", "words"),
        TableColumn("Difference", "difference", "change", "signed"),
        TableColumn("Interval", ("low", "high"), "change", "signed"),
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
                list=own_name(", ".join(found.unadjusted), 400),
            )
        )
    caption = Statement.of(
        "{badge}: contacted customers less the others. {meaning}",
        badge=name(lift.evidence.badge.value),
        meaning=telling(lift.evidence.badge.meaning, "lift_badge"),
    )
    return guarded(lift, table_block(caption, columns, rows, notes=notes))


def _outcome(lift: CampaignLift, c: ChosenComparison) -> str:
    return c.metric.label if len(lift.facts.arms) == 2 else f"{c.metric.label}, {c.arm}"


def _strength(lift: CampaignLift, c: ChosenComparison) -> str:
    return f"lift_{chosen_key(lift, c.metric, c.arm).removeprefix('chosen_')}_robustness"


def _rows(lift: CampaignLift, c: ChosenComparison) -> list[Row]:
    key = chosen_key(lift, c.metric, c.arm)
    label = own_words(c.metric.label, 60)
    if len(lift.facts.arms) > 2:
        label = Statement.of("{m}: {arm}", m=own_name(c.metric.label, 60), arm=own_name(c.arm, 30))

    def row(part: str, how: str, evidence: str, value: float, ends: tuple[float, float], **further: Any) -> Row:
        # the page of recent campaigns states the difference too
        difference = change_of(lift, c.metric, f"{key}_{part}", value)
        told = {"what": label, "how": literal(how), "evidence": literal(evidence), "difference": difference}
        values = {**told, "low": ends[0], "high": ends[1]}
        return Row(difference.key, values, unit=unit_of(lift, c.metric), **further)

    def plain(part: str, how: str, evidence: str, effect: Effect, **further: Any) -> Row:
        return row(part, how, evidence, effect.difference, (effect.lower, effect.upper), **further)

    rows = []
    if isinstance(c.naive, Effect):
        rows.append(plain("naive", "plain difference", "Descriptive", c.naive, quiet=bool(c.estimates)))
    for e in c.estimates:
        strong = ("difference",) if e.estimator == "doubly-robust" else ()
        part = e.estimator.replace("-", "_")
        rows.append(row(part, _LABELS[e.estimator], "Adjusted", e.value, (e.lower, e.upper), strong=strong))
    if isinstance(c.before_after, Effect):
        parallel = isinstance(c.parallel, Effect) and not c.parallel.significant
        evidence = "Adjusted" if parallel and lift.evidence.publishable else "Descriptive"
        how = "change since before, less that of the others"
        rows.append(plain("did", how, evidence, c.before_after, quiet=not parallel))
        if isinstance(c.parallel, Effect):
            how = "the same between two stretches before, which should be zero"
            rows.append(plain("before", how, "Descriptive", c.parallel, quiet=True))
    return rows


def chosen_balance(lift: CampaignLift) -> Block | None:
    """Tabulate how far apart contacted and other customers were before, in standard deviations."""
    found = lift.chosen
    if found is None or not found.balance:
        return None
    labelled = [{**values_of(b), "name": balance_label(lift, b)} for b in found.balance]
    rows = [
        replace(row, strong=("before",) if abs(row.values["before"]) >= 0.25 else ())
        for row in numbered_rows("lift_balance", labelled)
    ]
    columns = [
        TableColumn("Known the day before", "name", "own", longest=90),
        TableColumn("As they were", "before", "index", "signed"),
        TableColumn("After weighting", "after", "index", "signed"),
    ]
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
    most = max(rows, key=lambda row: abs(row.values["before"]))
    line = Statement.of(
        "They differed most in {what}: {by} standard deviations before weighting, {after} after it",
        what=own_name(small(most.values["name"]), 60),
        by=number(columns[1].metric(most), "size"),
        after=number(columns[2].metric(most), "size"),
    )
    return guarded(lift, table_block(caption, columns, rows, notes=notes, line=line))
