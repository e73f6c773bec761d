"""Value to come of customers who fall silent without a word: purchases × spend, fitted on cells of histories.

BG/NBD and similar models (`forecast.models`) say how often customers buy, Gamma-Gamma what a purchase day is worth.
Both run on cells; a join gives the scores back to the customers, together with each customer's own mean spend.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.arrays import Floats
from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT
from segkit.errors import ModelError
from segkit.forecast.horizon import Horizon, whole_money, zero
from segkit.forecast.models.choice import choose_purchase_model
from segkit.forecast.models.gamma_gamma import GammaGamma, fit_gamma_gamma, spend_correlation
from segkit.forecast.models.intervals import total_purchases, total_value
from segkit.forecast.models.optimise import Fit
from segkit.forecast.models.purchase_model import PurchaseModel, continuous_rate
from segkit.forecast.options import ValueOptions
from segkit.forecast.purchase_cells import (
    UNITS_PER_YEAR,
    CollectedCells,
    collect_cells,
    collect_spend,
    joined_scores,
    time_between,
    with_mean_spend,
)
from segkit.forecast.records import Method, Parameter
from segkit.statistics.told import Figure, Told

_SPREAD_CELLS = 1_000
_STEP_DAYS = 183
_DEPENDENT = 0.3
_CERTAIN = 1e-200


@dataclass
class PurchaseForecast:
    """A fitted model of purchases with one of spend.

    Attributes:
        base: the customers.
        end: the last day that the fit saw.
        options: the options of the forecast.
        purchases: the model of purchases.
        spend: the model of spend; None where it cannot be fitted, and the average is used instead.
        average: the mean gross spend of a repeat purchase day, in minor units.
        spend_variation: the coefficient of variation of customers' mean spend.
        method: how the forecast was made.
    """

    base: CustomerBase
    end: dt.date
    options: ValueOptions
    purchases: PurchaseModel
    spend: GammaGamma | None
    average: float
    spend_variation: float
    method: Method
    _cells: dict[dt.date, CollectedCells] = field(default_factory=dict, repr=False)

    def cells(self, customers: ir.Table, when: dt.date) -> CollectedCells:
        """Return the histories of the customers as of a date; as of the fit's date, the cells of the fit."""
        if when not in self._cells:
            self._cells[when] = _collect(self.base, customers, self.options)
        return self._cells[when]

    def expected_totals(self, ends: list[dt.date]) -> list[float]:
        """Return the value of all customers from the fit's date up to each of the days.

        It is in minor units and not discounted.
        """
        frame = self._cells[self.end].frame
        x, z = _spend_history(frame, self.average)
        worth = np.full(len(frame), self.average) if self.spend is None else self.spend.expected_spend(x, z)
        worth = worth * frame["customers"].to_numpy(float) * self.method.kept_share
        history = _history(frame)
        unit = self.options.time_unit
        return [
            float(worth @ self.purchases.expected_purchases(time_between(self.end, end, unit), *history))
            for end in ends
        ]

    def score(self, customers: ir.Table, horizon: Horizon) -> ir.Table:
        """Score customers as every `Forecast` does."""
        customers = with_mean_spend(customers)
        cells = self.cells(customers, horizon.since)
        history = _history(cells.frame)
        expected, counted = self._discounted(history, horizon)
        alive = self.purchases.probability_alive(*history)
        # a customer who has almost certainly left has no expected spend worth a name
        gone = np.divide(counted * (1.0 - alive), alive, out=np.zeros_like(alive), where=alive > _CERTAIN)
        scores = pd.DataFrame({"expected": expected, "counted": counted, "alive": alive, "gone": gone})
        joined = joined_scores(customers, cells, scores)
        worth = self._worth(joined) * (self.method.kept_share * horizon.share)
        return joined.mutate(
            expected=zero(joined.expected),
            future=whole_money(joined.counted * worth),
            risk=1.0 - zero(joined.alive),
            lost=whole_money(joined.gone * worth),
        ).drop("counted", "alive", "gone")

    def _discounted(self, history: tuple[Floats, Floats, Floats], horizon: Horizon) -> tuple[Floats, Floats]:
        """Return the purchases in the horizon, plain and discounted, half a year at a time.

        The purchases of a half-year are discounted from its middle. This is within 1e-4 of the exact integral at 10 %
        a year, and the integral takes twenty times as long.
        """
        unit = self.options.time_unit
        steps = 1 if horizon.annual_rate == 0 else math.ceil(horizon.days / _STEP_DAYS)
        length = time_between(horizon.since, horizon.until, unit)
        rate = continuous_rate(horizon.annual_rate, UNITS_PER_YEAR[unit])
        so_far, counted = np.zeros(history[0].shape), np.zeros(history[0].shape)
        for step in range(1, steps + 1):
            reached = self.purchases.expected_purchases(length * step / steps, *history)
            counted += (reached - so_far) * math.exp(-rate * length * (step - 0.5) / steps)
            so_far = reached
        return so_far, counted

    def _worth(self, customers: ir.Table) -> ir.FloatingValue:
        """Return the expected gross spend of a purchase day, customer by customer."""
        if self.spend is None:
            return ibis.literal(self.average)
        p, q, v = self.spend.parameters.tolist()
        known = customers.mean_spend.notnull()
        x = known.ifelse(customers.frequency.cast("float64"), 0.0)
        z = customers.mean_spend.fill_null(0).cast("float64")
        return (x * z + v) * p / (x * p + (q - 1.0))

    def relative_sd(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the relative standard deviation, as every `Forecast` does."""
        frame = self._spread_cells(segmented).frame
        weight = np.zeros((len(frame), groups + 1))
        count = frame["customers"].to_numpy(float)
        weight[np.arange(len(frame)), frame[SEGMENT].to_numpy(int)] = count
        weight[:, groups] = count
        length = time_between(horizon.since, horizon.until, self.options.time_unit)
        history = _history(frame)
        if self.spend is not None:
            x, z = _spend_history(frame, self.average)
            try:
                value = total_value(self.purchases, self.spend, length, *history, weight, np.where(x > 0, z, 0.0))
                return _ratio(value.sd, value.mean)
            except ModelError:
                pass  # the fitted spend has no finite variance; the variance that was seen takes its place
        total = total_purchases(self.purchases, length, *history, weight)
        spend = self.spend_variation / np.sqrt(np.maximum(total.mean, 1.0))
        return np.asarray(np.hypot(_ratio(total.sd, total.mean), spend))

    def chance_of_nothing(self, segmented: ir.Table, horizon: Horizon, groups: int) -> Floats:
        """Return the chance that none of a segment's customers buys."""
        frame = self._spread_cells(segmented).frame
        length = time_between(horizon.since, horizon.until, self.options.time_unit)
        silent = self.purchases.probability_no_purchase(length, *_history(frame))
        told = np.zeros(groups)
        count = frame["customers"].to_numpy(float)
        np.add.at(told, frame[SEGMENT].to_numpy(int), count * np.log(np.maximum(silent, 1e-300)))
        return np.asarray(np.exp(told))

    def _spread_cells(self, segmented: ir.Table) -> CollectedCells:
        return collect_cells(
            self.base.dataset.engine,
            with_mean_spend(segmented),
            unit=self.options.time_unit,
            most=_SPREAD_CELLS,
            by=(SEGMENT,),
        )


def fit_purchases(base: CustomerBase, end: dt.date, options: ValueOptions) -> PurchaseForecast:
    """Choose models of purchases and spend, and fit them on what was known at the end of a day.

    Raises:
        ModelError: the data do not allow a fit; the message says what is missing.
    """
    names = options.candidates("non_contractual")
    customers = with_mean_spend(base.customers(end))
    engine = base.dataset.engine
    cells = _collect(base, customers, options)
    x, t_x, end_of = _history(cells.frame)
    weight = cells.frame["customers"].to_numpy(float)
    choice = choose_purchase_model(x, t_x, end_of, weight, candidates=names)
    messages = [
        choice.message,
        *(Told.of("{model} was refused: {why}", model=name, why=why) for name, why in choice.refused.items()),
    ]
    if cells.width > 1:
        messages.append(
            Told.of(
                "The histories are too many to leave the engine one by one: they were grouped into spans of {days} days"
                f"{' around a year, narrower ones below' if cells.width > 7 else ''}, each customer counting at the mean "
                "of the span.",
                days=Figure(cells.width, "count"),
            )
        )
    facts = engine.collect(
        customers.aggregate(
            gross=customers.gross_revenue.sum(),
            net=customers.revenue.sum(),
            repeat=customers.repeat_revenue.sum(),
            days=customers.frequency.sum(),
        )
    ).iloc[0]
    repeat, days = float(facts["repeat"]), float(facts["days"])
    if repeat <= 0:
        raise ModelError(
            "the repeat purchases cost nothing, so that nothing is known about what the next ones bring."
        )
    spend_cells = collect_spend(engine, customers)
    f, z, w = (spend_cells[name].to_numpy(float) for name in ("frequency", "mean_spend", "customers"))
    spend, message = _fit_spend(f, z, w)
    correlation = spend_correlation(f, z, w)
    messages.append(message)
    if correlation is not None and abs(correlation) > _DEPENDENT:
        messages.append(
            "Spend is not independent of how often customers buy, which the spend model takes it to be: "
            "the values of frequent buyers lean to one side."
        )
    mean = float(w @ z / w.sum())
    method = Method(
        models=(choice.model.label, "Gamma-Gamma" if spend is not None else "average spend"),
        parameters=(*fit_parameters(choice.model.fit), *fit_parameters(None if spend is None else spend.fit)),
        customers=int(weight.sum()),
        cells=len(cells.frame),
        time_unit=options.time_unit,
        resolution_days=cells.width,
        messages=tuple(messages),
        spend_correlation=correlation,
        kept_share=min(max(float(facts["net"]) / float(facts["gross"]), 0.0), 1.0),
    )
    variation = float(np.sqrt(w @ (z - mean) ** 2 / w.sum()) / mean)
    found = PurchaseForecast(base, end, options, choice.model, spend, repeat / days, variation, method)
    found._cells[end] = cells
    return found


def _collect(base: CustomerBase, customers: ir.Table, options: ValueOptions) -> CollectedCells:
    return collect_cells(
        base.dataset.engine,
        customers,
        unit=options.time_unit,
        width=options.resolution_days,
        most=options.most_cells,
    )


def _fit_spend(frequency: Floats, mean_spend: Floats, weight: Floats) -> tuple[GammaGamma | None, str]:
    """Fit the model of spend; where that fails, return the reason why the average is used."""
    try:
        model = fit_gamma_gamma(frequency, mean_spend, weight)
        _ = model.population_mean
    except ModelError as error:
        return None, Told.of("The average spend is used for everybody: {why}", why=error.told)
    assert model.fit is not None, "it comes from a fit"
    if not model.fit.sound:
        return None, Told.of("The average spend is used for everybody: {why}", why=model.fit.message)
    return model, model.fit.message


def _history(frame: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    return tuple(frame[name].to_numpy(float) for name in ("frequency", "recency", "T"))  # type: ignore[return-value]


def _spend_history(frame: pd.DataFrame, average: float) -> tuple[Floats, Floats]:
    """Return frequency and mean spend of cells; where the spend of repeat buyers is not known, the average."""
    x, z = frame["frequency"].to_numpy(float), frame["mean_spend"].to_numpy(float)
    return x, np.where((x > 0) & (z <= 0), average, z)


def fit_parameters(fit: Fit | None) -> tuple[Parameter, ...]:
    if fit is None:
        return ()
    return tuple(
        Parameter(fit.model, name, float(value), None if error is None or not np.isfinite(error) else float(error))
        for name, value, error in zip(fit.names, fit.estimates, fit.standard_errors, strict=True)
    )


def _ratio(sd: Floats, mean: Floats) -> Floats:
    return np.divide(sd, mean, out=np.zeros_like(mean), where=mean > 0)
