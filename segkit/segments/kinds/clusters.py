"""Behavioural clusters: they are found in a sample of features, and every customer is assigned in the engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from segkit.arrays import Floats
from segkit.customers.partition import FitRecord
from segkit.customers.table import money_columns
from segkit.data.conditions import read_condition
from segkit.errors import ParameterError
from segkit.segments.kinds.attribute import column_of
from segkit.segments.kinds.category_mix import PAYER, CategoryMix
from segkit.segments.kinds.cluster_fit import ClusterFit, NoClusters, fit_clusters, matched
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Figure, Quoted, Told

_SAMPLE: Final = 8_000
"""Most customers in the sample. It locates the centres to about a hundredth of a standard deviation."""
_APART: Final = 0.5
"""How many standard deviations from the mean a cluster counts as high or low in a feature."""


class Clusters(SegmentationKind):
    """Customers who behave alike: k-means on standardised features, as many clusters as hold up.

    The features of a sample leave the engine: at most 8,000 customers, evenly spaced by customer_id, without ids. The
    engine then assigns everyone to the nearest centre. Skewed features are taken as log1p. A customer who lacks a
    feature, or to whom `among` does not apply, is Unassigned. If no clusters hold up, everyone is.

    Segments are named by what sets them apart. They keep their names from week to week, since the clusters are
    matched to those of the last quarter's end. With `fitted_on`, the clusters of that date are kept for good.
    """

    model_name: ClassVar[str] = "behavioural"
    ordered: ClassVar[bool] = False

    kind: Literal["clusters"]
    model: MarketingModel | None = None
    features: dict[str, str] = Field(
        default_factory=dict, description="columns of the customer table, each with its name for readers"
    )
    shares: dict[str, tuple[str, str]] = Field(
        default_factory=dict, description="features that are one column over another: {weekend: [part, whole]}"
    )
    mix: CategoryMix | None = Field(default=None, description="shares of the largest product categories in purchases")
    among: str = Field(default="", description="a condition as in rules: who is looked at")
    most: int = Field(default=8, ge=2, le=12, description="largest number of clusters")
    least_share: float = Field(default=0.03, gt=0, lt=0.5, description="smallest share of customers in a cluster")
    fitted_on: dt.date | None = Field(default=None, description="take the clusters of this date, always")

    _fit: ClusterFit | None = PrivateAttr(default=None)
    _record: FitRecord | None = PrivateAttr(default=None)
    _categories: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _two_features(self) -> Clusters:
        names = [*self.features.values(), *self.shares]
        if len(names) < 2 and self.mix is None:
            raise ValueError("clusters need two features or more. For one feature, use the kind `bands`")
        if len(set(names)) < len(names):
            raise ValueError("two features have the same name. Give each its own")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The features' names for readers, in order."""
        return (*self.features.values(), *self.shares, *self._categories)

    def default_title(self) -> str:
        return "Behaviour"

    def fit_record(self) -> FitRecord | None:
        return self._record

    def ask(self, customers: ir.Table, context: Context) -> None:
        if self.mix is not None:
            self._categories = self.mix.largest(customers, context)
        context.engine.compile(self._features(customers, context))

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        if self.mix is not None:
            self._categories = self.mix.largest(customers, context)
        anchor = self._anchor(customers, context)
        if self.fitted_on is not None:
            found, names = anchor, None
        else:
            preferred = len(anchor.centres) if isinstance(anchor, ClusterFit) else None
            found = self._fit_to(customers, context, preferred)
            names = self._continued(found, anchor)
        if not isinstance(found, ClusterFit):
            reason: str = Told.of("there were no customers on {day}", day=self.fitted_on or "that day")
            reason = found.reason if found else reason
            self._record = FitRecord(
                method="k-means on standardised features.",
                rows=found.sample if found else 0,
                found=False,
                notes=(Told.of("No stable segments: {reason}.", reason=reason),),
            )
            return []
        names = names or self._named(found)
        order = sorted(
            range(len(names)), key=[place for _, place in names].__getitem__
        )  # in the earlier order, so that colours stay
        self._fit = _reordered(found, order)
        self._record = FitRecord(
            method=Told.of(
                "k-means on {features} standardised features of {sample} {unit}"
                + (" as of {day}" if self.fitted_on else "")
                + "; {clusters} clusters, mean silhouette {silhouette}.",
                features=Figure(len(self.labels), "count"),
                sample=Figure(found.sample, "count"),
                unit=Quoted(context.unit_name),
                day=self.fitted_on or "",
                clusters=Figure(len(found.centres), "count"),
                silhouette=Figure(round(found.silhouette, 2), "index"),
            ),
            rows=found.sample,
            stability=found.stability,
            stability_by_segment=tuple(found.jaccard[i] for i in order),
            notes=(
                Told.of(
                    "The search ended at its cap of {most} clusters; more might tell them apart more clearly "
                    "(`most`).",
                    most=Figure(self.most, "count"),
                ),
            )
            if len(found.centres) == self.most
            else (),
        )
        words = self._words(self._fit)
        return [(names[i][0], text) for i, text in zip(order, words, strict=True)]

    def _anchor(self, customers: ir.Table, context: Context) -> ClusterFit | NoClusters | None:
        """Return the fit that names come from: that of `fitted_on`, or of the last quarter's end before the report's
        date.
        """
        if context.customers_at is None:
            return self._fit_to(customers, context) if self.fitted_on else None
        if self.fitted_on is not None:
            return self._fit_to(context.customers_at(self.fitted_on), context)
        day = context.engine.collect(customers.aggregate(day=customers.as_of.max()))["day"].iloc[0]
        if day is None or day != day:
            return None
        day = dt.date.fromisoformat(str(day)[:10])
        month = 3 * ((day.month - 1) // 3) + 1
        return self._fit_to(context.customers_at(dt.date(day.year, month, 1) - dt.timedelta(days=1)), context)

    def _fit_to(self, customers: ir.Table, context: Context, preferred: int | None = None) -> ClusterFit | NoClusters:
        """Fit clusters to a sample that is evenly spaced by customer_id, and so always the same."""
        features = self._features(customers, context)
        columns = [f"_f{i}" for i in range(len(self.labels))]
        whole = features.drop_null(columns)
        count = int(context.engine.collect(whole.aggregate(n=whole.count()))["n"].iloc[0])
        step = -(-count // _SAMPLE) or 1
        if step > 1:
            # this way to write a remainder works on every engine; integer division does not
            numbered = whole.mutate(_n=ibis.row_number().over(order_by=whole.customer_id).cast("float64"))
            whole = numbered.filter(numbered["_n"] - (numbered["_n"] / float(step)).floor() * float(step) == 0.0)
        sample = context.engine.sample(whole.select(*columns), most=_SAMPLE)
        values: Floats = np.column_stack([column.to_numpy(zero_copy_only=False) for column in sample.columns])
        return fit_clusters(values[np.isfinite(values).all(axis=1)], self.most, self.least_share, preferred)

    def _features(self, customers: ir.Table, context: Context) -> ir.Table:
        """Return the customer table with `_f0`, `_f1` …; NULL for customers who are not looked at."""
        taken = customers.columns
        if self.mix is not None:
            sums = self.mix.sums(customers, self._categories, context)
            customers = customers.left_join(sums, customers.customer_id == sums[PAYER])
        found = [column_of(customers, column, self.kind) for column in self.features]
        found += [
            column_of(customers, part, self.kind).cast("float64")
            / column_of(customers, whole, self.kind).cast("float64").nullif(0.0)
            for part, whole in self.shares.values()
        ]
        whole = customers["_all"].cast("float64").nullif(0.0) if self.mix is not None else None
        found += [customers[f"_m{i}"].fill_null(0).cast("float64") / whole for i in range(len(self._categories))]
        for value, label in zip(found, self.labels, strict=True):
            if not isinstance(value, ir.NumericValue):
                raise ParameterError(
                    f"segmentation of kind clusters: the feature `{label}` holds {value.type()}, not numbers."
                )
        values = [value.cast("float64") for value in found]
        if self.among:
            looked_at = read_condition(
                self.among,
                customers,
                context.money,
                "segmentation of kind clusters, `among`",
                amounts=money_columns(context.attributes),
            )
            values = [looked_at.ifelse(value, ibis.null("float64")) for value in values]
        named = {f"_f{i}": value for i, value in enumerate(values)}
        return customers.select(*(customers[name] for name in taken), **named)

    def _continued(
        self, now: ClusterFit | NoClusters, before: ClusterFit | NoClusters | None
    ) -> list[tuple[str, int]] | None:
        """Return name and place of each cluster, taken from the earlier fit where it continues one."""
        if not isinstance(now, ClusterFit) or not isinstance(before, ClusterFit):
            return None
        earlier, fresh = self._named(before), self._named(now)
        pairs = matched(now, before)
        taken = {earlier[j][0] for j in pairs.values()}
        names = []
        for i in range(len(now.centres)):
            if i in pairs:
                names.append(earlier[pairs[i]])
            else:
                name = fresh[i][0]
                while name in taken:
                    name += " (new)"
                taken.add(name)
                names.append((name, len(earlier) + i))
        return names

    def _named(self, fit: ClusterFit) -> list[tuple[str, int]]:
        """Name the clusters after what sets them apart, with as many words as it takes to tell them from each other."""
        for many in range(1, len(self.labels) + 1):
            names = [self._name(centre, many) for centre in fit.centres]
            if len(set(names)) == len(names) and (many > 1 or len(self.labels) == 1):
                return [(name, i) for i, name in enumerate(names)]
        return [
            (name if names.count(name) == 1 else f"{name}, {names[: i + 1].count(name)}", i)
            for i, name in enumerate(names)
        ]

    def _name(self, centre: Floats, many: int) -> str:
        strongest = [i for i in np.argsort(-np.abs(centre), kind="stable") if abs(centre[i]) >= _APART][:many]
        if not strongest:
            return "Average"
        if len(self.labels) > 2 and all(abs(x) >= _APART for x in centre) and len({x > 0 for x in centre}) == 1:
            return "High in everything" if centre[0] > 0 else "Low in everything"
        text = ", ".join(f"{'high' if centre[i] > 0 else 'low'} {self.labels[i]}" for i in strongest)
        return text[:1].upper() + text[1:]

    def _words(self, fit: ClusterFit) -> list[str]:
        told: list[str] = []
        for row in fit.scaling.raw(fit.centres):
            parts = [
                Told.of("{label} {value}", label=Quoted(label), value=Figure(float(value), "index"))
                for label, value in zip(self.labels, row, strict=True)
            ]
            told.append(Told.of("Typically {parts}.", parts=Told.joined(parts)))
        return told

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        if self._fit is None:
            return customers
        table, scaling = self._features(customers, context), self._fit.scaling
        standardised = {}
        for i, (logged, mean, deviation) in enumerate(
            zip(scaling.logged, scaling.mean, scaling.deviation, strict=True)
        ):
            value = table[f"_f{i}"]
            if logged:
                value = (ibis.greatest(value, 0.0) + 1.0).ln()
            standardised[f"_z{i}"] = (value - mean) / deviation
        table = table.mutate(**standardised)
        distances = {}
        for number, centre in enumerate(self._fit.centres):
            terms = [(table[f"_z{i}"] - float(x)) * (table[f"_z{i}"] - float(x)) for i, x in enumerate(centre)]
            distances[f"_d{number}"] = sum(terms[1:], start=terms[0])
        return table.mutate(**distances)

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        if self._fit is None:
            return ibis.null("int64")
        distances = [customers[f"_d{number}"] for number in range(len(names))]
        least = ibis.least(*distances)
        # said explicitly, because least and greatest ignore unknown values
        unknown = reduce(or_, (customers[f"_f{i}"].isnull() for i in range(len(self.labels))))
        branches = [(distance == least, index) for index, distance in enumerate(distances)]
        return ibis.cases((unknown, ibis.null("int64")), *branches, else_=ibis.null("int64"))


def _reordered(fit: ClusterFit, order: list[int]) -> ClusterFit:
    return replace(
        fit,
        centres=fit.centres[order],
        shares=fit.shares[order],
        jaccard=tuple(fit.jaccard[i] for i in order),
    )
