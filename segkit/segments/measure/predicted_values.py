"""Predicted value of each customer, for segmentations: as on the page customer_value, fitted once per customer base."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.customers import CustomerBase
from segkit.customers.partition import Segment, Segmentation
from segkit.errors import ModelError
from segkit.forecast.options import ValueOptions
from segkit.forecast.valuation import Valuation, valuation, value_share
from segkit.segments.kinds.by_predicted_value import VALUED, ForecastOptions

EVERYONE: Final = Segmentation(
    name="everyone",
    title="Everyone",
    model="behavioural",
    segments=(Segment("Everyone", "All customers.", "#000000"),),
    position=lambda customers: ibis.literal(0, "int64"),
)
"""A segmentation for the backtest, which asks for one; which forecast is nearer does not depend on it."""


@dataclass(frozen=True)
class PredictedValues:
    """A `segkit.segments.kinds.by_predicted_value.Valuer` over a customer base.

    Attributes:
        base: the customers; fitted forecasts are kept with them.
    """

    base: CustomerBase

    def values(self, customers: ir.Table, day: dt.date, options: ForecastOptions) -> ir.Table:
        """See `Valuer`."""
        chosen = self._chosen(options)

        def kept() -> ir.Table:
            scored = chosen.scored(customers, day)
            columns = {VALUED: scored.customer_id, "predicted_value": scored.future, "total_value": scored.total}
            return self.base.dataset.engine.keep("predicted", scored.select(**columns))

        return self.base.once((PredictedValues, options, day), kept)

    def method(self, options: ForecastOptions) -> str:
        """See `Valuer`."""
        chosen = self._chosen(options)
        by = " and ".join(chosen.forecast.method.models)
        if chosen.tested.used == "baseline":
            return f"Predicted as the last period, which was nearer to what came than {by} in held-out periods."
        return f"Predicted by {by}, which was nearer to what came in held-out periods than the last period."

    def _chosen(self, options: ForecastOptions) -> Valuation:
        known = self.base.once((PredictedValues, options), lambda: self._valued(options))
        if isinstance(known, ModelError):
            raise known
        return known

    def _valued(self, options: ForecastOptions) -> Valuation | ModelError:
        settings = ValueOptions(**options.model_dump())
        try:
            return valuation(self.base, EVERYONE, settings, value_share(self.base, settings))
        except ModelError as error:
            return error
