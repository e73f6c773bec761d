"""Tables of customers as of a day: features, value at stake and, where it is known, who left. The engine keeps them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from segkit.arrays import Floats
from segkit.churn.measure.departures import ChurnDefinition, departures, eligible
from segkit.churn.options import ChurnOptions, shifted
from segkit.customers import CustomerBase
from segkit.customers.observation import ends_certain_to
from segkit.customers.periods import months_before
from segkit.forecast.contracts import with_month
from segkit.forecast.horizon import whole_money
from segkit.forecast.purchase_cells import with_mean_spend
from segkit.learning.encoding import Raw
from segkit.learning.features import LOOKBACK_MONTHS, SnapshotFeatures
from segkit.learning.sampling import customer_code, sampled

HISTORY = ("frequency", "recency_days", "T_days", "first_purchase", "last_purchase", "as_of", "mean_spend")
"""Columns that a model of purchases needs."""
_MONTHS = {"month": 1.0, "week": 12.0 / 52.1775}


@dataclass(frozen=True)
class SimpleRule:
    """What every model has to beat: the share that left by one feature.

    Attributes:
        feature: the feature's name.
        words: the rule in words.
    """

    feature: str
    words: str


def simple_rule(definition: ChurnDefinition) -> SimpleRule:
    """Choose the simple rule that fits the definition of leaving.

    It goes by the months under contract, by the silence that is left until a lapse, or by the days of silence so far.
    """
    if definition.contractual:
        return SimpleRule("contract_months", "the share that left by months under the contract")
    if definition.rhythm is not None:
        return SimpleRule("days_to_lapse", "the share that lapsed by days of silence left")
    return SimpleRule("silent_days", "the share that fell silent by days since the last purchase")


@dataclass(frozen=True)
class Sample:
    """Rows that have left the engine for a fit.

    Attributes:
        raw: the features.
        labels: 1 for a customer who left, 0 for one who stayed; empty where this is not known.
        customers: a number for each customer, the same in all rows of that customer.
        rows: how many rows the sample was drawn from.
    """

    raw: Raw
    labels: Floats
    customers: np.ndarray
    rows: int


@dataclass
class Frames:
    """Customers with their features, as of any day.

    Attributes:
        base: the customers.
        options: the options of the run.
        definition: what counts as leaving.
        builder: computes the features.
    """

    base: CustomerBase
    options: ChurnOptions
    definition: ChurnDefinition
    builder: SnapshotFeatures
    _kept: dict[tuple[dt.date, bool], ir.Table] = field(default_factory=dict, repr=False)

    @property
    def rule(self) -> SimpleRule:
        """The rule that every model has to beat."""
        return simple_rule(self.definition)

    def origins(self) -> list[dt.date]:
        """Return the days whose horizon has certainly passed by the as-of date, one horizon apart, the latest first.

        The data reach back over the months before each of them that the features look at.
        """
        base, found = self.base, []
        known = base.dataset.known_from
        last = base.as_of
        if self.definition.contractual and "subscriptions" in base.dataset.tables:
            # a horizon that holds ends that are not certain would have too few leavers
            last = ends_certain_to(base, last)
        for number in range(1, self.options.snapshots + 1):
            day = shifted(last, -number * self.options.horizon, self.options.unit)
            if months_before(day, LOOKBACK_MONTHS) < known - dt.timedelta(days=1):
                break
            found.append(day)
        return found

    def labelled(self, day: dt.date) -> ir.Table:
        """Return the rows of `unlabelled` with left, involuntary (each 0 or 1) and period.

        The day's horizon must have passed by the as-of date.
        """
        if (day, True) not in self._kept:
            told = departures(self.base, self.definition, day, self.options.ends(day))
            frame = self._expression(day).join(
                told.select("left", "involuntary", "period", who="customer_id"), [("customer_id", "who")]
            )
            self._kept[day, True] = self.base.dataset.engine.keep("churn", frame.drop("who"))
        return self._kept[day, True]

    def unlabelled(self, day: dt.date) -> ir.Table:
        """Return a row for each customer who could leave after the day.

        The columns are customer_id, code, amount (minor units over the horizon) and the features.
        """
        if (day, False) not in self._kept:
            self._kept[day, False] = self.base.dataset.engine.keep("churn", self._expression(day))
        return self._kept[day, False]

    def _expression(self, day: dt.date) -> ir.Table:
        customers = with_mean_spend_if_bought(eligible(self.base, self.definition, day))
        names = [feature.name for feature in self.builder.features]
        extra = [] if self.definition.contractual else list(HISTORY)
        customers = self._with_stake(customers, day)
        customers = customers.mutate(code=customer_code(customers.customer_id))
        table = self.builder.at(customers, day)
        return table.select("customer_id", "code", *extra, *names, amount=table.stake)

    def _with_stake(self, customers: ir.Table, day: dt.date) -> ir.Table:
        """Add `stake`, what the horizon would bring: from the monthly amount, or the mean month of the last year."""
        months = self.options.horizon * _MONTHS[self.options.unit] * self.options.margin
        if self.definition.contractual:
            table = with_month(customers, day)
            amount = table.month_amount.cast("float64") * months
            return table.mutate(stake=whole_money(amount)).drop(
                "running", "renewals", "month_part", "month_amount", "plan_key"
            )
        there = ibis.least(ibis.greatest(customers.T_days.cast("float64") / 30.4375, 1.0), self._value_months(day))
        value = ibis.greatest(customers["value"], 0).cast("float64")
        return customers.mutate(stake=whole_money(value / there * months))

    def _value_months(self, day: dt.date) -> float:
        known = (day - self.base.dataset.known_from).days / 30.4375
        return max(1.0, min(float(self.base.options.value_months or 1200), known))

    def sample(self, days: list[dt.date], wanted: int) -> Sample:
        """Draw a sample of about `wanted` rows of several days, with the same customers on every day."""
        parts = [self.labelled(day) for day in days]
        names = [feature.name for feature in self.builder.features]
        table = ibis.union(*(part.select("code", "left", *names) for part in parts)) if len(parts) > 1 else parts[0]
        return self._collect(table.select("code", "left", *names), names, wanted)

    def sample_unlabelled(self, day: dt.date, wanted: int) -> Sample:
        """Draw the features of about `wanted` customers of a day."""
        names = [feature.name for feature in self.builder.features]
        return self._collect(self.unlabelled(day).select("code", *names), names, wanted)

    def _collect(self, table: ir.Table, names: list[str], wanted: int) -> Sample:
        engine = self.base.dataset.engine
        rows = int(engine.collect(table.aggregate(rows=table.count()))["rows"].iloc[0])
        drawn = sampled(table, rows, wanted)
        found = engine.sample(drawn.order_by(*drawn.columns), most=max(2 * wanted, 2_000))
        kinds = {feature.name: feature.kind for feature in self.builder.features}
        raw = {name: raw_column(found.column(name), kinds[name]) for name in names}
        labels = found.column("left").to_numpy().astype(np.float64) if "left" in found.column_names else np.zeros(0)
        return Sample(raw, labels, found.column("code").to_numpy().astype(np.int64), rows)


def raw_column(column: pa.ChunkedArray, kind: str) -> np.ndarray:
    """Return a column as texts, with "" for not known, or as floats, with NaN for not known."""
    if kind == "category":
        texts = column.cast(pa.string()).fill_null("").to_pylist()
        return np.array(texts, dtype=np.str_) if texts else np.zeros(0, dtype="U1")
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def with_mean_spend_if_bought(customers: ir.Table) -> ir.Table:
    """Add `mean_spend` where the dataset has purchases."""
    return with_mean_spend(customers) if "repeat_revenue" in customers.columns else customers
