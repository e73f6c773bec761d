"""Churn in detail: observed by period and cohort, risk against value, losses to come, drivers, the save list."""

from __future__ import annotations

import datetime as dt
from typing import Final

from segkit.churn.records import ChurnRisk, Driver
from segkit.churn.views.risk import risk_money, whole_customers
from segkit.page import Block, Metric, Statement, day, literal, number, own_name, own_words
from segkit.page.format import plain_date
from segkit.page.segments import keys, records
from segkit.page.tables import column, row, table
from segkit.page.telling import telling

_MOST: Final = 14


def observed_churn_table(risk: ChurnRisk) -> Block | None:
    """Who could leave and who did, by period; ends that customers did not choose apart, where they are known."""
    if risk.observed is None or risk.observed.periods.empty:
        return None
    found = records(risk.observed.periods)[-12:]
    forced = any(r["involuntary"] for r in found)
    rows = []
    for at, r in enumerate(found):
        cells = [
            Metric(f"churn_period_{at}_customers", r["customers"], "customers"),
            Metric(f"churn_period_{at}_left", r["left"], "customers"),
        ]
        if forced:
            cells.append(Metric(f"churn_period_{at}_involuntary", r["involuntary"], "customers"))
        cells.append(Metric(f"churn_period_{at}_rate", r["rate"], "share"))
        rows.append(
            row(
                [
                    Statement.of("{d}", d=day(plain_date(r["end"]))),
                    *(Statement.of("{n}", n=metric) for metric in cells),
                ]
            )
        )
    columns = [column("Period to", "text"), column("There before"), column("Left")]
    columns += [column("Of these involuntary")] if forced else []
    caption = literal("Observed churn by period")
    return Block.of("table", table(caption, [*columns, column("Observed churn")], rows))


def cohort_churn_table(risk: ChurnRisk) -> Block | None:
    """Observed churn over the last horizon by when customers began."""
    if risk.observed is None or risk.observed.cohorts.empty:
        return None
    rows = []
    found = records(risk.observed.cohorts)
    for key, r in zip(keys("churn_cohort", [str(r["cohort"]) for r in found]), found, strict=True):
        cells = [
            Metric(f"{key}_customers", r["customers"], "customers"),
            Metric(f"{key}_left", r["left"], "customers"),
            Metric(f"{key}_rate", r["rate"], "share"),
        ]
        rows.append(row([own_words(str(r["cohort"])), *(Statement.of("{n}", n=metric) for metric in cells)]))
    columns = [column("Began", "text"), column("There before"), column("Left"), column("Observed churn")]
    caption = Statement.of(
        "Observed churn within {h} after {d}, by when customers began",
        h=telling(risk.horizon_words, "churn", inside=True),
        d=day(risk.observed.since),
    )
    return Block.of("table", table(caption, columns, rows))


def losses_table(risk: ChurnRisk) -> Block | None:
    """Expected losses in each unit of the horizon."""
    if risk.losses is None or len(risk.losses) < 2:
        return None
    rows = []
    for at, r in enumerate(records(risk.losses)):
        cells = [
            Metric(f"churn_loss_{at}_customers", whole_customers(r["customers"]), "customers"),
            risk_money(risk, f"loss_{at}_value", r["value"]),
        ]
        rows.append(
            row(
                [
                    Statement.of("{d}", d=day(plain_date(r["end"]))),
                    *(Statement.of("{n}", n=metric) for metric in cells),
                ]
            )
        )
    caption = Statement.of("Expected losses, {d}", d=day(risk.end + dt.timedelta(days=1), risk.horizon_end))
    columns = [column("Period to", "text"), column("Leavers expected"), column("Value that will be missing")]
    notes = [literal("Who leaves in a period still brings half of it, and nothing of those after it.")]
    return Block.of("table", table(caption, columns, rows, notes=notes))


