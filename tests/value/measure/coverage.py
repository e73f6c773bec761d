"""How often intervals of value hold what came: customers of known models, and data as published, over many dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from segkit.value.records import CustomerValue
from tests.value.measure.value_worlds import simulated

AS_OF = dt.date(2024, 12, 31)


@dataclass
class Tally:
    """Totals and segments that were forecast, and how many of them the intervals held.

    Attributes:
        refused: forecasts that were refused.
        totals, totals_held: whole totals; those within their interval.
        segments, segments_held: of segments that are shown.
        silent, silent_held: segments that brought nothing; those whose interval has nothing within it.
        widths: upper bound ÷ lower bound of totals.
        misses: point ÷ what came.
        edges: points that lie on a bound of their interval.
        moved, seasonal: totals moved by a known bias; those with season in them.
    """

    refused: int = 0
    totals: int = 0
    totals_held: int = 0
    segments: int = 0
    segments_held: int = 0
    silent: int = 0
    silent_held: int = 0
    edges: int = 0
    moved: int = 0
    seasonal: int = 0
    widths: list[float] = field(default_factory=list)
    misses: list[float] = field(default_factory=list)

    def add(self, value: CustomerValue, came: dict[str, float]) -> None:
        """Compare one forecast with what each segment brought, in money."""
        if value.refusal is not None:
            self.refused += 1
            return
        assert value.backtest is not None
        whole = sum(came.values())
        self.totals += 1
        self.totals_held += value.low <= whole <= value.high
        self.widths.append(value.high / max(value.low, 1e-9))
        self.misses.append(value.future / whole if whole > 0 else np.nan)
        self.moved += value.backtest.errors.known
        self.seasonal += value.backtest.season is not None
        self.edges += bool(np.isclose(value.future, [value.low, value.high], rtol=1e-6).any())
        for row in value.frame.to_dict("records"):
            if row["suppressed"] or row["future"] <= 0:
                continue
            brought = came.get(row["segment"], 0.0)
            self.segments += 1
            self.segments_held += row["low"] <= max(brought, 0.0) <= row["high"]
            self.edges += bool(np.isclose(row["future"], [row["low"], row["high"]], rtol=1e-6).any())
            if brought <= 0:
                self.silent += 1
                self.silent_held += row["low"] <= 0.0

    def merge(self, other: Tally) -> None:
        """Add another's."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def line(self, name: str) -> str:
        """A row of the table."""
        misses = np.abs(np.array(self.misses) - 1.0)
        return (
            f"| {name} | {self.totals_held} of {self.totals} | {self.segments_held} of {self.segments} "
            f"| {self.silent_held} of {self.silent} | {np.median(self.widths):.2f} | {np.nanmean(misses):.1%} "
            f"| {self.moved} | {self.seasonal} | {self.edges} |"
        )


HEAD = (
    "| data | totals held | segments held | silent segments with nothing within | median high ÷ low | mean miss "
    "| moved by a bias | with season | points on a bound |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def brought(base: CustomerBase, by: str, log: str, value: CustomerValue) -> dict[str, float]:
    """What the customers of each segment brought in the horizon, by plain SQL over a log (customer_id, day, amount)."""
    segmented = segment(base, by)
    table = segmented.segmentation.assign(base.customers())
    rows = base.dataset.engine.collect(table.select("customer_id", SEGMENT))
    names = [one.name for one in segmented.segmentation.all_segments]
    # an id may be written with zeros before it
    of = {str(who).lstrip("0"): names[int(at)] for who, at in zip(rows["customer_id"], rows[SEGMENT], strict=True)}
    found = duckdb.sql(
        f"SELECT customer_id::VARCHAR, sum(amount) FROM ({log}) WHERE day > DATE '{value.end}' "
        f"AND day <= DATE '{value.horizon_end}' GROUP BY 1"
    ).fetchall()
    came = dict.fromkeys(names, 0.0)
    for who, amount in found:
        if who.lstrip("0") in of:
            came[of[who.lstrip("0")]] += float(amount)
    return came


def season(days: int, amplitude: float) -> np.ndarray:
    """The pace of each day up to a year after `AS_OF`: a wave over the year, its peak before Christmas."""
    place = np.arange(-days, 366) / 365.25
    return 1.0 + amplitude * np.cos(2.0 * np.pi * place)


def drawn(
    folder: Path,
    worlds: Iterable[int],
    *,
    customers: int,
    days: int,
    pace: np.ndarray,
    months: int,
    by: str = "value",
) -> Tally:
    """Worlds of customers of BG/NBD whose rates all go up and down with `pace`."""
    tally = Tally()
    for seed in worlds:
        where = folder / str(seed)
        base = simulated(where, customers, days=days, seed=seed, as_of=AS_OF, pace=pace, after=366)
        value = customer_value(segment(base, by), horizon_months=months, annual_rate=0.0)
        log = f"SELECT customer_id, time::DATE AS day, amount FROM read_parquet('{where / 'log.parquet'}')"
        tally.add(value, brought(base, by, log, value))
    return tally
