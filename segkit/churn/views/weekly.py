"""Who may leave, on a page about something else: the numbers of the page on churn, by that page's segmentation."""

from __future__ import annotations

from segkit.churn.records import ChurnOutlook
from segkit.churn.views.detail import losses_table
from segkit.churn.views.risk import MAY, churn_table, definitions, risk_money, whole_customers
from segkit.page import Block, Metric, Statement, name, own_name
from segkit.page.notes import paragraphs
from segkit.page.statement import page_of
from segkit.page.telling import telling


def may_leave_note(outlook: ChurnOutlook) -> Block | None:
    """Say how many may leave, what is at stake, what counts as leaving, and how the last prediction did.

    None where there is no prediction; `may_leave_table` says why.
    """
    risk = outlook.risk
    if risk.refusal is not None or risk.held_out is None:
        return None
    held = risk.held_out
    used = next(c for c in held.candidates if c.used)
    lead = [
        Statement.of(
            "{n} of {all} {unit} may " + MAY[risk.leaving] + " {h} ({low} to {high})",
            n=Metric("churn_expected", whole_customers(risk.expected), "customers"),
            all=Metric("churn_customers", risk.customers, "customers"),
            unit=own_name(risk.unit_name, 30),
            h=telling(risk.horizon_words, "churn", inside=True),
            low=Metric("churn_expected_low", whole_customers(risk.low), "customers"),
            high=Metric("churn_expected_high", whole_customers(risk.high), "customers"),
        ),
    ]
    if risk.valued:
        lead.append(
            Statement.of(
                ": an expected loss of {stake}, {share} of what that time would bring. A call pays for {called} of them, "
                "if it costs {cost} and keeps {rate} of those about to leave, which is assumed.",
                stake=risk_money(risk, "at_risk", risk.at_risk),
                share=Metric("churn_value_share", risk.at_risk / risk.value if risk.value else None, "share"),
                called=Metric("churn_save_customers", risk.save_customers, "customers"),
                rate=Metric("churn_save_rate", risk.save_rate, "share"),
                cost=risk_money(risk, "contact_cost", risk.contact_cost),
            )
        )
    counted = Statement.of(
        "Churn here: {event}. Who can leave: {who}. The {page} says the same numbers, what goes with leaving, and how they "
        "were computed.",
        page=page_of("churn_risk", "page on churn risk"),
        event=telling(risk.event, "churn", 300, inside=True),
        who=telling(risk.eligible, "churn", 200, inside=True),
    )
    trust = Statement.of(
        "How far to trust it: last forecast {said}, actual {came} ({model}). "
        + (
            "It beats the simple rule ({rule})."
            if held.beats_simple
            else "It does not beat the simple rule ({rule})."
        ),
        model=name(used.label),
        said=Metric("churn_held_out_mean", used.mean, "share"),
        came=Metric("churn_held_out_rate", held.left / held.customers, "share"),
        rule=name(held.simple),
    )
    return paragraphs(Statement.join(lead, ""), counted, trust, definitions=definitions(risk), line=lead[0])


def may_leave_table(outlook: ChurnOutlook) -> Block:
    """Show every segment: who can leave, observed churn, risk with its interval, what is at stake; or why not."""
    return churn_table(outlook.risk)


def may_leave_losses(outlook: ChurnOutlook) -> Block | None:
    """Show the expected losses in each unit of the horizon; None where the horizon is a single unit."""
    return None if outlook.risk.refusal is not None else losses_table(outlook.risk)
