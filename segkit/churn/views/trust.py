"""How far to trust churn risk: what last predictions said and what came, drift, what was left out, method."""

from __future__ import annotations

import datetime as dt
from typing import Final

from segkit.churn.records import ChurnRisk
from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words, words
from segkit.page.segments import records
from segkit.page.tables import column, row, table
from segkit.page.telling import telling
from segkit.segments.measure.quality import LARGE, MODERATE

_MOST: Final = 8


def churn_test_table(risk: ChurnRisk) -> Block | None:
    """Every candidate on the horizon that was held out, the best first, and whether it beats the simple rule."""
    held = risk.held_out
    if held is None:
        return None
    rows = []
    for found in held.candidates:
        key = f"churn_test_{found.name}"
        cells = [
            Metric(f"{key}_auc", found.auc, "index"),
            Metric(f"{key}_brier", found.brier, "index"),
            Metric(f"{key}_log_loss", found.log_loss, "index"),
            Metric(f"{key}_slope", found.slope, "index"),
            Metric(f"{key}_error", found.error, "points"),
            Metric(f"{key}_lift", found.lift, "index"),
            Metric(f"{key}_mean", found.mean, "share"),
        ]
        rows.append(row([words(found.label), *(Statement.of("{n}", n=metric) for metric in cells)], total=found.used))
    came = Metric("churn_held_out_rate", held.left / held.customers, "share")
    caption = Statement.of(
        "What the models said on {origin}, knowing nothing later, of {span}; {came} left",
        origin=day(held.origin),
        span=day(held.origin + dt.timedelta(days=1), held.end),
        came=came,
    )
    columns = [column("Model", "text"), column("Area under curve"), column("Brier"), column("Log loss")]
    columns += [column("Calibration slope"), column("Calibration error"), column("Lift, top tenth")]
    columns += [column("Mean risk")]
    return Block.of("table", table(caption, columns, rows, notes=_verdict(risk)))


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


def churn_drift(risk: ChurnRisk) -> Block | None:
    """How far customers and risks of today are from those of training, by the population stability index."""
    if risk.drift is None or risk.refusal is not None:
        return None
    found = records(risk.drift)[:_MOST]
    rows = [
        row(
            [
                telling(r["label"], f"churn_drift_{at}", 120),
                Statement.of("{n}", n=Metric(f"churn_drift_{at}", r["psi"], "index")),
                literal("large" if r["psi"] > LARGE else "moderate" if r["psi"] >= MODERATE else "none"),
            ]
        )
        for at, r in enumerate(found)
    ]
    rows.append(
        row(
            [
                literal("Risks"),
                Statement.of("{n}", n=Metric("churn_drift_scores", risk.score_psi, "index")),
                literal("large" if risk.score_psi > LARGE else "moderate" if risk.score_psi >= MODERATE else "none"),
            ],
            total=True,
        )
    )
    notes = []
    if risk.unseen:
        parts = [
            Statement.of(
                "{what} ({n})", what=own_name(feature.replace("_", " ")), n=Metric(f"churn_unseen_{at}", n, "count")
            )
            if n is not None
            else Statement.of("{what} (few)", what=own_name(feature.replace("_", " ")))
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
                what=own_name(feature.replace("_", " ")),
                why=telling(why, f"churn_dropped_{at}", 200, inside=True),
            )
            for at, (feature, why) in enumerate(risk.dropped)
        ]
        notes.append(Statement.of("Not used: {parts}.", parts=Statement.join(parts)))
    caption = literal("Drift since training: the inputs that moved most, and the risks")
    columns = [column("Input", "text"), column("Stability index"), column("Drift", "text")]
    return Block.of("table", table(caption, columns, rows, notes=notes))


def churn_method(risk: ChurnRisk) -> Block | None:
    """How it was computed."""
    if risk.refusal is not None or not risk.method:
        return None
    paragraphs = [telling(sentence, f"churn_method_{at}", 10_000) for at, sentence in enumerate(risk.method, 1)]
    return Block.of("notes", {"paragraphs": paragraphs, "terms": []})


def retention_table(risk: ChurnRisk) -> Block | None:
    """How long customers stay, by plan: seen (Kaplan-Meier), and the months that are still to come."""
    if not risk.curves:
        return None
    rows = []
    for at, curve in enumerate(risk.curves):
        key = f"churn_curve_{at}"
        year = min(12, curve.months[-1])
        last = curve.months[-1]
        rows.append(
            row(
                [
                    own_words(curve.name, 80),
                    Statement.of("{n}", n=Metric(f"{key}_contracts", curve.customers, "count")),
                    Statement.of("{n}", n=Metric(f"{key}_year", curve.share[year], "share")),
                    Statement.of("{n}", n=Metric(f"{key}_last", curve.share[last], "share")),
                    Statement.of("{n}", n=Metric(f"{key}_remaining", curve.remaining, "index")),
                    words(curve.model or "–"),
                ],
                total=at == 0,
            )
        )
    first = risk.curves[0]
    columns = [column("Plan", "text"), column("Contracts")]
    columns += [
        column(Statement.of("After {n} months", n=Metric("churn_curve_after", min(12, first.months[-1]), "count"))),
        column(Statement.of("After {n}", n=Metric("churn_curve_end", first.months[-1], "count"))),
        column("Months to come"),
        column("By", "text"),
    ]
    notes = [
        Statement.of(
            "Share of contracts still running, with late entry: contracts that are older than the first end in the data "
            "count from then on. Months to come: a mean of those who are there, of the next {n}, by the model named.",
            n=Metric("churn_curve_horizon", 60, "count"),
        )
    ]
    return Block.of("table", table(literal("Retention by plan, as observed"), columns, rows, notes=notes))
