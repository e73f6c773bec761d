"""Whether a campaign paid: extra margin less its cost, the chance that this is above zero, and a decision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy import special

from segkit.campaigns.models.effect_reading import customers_for
from segkit.errors import ParameterError
from segkit.statistics.effects import Effect
from segkit.statistics.inputs import share

Advice = Literal["send", "hold", "test again"]


@dataclass(frozen=True, slots=True)
class Profit:
    """Result of contacting customers, per customer and in all.

    Attributes:
        per_customer: extra margin less cost per assigned customer, in money.
        lower, upper: interval at the effect's level.
        total: `per_customer` times `customers`.
        total_lower, total_upper: its interval.
        probability: chance that it is above zero, given the data and a flat prior.
        break_even: extra margin per customer that would just pay the cost, which is the cost itself.
        break_even_cost: highest cost per customer at which the estimate still pays.
        customers: contacted customers that the totals are about.
        decision: "send" or "hold" where the interval says so, else "test again".
        repeat_customers: customers of both arms that a repeat needs to tell this profit from zero; None unless the
            decision is "test again".
    """

    per_customer: float
    lower: float
    upper: float
    total: float
    total_lower: float
    total_upper: float
    probability: float
    break_even: float
    break_even_cost: float
    customers: int
    decision: Advice
    repeat_customers: int | None


def profit(margin: Effect, cost: float, customers: int, *, power: float = 0.8) -> Profit:
    """Compute the profit of contacting customers, from the effect on margin and a known cost.

    Args:
        margin: effect on margin per assigned customer, in money, with redeemed offers already taken off. If costs
            differ from customer to customer, take them off in the metric and pass 0 as `cost`.
        cost: contact cost per assigned customer, in money, not negative.
        customers: how many customers the totals are about.
        power: power of the repeat that "test again" asks for.
    """
    if not (math.isfinite(cost) and cost >= 0):
        raise ParameterError(f"cost: {cost!r} is not zero or more. Write money per customer.")
    if customers < 0:
        raise ParameterError(f"customers: {customers} is negative. Write how many customers were contacted.")
    share(power, "power")
    value = margin.difference - cost
    lower, upper = margin.lower - cost, margin.upper - cost
    error = margin.standard_error * margin.inflation
    z = value / error
    chance = float(special.ndtr(z)) if math.isinf(margin.df) else float(special.stdtr(margin.df, z))
    decision: Advice = "send" if lower > 0 else "hold" if upper < 0 else "test again"
    repeat = None
    if decision == "test again" and value != 0:
        repeat = customers_for(error, margin.treated.n + margin.control.n, value, level=margin.level, power=power)
    return Profit(
        value,
        lower,
        upper,
        value * customers,
        lower * customers,
        upper * customers,
        chance,
        float(cost),
        margin.difference,
        customers,
        decision,
        repeat,
    )


def wasted_contacts(control_rate: float, contacted: int) -> float:
    """Return how many contacts went to customers who would have bought anyway: the control's rate times those
    contacted.
    """
    if not 0 <= control_rate <= 1 or contacted < 0:
        raise ParameterError(
            f"wasted contacts: a rate of {control_rate!r} among {contacted} contacts. "
            "Write a share from 0 to 1 and a count."
        )
    return control_rate * contacted
