"""Quality of a segmentation: drift, separation, suppression and the verdict, against plain SQL and by hand."""

from __future__ import annotations

import math

import duckdb
import pytest

import segkit
from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment
from segkit.segments.measure.segment_quality import drift, segment_quality, stability_index
from tests.customers.made import showing

YAML = """title: Quality
relation: non_contractual
currency: EUR
time_zone: UTC
tables:
  transactions: {path: tx.parquet}
segmentations:
  orders: {kind: bands, column: orders, edges: [2, 5]}
  value: {kind: value, groups: 4}
  one: {kind: rules, rules: [{name: first, when: "revenue > 0"}]}
  tiny: {kind: rules, rules: [{name: few, when: "revenue >= 1035"}, {name: many, when: "revenue > 0"}]}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> segkit.CustomerBase:
    """200 customers; in the last week those with even numbers buy four times more."""
    folder = tmp_path_factory.mktemp("quality")
    (folder / "params" / "datasets").mkdir(parents=True)
    duckdb.sql(
        f"""COPY (
        SELECT i AS customer_id, TIMESTAMP '2025-03-01 10:00:00' AS time, i * 5.0 AS amount, i AS order_id
        FROM range(1, 201) t(i)
        UNION ALL
        SELECT i, TIMESTAMP '2025-06-25 10:00:00' + to_hours(k), 10.0, 1000 + i * 10 + k
        FROM range(2, 201, 2) t(i), range(4) u(k)
        ) TO '{folder / "tx.parquet"}' (FORMAT parquet)"""
    )
    path = folder / "params" / "datasets" / "quality.yaml"
    path.write_text(YAML)
    return customer_base(open_dataset(path, as_of="2025-06-30"), periods=2)


def test_drift_is_the_published_formula_on_the_shares(base: segkit.CustomerBase) -> None:
    quality = segment_quality(segment(base, "orders"))
    # before: 200 with one order; now: 100 with one and 100 with five; a cell without customers counts as half a one
    wanted = (0.5 - 1.0) * math.log(0.5 / 1.0) + (0.5 - 0.0025) * math.log(0.5 / 0.0025)
    assert quality.psi == pytest.approx(wanted)
    assert quality.drift == "large"
    assert quality.verdict == "drifting"
    assert quality.frame["share"].tolist() == [0.5, 0.0, 0.5]
    assert quality.frame["previous_share"].tolist() == [1.0, 0.0, 0.0]


def test_the_usual_bands() -> None:
    assert [drift(x) for x in (None, 0.05, 0.1, 0.2, 0.3)] == ["unknown", "none", "moderate", "moderate", "large"]
    assert stability_index([10, 20], [10, 20]).tolist() == [0.0, 0.0]
    assert stability_index([0, 5], [0, 5]).tolist() == [0.0, 0.0]


def test_separation_is_the_share_of_variance_between_segments(base: segkit.CustomerBase) -> None:
    segmented = segment(base, "value")
    frame = base.dataset.engine.collect(segmented.assigned().select("segment", "value"))
    grouped = frame.astype("float64").groupby("segment")["value"]
    within = ((frame["value"].astype("float64") - grouped.transform("mean").to_numpy()) ** 2).sum()
    whole = ((frame["value"].astype("float64") - frame["value"].astype("float64").mean()) ** 2).sum()
    assert segment_quality(segmented).separation == pytest.approx(1 - within / whole)
    assert segment_quality(segment(base, "one")).separation == pytest.approx(0.0, abs=1e-12)


def test_a_small_segment_is_hidden_with_a_second_one_and_said(base: segkit.CustomerBase) -> None:
    # only the customer with number 200 has a revenue of 1,040
    quality = segment_quality(showing(segment(base, "tiny"), 5))
    assert quality.verdict == "too small"
    assert quality.sentences[0] == "A segment holds fewer than 5 customers."
    assert quality.frame["suppressed"].tolist() == [True, True]
    shown = segment_quality(showing(segment(base, "tiny"), 1))
    assert shown.frame["customers"].tolist() == [1, 199]


def test_suppression_leaves_nothing_to_subtract(base: segkit.CustomerBase) -> None:
    segmented = segment(base, "value")
    quality = segment_quality(showing(segmented, 60))
    hidden = quality.frame["suppressed"]
    assert hidden.sum() >= 2
    assert quality.frame.loc[hidden, ["share", "previous_share", "psi"]].isna().all().all()
    assert quality.frame.loc[hidden, "customers"].isna().all()
    assert quality.verdict == "too small"
