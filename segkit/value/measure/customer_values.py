"""Customer value: what customers have brought and will bring, by segment, with intervals that were tested."""

from __future__ import annotations

import dataclasses
import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT, Segment
from segkit.customers.windows import TimeWindow
from segkit.data.options import takes
from segkit.errors import ModelError
from segkit.forecast.held_out import LastPeriod
from segkit.forecast.horizon import whole_money
from segkit.forecast.models.forecast_errors import ForecastErrors
from segkit.forecast.options import ValueOptions
from segkit.forecast.valuation import Valuation, past_value, valuation, value_share
from segkit.privacy.suppression import hidden_cells
from segkit.segments.measure.assign import SegmentedBase
from segkit.value.measure.value_bounds import chances_of_nothing, segment_moves
from segkit.value.measure.value_change import value_change
from segkit.value.measure.value_spread import value_spread
from segkit.value.records import CustomerValue, ValueChange

_MONEY = ("past", "future", "low", "high", "total", "share", "mean", "risk_value")


@takes(ValueOptions, "value")
def customer_value(segmented: SegmentedBase, options: ValueOptions) -> CustomerValue:
    """Predict the value to come by segment, and show past value beside it, as of the report's date.

    The dataset's relation decides the models: purchases and spend where customers fall silent, retention where they
    end a contract. Where the data do not allow a forecast, the record has a `refusal`, a sentence in place of
    numbers, and shows what customers have brought.

    Args:
        segmented: the customers with their segments.
        options: horizon, discount, margin, which models compete, how they are tested.

    Raises:
        ParameterError: an option is out of bounds.
        ModelError: a model was asked for that does not fit the relation.
        DataError: the segments do not add up to the customer table.
    """
    options.candidates(segmented.base.dataset.spec.relation)
    return _Reckoning(segmented, options).run()