def risk_distribution_table(risk: ChurnRisk) -> Block | None:
    """How many customers have which risk, and what of the value at risk is theirs."""
    if risk.refusal is not None or risk.distribution is None:
        return None
    rows = []
    for at, r in enumerate(records(risk.distribution)):
        band = Statement.of(
            "{low} to {high}",
            low=Metric(f"churn_band_{at}_low", r["low"], "share"),
            high=Metric(f"churn_band_{at}_high", r["high"], "share"),
        )
        cells = [
            Metric(f"churn_band_{at}_customers", r["customers"], "customers"),
            risk_money(risk, f"band_{at}_at_risk", r["at_risk"]),
        ]
        rows.append(row([band, *(Statement.of("{n}", n=metric) for metric in cells)], quiet=r["customers"] is None))
    columns = [column("Risk", "text"), column(own_words(risk.unit_name.capitalize(), 40)), column("Value at risk")]
    caption = Statement.of("How risks are spread, {d}", d=day(risk.end))
    return Block.of("table", table(caption, columns, rows))


def drivers_table(risk: ChurnRisk) -> Block | None:
    """What goes with leaving, in words, odds and percentage points; associations, not causes."""
    if risk.refusal is not None or not risk.drivers:
        return None
    shown = [driver for driver in risk.drivers if driver.clear][:_MOST]
    if not shown:
        told = literal("No feature is clearly associated with leaving once the others are taken into account.")
        return Block.of("notes", {"paragraphs": [told], "terms": []})
    rows = []
    for at, driver in enumerate(shown):
        key = f"churn_driver_{at}"
        rows.append(
            row(
                [
                    telling(driver.label, key, 120),
                    _against(driver, key),
                    Statement.of("{n}×", n=Metric(f"{key}_odds", driver.odds_ratio, "index")),
                    Statement.of(
                        "{low} to {high}",
                        low=Metric(f"{key}_odds_low", driver.odds_low, "index"),
                        high=Metric(f"{key}_odds_high", driver.odds_high, "index"),
                    ),
                    Statement.of("{n}", n=number(Metric(f"{key}_points", driver.difference, "points"), "signed")),
                    Statement.of(
                        "{low} to {high}",
                        low=number(Metric(f"{key}_points_low", driver.low, "points"), "signed"),
                        high=number(Metric(f"{key}_points_high", driver.high, "points"), "signed"),
                    ),
                    Statement.of("{n}", n=Metric(f"{key}_importance", max(driver.importance, 0.0), "points")),
                ],
                strong=(4,),
            )
        )
    labels = ("Odds", "From and to", "Risk", "From and to", "Weight")
    columns = [column("What", "text"), column("Against", "text"), *(column(label) for label in labels)]
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
    return Block.of("table", table(caption, columns, rows, notes=notes))


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
    """What the save list would be; it is written only where it is asked for."""
    if risk.refusal is not None:
        return None
    mean = risk.save_profit / risk.save_customers if risk.save_customers and risk.save_profit is not None else None
    paragraphs = [
        Statement.of(
            "Expected value saved is risk × value × {rate} (stated, not measured) less {cost} a call. Called are all "
            "whose expected value saved is positive: {n} {unit}, an expected profit of {profit}, {mean} each. Calling "
            "one more, or one less, would bring less.",
            rate=Metric("churn_save_rate", risk.save_rate, "share"),
            cost=risk_money(risk, "contact_cost", risk.contact_cost),
            n=Metric("churn_save_customers", risk.save_customers, "customers"),
            unit=own_name(risk.unit_name, 40),
            profit=risk_money(risk, "save_profit", risk.save_profit),
            mean=risk_money(risk, "save_mean", mean),
        ),
        literal(
            "Customers at high risk are not the same as customers whom a call keeps: only a randomised campaign tells. "
            "Keep a part of the list uncalled, at random."
        ),
    ]
    return Block.of("notes", {"paragraphs": paragraphs, "terms": []})
