"""Features of customers: what was known of each customer at the end of a day, for a model of churn.

Contracts, purchases and events count up to the end of the day, and nothing after it does. Attributes are the
exception: a dataset knows them only as they are today. That is why a model of churn tests whether they travel in time
before it uses them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.customers.base import CustomerBase
from segkit.customers.bought import BOUGHT, with_bought
from segkit.customers.calendar import elapsed
from segkit.customers.periods import months_before
from segkit.data.scaled import MICRO, micro
from segkit.data.schema import Kind
from segkit.learning.encoding import Feature
from segkit.statistics.told import Figure, Quoted, Told

RECENT_MONTHS: Final = 3
"""How far back "lately" reaches in features."""
LOOKBACK_MONTHS: Final = 4
"""Months before a day that features look at: the last one, and the three before that."""
_LIMIT: Final = 1.5
_LITTLE: Final = 0.1
_REGULAR: Final = 0.6
_YEAR: Final = 12
CONTRACT_EDGES: Final = (6.0, 12.0, 24.0)
"""Edges of the bands of contract age, in months."""
CUSTOMER_EDGES: Final = (3.0, 6.0, 12.0)
"""Edges of the bands of time since the first purchase, in months."""
SILENCE_EDGES: Final = (7.0, 14.0, 21.0, 28.0, 42.0, 56.0, 91.0, 182.0)
"""Edges of the bands of the recency rule, in days since the last purchase."""
TWO_FIFTHS_LESS: Final = math.log(0.6)
"""Step of a trend: the ratio of the last month to the months before falls by two fifths."""
HOLDINGS: Final = {"products_held": "products", "categories_held": "product categories"}
"""Name of a feature → what it counts among the customer's recent purchases."""
LAPSE_EDGES: Final = (7.0, 14.0, 21.0, 28.0, 42.0, 56.0, 91.0, 182.0)
"""Edges of the bands of days of silence left until the customer has lapsed."""


@dataclass(frozen=True)
class EventKinds:
    """The dataset's kinds of events, by what they mean for a customer.

    Attributes:
        usage: kinds that are measured regularly (data used, minutes called). Their features are level and trend.
        happenings: kinds that occur now and then (a ticket, a late payment). Their feature is how many there were
            lately.
        once: kinds that no customer had twice in a year (the notice of a price rise). Their feature is whether there
            was one within the year.
    """

    usage: tuple[str, ...] = ()
    happenings: tuple[str, ...] = ()
    once: tuple[str, ...] = ()


