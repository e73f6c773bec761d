"""What calling the save list costs and gains, and what becomes of that where fewer are kept than assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segkit.churn.records import ChurnRisk
from segkit.churn.views.risk import risk_money
from segkit.page import Metric, Statement, number

_HALVED: Final = 0.5
"""What becomes of the calls is said for a rate of half the assumed one."""


@dataclass(frozen=True, slots=True)
class CallList:
    """The calls that pay, in numbers of the page.

    Attributes:
        customers: how many are called.
        cost: what all the calls cost.
        gain: what they bring, less that cost.
        low, high: the same where as few, or as many, leave as the interval of all expected leavers says. What is kept of
            them stays as assumed.
        where_wrong: what they bring where half as many are kept, and from which rate on they pay.
    """

    customers: Metric
    cost: Metric
    gain: Metric
    low: Metric
    high: Metric
    where_wrong: Statement


def call_list(risk: ChurnRisk) -> CallList | None:
    """Return the calls that pay; None where none does, or too few customers for a number.

    The value saved is risk × value × the rate kept, summed over the list, so that it is in proportion to the rate.
    """
    if risk.refusal is not None or not risk.valued:
        return None
    if not risk.save_customers or risk.save_profit is None or not risk.expected:
        return None
    cost = risk.save_customers * risk.contact_cost
    saved = risk.save_profit + cost
    half = float(round(_HALVED * saved - cost))
    if saved <= 0:
        return None
    return CallList(
        customers=Metric("churn_save_customers", risk.save_customers, "customers"),
        cost=risk_money(risk, "save_cost", cost),
        gain=risk_money(risk, "save_profit", risk.save_profit),
        low=risk_money(risk, "save_profit_low", saved * risk.low / risk.expected - cost),
        high=risk_money(risk, "save_profit_high", saved * risk.high / risk.expected - cost),
        where_wrong=Statement.of(
            "If half as many are kept, the calls "
            + ("bring" if half >= 0 else "lose")
            + " {half}; they pay from a rate "
            "of {even} on",
            half=number(risk_money(risk, "save_profit_at_half", half), "size"),
            even=Metric("churn_break_even_rate", risk.save_rate * cost / saved, "share"),
        ),
    )
