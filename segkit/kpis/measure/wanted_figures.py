"""The built-in key figures: what each counts, in which unit, and how it is computed from the sums of customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from segkit.customers import CustomerBase
from segkit.data.spells import gap_of
from segkit.kpis.measure.own_reading import is_snapshot
from segkit.kpis.records import FigureUnit
from segkit.page.variation import Better
from segkit.segments.measure.assign import value_name
from segkit.statistics.told import Figure, Quoted, Told


@dataclass(frozen=True, slots=True)
class WantedFigure:
    """How one figure is computed from the sums of a customer table."""

    key: str
    label: str
    unit: FigureUnit
    better: Better | None
    definition: str
    compute: Callable[[pd.Series], float | None]
    needs: str
    counts: str = ""
    """The sum that counts the customers behind the figure, where `needs` does not count them."""
    factors: tuple[tuple[str, str, str], ...] = ()
    """The factors whose product the figure is: the name of each, and the two sums whose quotient it is (`one` for
    none).
    """
    stock: bool = False
    """Whether it is what has gathered, which is judged by its change."""
    of_ends: bool = False
    """Whether it depends on who has left, which is not certain of the last days."""


def _left_words(base: CustomerBase) -> str:
    who, period = base.unit_name, base.options.period
    gap = gap_of(base.dataset.spec) if "subscriptions" in base.dataset.spec.tables else 0
    ended = Told.of(f"{{who}} whose contract ended in the {period}", who=Quoted(who.capitalize()))
    if not gap:
        return Told.of("{ended}.", ended=ended)
    within = Told.of(f"within {{gap}} {'day' if gap == 1 else 'days'}", gap=Figure(gap, "count"))
    return Told.of("{ended} and was not followed by another {within}.", ended=ended, within=within)


def wanted_figures(base: CustomerBase) -> list[WantedFigure]:
    """Return the built-in figures of a relation with customers, in their order on the page."""
    who, period = base.unit_name, base.options.period
    scale = 10**base.dataset.spec.money.decimals
    if base.is_list:
        amount = value_name(base) or "Value"
        return [
            WantedFigure(
                "customers",
                who.capitalize(),
                "customers",
                None,
                f"{who.capitalize()} in the list.",
                lambda s: float(s["customers"]),
                "customers",
            ),
            WantedFigure(
                "value",
                f"{amount[:1].upper()}{amount[1:]}",
                "money",
                None,
                f"{amount[:1].upper()}{amount[1:]}, summed over the list.",
                lambda s: int(s["value"]) / scale,
                "value",
                "customers",
            ),
        ]
    contracts = [
        WantedFigure(
            "under_contract",
            f"{who.capitalize()} under contract",
            "customers",
            "up",
            f"{who.capitalize()} with a contract running at the end of the {period}.",
            lambda s: float(s["under_contract"]),
            "under_contract",
            stock=True,
            of_ends=True,
        ),
        WantedFigure(
            "recurring_revenue",
            "Recurring revenue a month",
            "money",
            "up",
            "What the running contracts bring a month.",
            lambda s: int(s["recurring"]) / scale,
            "recurring",
            "under_contract",
            (
                (f"{who} under contract", "under_contract", "one"),
                ("mean recurring amount", "recurring", "under_contract"),
            ),
            stock=True,
            of_ends=True,
        ),
        WantedFigure(
            "began",
            f"New {who}",
            "customers",
            "up",
            f"{who.capitalize()} whose first contract began in the {period}.",
            lambda s: float(s["begun"]),
            "begun",
        ),
        WantedFigure(
            "left",
            f"{who.capitalize()} who left",
            "customers",
            "down",
            _left_words(base),
            lambda s: float(s["ended"]),
            "ended",
            of_ends=True,
        ),
        WantedFigure(
            "churned_share",
            f"Share of {who} who left",
            "share",
            "down",
            f"{who.capitalize()} whose contract has ended, of all in the data.",
            lambda s: float(s["ended_customers"]) / float(s["customers"]) if s["customers"] else None,
            "ended_customers" if is_snapshot(base.dataset) else "never",
        ),
    ]
    visits = ((f"{who} who bought", "period_buyers", "one"), ("orders per buyer", "period_orders", "period_buyers"))
    purchases = [
        WantedFigure(
            "active_customers",
            f"{who.capitalize()} who bought",
            "customers",
            "up",
            f"{who.capitalize()} with at least one order in the {period}.",
            lambda s: float(s["period_buyers"]),
            "period_buyers",
        ),
        WantedFigure(
            "net_revenue",
            "Net revenue",
            "money",
            "up",
            f"All amounts of the {period}, returns taken off on their day.",
            lambda s: int(s["period_revenue"]) / scale,
            "period_revenue",
            "period_buyers",
            (*visits, ("net revenue an order", "period_revenue", "period_orders")),
        ),
        WantedFigure(
            "orders",
            "Orders",
            "orders",
            "up",
            f"Orders of the {period}; returns and purchases of nothing are none.",
            lambda s: float(s["period_orders"]),
            "period_orders",
            "period_buyers",
            visits,
        ),
        WantedFigure(
            "revenue_per_order",
            "Net revenue an order",
            "money",
            "up",
            f"Net revenue of the {period} ÷ its orders.",
            lambda s: int(s["period_revenue"]) / scale / int(s["period_orders"]) if s["period_orders"] else None,
            "period_orders",
            "period_buyers",
        ),
    ]
    if base.dataset.spec.relation == "contractual":
        return contracts + purchases[1:2]
    return purchases
