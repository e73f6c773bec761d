"""The Online Retail data from the published file to the page: RFM and clusters, and the same segments a week later."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.page import head as page_head
from segkit.segments.measure.assign import segment
from segkit.segments.measure.profiles import segment_profile
from segkit.segments.measure.segment_quality import segment_quality

REAL = Path(__file__).resolve().parents[2] / "data" / "real" / "online_retail.yaml"
SEGMENTATIONS = """
segmentations:
  rfm: {kind: rfm}
  buying:
    kind: clusters
    features: {T_days: acquaintance, days_since_last_purchase: silence, purchase_days: visits}
  baskets:
    kind: clusters
    features: {purchase_days: visits, mean_order_value: basket, days_since_last_purchase: silence}
"""


@pytest.fixture(scope="module")
def weeks(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The customer base as of two Sundays, a week apart."""
    path = tmp_path_factory.mktemp("retail") / "params" / "datasets" / "retail.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(REAL.read_text().replace("${SEGKIT_SHARED_DATA}", str(shared_data)) + SEGMENTATIONS)
    return [
        customer_base(open_dataset(path, as_of=day), periods=2)
        for day in (dt.date(2011, 11, 27), dt.date(2011, 12, 4))
    ]


@pytest.mark.parametrize("name", ["rfm", "buying"])
def test_segments_keep_their_identity_a_week_later(weeks: list[Any], name: str) -> None:
    first, second = (segment(base, name) for base in weeks)
    assert first.segmentation.segments, "there are segments"
    assert [s.name for s in first.segmentation.segments] == [s.name for s in second.segmentation.segments]
    assert [s.colour for s in first.segmentation.segments] == [s.colour for s in second.segmentation.segments]
    for run in (first, second):
        customers = run.base.customers()
        whole = run.base.dataset.engine.collect(customers.aggregate(n=customers.count()))
        assert run.totals(run.base.as_of)["customers"].sum() == whole["n"].iloc[0] > 4_000
    # most customers did nothing in that week and stay where they were
    frames = [
        run.base.dataset.engine.collect(run.assigned().select("customer_id", "segment")) for run in (first, second)
    ]
    both = frames[0].merge(frames[1], on="customer_id", suffixes=("_before", "_now"))
    assert (both["segment_before"] == both["segment_now"]).mean() > 0.85


def test_baskets_have_no_stable_segments_and_the_verdict_says_so(weeks: list[Any]) -> None:
    segments = segment(weeks[1], "baskets")
    quality = segment_quality(segments)
    assert quality.verdict == "no stable segments"
    assert quality.unassigned == 1.0
    head = page_head(segment_profile(segments), subject="Online Retail")
    assert head.fields["headline"].text.startswith("No stable segments")


def test_the_page_of_their_profile(weeks: list[Any]) -> None:
    segments = segment(weeks[1], "rfm")
    profile = segment_profile(segments)
    sizes, quality = profile.sizes, profile.quality
    head = page_head(profile, subject="Online Retail")
    assert head.fields["headline"].text.startswith("Champions, ")
    assert quality.verdict == "sound"
    assert int(sizes.frame["customers"].sum()) == sizes.total_customers
    champions = profile.frame[(profile.frame["segment"] == "Champions") & (profile.frame["feature"] == "Orders")]
    assert champions["index"].iloc[0] > 3
