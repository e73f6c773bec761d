"""The blocks of a page on a snapshot: who had left by its day, who is like them, and what it cannot tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from segkit.churn.snapshot_records import SnapshotRisk
from segkit.churn.views.detail import drivers_block
from segkit.churn.views.drivers_chart import draw_drivers
from segkit.churn.views.risk import whole_customers
from segkit.churn.views.risk_trust import TESTED
from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words
from segkit.page.columns import Row, TableColumn, numbered_rows, segment_rows, table_block, values_of, whole_row
from segkit.page.notes import hidden_note, paragraphs
from segkit.page.segments import records
from segkit.page.telling import telling
from segkit.page.tile import plain_tile

CANNOT: Final = (
    "What a snapshot cannot tell: when customers left, how fast they leave, and how many will leave within a time. So no "
    "horizon, no trend, no retention curve and no save list stand on this page. A table of contracts with start and end "
    "brings them."
)
OF_SNAPSHOT: Final = "snapshot_of"
"""The segments' part of the keys of their numbers."""


def _money(risk: SnapshotRisk, key: str, amount: float | None) -> Metric:
    return Metric(f"snapshot_{key}", amount, "money", risk.money.currency)


def snapshot_counts(risk: SnapshotRisk) -> tuple[Metric, Metric, Metric, Metric]:
    """Return how many there are, how many had left, how many are there, and the share that had left."""
    left = risk.left
    return (
        Metric("snapshot_customers", risk.customers, "customers"),
        Metric("snapshot_left", left, "customers"),
        Metric("snapshot_there", None if left is None else risk.customers - left, "customers"),
        Metric("snapshot_rate", None if left is None else left / risk.customers, "share"),
    )


def snapshot_tiles(risk: SnapshotRisk) -> Block:
    """Show how many had left, the mean risk of the others, what they bring, and how well the model tells both apart."""
    everyone, left, there, rate = snapshot_counts(risk)
    tiles = [plain_tile(literal("Had left"), rate, Statement.of("{n} of {all}", n=left, all=everyone))]
    if risk.refusal is None:
        best = risk.candidates[0]
        tiles.append(
            plain_tile(
                literal("Risk of those there"),
                Metric("snapshot_mean_risk", risk.mean_risk, "share"),
                Statement.of("mean of {n}", n=there),
            )
        )
        if risk.valued:
            tiles.append(
                plain_tile(
                    literal("Value at risk, a month"),
                    _money(risk, "at_risk", risk.at_risk),
                    Statement.of("of {n}", n=_money(risk, "value", risk.value)),
                )
            )
        tiles.append(
            plain_tile(
                literal("Area under the curve"),
                Metric(f"snapshot_test_{best.name}_auc", best.auc, "index"),
                literal("on customers not seen before"),
            )
        )
    return Block.of("tiles", {"tiles": tiles})


def snapshot_definition(risk: SnapshotRisk, note: str = "") -> Block:
    """Say what is counted, what a risk means here, and what a snapshot cannot tell.

    Args:
        risk: the record.
        note: what has changed in the definition, in the analyst's words; empty for nothing.
    """
    meaning = (
        "a customer has left whose status in the snapshot says so; risk is the share of customers with the same features "
        "that had left by its day"
    )
    told = [
        Statement.of(
            "Churn here: {meaning}. It is a likeness to those who left, and no chance within a time.",
            meaning=name(meaning, 300),
        ),
        literal(CANNOT),
    ]
    if note.strip():
        told.append(Statement.of("Changed since the last report: {note}", note=own_name(note.strip(), 600)))
    return paragraphs(*told, definitions={"churn": meaning})


