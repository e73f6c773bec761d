"""What a reckoning of churn risk may be told: definition, horizon, models, bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args

from segkit.churn.measure.departures import ChurnDefinition
from segkit.churn.measure.rhythm import Rhythm
from segkit.customers.periods import months_before
from segkit.data.engine import MOST_SAMPLED
from segkit.data.specfile import suggestion
from segkit.errors import ParameterError
from segkit.learning.features import CONTRACT_EDGES

HorizonUnit = Literal["week", "month"]
LABELS: Final = {
    "logistic": "logistic regression",
    "boosting": "gradient boosting",
    "purchases": "purchase model",
    "simple": "simple rule",
}
"""Models by name; `simple` is always there, as the rule that the others have to beat."""
_MOST_HORIZON: Final = {"week": 104, "month": 24}


@dataclass(frozen=True, slots=True)
class ChurnOptions:
    """How churn risk is computed.

    Attributes:
        horizon: how many units of time after the as-of date count.
        unit: week, or calendar month.
        involuntary: reasons of an end that the customer did not choose, e.g. ("payment failed",).
        voluntary_only: the risk is of a chosen end alone.
        category: non-contractual: purchases of this category alone count, e.g. "recharge"; empty for all.
        active_days: non-contractual: who has bought in so many days is a customer who can be lost.
        rhythm: non-contractual: lapsed is who is silent for longer than so many times their own usual gap; 0 for who
            buys nothing within the horizon.
        single_gap: with `rhythm`: usual gap of who has bought on one day only, in days.
        snapshots: how many earlier dates the model learns from, at most; the latest is held out first.
        training_rows: rows that a fit may rest on.
        models: candidates; empty for all that fit the relation: logistic, boosting, and purchases where customers
            fall silent.
        contract_edges: months under contract at which the bands of contract age begin.
        leave_out: features that are not to be used, by name.
        too_good: area under the curve of a single feature from which it is taken for a leak.
        level: share of intervals that are to hold what comes.
        smallest: segments of fewer customers are not shown.
        save_rate: share of those called who would have left and stay; for the save list.
        contact_cost: of a call or offer, in major units.
        margin: share of revenue that counts as value.
    """

    horizon: int = 3
    unit: HorizonUnit = "month"
    involuntary: tuple[str, ...] = ()
    voluntary_only: bool = False
    category: str = ""
    active_days: int = 365
    rhythm: float = 0.0
    single_gap: float = 60.0
    snapshots: int = 6
    training_rows: int = 40_000
    models: tuple[str, ...] = ()
    contract_edges: tuple[float, ...] = CONTRACT_EDGES
    leave_out: tuple[str, ...] = ()
    too_good: float = 0.85
    level: float = 0.9
    smallest: int = 5
    save_rate: float = 0.2
    contact_cost: float = 5.0
    margin: float = 1.0

    def __post_init__(self) -> None:
        if self.unit not in get_args(HorizonUnit):
            raise ParameterError(f"unit: `{self.unit}` is not known. Write week or month.")
        if not 1 <= self.horizon <= _MOST_HORIZON[self.unit]:
            raise ParameterError(f"horizon: {self.horizon} is not from 1 to {_MOST_HORIZON[self.unit]} {self.unit}s.")
        if not 2 <= self.snapshots <= 24:
            raise ParameterError(f"snapshots: {self.snapshots} is not from 2 to 24.")
        if not 1_000 <= self.training_rows <= MOST_SAMPLED:
            raise ParameterError(f"training_rows: {self.training_rows} is not from 1,000 to {MOST_SAMPLED:,}.")
        if list(self.contract_edges) != sorted(set(self.contract_edges)) or not self.contract_edges:
            raise ParameterError("contract_edges: write months, ascending, such as 6, 12, 24.")
        if not 0.5 < self.too_good <= 1:
            raise ParameterError(f"too_good: {self.too_good} is not above 0.5 and up to 1. Write 0.85.")
        if not 0.5 <= self.level < 1:
            raise ParameterError(f"level: {self.level} is not from 0.5 to below 1. Write 0.9 for 90 %.")
        if not 0 < self.save_rate <= 1:
            raise ParameterError(
                f"save_rate: {self.save_rate} is not above 0 and up to 1. Write 0.2 for one in five."
            )
        if not 0 < self.margin <= 1:
            raise ParameterError(f"margin: {self.margin} is not above 0 and up to 1. Write 0.25 for 25 % of revenue.")
        if self.contact_cost < 0 or self.smallest < 1 or self.active_days < 1:
            raise ParameterError("contact_cost must not be negative; smallest and active_days must be 1 or more.")
        if self.rhythm and not 1 <= self.rhythm <= 50:
            raise ParameterError(
                f"rhythm: {self.rhythm} is not from 1 to 50 times the usual gap. Write 3, or 0 for no purchase within "
                "the horizon."
            )
        if not 1 <= self.single_gap <= 3650:
            raise ParameterError(f"single_gap: {self.single_gap} is not from 1 to 3,650 days. Write 60.")
        unknown = [name for name in self.models if name not in LABELS]
        if unknown:
            raise ParameterError(f"models: `{unknown[0]}` is not known. Write {', '.join(LABELS)}.")

    def candidates(self, contractual: bool) -> tuple[str, ...]:
        """The models to choose from, the simple rule last.

        Raises:
            ParameterError: a model of purchases is asked for where it does not speak of the event; a rhythm is asked for
                where customers end a contract.
        """
        if contractual and self.rhythm:
            raise ParameterError(
                "rhythm: it is for customers who fall silent without a word. Here they end a contract on a known date "
                "(relation: contractual). Leave it out."
            )
        if contractual and "purchases" in self.models:
            raise ParameterError(
                "models: `purchases` is for customers who fall silent without a word. Here they end a contract on a "
                "known date (relation: contractual). Write logistic or boosting."
            )
        if self.rhythm and "purchases" in self.models:
            raise ParameterError(
                "models: `purchases` says who buys nothing within the horizon, which is not who lapses by their own "
                "rhythm. Write logistic or boosting, or leave rhythm out."
            )
        every = ("logistic", "boosting") if contractual or self.rhythm else ("logistic", "boosting", "purchases")
        asked = tuple(name for name in every if not self.models or name in self.models)
        return (*asked, "simple")

    def definition(self, contractual: bool) -> ChurnDefinition:
        """What counts as leaving."""
        return ChurnDefinition(
            contractual,
            tuple(self.involuntary),
            self.voluntary_only,
            "" if contractual else self.category,
            self.active_days,
            Rhythm(self.rhythm, self.single_gap) if self.rhythm and not contractual else None,
        )

    def ends(self, day: dt.date) -> tuple[dt.date, ...]:
        """Last days of the units of time after a day, up to the horizon's end."""
        return tuple(shifted(day, step, self.unit) for step in range(1, self.horizon + 1))


