"""What a page on value proposes for its head: what customers will bring, and where most of it may be lost."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

from segkit.customers.views.reach import reach_of
from segkit.page import Metric, Statement, day, own_name
from segkit.page.decision import Decision
from segkit.page.lead import FINDING, QUIET, Lead
from segkit.page.segments import records
from segkit.page.telling import telling
from segkit.value.concentration_records import Concentration
from segkit.value.records import CustomerValue
from segkit.value.views.concentration import prefix_of
from segkit.value.views.tables import value_money

_HEAVY: Final = 0.25
"""The share of value from which a hundredth of the customers is to be looked after by name."""
_FEW: Final = 0.01


def value_leads(value: CustomerValue, about: str = "") -> list[Lead]:
    """Return what customers will bring as the headline; where that cannot be told, what they have brought."""
    unit = own_name(value.unit_name, 30)
    found: dict[str, Any] = {
        "subject": value.subject,
        "kicker": Statement.of("{title} · value to {end}", title=own_name(value.title), end=day(value.horizon_end)),
        "as_of": value.end,
        "period": (value.end + dt.timedelta(days=1), value.horizon_end),
        "reach": reach_of(value.coverage),
    }
    everybody = Metric("customer_value_customers", value.customers, "customers")
    if value.refusal is not None:
        sentence = Statement.of("What {unit} will bring cannot be told from these data", unit=unit)
        if not value.frame.empty:
            sentence = Statement.of(
                "{n} {unit} have brought {past}; what they will bring cannot be told",
                n=everybody,
                unit=unit,
                past=value_money(value, "past", value.past),
            )
        why = telling(value.refusal, "customer_value_refused")
        return [Lead(QUIET, (sentence,), undecided=why, **found)]
    here = present(value)
    sentence = Statement.of(
        "{n} {unit} will bring {future} in {months} months ({low} to {high})",
        n=everybody if here is None else here,
        unit=unit,
        future=value_money(value, "future", value.future),
        months=Metric("customer_value_horizon", value.horizon_months, "count"),
        low=value_money(value, "future_low", value.low),
        high=value_money(value, "future_high", value.high),
    )
    return [Lead(FINDING, (sentence,), **found)]


def present(value: CustomerValue) -> Metric | None:
    """Return how many customers have not left; None where everybody may still buy, or where that cannot be told.

    Under contract, those of segments that will bring nothing at all have left.
    """
    if value.relation != "contractual":
        return None
    rows = records(value.frame)
    if any(row["customers"] is None or row["future"] is None for row in rows):
        return None
    left = sum(row["customers"] for row in rows if not row["future"])
    return Metric("customer_value_present", value.customers - left, "customers") if left else None


def value_decisions(value: CustomerValue, about: str = "") -> list[Decision]:
    """Return where most of the value at risk lies, as a decision on what keeping it may cost."""
    if value.refusal is not None or value.backtest is None or not value.risk_value > 0:
        return []
    rows = [row for row in records(value.frame) if row["risk_value"] is not None]
    if not rows:
        return []
    most = max(rows, key=lambda row: row["risk_value"])
    tested = value.backtest
    error = tested.baseline_error if tested.used == "baseline" else tested.model_error
    return [
        Decision(
            key="value_keep",
            todo=Statement.of(
                "Set what keeping customers may cost: {risk} may be lost in {months} months, {part} of it with {segment}",
                risk=value_money(value, "at_risk", value.risk_value),
                months=Metric("customer_value_horizon", value.horizon_months, "count"),
                part=Metric("customer_value_at_risk_most", most["risk_value"] / value.risk_value, "share"),
                segment=own_name(str(most["segment"]), 40),
            ),
            certainty="descriptive",
            ground=Statement.of(
                "a forecast that missed by {error} of the total when it was tested; what keeps a customer is not in it",
                error=Metric("customer_value_error", error, "share"),
            ),
            customers=Metric("customer_value_customers", value.customers, "customers"),
            stake=value.risk_value,
            source="CustomerValue.table",
        )
    ]


def concentration_decisions(spread: Concentration, about: str = "") -> list[Decision]:
    """Return a decision where a hundredth of the customers brings a quarter of the value or more.

    There is none where so few bring nearly all that their number is not shown: the others are not whom it is about.
    """
    share = spread.top_shares.get(_FEW)
    if share is None or share < _HEAVY or spread.share_for_80 is None:
        return []
    many = math.ceil(round(_FEW * spread.customers, 9))
    key = f"{prefix_of(spread)}_top_{_FEW * 100:g}"
    few = Metric(f"{key}_customers", many, "customers")
    return [
        Decision(
            key="value_top",
            todo=Statement.of(
                "Name who looks after the {n} {unit} who bring {share} of the value",
                n=few,
                unit=own_name(spread.unit_name, 40),
                share=Metric(f"{key}_value_share", share, "share"),
            ),
            certainty="descriptive",
            ground=telling(spread.value_name, "value"),
            customers=few,
            source="Concentration.table",
        )
    ]
