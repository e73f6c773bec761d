"""Churn in detail: observed by period and cohort, risk against value, losses to come, drivers and the save list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from segkit.churn.records import ChurnRisk, Driver
from segkit.churn.views.drivers_chart import strongest
from segkit.churn.views.risk import observed_over, risk_money, whole_customers
from segkit.churn.views.save_list import call_list
from segkit.page import Block, Metric, Statement, day, literal, name, own_name, own_words
from segkit.page.columns import TableColumn, named_rows, numbered_rows, table_block
from segkit.page.format import plain_date
from segkit.page.notes import paragraphs
from segkit.page.segments import records
from segkit.page.telling import telling

_MOST: Final = 14


def observed_churn_table(risk: ChurnRisk) -> Block | None:
    """Show who could leave and who did, by period, with ends that customers did not choose apart where known."""
    if risk.observed is None or risk.observed.periods.empty:
        return None
    found = [one | {"end": plain_date(one["end"])} for one in records(risk.observed.periods)[-12:]]
    forced = any(one["involuntary"] for one in found)
    columns = [
        TableColumn("Period to", "end", "words"),
        TableColumn("There before", "customers", "customers"),
        TableColumn("Left", "left", "customers"),
        *([TableColumn("Of these involuntary", "involuntary", "customers")] if forced else []),
        TableColumn(Statement.of("Churn, {a}", a=name(observed_over(risk))), "rate", "share"),
    ]
    return table_block(literal("Observed churn by period"), columns, numbered_rows("churn_period", found))


def cohort_churn_table(risk: ChurnRisk) -> Block | None:
    """Show observed churn over the last horizon by when customers began."""
    if risk.observed is None or risk.observed.cohorts.empty:
        return None
    columns = [
        TableColumn("Began", "cohort", "own"),
        TableColumn("There before", "customers", "customers"),
        TableColumn("Left", "left", "customers"),
        TableColumn(Statement.of("Churn, {h}", h=telling(risk.horizon_words, "churn", inside=True)), "rate", "share"),
    ]
    caption = Statement.of(
        "Observed churn within {h} after {d}, by when customers began",
        h=telling(risk.horizon_words, "churn", inside=True),
        d=day(risk.observed.since),
    )
    return table_block(caption, columns, named_rows("churn_cohort", records(risk.observed.cohorts), "cohort"))


def losses_table(risk: ChurnRisk) -> Block | None:
    """Show the expected losses in each unit of the horizon."""
    if risk.losses is None or len(risk.losses) < 2:
        return None
    found = [
        {"end": plain_date(one["end"]), "customers": whole_customers(one["customers"]), "value": one["value"]}
        for one in records(risk.losses)
    ]
    columns = [TableColumn("Period to", "end", "words"), TableColumn("Leavers expected", "customers", "customers")]
    notes = []
    if risk.valued:
        columns.append(TableColumn("Value that will be missing", "value", risk.money.currency))
        missing = sum(one["value"] for one in found if one["value"] is not None)
        notes.append(
            Statement.of(
                "Who leaves in a period still brings half of it, and nothing of those after it: {missing} in all. The "
                "expected loss, {loss}, counts {h} of everybody who leaves within them.",
                missing=risk_money(risk, "missing", missing),
                loss=risk_money(risk, "at_risk", risk.at_risk),
                h=telling(risk.horizon_words, "churn", inside=True),
            )
        )
    caption = Statement.of("Expected losses, {d}", d=day(risk.end + dt.timedelta(days=1), risk.horizon_end))
    return table_block(caption, columns, numbered_rows("churn_loss", found), notes=notes)


def risk_distribution_table(risk: ChurnRisk) -> Block | None:
    """Show how many customers have which risk, and how much of the expected loss is theirs."""
    if risk.refusal is not None or risk.distribution is None:
        return None
    found = [one | {"suppressed": one["customers"] is None} for one in records(risk.distribution)]
    columns = [
        TableColumn("Risk", ("low", "high"), "share"),
        TableColumn(own_words(risk.unit_name.capitalize(), 40), "customers", "customers"),
        *([TableColumn("Expected loss", "at_risk", risk.money.currency)] if risk.valued else []),
    ]
    caption = Statement.of("How risks are spread, {d}", d=day(risk.end))
    stake = risk_money(risk, "at_risk", risk.at_risk)
    share = Metric("churn_value_share", risk.at_risk / risk.value if risk.value else None, "share")
    line = Statement.of(
        "An expected loss of {stake}, {share} of what that time would bring", stake=stake, share=share
    )
    return table_block(caption, columns, numbered_rows("churn_band", found), line=line if risk.valued else None)


def drivers_table(risk: ChurnRisk) -> Block | None:
    """Show what goes with leaving, in words, odds and percentage points: associations, not causes."""
    if risk.refusal is not None or not risk.drivers:
        return None
    caption = Statement.of(
        "What goes with leaving within {h}, all else in the model alike",
        h=telling(risk.horizon_words, "churn", inside=True),
    )
    return drivers_block(risk.drivers, caption, "on the held-out horizon")


def drivers_block(drivers: Sequence[Driver], caption: Statement, tested: str) -> Block:
    """Tabulate the strongest clear drivers under a caption.

    Args:
        drivers: those of the most important feature first.
        caption: of the table.
        tested: on which customers the weight of a feature was measured, in words.
    """
    shown = strongest(tuple(drivers))
    if not shown:
        return paragraphs(
            literal("No feature is clearly associated with leaving once the others are taken into account.")
        )
    others = [driver for driver in drivers if driver.sure and driver not in shown][: _MOST - len(shown)]
    rows = [
        replace(
            made,
            values={
                **made.values,
                "what": driver.label,
                "against": _against(driver, made.key),
                "odds": Statement.of("{n}×", n=Metric(f"{made.key}_odds", driver.odds_ratio, "index")),
                "importance": max(driver.importance, 0.0),
            },
            strong=("difference",),
        )
        for driver, made in zip([*shown, *others], numbered_rows("churn_driver", [*shown, *others]), strict=True)
    ]
    columns = [
        TableColumn("What", "what", "words", longest=120),
        TableColumn("Against", "against", "words"),
        TableColumn("Odds", "odds", "index"),
        TableColumn("Odds, from and to", ("odds_low", "odds_high"), "index"),
        TableColumn("Difference in risk", "difference", "points", "signed"),
        TableColumn("Difference, from and to", ("low", "high"), "points", "signed"),
        TableColumn("Weight", "importance", "points"),
    ]
    notes = [
        Statement.of(
            "Associations, not causes: changing one of these need not change who leaves. Listed are those whose {level} "
            "intervals, of odds and of risk, exclude no association. Odds and risk: what the model says at both values, on "
            "average over those who can take the step. Weight: how much less well the model tells leavers apart when the "
            f"feature is shuffled, as area under the curve {tested}.",
            level=Metric("churn_driver_level", 0.95, "share"),
        )
    ]
    folded = {} if not others else {"folded": rows[len(shown) :], "folded_title": literal("Further levels and steps")}
    return table_block(caption, columns, rows[: len(shown)], notes=notes, **folded)


def _against(driver: Driver, key: str) -> Statement:
    if driver.step is None and not driver.against:
        return literal("against the others")
    if driver.step is None:
        return Statement.of("against {what}", what=own_name(driver.against, 60))
    if driver.doubling:
        return literal("each doubling")
    if driver.step < 0:
        return literal("two fifths less")
    return Statement.of("each {n} more", n=Metric(f"{key}_step", driver.step, "index"))


def save_list_note(risk: ChurnRisk) -> Block | None:
    """Say how long the save list would be and what it would bring. The list is written only on request."""
    if risk.refusal is not None or not risk.valued:
        return None
    mean = risk.save_profit / risk.save_customers if risk.save_customers and risk.save_profit is not None else None
    told = [
        Statement.of(
            "A call is worth risk × value × {rate}, less the {cost} that it costs; that {rate} of those called are kept is "
            "assumed, not measured. It pays for {n} {unit}, for {profit} in all, {mean} each; a longer or a shorter list "
            "would bring less.",
            rate=Metric("churn_save_rate", risk.save_rate, "share"),
            cost=risk_money(risk, "contact_cost", risk.contact_cost),
            n=Metric("churn_save_customers", risk.save_customers, "customers"),
            unit=own_name(risk.unit_name, 40),
            profit=risk_money(risk, "save_profit", risk.save_profit),
            mean=risk_money(risk, "save_mean", mean),
        )
    ]
    calls = call_list(risk)
    if calls is not None:
        told.append(Statement.of("{wrong}.", wrong=calls.where_wrong))
    return paragraphs(
        *told,
        literal(
            "Whom a call keeps, only a test can tell: leave a part of the list uncalled, drawn at random, and compare."
        ),
    )
