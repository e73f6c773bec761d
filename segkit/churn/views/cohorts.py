"""Retention by the quarter in which contracts began, as far as it was seen, and projected from there."""

from __future__ import annotations

from typing import Any

from segkit.churn.records import ChurnRisk, RetentionCurve
from segkit.page import Block, Metric, Statement, literal
from segkit.page.columns import TableColumn, numbered_rows, table_block


def cohort_retention_table(risk: ChurnRisk) -> Block | None:
    """Show each quarter's contracts: months seen, the share left after a common time, and the projection."""
    curves = risk.cohort_curves
    month = risk.cohort_month
    if month is None:
        return None
    longest = max((len(curve.projected) - 1 for curve in curves if curve.projected is not None), default=0)
    columns = [
        TableColumn("Began", "name", "own"),
        TableColumn("Contracts", "customers", "count"),
        TableColumn("Months seen", "seen", "count"),
        TableColumn(
            Statement.of("After {n} months", n=Metric("churn_cohort_curve_after", month, "count")), "year", "share"
        ),
        TableColumn("From", "low", "share"),
        TableColumn("To", "high", "share"),
    ]
    if longest:
        ahead_of = Metric("churn_cohort_curve_ahead", longest, "count")
        columns += [
            TableColumn(Statement.of("After {n}, projected", n=ahead_of), "projected", "share"),
            TableColumn("By", "model", "own"),
        ]
    rows = numbered_rows("churn_cohort_curve", [_read(curve, month, longest) for curve in curves])
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
    return table_block(literal("Retention by the quarter in which contracts began"), columns, rows, notes=notes)


def _read(curve: RetentionCurve, month: int, longest: int) -> dict[str, Any]:
    there = curve.months[-1] >= month
    ahead = curve.projected[longest] if curve.projected and len(curve.projected) > longest else None
    at_month = {"year": curve.share, "low": curve.low, "high": curve.high}
    return {
        "name": curve.name,
        "customers": curve.customers,
        "seen": curve.months[-1],
        **{part: values[month] if there else None for part, values in at_month.items()},
        "projected": ahead,
        "model": curve.model,
        "suppressed": not there,
    }
