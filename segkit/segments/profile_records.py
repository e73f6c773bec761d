"""Records of who the segments are, of segmentations side by side, and of two segmentations crossed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segkit.customers.partition import Segment
from segkit.data.schema import Money
from segkit.page.result import Result
from segkit.segments.nine_models import AbsentModel
from segkit.segments.quality_records import SegmentQuality
from segkit.segments.records import SegmentSizes


@dataclass(frozen=True, slots=True, repr=False)
class SegmentProfile(Result):
    """What sets each segment apart from all other customers: measured and descriptive, not caused.

    Attributes:
        title: the segmentation as a reader calls it.
        sizes, quality: sizes and quality of the same segmentation.
        unit_name: what a customer is called.
        segments: the profiled segments, in the fixed order; Unassigned last if anyone is in it.
        frame: one row per segment and trait, the traits of a segment from the strongest down, with the columns
            segment; feature (what readers call it); answer (the value of an attribute, empty for a number);
            unit ("money" in major units | "share" | "days" | "number"); value (mean or share in the segment), rest
            (of all other customers); index (value ÷ rest, 1 is no difference, NaN where the rest is nothing), low, high
            (its interval); effect (standardised difference, Cohen's d or h); p_value (Holm, for all comparisons);
            distinct (True: p_value below 1 − level, and an effect of 0.2 or more); defining (True: the segments are
            made from this column, so that they differ in it by definition); suppressed (True: too few customers, or
            hidden so that such a cell stays hidden; the numbers are NaN).
        comparisons: how many comparisons were made; the p-values are corrected for them.
        level: confidence level of each interval by itself.
        smallest: groups of fewer customers are not shown.
        left_out: segments beyond the largest ones, not profiled.
    """

    title: str
    unit_name: str
    end: dt.date
    money: Money
    segments: tuple[Segment, ...]
    frame: pd.DataFrame
    comparisons: int
    level: float
    smallest: int
    left_out: int
    sizes: SegmentSizes
    quality: SegmentQuality

    def describe(self) -> str:
        return f"{self.title}, {len(self.segments)} segments, {self.comparisons} comparisons, {self.end}"


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """One segmentation among several.

    Attributes:
        name, title, model: name, title and model of the segmentation.
        segments: its segments in the fixed order; Unassigned last if anyone is in it.
        frame: one row per segment, columns segment, customers (<NA> where suppressed), share (of customers),
            value_share, value_index (mean value ÷ mean value of all), suppressed. NaN where suppressed or not
            defined.
        quality: whether the segments hold.
        hidden_for_others: segments that are hidden because, beside other tables of the page, they would give a small
            group away.
    """

    name: str
    title: str
    model: str
    segments: tuple[Segment, ...]
    frame: pd.DataFrame
    quality: SegmentQuality
    hidden_for_others: int


@dataclass(frozen=True, slots=True, repr=False)
class SegmentPanel(Result):
    """Several segmentations of the same customers.

    Attributes:
        entries: the segmentations in the order asked for. The first takes precedence where sizes have to be hidden.
        absent: those of the nine models that no entry serves, each with the reason.
        customers: how many there are.
        total_value: what they bring, in major units.
    """

    unit_name: str
    value_name: str
    money: Money
    end: dt.date
    entries: tuple[PanelEntry, ...]
    absent: tuple[AbsentModel, ...]
    customers: int
    total_value: float
    smallest: int

    def describe(self) -> str:
        return f"{len(self.entries)} segmentations of {self.customers:,} {self.unit_name}, {self.end}"


@dataclass(frozen=True, slots=True, repr=False)
class CrossTable(Result):
    """Customers by two segmentations at once.

    Attributes:
        first, second: titles of the two segmentations.
        rows, columns: the segments of each, in the fixed order.
        frame: one row per pair, columns row, column, customers (<NA> where suppressed), share (of the row's customers),
            index (share ÷ the column's share of all customers), mean_value (major units). NaN where suppressed.
        cramers_v: association from 0, none, to 1, complete (Cramér 1946); None where there is nothing to compare.
    """

    first: str
    second: str
    unit_name: str
    money: Money
    end: dt.date
    rows: tuple[Segment, ...]
    columns: tuple[Segment, ...]
    frame: pd.DataFrame
    cramers_v: float | None
    smallest: int

    def describe(self) -> str:
        return f"{self.first} by {self.second}, {self.end}"
