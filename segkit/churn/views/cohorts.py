"""Retention by the quarter in which contracts began: seen as far as it goes, projected from there."""

from __future__ import annotations

from segkit.churn.records import ChurnRisk
from segkit.page import Block, Metric, Statement, literal, own_words, words
from segkit.page.tables import column, row, table


def cohort_retention_table(risk: ChurnRisk) -> Block | None:
    """Each quarter's contracts: how many months have been seen, how many still ran after a common time, projected."""
    curves = risk.cohort_curves
    month = risk.cohort_month
    if month is None:
        return None
    longest = max((len(curve.projected) - 1 for curve in curves if curve.projected is not None), default=0)
    rows = []
    for at, curve in enumerate(curves):
        key = f"churn_cohort_curve_{at}"
        there = curve.months[-1] >= month
        parts = (("year", curve.share), ("low", curve.low), ("high", curve.high))
        cells = [
            Metric(f"{key}_contracts", curve.customers, "count"),
            Metric(f"{key}_seen", curve.months[-1], "count"),
            *(Metric(f"{key}_{part}", values[month] if there else None, "share") for part, values in parts),
        ]
        if longest:
            ahead = curve.projected[longest] if curve.projected and len(curve.projected) > longest else None
            cells.append(Metric(f"{key}_projected", ahead, "share"))
        told = [own_words(curve.name), *(Statement.of("{n}", n=metric) for metric in cells)]
        rows.append(row([*told, words(curve.model or "–")] if longest else told, quiet=not there))
    columns = [column("Began", "text"), column("Contracts"), column("Months seen")]
    columns += [
        column(Statement.of("After {n} months", n=Metric("churn_cohort_curve_after", month, "count"))),
        column("From"),
        column("To"),
    ]
    if longest:
        ahead_of = Metric("churn_cohort_curve_ahead", longest, "count")
        columns += [column(Statement.of("After {n}, projected", n=ahead_of)), column("By", "text")]
    notes = [
        Statement.of(
            "Share of contracts still running (Kaplan-Meier), as far as at least {few} were under observation; From and "
            "To: {level} interval. Quarters whose intervals overlap widely need not differ. A quarter is projected from "
            "its own contracts alone, once {seen} months of it have been seen; what comes later may differ from what the "
            "model continues.",
            few=Metric("churn_cohort_curve_fewest", 30, "count"),
            level=Metric("churn_cohort_curve_level", 0.95, "share"),
            seen=Metric("churn_cohort_curve_enough", 6, "count"),
        )
    ]
    return Block.of(
        "table", table(literal("Retention by the quarter in which contracts began"), columns, rows, notes=notes)
    )
