"""The record of whether a segmentation can be relied on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segkit.page.result import Result

QualityVerdict = Literal["sound", "unsound", "unstable", "too small", "drifting", "no stable segments"]

Drift = Literal["none", "moderate", "large", "unknown"]


@dataclass(frozen=True, slots=True, repr=False)
class SegmentQuality(Result):
    """Whether a segmentation's segments hold, and why not.

    Attributes:
        title: the segmentation as a reader calls it.
        unit_name: what a customer is called.
        end, previous_end: the dates compared; `previous_end` is None where the data do not reach back.
        verdict: the most serious finding.
        sentences: the verdict's reasons and what else is worth knowing, in order of weight.
        frame: one row per segment in order, Unassigned last if anyone is in it: segment; customers (whole, <NA> where
            suppressed); share, previous_share (of all customers, NaN where suppressed or not known); psi (the
            segment's part of the index, NaN where suppressed or not known); stability (Jaccard index with bootstrap
            fits, 0 to 1, NaN where nothing was fitted); suppressed.
        smallest: segments with fewer customers are suppressed.
        psi: population stability index of the sizes against those of the previous period; None without a previous
            period.
        drift: the band that `psi` falls into: below 0.1 none, up to 0.25 moderate, above that large.
        stability: mean adjusted Rand index with bootstrap fits; None where nothing was fitted.
        separation: share of the variance of value that lies between the segments, 0 to 1; None without variance.
        unassigned: share of customers in no segment; None without customers, or where it is suppressed.
        method: how the segments were fitted; empty where a definition makes them.
    """

    title: str
    unit_name: str
    end: dt.date
    previous_end: dt.date | None
    verdict: QualityVerdict
    sentences: tuple[str, ...]
    frame: pd.DataFrame
    smallest: int
    psi: float | None
    drift: Drift
    stability: float | None
    separation: float | None
    unassigned: float | None
    method: str

    def describe(self) -> str:
        return f"{self.title} is {self.verdict}, {self.end}"
