"""Segmentations by predicted value: the deciles of the page customer_value, on every date, or a reason why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.errors import ParameterError
from segkit.segments.kind_registry import fit_segmentation
from segkit.segments.kinds.by_predicted_value import ForecastOptions
from segkit.segments.measure.assign import SegmentedBase, segment
from segkit.segments.measure.predicted_values import EVERYONE, PredictedValues
from segkit.segments.measure.segment_quality import segment_quality
from segkit.segments.measure.sizes import segment_sizes
from segkit.value.measure.customer_values import customer_value
from segkit.value.records import CustomerValue
from tests.value.measure.value_worlds import simulated

SEGMENTATIONS: dict[str, dict[str, Any]] = {
    "value": {"kind": "value"},
    "total": {"kind": "value", "by": "total_value"},
    "predicted": {"kind": "value", "by": "predicted_value", "groups": 4},
    "abc": {"kind": "abc", "by": "total_value"},
    "longer": {"kind": "value", "by": "predicted_value", "forecast": {"horizon_months": 36, "annual_rate": 0.0}},
}


def with_segmentations(base: CustomerBase) -> CustomerBase:
    spec = base.dataset.spec.model_copy(update={"segmentations": SEGMENTATIONS})
    return replace(base, dataset=replace(base.dataset, spec=spec), fitted={})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> CustomerBase:
    return with_segmentations(simulated(tmp_path_factory.mktemp("made"), 700))


@pytest.fixture(scope="module")
def report(base: CustomerBase) -> CustomerValue:
    return customer_value(segment(base, "value"))


def rows(segmented: SegmentedBase, end: dt.date | None = None) -> pd.DataFrame:
    """A row a customer: segment, predicted and total value as kept for that day."""
    base = segmented.base
    values = PredictedValues(base).values(base.customers(end), end or base.as_of, ForecastOptions())
    assigned = segmented.assigned(end)
    joined = assigned.join(values, assigned.customer_id == values["_valued"])
    return base.dataset.engine.collect(joined.select("customer_id", "segment", "predicted_value", "total_value"))


def check_deciles(base: CustomerBase, report: CustomerValue) -> None:
    """Customers and money of each decile are those that the page customer_value shows, to the cent.

    But for ties, which the page splits and a segmentation does not.
    """
    assert report.spread is not None
    shown, found = report.spread.deciles, rows(segment(base, "total"))
    ranked = found["total_value"].sort_values(ascending=False).to_numpy()
    edges = shown["customers"].cumsum().tolist()
    parts = [ranked[low:high].sum() / 100 for low, high in pairwise([0, *edges])]
    assert parts == pytest.approx(shown["total"].tolist(), abs=0.005)
    sizes = found.groupby("segment")["total_value"].size()
    assert len(sizes) == 10
    for mine, theirs in zip(sizes.cumsum().tolist(), edges, strict=True):
        assert mine == theirs or ranked[theirs - 1] == ranked[theirs], "the page splits a tie"


def test_deciles_of_total_value_are_those_of_the_report(base: CustomerBase, report: CustomerValue) -> None:
    check_deciles(base, report)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "as_of"), [("grocery", "2017-12-24"), ("telecom", "2025-12-28")])
def test_so_they_are_of_the_data_sets_that_come_along(name: str, as_of: str) -> None:
    opened = customer_base(open_dataset(name, as_of=as_of), period="month", periods=2)
    # of all customers together: a page moves a segment whose own bias is known, which no segmentation by value can know.
    base = with_segmentations(opened)
    check_deciles(base, customer_value(SegmentedBase(base, EVERYONE)))


def test_predicted_and_past_add_up_to_the_report(base: CustomerBase, report: CustomerValue) -> None:
    found = rows(segment(base, "predicted"))
    assert found["predicted_value"].sum() / 100 == pytest.approx(report.future, abs=0.005)
    assert found["total_value"].sum() / 100 == pytest.approx(report.total, abs=0.005)
    by = found.groupby("segment")["predicted_value"]
    assert (by.min().to_numpy()[:-1] > by.max().to_numpy()[1:]).all(), "in order, ties together"
    assert by.size().min() > 0.23 * len(found)


def test_abc_cuts_where_the_sum_reaches_its_share(base: CustomerBase) -> None:
    found = rows(segment(base, "abc")).sort_values("total_value", ascending=False)
    before = found["total_value"].cumsum() - found["total_value"]
    share = before / found["total_value"].sum()
    wanted = (share >= 0.8).astype(int) + (share >= 0.95).astype(int)
    assert found["segment"].tolist() == wanted.tolist()


def test_at_an_earlier_date_values_are_those_of_that_date(base: CustomerBase) -> None:
    segmented = segment(base, "predicted")
    now, before = rows(segmented), rows(segmented, base.previous)
    assert len(before) < len(now)
    both = now.merge(before, on="customer_id")
    assert (both["predicted_value_x"] != both["predicted_value_y"]).mean() > 0.9
    sizes = segment_sizes(segmented)
    assert sizes.frame["customers"].sum() == len(now)
    assert before.groupby("segment").size().tolist() == sizes.frame["previous_customers"].tolist()


def test_options_of_the_forecast_count(base: CustomerBase) -> None:
    segmented = segment(base, "longer")
    assert "the next 36 months" in segmented.segmentation.segments[0].definition
    longer = PredictedValues(base).values(
        base.customers(), base.as_of, ForecastOptions(horizon_months=36, annual_rate=0.0)
    )
    total = int(base.dataset.engine.collect(longer.aggregate(v=longer.predicted_value.sum()))["v"].iloc[0])
    assert total > 1.5 * rows(segment(base, "predicted"))["predicted_value"].sum()


def test_the_page_says_how_it_was_predicted(base: CustomerBase) -> None:
    quality = segment_quality(segment(base, "total"))
    assert quality.method == "Ordered by value so far and predicted for the next 12 months."
    (how,) = quality.sentences
    assert "BG/NBD" in how
    assert "held-out periods" in how
    assert segment(base, "total").segmentation.title == "Deciles of past and predicted value"
    assert quality.verdict == "sound"


def test_too_little_data_give_a_reason_and_nobody_a_segment(tmp_path: Path) -> None:
    young = with_segmentations(simulated(tmp_path, 300, days=30))
    for name in ("total", "abc"):
        segmented = segment(young, name)
        assert segmented.segmentation.segments == ()
        quality = segment_quality(segmented)
        assert quality.verdict == "no stable segments"
        assert "No value can be predicted: " in quality.sentences[0]
        assert quality.unassigned == 1.0


def test_where_nobody_predicts_it_is_refused(base: CustomerBase) -> None:
    with pytest.raises(ParameterError, match="`by: total_value` needs a forecast"):
        fit_segmentation(base, "total")
