"""Churn in detail: observed by period and cohort, risk against value, losses to come, drivers, the save list."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from segkit.churn.records import ChurnRisk, Driver
from segkit.churn.views.risk import risk_money, whole_customers
from segkit.page import Block, Metric, Statement, day, literal, name, words
from segkit.page.columns import TableColumn, named_rows, numbered_rows, table_block
from segkit.page.format import plain_date
from segkit.page.notes import paragraphs
from segkit.page.segments import records
from segkit.page.telling import telling

_MOST: Final = 14


def observed_churn_table(risk: ChurnRisk) -> Block | None:
    """Who could leave and who did, by period; ends that customers did not choose apart, where they are known."""
    if risk.observed is None or risk.observed.periods.empty:
        return None
    found = [one | {"end": plain_date(one["end"])} for one in records(risk.observed.periods)[-12:]]
    forced = any(one["involuntary"] for one in found)
    columns = [
        TableColumn("Period to", "end", "words"),
        TableColumn("There before", "customers", "customers"),
        TableColumn("Left", "left", "customers"),
        *([TableColumn("Of these involuntary", "involuntary", "customers")] if forced else []),
        TableColumn("Observed churn", "rate", "share"),
    ]
    return table_block(literal("Observed churn by period"), columns, numbered_rows("churn_period", found))


def cohort_churn_table(risk: ChurnRisk) -> Block | None:
    """Observed churn over the last horizon by when customers began."""
    if risk.observed is None or risk.observed.cohorts.empty:
        return None
    columns = [
        TableColumn("Began", "cohort", "words"),
        TableColumn("There before", "customers", "customers"),
        TableColumn("Left", "left", "customers"),
        TableColumn("Observed churn", "rate", "share"),
    ]
    caption = Statement.of(
        "Observed churn within {h} after {d}, by when customers began",
        h=telling(risk.horizon_words, "churn", inside=True),
        d=day(risk.observed.since),
    )
    return table_block(caption, columns, named_rows("churn_cohort", records(risk.observed.cohorts), "cohort"))


def losses_table(risk: ChurnRisk) -> Block | None:
    """Expected losses in each unit of the horizon."""
    if risk.losses is None or len(risk.losses) < 2:
        return None
    found = [
        {"end": plain_date(one["end"]), "customers": whole_customers(one["customers"]), "value": one["value"]}
        for one in records(risk.losses)
    ]
    columns = [
        TableColumn("Period to", "end", "words"),
        TableColumn("Leavers expected", "customers", "customers"),
        TableColumn("Value that will be missing", "value", risk.money.currency),
    ]
    caption = Statement.of("Expected losses, {d}", d=day(risk.end + dt.timedelta(days=1), risk.horizon_end))
    notes = [literal("Who leaves in a period still brings half of it, and nothing of those after it.")]
    return table_block(caption, columns, numbered_rows("churn_loss", found), notes=notes)


def risk_distribution_table(risk: ChurnRisk) -> Block | None:
    """How many customers have which risk, and what of the value at risk is theirs."""
    if risk.refusal is not None or risk.distribution is None:
        return None
    found = [one | {"suppressed": one["customers"] is None} for one in records(risk.distribution)]
    columns = [
        TableColumn("Risk", ("low", "high"), "share"),
        TableColumn(words(risk.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Value at risk", "at_risk", risk.money.currency),
    ]
    caption = Statement.of("How risks are spread, {d}", d=day(risk.end))
    return table_block(caption, columns, numbered_rows("churn_band", found))


def drivers_table(risk: ChurnRisk) -> Block | None:
    """What goes with leaving, in words, odds and percentage points; associations, not causes."""
    if risk.refusal is not None or not risk.drivers:
        return None
    shown = [driver for driver in risk.drivers if driver.clear][:_MOST]
    if not shown:
        return paragraphs(
            literal("No feature is clearly associated with leaving once the others are taken into account.")
        )
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
        for driver, made in zip(shown, numbered_rows("churn_driver", shown), strict=True)
    ]
    columns = [
        TableColumn("What", "what", "words", longest=120),
        TableColumn("Against", "against", "words"),
        TableColumn("Odds", "odds", "index"),
        TableColumn("From and to", ("odds_low", "odds_high"), "index"),
        TableColumn("Risk", "difference", "points", "signed"),
        TableColumn("From and to", ("low", "high"), "points", "signed"),
        TableColumn("Weight", "importance", "points"),
    ]
    caption = Statement.of(
        "What goes with leaving within {h}, all else in the model alike",
        h=telling(risk.horizon_words, "churn", inside=True),
    )
    notes = [
        Statement.of(
            "Associations, not causes: changing one of these need not change who leaves. Only those whose {level} "
            "interval excludes no association. Odds and risk: what the model says at both values, a mean over those who "
            "can take the step. Weight: how much less well the model tells leavers apart when the feature is shuffled, "
            "as area under the curve on the held-out horizon.",
            level=Metric("churn_driver_level", 0.95, "share"),
        )
    ]
    return table_block(caption, columns, rows, notes=notes)


def _against(driver: Driver, key: str) -> Statement:
    if driver.step is None:
        return Statement.of("against {what}", what=name(driver.against or "the others", 60))
    if driver.doubling:
        return literal("each doubling")
    if driver.step < 0:
        return literal("two fifths less")
    return Statement.of("each {n} more", n=Metric(f"{key}_step", driver.step, "index"))


def save_list_note(risk: ChurnRisk) -> Block | None:
    """What the save list would be; it is written only where it is asked for."""
    if risk.refusal is not None:
        return None
    mean = risk.save_profit / risk.save_customers if risk.save_customers and risk.save_profit is not None else None
    return paragraphs(
        Statement.of(
            "Expected value saved is risk × value × {rate} (stated, not measured) less {cost} a call. Called are all "
            "whose expected value saved is positive: {n} {unit}, an expected profit of {profit}, {mean} each. Calling "
            "one more, or one less, would bring less.",
            rate=Metric("churn_save_rate", risk.save_rate, "share"),
            cost=risk_money(risk, "contact_cost", risk.contact_cost),
            n=Metric("churn_save_customers", risk.save_customers, "customers"),
            unit=name(risk.unit_name, 40),
            profit=risk_money(risk, "save_profit", risk.save_profit),
            mean=risk_money(risk, "save_mean", mean),
        ),
        literal(
            "Customers at high risk are not the same as customers whom a call keeps: only a randomised campaign tells. "
            "Keep a part of the list uncalled, at random."
        ),
    )