class _Reckoning:
    """One computation of customer value."""

    def __init__(self, segmented: SegmentedBase, options: ValueOptions) -> None:
        self.segmented, self.options = segmented, options
        self.base: CustomerBase = segmented.base
        self.engine = self.base.dataset.engine
        self.contractual = self.base.dataset.spec.relation == "contractual"
        self.scale = 10**self.base.dataset.spec.money.decimals
        self.share = value_share(self.base, self.options)

    def run(self) -> CustomerValue:
        try:
            return self._valued(valuation(self.base, self.segmented.segmentation, self.options, self.share))
        except ModelError as error:
            return self._refused(error.told)

    def _refused(self, reason: str) -> CustomerValue:
        """Return the record with a refusal; what customers have brought is known all the same."""
        record = self._record(refusal=reason)
        customers = self.segmented.segmentation.assign(self.base.customers(self.base.as_of))
        if "revenue" not in customers.columns:
            return record
        valued = customers.mutate(past=past_value(customers, self.share))
        sums = self._sums(valued, ("past",))
        segments = self.segmented.present(self.segmented.totals(self.base.as_of), sums)
        counts = [int(sums["customers"][at]) for at in range(len(segments))]
        hidden = hidden_cells(counts, self.base.smallest)
        whole = float(sums["past"].sum())
        shown = [None if hide else float(sums["past"][at]) for at, hide in enumerate(hidden)]
        frame = pd.DataFrame(
            {
                **dict.fromkeys(record.frame.columns, [None] * len(segments)),
                "segment": [segment.name for segment in segments],
                "customers": [pd.NA if hide else n for n, hide in zip(counts, hidden, strict=True)],
                "past": [None if past is None else past / self.scale for past in shown],
                "share": [None if past is None or whole <= 0 else past / whole for past in shown],
                "suppressed": list(hidden),
            }
        ).astype({"customers": "Int64", **dict.fromkeys(_MONEY, "float64")})
        total = int(sums["customers"].sum())
        return dataclasses.replace(record, segments=segments, frame=frame, customers=total, past=whole / self.scale)

    def _scored(self, valued: Valuation, when: dt.date) -> ir.Table:
        """Return a row for each customer as of a date: segment, past, future and total value, risk, profile.

        The engine keeps the table.
        """
        scored = valued.scored(self.segmented.segmentation.assign(self.base.customers(when)), when)
        columns: dict[str, ir.Value] = {
            "at_risk": scored.lost,
            "days_since": scored.tenure.floor().cast("int64")
            if self.contractual
            else scored.days_since_last_purchase.cast("int64"),
        }
        if "frequency" not in scored.columns:
            columns["frequency"] = ibis.literal(0, "int64")
        if "margin" in scored.columns:
            columns["loss"] = scored.margin
        keep = ["customer_id", SEGMENT, "past", "future", "total", "risk", "at_risk", "frequency", "days_since"]
        keep += ["loss"] if "loss" in columns else []
        return self.engine.keep("valued", scored.mutate(**columns).select(*keep))

    def _sums(
        self, valued: ir.Table, names: tuple[str, ...] = ("past", "future", "total", "at_risk")
    ) -> pd.DataFrame:
        groups = len(self.segmented.segmentation.all_segments)
        by = valued.group_by(SEGMENT).aggregate(
            customers=valued.count(), **{name: valued[name].sum() for name in names}
        )
        frame = self.engine.collect(by).set_index(SEGMENT).reindex(range(groups)).fillna(0)
        return frame.astype("int64")

    def _valued(self, chosen: Valuation) -> CustomerValue:
        as_of, forecast, tested = self.base.as_of, chosen.forecast, chosen.tested
        valued = self._scored(chosen, as_of)
        told = self._sums(valued)["future"].to_numpy(float)
        moved = segment_moves(told, tested)
        valued = self._moved(valued, moved)
        sums = self._sums(valued)
        segments = self.segmented.present(self.segmented.totals(as_of), sums)
        segmented = self.segmented.segmentation.assign(self.base.customers(as_of))
        horizon, groups = chosen.horizon(as_of), len(sums)
        relative = forecast.relative_sd(segmented, horizon, groups)
        nothing = chances_of_nothing(forecast.chance_of_nothing(segmented, horizon, groups), tested, horizon.days)
        said = told / tested.errors.point(1.0)
        most = self._most_of_the_silent(chosen, segmented, sums)
        hidden = hidden_cells([int(sums["customers"][i]) for i in range(len(segments))], self.base.smallest)
        whole = sums.sum()
        rows = []
        for at, segment in enumerate(segments):
            row, hide = {str(name): int(sums[name][at]) for name in sums.columns}, hidden[at]
            low, high = self._interval(
                said[at], float(relative[at]), tested.segment_errors[at], float(row["future"]), nothing[at]
            )
            if row["future"] <= 0:
                low, high = 0.0, most[at]
            numbers = {
                "past": row["past"] / self.scale,
                "future": row["future"] / self.scale,
                "low": low,
                "high": high,
                "total": row["total"] / self.scale,
                "share": row["total"] / whole["total"] if whole["total"] > 0 else None,
                "mean": row["total"] / row["customers"] / self.scale if row["customers"] else None,
                "risk_value": row["at_risk"] / self.scale,
            }
            rows.append(
                {
                    "segment": segment.name,
                    "customers": pd.NA if hide else int(row["customers"]),
                    **{name: None if hide or value is None else float(value) for name, value in numbers.items()},
                    "suppressed": hide,
                }
            )
        frame = pd.DataFrame(rows).astype({"customers": "Int64", **dict.fromkeys(_MONEY, "float64")})
        low, high = self._interval(said.sum(), float(relative[-1]), tested.errors, float(whole["future"]))
        change = self._change(chosen, sums, segments, moved)
        spread = value_spread(
            self.base,
            valued,
            name=f"past and future {self.share.name}",
            level=self.options.level,
        )
        return dataclasses.replace(
            self._record(refusal=None),
            segments=segments,
            frame=frame,
            customers=int(whole["customers"]),
            past=float(whole["past"]) / self.scale,
            future=float(whole["future"]) / self.scale,
            low=low,
            high=high,
            total=float(whole["total"]) / self.scale,
            risk_value=float(whole["at_risk"]) / self.scale,
            method=forecast.method,
            backtest=tested,
            spread=spread,
            change=change,
        )

    def _moved(self, valued: ir.Table, moved: tuple[float, ...]) -> ir.Table:
        """Move the customers' value to come by the known bias of their segment."""
        if all(factor == 1.0 for factor in moved):
            return valued
        factor = ibis.cases(*((valued[SEGMENT] == at, one) for at, one in enumerate(moved)), else_=1.0)
        to_come = {name: whole_money(valued[name].cast("float64") * factor) for name in ("future", "at_risk")}
        table = valued.mutate(**to_come)
        return self.engine.keep("moved", table.mutate(total=table.past + table.future))

    def _most_of_the_silent(self, chosen: Valuation, segmented: ir.Table, sums: pd.DataFrame) -> np.ndarray:
        """Return upper bounds for segments that brought nothing in the last period.

        The naive forecast says zero of them, yet they may bring something again.
        """
        most, forecast = np.zeros(len(sums)), chosen.forecast
        silent = (sums["future"].to_numpy() <= 0) & (sums["customers"].to_numpy() > 0)
        if not isinstance(forecast, LastPeriod) or self.contractual or not silent.any():
            return most
        horizon = chosen.horizon(self.base.as_of)
        scored = forecast.model.score(segmented, horizon)
        by = scored.group_by(SEGMENT).aggregate(future=scored.future.sum())
        told = self.engine.collect(by).set_index(SEGMENT)["future"].reindex(range(len(sums))).fillna(0)
        relative = forecast.relative_sd(segmented, horizon, len(sums))
        for at in np.flatnonzero(silent):
            mean = float(told.iloc[at])
            if mean > 0:
                errors = chosen.tested.segment_errors[at]
                most[at] = self._interval(mean, float(relative[at]), errors, mean)[1]
        return most

    def _interval(
        self, mean: float, relative: float, errors: ForecastErrors, point: float, nothing: float = 0.0
    ) -> tuple[float, float]:
        if mean <= 0:
            return mean / self.scale, mean / self.scale
        sd = mean * max(relative, 0.0)
        low, high = errors.interval(mean, sd, self.options.level, nothing=nothing, point=point)
        return low / self.scale, high / self.scale

    def _change(
        self, chosen: Valuation, sums: pd.DataFrame, segments: tuple[Segment, ...], moved: tuple[float, ...]
    ) -> ValueChange | None:
        previous = self.base.previous
        if previous is None:
            return None
        before = self._sums(self._moved(self._scored(chosen, previous), moved))
        shown = range(len(segments))
        hide_now = hidden_cells([int(sums["customers"][i]) for i in shown], self.base.smallest)
        hide_before = hidden_cells([int(before["customers"][i]) for i in shown], self.base.smallest)
        return value_change(
            [segment.name for segment in segments],
            (before["customers"].to_numpy()[: len(segments)], before["future"].to_numpy()[: len(segments)]),
            (sums["customers"].to_numpy()[: len(segments)], sums["future"].to_numpy()[: len(segments)]),
            windows=(self._ahead(previous), self._ahead(self.base.as_of)),
            scale=self.scale,
            hidden=tuple(a or b for a, b in zip(hide_now, hide_before, strict=True)),
        )

    def _ahead(self, day: dt.date) -> TimeWindow:
        return TimeWindow.after(day, self.options.horizon_end(day), self.options.horizon_months)

    def _known_from(self) -> dt.date:
        """Return the first day that past value covers: that of the purchases, which may begin after contracts."""
        if "transactions" not in self.base.dataset.tables:
            return self.base.dataset.known_from
        days = self.base.daily_purchases()
        first = self.engine.collect(days.aggregate(first=days.day.min()))["first"].iloc[0]
        return self.base.dataset.known_from if pd.isna(first) else pd.Timestamp(first).date()

    def _record(self, refusal: str | None) -> CustomerValue:
        spec, base = self.base.dataset.spec, self.base
        frame = pd.DataFrame(
            columns=[
                *("segment", "customers", "past", "future", "low", "high", "total", "share", "mean"),
                *("risk_value", "suppressed"),
            ]
        )
        return CustomerValue(
            subject=spec.title,
            title=self.segmented.segmentation.title,
            unit_name=base.unit_name,
            relation=spec.relation,
            money=spec.money,
            end=base.as_of,
            horizon_end=self.options.horizon_end(base.as_of),
            horizon_months=self.options.horizon_months,
            annual_rate=self.options.annual_rate,
            margin_share=self.share.share,
            value_name=self.share.name,
            known_from=self._known_from(),
            refusal=refusal,
            segments=(),
            frame=frame,
            customers=0,
            past=0.0,
            future=0.0,
            low=0.0,
            high=0.0,
            total=0.0,
            risk_value=0.0,
            smallest=self.base.smallest,
            level=self.options.level,
            method=None,
            backtest=None,
            spread=None,
            past_known="transactions" in base.dataset.tables,
            change=None,
            coverage=base.coverage,
        )
