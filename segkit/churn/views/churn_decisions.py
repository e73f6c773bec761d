"""What a page on churn proposes for its head: how many may leave, and whom to call."""

from __future__ import annotations

import datetime as dt
from typing import Any

from segkit.churn.records import ChurnOutlook, ChurnRisk
from segkit.churn.views.risk import MAY, risk_money, whole_customers
from segkit.churn.views.save_list import call_list
from segkit.customers.views.reach import reach_of
from segkit.page import Metric, Statement, day, literal, own_name
from segkit.page.decision import Decision
from segkit.page.lead import FINDING, QUIET, Lead
from segkit.page.telling import telling


def churn_leads(risk: ChurnRisk, about: str = "") -> list[Lead]:
    """Return how many may leave within the horizon as the headline; where that cannot be told, that it cannot."""
    unit = own_name(risk.unit_name, 30)
    found: dict[str, Any] = {
        "subject": risk.subject,
        "kicker": Statement.of(
            "{title} · churn risk to {end}", title=own_name(risk.title), end=day(risk.horizon_end)
        ),
        "as_of": risk.end,
        "period": (risk.end + dt.timedelta(days=1), risk.horizon_end),
        "reach": reach_of(risk.coverage),
    }
    if risk.refusal is not None:
        sentence = Statement.of("Who among the {unit} will leave cannot be told from these data", unit=unit)
        why = telling(risk.refusal, "churn_refused")
        return [Lead(QUIET, (sentence,), undecided=why, **found)]
    sentence = Statement.of(
        "{n} of {all} {unit} may " + MAY[risk.leaving] + " {horizon} ({low} to {high})",
        n=Metric("churn_expected", whole_customers(risk.expected), "customers"),
        all=Metric("churn_customers", risk.customers, "customers"),
        unit=unit,
        horizon=telling(risk.horizon_words, "churn", inside=True),
        low=Metric("churn_expected_low", whole_customers(risk.low), "customers"),
        high=Metric("churn_expected_high", whole_customers(risk.high), "customers"),
    )
    return [Lead(FINDING, (sentence,), undecided=_no_call(risk), **found)]


def _no_call(risk: ChurnRisk) -> Statement:
    """Say why nobody is to be called."""
    if not risk.valued:
        return literal(
            "The data hold no amounts, so that nothing can be said of what is at stake, or whom a call pays for."
        )
    costs: dict[str, Any] = {
        "cost": risk_money(risk, "contact_cost", risk.contact_cost),
        "rate": Metric("churn_save_rate", risk.save_rate, "share"),
    }
    if risk.save_customers is None:
        return Statement.of(
            "No decision is needed: calls at {cost} each would pay for fewer than {n} {unit}, too few to be shown, even if "
            "they kept {rate} of those about to leave.",
            n=Metric("churn_smallest", risk.smallest, "count"),
            unit=own_name(risk.unit_name, 40),
            **costs,
        )
    return Statement.of(
        "No decision is needed: no call pays at {cost} each, if it keeps {rate} of those about to leave.",
        **costs,
    )


def churn_decisions(risk: ChurnRisk, about: str = "") -> list[Decision]:
    """Return the save list as a decision: what the calls cost and gain, and from which rate of success on they pay.

    How many of those called are kept is assumed. The interval is that of the risk of all customers, carried over to the
    value of the list; what the assumption does to the gain is said beside it.
    """
    return _calls(risk, "ChurnRisk.save_list")


def outlook_decisions(outlook: ChurnOutlook, about: str = "") -> list[Decision]:
    """Return the same for a page about something else."""
    return _calls(outlook.risk, "ChurnOutlook.note")


def _calls(risk: ChurnRisk, source: str) -> list[Decision]:
    calls = call_list(risk)
    if calls is None:
        return []
    unit = own_name(risk.unit_name, 40)
    return [
        Decision(
            key="churn_calls",
            todo=Statement.of("Call {n} {unit} for {cost}", n=calls.customers, unit=unit, cost=calls.cost),
            certainty="assumed",
            ground=Statement.of(
                "{rate} of those who would leave are kept by a call, which nobody has tested",
                rate=Metric("churn_save_rate", risk.save_rate, "share"),
            ),
            where_wrong=calls.where_wrong,
            customers=calls.customers,
            money=calls.gain,
            low=calls.low,
            high=calls.high,
            stake=abs(calls.gain.value or 0.0),
            source=source,
        )
    ]