def snapshot_table(risk: SnapshotRisk) -> Block:
    """Show every segment: who had left, what the model says of all of them, and the risk of those still there."""
    found, left, known = records(risk.frame), risk.left, risk.refusal is None
    whole = {
        "customers": risk.customers,
        "left": left,
        "rate": None if left is None else left / risk.customers,
        "predicted": risk.candidates[0].mean if risk.candidates else None,
        "there": None if left is None else risk.customers - left,
        "risk": risk.mean_risk,
        "value": risk.value if known else None,
        "at_risk": risk.at_risk if known else None,
    }
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(own_words(risk.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Left", "left", "customers"),
        TableColumn("Rate", "rate", "share"),
        *([TableColumn("Predicted", "predicted", "share")] if known else []),
        TableColumn("Still there", "there", "customers"),
    ]
    notes = [literal(CANNOT)]
    if known:
        columns.append(TableColumn("Their risk", "risk", "share"))
        if risk.valued:
            columns.append(TableColumn("Value a month", "value", risk.money.currency))
            columns.append(TableColumn("Value at risk, a month", "at_risk", risk.money.currency))
        notes.insert(
            0,
            literal(
                "Predicted is the mean risk of all, those who left among them, by models that had not seen them: compare "
                "it with the rate. Their risk is that of those who are still there."
            ),
        )
    else:
        why = telling(risk.refusal or "", "snapshot_refused")
        notes.insert(0, Statement.of("No risk is shown. {why}", why=why))
    if any(r["suppressed"] for r in found):
        notes.append(hidden_note(Metric("snapshot_smallest", risk.smallest, "count"), risk.unit_name))
    caption = Statement.of("Who had left by {d}, by segment", d=day(risk.taken))
    rows = [*segment_rows(OF_SNAPSHOT, risk.segments, found), whole_row("snapshot", whole)]
    return table_block(caption, columns, rows, notes=notes)


def snapshot_note(risk: SnapshotRisk) -> Block:
    """Say in a paragraph, on a page about something else, who had left and what the snapshot cannot tell."""
    everyone, left, _, rate = snapshot_counts(risk)
    return paragraphs(
        Statement.of(
            "By {d}, {left} of {n} {unit} had left ({rate}).",
            d=day(risk.taken),
            left=left,
            n=everyone,
            unit=own_name(risk.unit_name, 40),
            rate=rate,
        )
    )


def snapshot_distribution(risk: SnapshotRisk) -> Block | None:
    """Show how many of those who are still there have which risk."""
    if risk.refusal is not None:
        return None
    found = [one | {"suppressed": one["customers"] is None} for one in records(risk.distribution)]
    columns = [
        TableColumn("Risk", ("low", "high"), "share"),
        TableColumn("Still there", "customers", "customers"),
        *([TableColumn("Value at risk, a month", "at_risk", risk.money.currency)] if risk.valued else []),
    ]
    caption = Statement.of("How the risks of those who are still there are spread, {d}", d=day(risk.taken))
    return table_block(caption, columns, numbered_rows("snapshot_band", found))


def snapshot_drivers_table(risk: SnapshotRisk) -> Block | None:
    """Show what goes with having left: associations, not causes."""
    if risk.refusal is not None or not risk.drivers:
        return None
    caption = Statement.of("What goes with having left by {d}, all else in the model alike", d=day(risk.taken))
    return drivers_block(risk.drivers, caption, "on customers whom the fit had not seen")


def snapshot_drivers(risk: SnapshotRisk) -> Block | None:
    """Draw what goes with having left, in percentage points."""
    if risk.refusal is not None:
        return None
    subtitle = Statement.of(
        "Difference in the share that had left by {d}, all else alike, {level} intervals; not causes",
        d=day(risk.taken),
        level=Metric("churn_driver_level", 0.95, "share"),
    )
    return draw_drivers(risk.drivers, subtitle)


def snapshot_tests(risk: SnapshotRisk) -> Block | None:
    """Show every model on customers whom it had not seen, the best first, and whether it beats the simple rule."""
    if risk.refusal is not None:
        return None
    rows = [Row(f"snapshot_test_{one.name}", values_of(one), total=one.used) for one in risk.candidates]
    said = (
        "The best model beats the simple rule ({rule})."
        if risk.beats_simple
        else (
            "No model beats the simple rule ({rule}); take the ranking of customers for no more than that rule gives."
        )
    )
    notes = [
        Statement.of(said, rule=telling(risk.simple, "snapshot_simple", 120, inside=True)),
        Statement.of(
            "Tested in {k} parts: each part’s customers were scored by models fitted on the others, settings and "
            "recalibration included. No test in time is possible, since the snapshot has no dates.",
            k=Metric("snapshot_folds", risk.folds, "count"),
        ),
    ]
    caption = Statement.of("What the models said of customers whom they had not seen, {d}", d=day(risk.taken))
    return table_block(caption, TESTED, rows, notes=notes)


def snapshot_reliability(risk: SnapshotRisk) -> Block | None:
    """Show predicted risk against the share that had left, by tenth of risk."""
    if risk.refusal is not None or risk.tenths.empty:
        return None
    rows = [
        replace(made, values={**made.values, "tenth": Metric(made.key, made.values["tenth"], "count")})
        for made in numbered_rows(
            "snapshot_tenth",
            [one | {"customers": whole_customers(one["customers"])} for one in records(risk.tenths)],
            1,
        )
    ]
    columns = [
        TableColumn("Tenth", "tenth", "count"),
        TableColumn(own_words(risk.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Predicted", "predicted", "share"),
        TableColumn("Had left", "observed", "share"),
        TableColumn("Share of all who left", "share", "share"),
    ]
    caption = literal("Predicted risk and what had happened, by tenth of risk, the highest first")
    return table_block(caption, columns, rows)


def snapshot_method(risk: SnapshotRisk) -> Block | None:
    """Say how the risk was computed."""
    if risk.refusal is not None:
        return None
    told = [
        Statement.of(
            "Used: {model}, the candidate with the least log loss on customers whom it had not seen. Fitted on {n} "
            "customers: who had left against who had not, by what the snapshot and the table of customers say of them.",
            model=name(risk.candidates[0].label),
            n=Metric("snapshot_rows", risk.rows, "count"),
        ),
        literal(
            "Purchases and events are not used: nobody knows when those who left did so, and what they did since would "
            "give it away. Each feature alone was checked for predicting too well. Whether attributes are of the time "
            "before customers left or after it, a snapshot cannot tell."
        ),
    ]
    if risk.dropped:
        parts = [
            Statement.of(
                "{what} ({why})",
                what=telling(feature, f"snapshot_dropped_{at}_of", 200, inside=True),
                why=telling(why, f"snapshot_dropped_{at}", 200, inside=True),
            )
            for at, (feature, why) in enumerate(risk.dropped)
        ]
        told.append(Statement.of("Not used: {parts}.", parts=Statement.join(parts)))
    return paragraphs(*told)


def snapshot_nothing(risk: SnapshotRisk) -> None:
    """Show nothing: a snapshot has no dates to say this from."""
    return