@dataclass(frozen=True)
class SnapshotFeatures:
    """The features of customers as of any day, and how they are built.

    Attributes:
        base: the customers.
        kinds: kinds of events.
        left_out: names of features to leave out.
        edges: edges of the bands of contract age, in months.
        rhythm: whether customers lapse by their own rhythm.
    """

    base: CustomerBase
    kinds: EventKinds
    left_out: frozenset[str] = frozenset()
    edges: tuple[float, ...] = CONTRACT_EDGES
    rhythm: bool = False

    @property
    def contractual(self) -> bool:
        """Whether customers leave by ending a contract."""
        return self.base.dataset.spec.relation == "contractual"

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features in a fixed order, except those left out. The step of a trend is down: a loss of two fifths."""
        return tuple(feature for feature in self.every_feature() if feature.name not in self.left_out)

    def every_feature(self) -> Sequence[Feature]:
        dataset = self.base.dataset
        found: list[Feature] = []
        if self.contractual:
            found.append(Feature("contract_months", "months under the running contract", edges=self.edges))
            found.append(Feature("came_back", "had a contract before", step=1.0))
            found.append(Feature("contracts_held", "contracts that run", step=1.0))
            subscriptions = dataset.tables["subscriptions"]
            if "plan" in subscriptions.columns:
                found.append(Feature("plan", "plan", "category"))
            if "recurring_amount" in subscriptions.columns:
                found.append(
                    Feature("monthly_amount", Told.own(f"price, {dataset.spec.money.currency} a month"), log=True)
                )
        if self.rhythm:
            found.append(Feature("days_to_lapse", "days of silence left until lapsed", edges=LAPSE_EDGES))
        if "transactions" in dataset.tables:
            found.append(Feature("silent_days", "days since the last purchase", edges=SILENCE_EDGES))
            found.append(Feature("silence_ratio", "silence over the usual gap between purchases", log=True))
            found.append(Feature("purchase_rate", "purchase days a month so far", log=True))
            found.append(Feature("recent_days", _lately("purchase days"), log=True))
            found.append(Feature("recent_spend", _lately("spend"), log=True))
            found.append(Feature("spend_trend", _trend_of("spend"), step=TWO_FIFTHS_LESS))
            if not self.contractual:
                found.append(Feature("customer_months", "months since the first purchase", edges=CUSTOMER_EDGES))
            found.append(Feature("returned_share", "share of revenue returned", step=0.1))
            for name, words in HOLDINGS.items():
                if self._held(name) is not None:
                    found.append(Feature(name, _lately(f"different {words} bought"), log=True))
        for kind in self.kinds.usage:
            called = Quoted(_words(kind))
            found.append(Feature(f"level_{kind}", Told.of("{what} a month", what=called), log=True))
            found.append(Feature(f"trend_{kind}", _trend_of(called), step=TWO_FIFTHS_LESS))
        found += [
            Feature(f"recent_{kind}", _lately(Told.of("{what}, times", what=Quoted(_words(kind)))), step=1.0)
            for kind in self.kinds.happenings
        ]
        found += [Feature(f"year_{kind}", _lately(Quoted(_words(kind)), _YEAR), step=1.0) for kind in self.kinds.once]
        for name, attribute in dataset.attributes.items():
            if attribute.kind in (Kind.TEXT, Kind.FLAG, Kind.ID):
                found.append(Feature(name, Told.own(attribute.label or _words(name)), "category"))
            elif attribute.kind in (Kind.NUMBER, Kind.WHOLE):
                found.append(Feature(name, Told.own(attribute.label or _words(name))))
        return found

    def at(self, customers: ir.Table, day: dt.date) -> ir.Table:
        """Add the features to these customers, as of the end of a day.

        Args:
            customers: rows of the customer table as of the day, with any other columns.
            day: the day; what happened after it is left out.

        Returns:
            All columns of `customers`, then the features: numbers as float64, categories as text, NULL for unknown.
        """
        table = customers
        for number, part in enumerate(self._parts(day)):
            table = table.left_join(part, [("customer_id", f"id_{number}")]).drop(f"id_{number}")
        columns: dict[str, ir.Value] = {}
        if self.contractual:
            columns |= self._contract(table, day)
        if "transactions" in self.base.dataset.tables:
            columns |= self._purchases(table)
            for name in HOLDINGS:
                if f"count_of_{name}" in table.columns:
                    columns[name] = table[f"count_of_{name}"].fill_null(0).cast("float64")
        if self.rhythm:
            columns["days_to_lapse"] = table.lapse_limit - table.lapse_silent.cast("float64")
        for kind in self.kinds.usage:
            columns[f"level_{kind}"] = table[f"sum_{kind}"].fill_null(0).cast("float64") / (MICRO * RECENT_MONTHS)
            columns[f"trend_{kind}"] = self._trend(table, f"last_{kind}", f"before_{kind}", day, MICRO)
        for kind in self.kinds.happenings:
            columns[f"recent_{kind}"] = table[f"count_{kind}"].fill_null(0).cast("float64")
        for kind in self.kinds.once:
            columns[f"year_{kind}"] = table[f"count_{kind}"].fill_null(0).cast("float64")
        wanted = {feature.name: feature for feature in self.features}
        for name in self.base.dataset.attributes:
            if name in wanted:
                columns[name] = table[f"attribute_{name}"]
        typed = {
            name: value.cast("string" if wanted[name].kind == "category" else "float64")
            for name, value in columns.items()
            if name in wanted
        }
        return table.select(*(table[name] for name in customers.columns if name not in typed), **typed)

    def _parts(self, day: dt.date) -> list[ir.Table]:
        """Return the tables to be joined. Each has the customer as `id_<its place>`."""
        found: list[ir.Table] = []
        end, month = ibis.date(day), ibis.date(months_before(day, 1))
        three, four = ibis.date(months_before(day, RECENT_MONTHS)), ibis.date(months_before(day, LOOKBACK_MONTHS))
        if "transactions" in self.base.dataset.tables:
            days = self.base.daily_purchases()
            seen = days.filter((days.day <= end) & (days.day > four))
            found.append(
                seen.group_by(id_0=seen.customer_id).aggregate(
                    days_lately=((seen.orders > 0) & (seen.day > three)).sum(),
                    spend_lately=seen.revenue.sum(where=seen.day > three),
                    last_spend=seen.revenue.sum(where=seen.day > month),
                    before_spend=seen.revenue.sum(where=seen.day <= month),
                )
            )
            for name in HOLDINGS:
                rows = self._held(name)
                if rows is None or name in self.left_out:
                    continue
                lately = rows.filter((rows.day <= end) & (rows.day > three))
                place = len(found)
                counted = lately.group_by(**{f"id_{place}": lately.customer_id}).aggregate(
                    **{f"count_of_{name}": lately.thing.nunique()}
                )
                found.append(counted)
        if self.kinds.usage or self.kinds.happenings or self.kinds.once:
            events = self.base.dataset.tables["events"]
            rows = events.mutate(day=events.time.date())
            within = rows.day > four
            if self.kinds.once:
                year = rows.day > ibis.date(months_before(day, _YEAR))
                within = within | (year & rows.event.isin(self.kinds.once))
            rows = rows.filter((rows.day <= end) & within)
            rows = rows.mutate(amount=micro(rows["value"].fill_null(1.0)))
            sums: dict[str, ir.Value] = {}
            for kind in self.kinds.usage:
                mine = rows.event == kind
                sums[f"sum_{kind}"] = rows.amount.sum(where=mine & (rows.day > three))
                sums[f"last_{kind}"] = rows.amount.sum(where=mine & (rows.day > month))
                sums[f"before_{kind}"] = rows.amount.sum(where=mine & (rows.day <= month))
            for kind in self.kinds.happenings:
                sums[f"count_{kind}"] = rows.count(where=(rows.event == kind) & (rows.day > three))
            for kind in self.kinds.once:
                sums[f"count_{kind}"] = ibis.least(rows.count(where=rows.event == kind), 1)
            place = len(found)
            found.append(rows.group_by(**{f"id_{place}": rows.customer_id}).aggregate(**sums))
        attributes = [name for name in self.base.dataset.attributes if name not in self.left_out]
        if attributes:
            people = self.base.dataset.tables["customers"]
            named = {f"attribute_{name}": people[name] for name in attributes}
            found.append(people.select(**{f"id_{len(found)}": people.customer_id}, **named))
        return found

    def _held(self, name: str) -> ir.Table | None:
        """Return purchases with what was bought, as `thing`; None where the dataset does not know it."""
        rows = with_bought(self.base.dataset.tables, "product_id" if name == "products_held" else "category")
        if rows is None:
            return None
        return rows.filter(rows.is_purchase).select("customer_id", "day", thing=BOUGHT)

    def _contract(self, table: ir.Table, day: dt.date) -> dict[str, ir.Value]:
        found: dict[str, ir.Value] = {
            "contract_months": elapsed(table.contract_start, ibis.date(day), "month"),
            "came_back": (table.contracts > table.running_contracts).ifelse(1, 0),
            "contracts_held": table.running_contracts,
        }
        scale = float(10**self.base.dataset.spec.money.decimals)
        if "plan" in table.columns:
            found["plan"] = table.plan
        if "recurring_amount" in table.columns:
            found["monthly_amount"] = table.last_recurring_amount.cast("float64") / scale
        return found

    def _purchases(self, table: ir.Table) -> dict[str, ir.Value]:
        scale = float(10**self.base.dataset.spec.money.decimals)
        silent = table.days_since_last_purchase.cast("float64")
        gap = table.recency_days.cast("float64") / table.frequency.cast("float64").nullif(0.0)
        lately = ibis.greatest(table.spend_lately.fill_null(0), 0)
        last = ibis.greatest(table.last_spend.fill_null(0), 0).cast("float64") / scale
        before = ibis.greatest(table.before_spend.fill_null(0), 0).cast("float64") / scale / float(RECENT_MONTHS)
        gross = table.gross_revenue.cast("float64").nullif(0.0)
        months = elapsed(table.first_purchase, table.as_of, "month")
        return {
            "silent_days": silent,
            "silence_ratio": silent / ibis.greatest(gap, 1.0),
            "purchase_rate": table.purchase_days.cast("float64") / ibis.greatest(months, 1.0),
            "recent_days": table.days_lately.fill_null(0).cast("float64"),
            "recent_spend": lately.cast("float64") / scale,
            "spend_trend": _limited(((last + 1.0) / (before + 1.0)).ln()),
            "customer_months": months,
            "returned_share": ibis.least(ibis.greatest(table.returned.cast("float64") / gross, 0.0), 1.0),
        }

    def _trend(self, table: ir.Table, last: str, before: str, day: dt.date, scale: float) -> ir.FloatingValue:
        """Return ln of the last month over the mean of the three before; unknown without four whole months of
        history.
        """
        a = table[last].fill_null(0).cast("float64") / scale
        b = table[before].fill_null(0).cast("float64") / scale / float(LOOKBACK_MONTHS - 1)
        ratio = _limited(((ibis.greatest(a, 0.0) + _LITTLE) / (ibis.greatest(b, 0.0) + _LITTLE)).ln())
        first = months_before(day, LOOKBACK_MONTHS)
        if first < self.base.dataset.known_from - dt.timedelta(days=1):
            return ibis.null("float64")
        since = table.contract_start if self.contractual else table.first_purchase
        return (since <= ibis.date(first)).ifelse(ratio, ibis.null("float64"))


def event_kinds(base: CustomerBase) -> EventKinds:
    """Decide which kinds of events are usage and which are happenings, from the twelve months before the report's
    date.

    A kind is usage if customers who have it at all have it nearly every month of the last three.
    """
    if "events" not in base.dataset.tables:
        return EventKinds()
    events = base.dataset.tables["events"]
    rows = events.mutate(day=events.time.date())
    year = rows.filter((rows.day > ibis.date(months_before(base.as_of, _YEAR))) & (rows.day <= ibis.date(base.as_of)))
    lately = year.day > ibis.date(months_before(base.as_of, RECENT_MONTHS))
    one = year.group_by("event", "customer_id").aggregate(n=year.count(), late=year.count(where=lately))
    by = one.group_by("event").aggregate(late=one.late.sum(), who=(one.late > 0).sum(), most=one.n.max())
    frame = base.dataset.engine.collect(by.order_by("event"))
    counted = zip(*(frame[name].tolist() for name in ("event", "late", "who", "most")), strict=True)
    usage: list[str] = []
    happenings: list[str] = []
    once: list[str] = []
    for kind, late, who, most in counted:
        if kind not in base.options.event_kinds:
            continue  # too many kinds for a column each
        regular = who > 0 and late / who / RECENT_MONTHS >= _REGULAR
        (usage if regular else once if most == 1 else happenings).append(kind)
    return EventKinds(tuple(usage), tuple(happenings), tuple(once))


def _lately(what: str | Quoted, months: int = RECENT_MONTHS) -> Told:
    return Told.of("{what} in the last {months} months", what=what, months=Figure(months, "count"))


def _trend_of(what: str | Quoted) -> Told:
    return Told.of("{what}, last month against the {months} before", what=what, months=Figure(RECENT_MONTHS, "count"))


def _limited(value: ir.FloatingValue) -> ir.FloatingValue:
    return ibis.least(ibis.greatest(value, -_LIMIT), _LIMIT)


def _words(name: str) -> str:
    return name.replace("_", " ")
