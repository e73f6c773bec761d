"""How far to trust churn risk: past predictions and what came, drift, what was left out, and the method."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

from segkit.churn.records import ChurnRisk
from segkit.page import Block, Metric, Statement, day, literal, name
from segkit.page.columns import Row, TableColumn, numbered_rows, table_block, values_of
from segkit.page.notes import paragraphs
from segkit.page.segments import records
from segkit.page.telling import telling
from segkit.segments.measure.segment_quality import LARGE, MODERATE

_MOST: Final = 8
TESTED: Final = (
    TableColumn("Model", "label", "words"),
    TableColumn("Area under curve", "auc", "index"),
    TableColumn("Brier", "brier", "index"),
    TableColumn("Log loss", "log_loss", "index"),
    TableColumn("Calibration slope", "slope", "index"),
    TableColumn("Calibration error", "error", "points"),
    TableColumn("Lift, top tenth", "lift", "index"),
    TableColumn("Mean risk", "mean", "share"),
)
"""How well each model did: the columns of its table."""


def churn_test_table(risk: ChurnRisk) -> Block | None:
    """Show every candidate on the held-out horizon, the best first, and whether it beats the simple rule."""
    held = risk.held_out
    if held is None:
        return None
    rows = [Row(f"churn_test_{one.name}", values_of(one), total=one.used) for one in held.candidates]
    came = Metric("churn_held_out_rate", held.left / held.customers, "share")
    caption = Statement.of(
        "What the models said on {origin}, knowing nothing later, of {span}; {came} left",
        origin=day(held.origin),
        span=day(held.origin + dt.timedelta(days=1), held.end),
        came=came,
    )
    return table_block(caption, TESTED, rows, notes=_verdict(risk))


def _verdict(risk: ChurnRisk) -> list[Statement]:
    held = risk.held_out
    assert held is not None
    best = held.candidates[0]
    simple = next((c for c in held.candidates if c.name == "simple"), None)
    notes = []
    if simple is not None and held.beats_simple:
        notes.append(
            Statement.of(
                "The {model} beats the simple rule ({rule}): area under the curve {a} against {b}, log loss {c} "
                "against {d}.",
                model=name(best.label),
                rule=name(held.simple),
                a=Metric(f"churn_test_{best.name}_auc", best.auc, "index"),
                b=Metric("churn_test_simple_auc", simple.auc, "index"),
                c=Metric(f"churn_test_{best.name}_log_loss", best.log_loss, "index"),
                d=Metric("churn_test_simple_log_loss", simple.log_loss, "index"),
            )
        )
    elif simple is not None:
        notes.append(
            Statement.of(
                "No model beats the simple rule ({rule}) on the held-out horizon; take the ranking of customers for no "
                "more than that rule gives.",
                rule=name(held.simple),
            )
        )
    notes.append(
        Statement.of(
            "Segments' risks missed by {e} of themselves beyond chance, the whole by {w}, over {n} horizons; the intervals "
            "are widened by that, and the more the fewer horizons there are to see it on.",
            e=Metric("churn_model_error", held.model_error, "share"),
            w=Metric("churn_total_error", held.total_error, "share"),
            n=Metric("churn_error_horizons", held.horizons, "count"),
        )
    )
    return notes


def _called(feature: str, key: str) -> Statement:
    return telling(feature, f"{key}_of", 200, inside=True)


def churn_drift(risk: ChurnRisk) -> Block | None:
    """Show how far today's customers and risks are from those of training, by the population stability index."""
    if risk.drift is None or risk.refusal is not None:
        return None
    found = records(risk.drift)[:_MOST]
    rows = [
        *numbered_rows("churn_drift", [_moved(one["label"], one["psi"]) for one in found]),
        Row("churn_drift_scores", _moved(literal("Risks"), risk.score_psi), total=True),
    ]
    columns = [
        TableColumn("Input", "what", "words", longest=120),
        TableColumn("Stability index", "psi", "index"),
        TableColumn("Drift", "drift", "words"),
    ]
    notes = []
    if risk.unseen:
        parts = [
            Statement.of(
                "{what} ({n})",
                what=_called(feature, f"churn_unseen_{at}"),
                n=Metric(f"churn_unseen_{at}", n, "count"),
            )
            if n is not None
            else Statement.of("{what} (few)", what=_called(feature, f"churn_unseen_{at}"))
            for at, (feature, n) in enumerate(risk.unseen)
        ]
        notes.append(
            Statement.of(
                "Values that training hardly saw count as one common value: {parts}, of the customers sampled.",
                parts=Statement.join(parts),
            )
        )
    if risk.dropped:
        parts = [
            Statement.of(
                "{what} ({why})",
                what=_called(feature, f"churn_dropped_{at}"),
                why=telling(why, f"churn_dropped_{at}", 200, inside=True),
            )
            for at, (feature, why) in enumerate(risk.dropped)
        ]
        notes.append(Statement.of("Not used: {parts}.", parts=Statement.join(parts)))
    caption = literal("Drift since training: the inputs that moved most, and the risks")
    return table_block(caption, columns, rows, notes=notes)


def _moved(what: str | Statement, psi: float) -> dict[str, Any]:
    drift = "large" if psi > LARGE else "moderate" if psi >= MODERATE else "none"
    return {"what": what, "psi": psi, "drift": literal(drift)}


def churn_method(risk: ChurnRisk) -> Block | None:
    """Say how the risk was computed."""
    if risk.refusal is not None or not risk.method:
        return None
    return paragraphs(
        *(telling(sentence, f"churn_method_{at}", 10_000) for at, sentence in enumerate(risk.method, 1))
    )


def retention_table(risk: ChurnRisk) -> Block | None:
    """Show how long customers stay, by plan: the share seen (Kaplan-Meier), and the months to come."""
    if not risk.curves:
        return None
    first = risk.curves[0]
    columns = [
        TableColumn("Plan", "name", "own"),
        TableColumn("Contracts", "customers", "count"),
        TableColumn(_after("After {n} months", "after", min(12, first.months[-1])), "year", "share"),
        TableColumn(_after("After {n}", "end", first.months[-1]), "last", "share"),
        TableColumn("Months to come", "remaining", "index"),
        TableColumn("By", "model", "own"),
    ]
    read = [
        values_of(curve) | {"year": curve.share[min(12, curve.months[-1])], "last": curve.share[curve.months[-1]]}
        for curve in risk.curves
    ]
    rows = [replace(made, total=at == 0) for at, made in enumerate(numbered_rows("churn_curve", read))]
    notes = [
        Statement.of(
            "Share of contracts still running, with late entry: contracts that are older than the first end in the data "
            "count from then on. Months to come: a mean of those who are there, of the next {n}, by the model named.",
            n=Metric("churn_curve_horizon", 60, "count"),
        )
    ]
    return table_block(literal("Retention by plan, as observed"), columns, rows, notes=notes)


def _after(template: str, key: str, months: int) -> Statement:
    return Statement.of(template, n=Metric(f"churn_curve_{key}", months, "count"))
