"""Segments by where customers stand in their life with the company: new, active, overdue or warned of, gone, come back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, PrivateAttr, model_validator

from segkit.customers.partition import FitRecord
from segkit.customers.table import usage_column
from segkit.data.specfile import suggestion
from segkit.errors import DataError, ParameterError
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.segments.lifecycle_names import ACTIVE, BACK, CHURNED, GROWING, LAPSED, NEW, OVERDUE, WARNED
from segkit.statistics.told import Figure, Quoted, Told

_GROWS: Final = "_grows"
_FEWEST_WITH_RHYTHM: Final = 30
"""How many customers with a rhythm it takes to learn the usual gap."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The longest silence of a segment: one rule, from which both the words and the expression follow.

    Attributes:
        gaps: the silence, as a multiple of the customer's own mean gap.
        least, most: its bounds, in days.
        days: the silence, in days, for customers without a rhythm, and for all customers with fixed windows.
    """

    gaps: float
    least: float
    most: float
    days: float


class Lifecycle(SegmentationKind):
    """Lifecycle segments: by the customer's own rhythm of buying, by fixed windows, or by contracts.

    Without contracts, a customer is overdue once the silence since the last purchase exceeds a multiple of the
    customer's own mean gap between purchase days. For customers with too few purchases to have a rhythm, and for all
    customers with `windows: fixed`, the limits are `active_days` and `lapsed_days`.

    In some datasets customers usually come so seldom, perhaps once a year, that `longest_days` would cut off the usual
    rhythm. Then the limits that the file does not state grow with the usual gap, the median over those with a rhythm.

    With `growing: 1.5`, active customers are a segment of their own if their net revenue of the last `growing_days`
    is at least one and a half times that of as many days before. Both stretches must lie within the time that the
    customer is known, and the first must have revenue.
    """

    model_name: ClassVar[str] = "lifecycle"
    ordered: ClassVar[bool] = False

    kind: Literal["lifecycle"]
    model: MarketingModel | None = None
    windows: Literal["rhythm", "fixed"] = "rhythm"
    new_days: int = Field(default=28, ge=1, description="how long a customer counts as new")
    active_days: int = Field(default=28, ge=1, description="fixed window: silent no longer than this is active")
    lapsed_days: int = Field(default=84, ge=2, description="fixed window: silent longer than this is lapsed")
    rhythm_purchases: int = Field(default=4, ge=2, description="purchase days from which a customer has a rhythm")
    overdue_after: float = Field(default=2.0, gt=0, description="rhythm: silent for so many mean gaps is overdue")
    lapsed_after: float = Field(default=4.0, gt=0, description="rhythm: silent for so many mean gaps is lapsed")
    shortest_days: int = Field(default=14, ge=1, description="rhythm: no silence up to this is worth a word")
    longest_days: int = Field(default=180, ge=2, description="rhythm: a longer silence is lapsed for everyone")
    warnings: tuple[str, ...] = Field(default=(), description="contracts: kinds of events that warn of leaving")
    warnings_needed: float = Field(
        default=2, gt=0, description="contracts: so many warnings lately are warning signs"
    )

    growing: float = Field(default=0, ge=0, description="so many times the revenue of before is growing; 0 for none")
    growing_days: int = Field(default=91, ge=1, le=3660, description="how long the two stretches are")

    _usual: int | None = PrivateAttr(default=None)
    _record: FitRecord | None = PrivateAttr(default=None)

    def fit_record(self) -> FitRecord | None:
        return self._record

    @model_validator(mode="after")
    def _in_order(self) -> Lifecycle:
        for low, high in (
            ("active_days", "lapsed_days"),
            ("overdue_after", "lapsed_after"),
            ("shortest_days", "longest_days"),
        ):
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(f"`{low}` ({getattr(self, low)}) must be below `{high}` ({getattr(self, high)})")
        if 0 < self.growing <= 1:
            raise ValueError(
                f"`growing` ({self.growing:g}) must be above 1. Write such as 1.5, or 0 for no such segment"
            )
        return self

    def made_from(self) -> tuple[str, ...]:
        clock = ("days_since_last_purchase", "T_days", "tenure")
        # whoever has left has no contract, which is no finding about the others
        contract = ("status", "plan", "recurring_amount")
        warned = tuple(usage_column(kind) for kind in self.warnings)
        return (*clock, *contract, *warned, *(("value",) if self.growing else ()))

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        found = self._segments_of(customers, context)
        if not self.growing:
            return found
        if "transactions" not in context.tables:
            raise DataError("segmentation lifecycle: `growing` needs the table transactions, for revenue over time.")
        meaning = Told.of(
            "Active, with net revenue of the last {days} days at least {times} times that of the {days} days before, "
            "which had some; known for at least {known} days.",
            days=Figure(self.growing_days, "count"),
            times=Figure(self.growing, "number"),
            known=Figure(2 * self.growing_days, "count"),
        )
        at = [name for name, _ in found].index(ACTIVE)
        return [*found[:at], (GROWING, meaning), *found[at:]]

    def prepare(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.Table:
        if not self.growing:
            return customers
        rows = context.tables["transactions"]
        mine = customers.select(_who=customers.customer_id, _until=customers.as_of)
        paid = rows.select("customer_id", "day", "amount").join(mine, rows.customer_id == mine["_who"])
        ago = paid["_until"].delta(paid.day, unit="day")
        sums = paid.group_by(_payer=paid.customer_id).aggregate(
            _late=paid.amount.sum(where=(ago >= 0) & (ago < self.growing_days)),
            _early=paid.amount.sum(where=(ago >= self.growing_days) & (ago < 2 * self.growing_days)),
        )
        joined = customers.left_join(sums, customers.customer_id == sums["_payer"])
        since = joined.as_of.delta(
            joined.customer_since if context.relation == "contractual" else joined.first_purchase, unit="day"
        )
        enough = joined["_late"].cast("float64") >= joined["_early"].cast("float64") * self.growing
        grows = enough & (joined["_early"] > 0) & (since >= 2 * self.growing_days)
        return joined.select(*(joined[name] for name in customers.columns), grows.fill_null(False).name(_GROWS))

    def _segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        if context.relation == "contractual":
            return self._contract_segments(customers, context)
        if context.relation == "list":
            raise DataError(
                "segmentation lifecycle: a list of customers knows no purchases and no leaving, so that it has no "
                "lifecycle. Name another segmentation of the dataset file; where a second one is asked for, as in "
                "`crossed_segmentation`, it may be left empty: `''`."
            )
        if "last_purchase" not in customers.columns:
            raise DataError(
                "segmentation lifecycle: the dataset has no transactions, so that no last purchase is known. "
                "Add the table, or use another kind."
            )
        if self.windows == "rhythm":
            self._learn_rhythm(customers, context)
        return [
            (NEW, Told.of("First purchase in the last {days} days.", days=Figure(self.new_days, "count"))),
            (
                BACK,
                Told.of(
                    "Bought in the last {days} days, after a silence as long as that of a lapsed one.",
                    days=Figure(context.recent_days, "count"),
                ),
            ),
            (ACTIVE, Told.of("Bought lately: {so}.", so=self._silence(self.limits()[0], "no longer than"))),
            (OVERDUE, Told.of("Late: {so}, not yet lapsed.", so=self._silence(self.limits()[0], "longer than"))),
            (LAPSED, Told.of("Gone quiet: {so}.", so=self._silence(self.limits()[1], "longer than"))),
        ]

    def _silence(self, limit: Limit, words: str) -> Told:
        days = Figure(limit.days, "number")
        if self.windows == "fixed":
            return Told.of(f"silent for {words} {{days}} days", days=days)
        return Told.of(
            f"silent for {words} {{gaps}} times their own mean gap between purchases (at least {{least}} and at most "
            "{most} days; {days} days for those with fewer than {purchases} purchase days)",
            gaps=Figure(limit.gaps, "number"),
            least=Figure(limit.least, "number"),
            most=Figure(limit.most, "number"),
            days=days,
            purchases=Figure(self.rhythm_purchases, "count"),
        )

    def limits(self) -> tuple[Limit, Limit]:
        """Return the longest silence of an active customer, and of one who has not lapsed."""
        days = {name: float(getattr(self, name)) for name in ("active_days", "lapsed_days", "longest_days")}
        if self._usual is not None:
            own = {
                "active_days": self.overdue_after * self._usual,
                "lapsed_days": self.lapsed_after * self._usual,
                "longest_days": 2 * self.lapsed_after * self._usual,
            }
            days |= {
                name: max(days[name], float(math.ceil(value)))
                for name, value in own.items()
                if name not in self.model_fields_set
            }
        # the two limits are in the same proportion as their numbers of gaps; words show six digits
        most = float(f"{days['longest_days'] * self.overdue_after / self.lapsed_after:.6g}")
        least = float(self.shortest_days)
        return (
            Limit(self.overdue_after, min(least, most), most, days["active_days"]),
            Limit(self.lapsed_after, min(2 * least, days["longest_days"]), days["longest_days"], days["lapsed_days"]),
        )

    def _learn_rhythm(self, customers: ir.Table, context: Context) -> None:
        """Learn the usual gap, where it is too long for the limits; and whether any customer has come back at all."""
        gap = customers.recency_days.cast("float64") / customers.frequency.cast("float64").nullif(0.0)
        told = customers.select(times=customers.frequency, days=(gap + 0.5).floor().cast("int64"))
        told = told.filter(told.times > 0)
        rhythm = (told.times >= self.rhythm_purchases - 1).sum()
        by = told.group_by("days").aggregate(rhythm=rhythm)
        frame = context.engine.collect(by.order_by("days"))
        if frame.empty:
            said = Told.of(
                "Nobody of the {unit} has bought on more than one day: the segments say how long ago that was, and tell "
                "no one's rhythm.",
                unit=Quoted(context.unit_name),
            )
            self._record = FitRecord("", 0, unsound=said)
            return
        rhythms = frame["rhythm"].astype("int64").cumsum()
        if int(rhythms.iloc[-1]) < _FEWEST_WITH_RHYTHM:
            return
        usual = int(frame["days"][rhythms * 2 >= int(rhythms.iloc[-1])].iloc[0])
        if self.lapsed_after * usual > self.longest_days:
            self._usual = usual

    def _contract_segments(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        if "status" not in customers.columns:
            raise DataError(
                "segmentation lifecycle: the dataset has no subscriptions, so that no contract is known. "
                "Add the table, or use another kind."
            )
        found: list[tuple[str, str]] = [
            (NEW, Told.of("First contract began in the last {days} days.", days=Figure(self.new_days, "count"))),
            (
                BACK,
                Told.of(
                    "Under contract again for at most {days} days, after an earlier contract had ended.",
                    days=Figure(self.lapsed_days, "count"),
                ),
            ),
            (ACTIVE, "Under contract, and none of the others."),
        ]
        for kind in self.warnings:
            if usage_column(kind) not in customers.columns:
                there = [
                    name.removeprefix(usage_column("")) for name in customers.columns if name.startswith("usage_")
                ]
                raise ParameterError(
                    f"segmentation lifecycle: `warnings` names `{kind}`, and there are no such events."
                    f"{suggestion(kind, there)}"
                )
        if self.warnings:
            found.append(
                (
                    WARNED,
                    Told.of(
                        "Under contract, with {needed} or more warnings in the last {days} days ({kinds}).",
                        needed=Figure(self.warnings_needed, "number"),
                        days=Figure(context.usage_days, "count"),
                        kinds=Quoted(", ".join(kind.replace("_", " ") for kind in self.warnings)),
                    ),
                )
            )
        return [*found, (CHURNED, "No contract any more.")]

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        place = {name: index for index, name in enumerate(names)}
        if context.relation == "contractual":
            return self._contract_position(customers, place)
        silent = customers.days_since_last_purchase
        active, lapsed = self._limits(customers)
        came_back = (customers.came_back.delta(customers.silent_since, unit="day") > lapsed).fill_null(False)
        return ibis.cases(
            (silent.isnull(), ibis.null("int64")),
            (customers.T_days < self.new_days, place[NEW]),
            (came_back & (silent <= active), place[BACK]),
            *((((silent <= active) & customers[_GROWS], place[GROWING]),) if self.growing else ()),
            (silent <= active, place[ACTIVE]),
            (silent <= lapsed, place[OVERDUE]),
            else_=place[LAPSED],
        )

    def _limits(self, customers: ir.Table) -> tuple[ir.NumericValue, ir.NumericValue]:
        """Return the longest silence, in days, of an active customer and of one who has not lapsed."""
        found = self.limits()
        fixed = [ibis.literal(limit.days) for limit in found]
        if self.windows == "fixed":
            return fixed[0], fixed[1]
        gap = customers.recency_days.cast("float64") / customers.frequency.cast("float64").nullif(0.0)
        has_rhythm = (customers.frequency >= self.rhythm_purchases - 1).fill_null(False)
        active, lapsed = (
            has_rhythm.ifelse(ibis.least(ibis.greatest(gap * limit.gaps, limit.least), limit.most), days)
            for limit, days in zip(found, fixed, strict=True)
        )
        return active, lapsed

    def _contract_position(self, customers: ir.Table, place: dict[str, int]) -> ir.IntegerValue:
        left = customers.status == "ended"
        again = (customers.contracts > 1) & (customers.contract_start > customers.customer_since)
        since_again = customers.as_of.delta(customers.contract_start, unit="day")
        since_first = customers.as_of.delta(customers.customer_since, unit="day")
        branches: list[tuple[ir.BooleanValue, ir.IntegerValue | int]] = [
            (customers.status.isnull(), ibis.null("int64")),
            (left, place[CHURNED]),
            (since_first < self.new_days, place[NEW]),
            (again & (since_again <= self.lapsed_days), place[BACK]),
        ]
        if WARNED in place:
            warned = reduce(add, (customers[usage_column(kind)] for kind in self.warnings))
            branches.append((warned >= self.warnings_needed, place[WARNED]))
        if self.growing:
            branches.append((customers[_GROWS], place[GROWING]))
        return ibis.cases(*branches, else_=place[ACTIVE])
