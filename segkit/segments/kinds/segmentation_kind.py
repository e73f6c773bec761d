"""The base of every segmentation: a named partition with ordered segments, words and colours.

A kind (value, lifecycle, attribute …) is a frozen pydantic model, so that its options are checked like everything
else in the YAML file. `fit` looks at the customers and returns a `Segmentation`. Its `position` is an expression, so
that the engine does the work of assigning ten million customers.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from segkit.customers.partition import FitRecord, Segment, Segmentation
from segkit.page.palette import colours
from segkit.statistics.told import Told

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from segkit.data.engine import Engine
    from segkit.data.loading import Attribute
    from segkit.data.schema import Money
    from segkit.segments.kinds.by_predicted_value import Valuer

MarketingModel = Literal[
    "demographic",
    "geographic",
    "psychographic",
    "technographic",
    "firmographic",
    "behavioural",
    "needs-based",
    "value-based",
    "lifecycle",
]
"""Names of the nine ways to segment, as marketers call them."""


@dataclass(frozen=True)
class Context:
    """Everything that a kind may look at besides the customers.

    Attributes:
        engine: computes the aggregates from which a kind settles its segments.
        relation: contractual or non_contractual; list where there is no history.
        attributes: customer attributes by name.
        money: how amounts are written.
        unit_name: what a customer is called.
        value_months: how far back `value` looks.
        recent_days: how far back "lately" reaches.
        usage_days: how far back usage is summed.
        tables: the dataset's checked tables, for what the customer table does not hold (survey answers).
        previous: the period end before the report's date; None where the data do not reach back.
        customers_at: gives the customer table as of another date; None where there is no other.
        valuer: predicts customers' values; None where nothing does.
    """

    engine: Engine
    relation: Literal["contractual", "non_contractual", "list"]
    attributes: Mapping[str, Attribute]
    money: Money
    unit_name: str
    value_months: int
    recent_days: int
    usage_days: int
    tables: Mapping[str, ir.Table] = field(default_factory=dict)
    previous: dt.date | None = None
    customers_at: Callable[[dt.date], ir.Table] | None = None
    valuer: Valuer | None = None


class SegmentationKind(BaseModel, ABC):
    """Base of all kinds. The fields are the options in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_name: ClassVar[str] = "behavioural"
    ordered: ClassVar[bool] = True
    """Whether the segments run from high to low, so that one hue in steps fits them."""

    kind: str
    title: str = ""
    model: MarketingModel | None = None

    @abstractmethod
    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        """Return names and definitions of the segments, in order."""

    @abstractmethod
    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        """Return an expression for each customer's index in `names`; NULL where no segment takes the customer."""

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        """Return the customer table with the further columns that `position` needs. Their names begin with `_`."""
        return customers

    def ask(self, customers: ir.Table, context: Context) -> None:
        """Refuse what a fit that takes long would refuse, without the fit."""

    def made_from(self) -> tuple[str, ...]:
        """Return the columns of the customer table that the segments are made from and no option names."""
        return ()

    def default_title(self) -> str:
        """Return the title for an entry in YAML without one."""
        return self.kind.replace("_", " ").capitalize()

    def fit_record(self) -> FitRecord | None:
        """Return how `segments_of` fitted the segments; None where there was nothing to fit."""
        return None

    def fit(self, name: str, customers: ir.Table, context: Context) -> Segmentation:
        """Settle the segments by looking at the customers."""
        settled = self.model_copy(deep=True)  # a fit changes a copy, so that the definition stays as it was read
        found = settled.segments_of(customers, context)
        names, record = tuple(segment for segment, _ in found), settled.fit_record()
        paints = colours(len(found), ordered=self.ordered)
        own = not type(self).__module__.startswith("segkit.")  # what such a kind says is its author's own
        return Segmentation(
            name=name,
            title=self.title or self.default_title(),
            model=self.model or self.model_name,
            segments=tuple(
                Segment(segment, Told.own(words) if own else words, colour)
                for (segment, words), colour in zip(found, paints, strict=True)
            ),
            position=lambda table: settled.position(table, names, context),
            prepare=lambda table: settled.prepare(table, names, context),
            record=record.owned() if own and record else record,
        )
