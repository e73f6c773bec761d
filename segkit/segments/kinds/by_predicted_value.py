"""Segmentations by predicted value: what they ask for, and how a layer above answers.

The models of customer value are measures, which build on segmentations. So a kind asks through a `Valuer`, which it gets
from `segkit.segments.measure.assign`. The forecast is the one of the page customer_value, chosen by the same backtest.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from segkit.customers.partition import FitRecord
from segkit.errors import ModelError, ParameterError
from segkit.segments.kinds.segmentation_kind import Context, SegmentationKind
from segkit.statistics.told import Figure, Told

if TYPE_CHECKING:
    import ibis.expr.types as ir

PREDICTED: Final = ("predicted_value", "total_value")
"""Columns that need a forecast: value of the horizon, and value so far plus that of the horizon."""
VALUED: Final = "_valued"


class ForecastOptions(BaseModel):
    """What the predicted value covers. What the file leaves out is as on the page customer_value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    horizon_months: int = Field(default=12, ge=1, le=120, description="calendar months to come")
    annual_rate: float = Field(default=0.10, ge=0, le=1, description="discount rate of a year")
    margin: float | None = Field(
        default=None, gt=0, le=1, description="share of revenue that stays; else from the data, or revenue"
    )


class Valuer(Protocol):
    """The forecaster of what customers will bring."""

    def values(self, customers: ir.Table, day: dt.date, options: ForecastOptions) -> ir.Table:
        """Predict the values of customers.

        The columns are `_valued` (the customer), `predicted_value` and `total_value`, in whole minor units, with one
        row per customer.

        Args:
            customers: the customer table as of the day.
            day: the day after which the forecast begins.
            options: what the forecast covers.

        Raises:
            ModelError: the data do not allow a forecast.
        """

    def method(self, options: ForecastOptions) -> str:
        """Return in a sentence how values are predicted."""


class ByValue(SegmentationKind):
    """Base of the kinds that order customers by a measure, which is a column or predicted value."""

    by: str = Field(default="value", description="a column of the customer table, predicted_value or total_value")
    forecast: ForecastOptions = Field(default=ForecastOptions(), description="what predicted value covers")

    def made_from(self) -> tuple[str, ...]:
        """Return what values are predicted from; a measure that is a column is named by an option."""
        bought = ("value", "orders", "days_since_last_purchase", "T_days")
        return (*bought, "recurring_amount", "tenure") if self.by in PREDICTED else ()

    _record: FitRecord | None = PrivateAttr(default=None)

    def fit_record(self) -> FitRecord | None:
        return self._record

    @property
    def measure(self) -> Told:
        """What customers are ordered by, in words."""
        months = Figure(self.forecast.horizon_months, "count")
        if self.by == "predicted_value":
            return Told.of("predicted value of the next {months} months", months=months)
        if self.by == "total_value":
            return Told.of("value so far and predicted for the next {months} months", months=months)
        return Told.own(self.by.replace("_", " "))

    def predicts(self, customers: ir.Table) -> bool:
        """Return whether a forecast is needed; a column of the measure's name takes precedence."""
        return self.by in PREDICTED and self.by not in customers.columns

    def learnt(self, customers: ir.Table, context: Context) -> ir.Table | None:
        """Return the customers with the measure. If it cannot be predicted, return None and keep the reason in the
        record.
        """
        if not self.predicts(customers):
            return customers
        try:
            valued = self.with_measure(customers, context)
        except ModelError as error:
            why = Told.of("No value can be predicted: {why}", why=error.told)
            self._record = FitRecord("Predicted value.", 0, found=False, notes=(why,))
            return None
        if context.valuer is not None:
            how = context.valuer.method(self.forecast)
            self._record = FitRecord(Told.of("Ordered by {measure}.", measure=self.measure), 0, notes=(how,))
        return valued

    def with_measure(self, customers: ir.Table, context: Context) -> ir.Table:
        """Return the customers with what they are ordered by.

        Raises:
            ParameterError: a forecast is needed, and there is no forecaster.
            ModelError: the data do not allow a forecast.
        """
        if not self.predicts(customers):
            return customers
        if context.valuer is None:
            raise ParameterError(
                f"segmentation of kind {self.kind}: `by: {self.by}` needs a forecast, and none is made here. "
                "Write a column of the customer table, such as value."
            )
        day = context.engine.collect(customers.aggregate(day=customers.as_of.max()))["day"].iloc[0]
        if day is None or day != day:
            raise ModelError("there are no customers whose value could be predicted.")
        valued = context.valuer.values(customers, dt.date.fromisoformat(str(day)[:10]), self.forecast)
        return customers.left_join(valued, customers.customer_id == valued[VALUED])
