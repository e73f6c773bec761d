"""What a page on a snapshot proposes for its head: how many had left, and whom of the others to look after first."""

from __future__ import annotations

from typing import Any

from segkit.churn.snapshot_records import SnapshotRisk
from segkit.churn.views.who_left import OF_SNAPSHOT, snapshot_counts
from segkit.customers.views.reach import reach_of
from segkit.page import Metric, Statement, day, literal, own_name
from segkit.page.decision import Decision
from segkit.page.lead import FINDING, Lead
from segkit.page.segments import keys, records
from segkit.page.telling import telling


def snapshot_leads(risk: SnapshotRisk, about: str = "") -> list[Lead]:
    """Return how many had left by the snapshot's day as the headline."""
    everyone, left, _, rate = snapshot_counts(risk)
    unit = own_name(risk.unit_name, 30)
    if left.value is None:
        sentence = Statement.of(
            "Of {n} {unit}, too few had left to be shown, or too few stayed", n=everyone, unit=unit
        )
    else:
        sentence = Statement.of(
            "{left} of {n} {unit} ({rate}) had left by {taken}",
            left=left,
            n=everyone,
            unit=unit,
            rate=rate,
            taken=day(risk.taken),
        )
    undecided = literal("No decision is needed: the segments are equally like those who left.")
    if risk.refusal is None and not risk.tells_apart:
        undecided = literal(
            "No decision can rest on segments: who is like those who left cannot be told from chance."
        )
    if risk.refusal is not None:
        undecided = telling(risk.refusal, "snapshot_refused")
    return [
        Lead(
            FINDING,
            (sentence,),
            subject=risk.subject,
            kicker=Statement.of("{title} · who left, snapshot of {d}", title=own_name(risk.title), d=day(risk.taken)),
            as_of=risk.end,
            period=(risk.taken, risk.taken),
            undecided=undecided,
            reach=reach_of(risk.coverage),
        )
    ]


def snapshot_decisions(risk: SnapshotRisk, about: str = "") -> list[Decision]:
    """Return which segment to look after first: that whose customers are most like those who left.

    There is none where neither the model nor the segments tell those who left from the others beyond chance.
    """
    if risk.refusal is not None or not risk.tells_apart:
        return []
    found = records(risk.frame)
    prefixes = keys(OF_SNAPSHOT, [str(row["segment"]) for row in found])
    ranked = sorted(
        ((row["risk"], key, row) for key, row in zip(prefixes, found, strict=True) if row["risk"] is not None),
        key=lambda one: -one[0],
    )
    if len(ranked) < 2 or ranked[0][0] <= ranked[-1][0]:
        return []
    most, key, row = ranked[0]
    there = Metric(f"{key}_there", row["there"], "customers")
    figures: dict[str, Any] = {
        "n": there,
        "unit": own_name(risk.unit_name, 30),
        "segment": own_name(str(row["segment"]), 40),
        "risk": Metric(f"{key}_risk", most, "share"),
    }
    return [
        Decision(
            key="snapshot_care",
            todo=Statement.of(
                "Settle what is done first for the {n} {unit} in {segment}, who are still there and most like those who "
                "left (risk {risk})",
                **figures,
            ),
            certainty="descriptive",
            ground=literal(
                "a likeness at one moment; when they would leave, and what would keep them, it cannot tell"
            ),
            customers=there,
            stake=abs(row["at_risk"] or 0.0),
            source="SnapshotRisk.table",
        )
    ]