def read_options(given: Mapping[str, Any], where: str = "churn") -> dict[str, Any]:
    """Options as a parameter file writes them, checked by name and kind; lists become tuples.

    Args:
        given: names of `ChurnOptions` and their values.
        where: what the file calls them, for messages.

    Raises:
        ParameterError: a name is not known, or a value is of another kind.
    """
    defaults = {field.name: field.default for field in fields(ChurnOptions)}
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in defaults:
            raise ParameterError(f"{where}: `{key}` is not known.{suggestion(key, defaults)}")
        wanted = defaults[key]
        if isinstance(wanted, tuple):
            fits, kind = isinstance(value, list | tuple), "a list"
        elif isinstance(wanted, bool) or isinstance(value, bool):
            fits, kind = isinstance(wanted, bool) and isinstance(value, bool), "true or false"
            kind = kind if isinstance(wanted, bool) else "no truth value"
        elif isinstance(wanted, float):
            fits, kind = isinstance(value, int | float), "a number"
        else:
            fits, kind = isinstance(value, type(wanted)), "a whole number" if isinstance(wanted, int) else "text"
        if not fits:
            raise ParameterError(f"{where}: `{key}: {value}` is not of its kind. Write {kind}.")
        found[key] = tuple(value) if isinstance(wanted, tuple) else value
    return found


def shifted(day: dt.date, steps: int, unit: HorizonUnit) -> dt.date:
    """The day so many units of time later (earlier where negative), calendar-true.

    >>> shifted(dt.date(2024, 1, 31), 1, "month"), shifted(dt.date(2024, 1, 31), -1, "week")
    (datetime.date(2024, 2, 29), datetime.date(2024, 1, 24))
    """
    return months_before(day, -steps) if unit == "month" else day + dt.timedelta(days=7 * steps)
