"""Profiles, panels and cross tables: against plain SQL over the raw files and an oracle library."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from segkit.errors import ParameterError
from segkit.segments.measure.crossing import cross_table
from segkit.segments.measure.panel import segment_panel
from segkit.segments.measure.profile_features import defining_columns, features
from segkit.segments.measure.profiles import segment_profile
from tests.customers import plain_sql as customers_sql
from tests.customers.made import showing
from tests.customers.worlds import GROCERY_DAY, World
from tests.segments.measure.profiled import asked

SEGMENTATIONS = {
    "orders": {"kind": "bands", "column": "orders", "edges": [25, 100]},
    "age": {"kind": "attribute", "column": "age"},
    "shopper": {"kind": "rules", "rules": [{"name": "big", "when": "mean_order_value > 50"}]},
}


@pytest.fixture(scope="module")
def people(grocery: World) -> pd.DataFrame:
    """The customer table by hand-written SQL, with the band of orders."""
    frame = grocery.sql(customers_sql.grocery_customers(GROCERY_DAY)).to_pandas()
    frame["band"] = np.digitize(frame["orders"], [25, 100])
    return frame


def test_means_are_those_of_plain_sql_and_scipy(grocery: World, people: pd.DataFrame) -> None:
    profile = segment_profile(asked(grocery, SEGMENTATIONS, "orders"), columns=["value", "days_since_last_purchase"])
    assert len(profile.frame) == 6
    for band, segment in enumerate(profile.segments):
        for feature, column, scale in (
            ("Value", "value", 100),
            ("Since last purchase", "days_since_last_purchase", 1),
        ):
            mine = profile.frame[(profile.frame["segment"] == segment.name) & (profile.frame["feature"] == feature)]
            inside = people.loc[people["band"] == band, column].dropna().astype(float) / scale
            outside = people.loc[people["band"] != band, column].dropna().astype(float) / scale
            row = mine.iloc[0]
            assert row["value"] == pytest.approx(inside.mean(), rel=1e-8)
            assert row["rest"] == pytest.approx(outside.mean(), rel=1e-8)
            assert row["index"] == pytest.approx(inside.mean() / outside.mean(), rel=1e-8)
            pooled = np.sqrt(
                ((len(inside) - 1) * inside.var() + (len(outside) - 1) * outside.var())
                / (len(inside) + len(outside) - 2)
            )
            assert row["effect"] == pytest.approx((inside.mean() - outside.mean()) / pooled, rel=1e-8)
            assert row["low"] < row["index"] < row["high"]
    raw = [
        stats.ttest_ind(
            people.loc[people["band"] == band, c].dropna().astype(float),
            people.loc[people["band"] != band, c].dropna().astype(float),
            equal_var=False,
        ).pvalue
        for band in range(3)
        for c in ("value", "days_since_last_purchase")
    ]
    wanted = sorted(multipletests(raw, method="holm")[1])
    assert sorted(profile.frame["p_value"]) == pytest.approx(wanted, rel=1e-5)


def test_shares_are_those_of_plain_sql(grocery: World, people: pd.DataFrame) -> None:
    profile = segment_profile(showing(asked(grocery, SEGMENTATIONS, "orders"), 1), columns=["home_ownership"])
    known = people.dropna(subset=["home_ownership"])
    for row in profile.frame.itertuples():
        band = [s.name for s in profile.segments].index(row.segment)
        inside, outside = known[known["band"] == band], known[known["band"] != band]
        assert row.value == pytest.approx((inside["home_ownership"] == row.answer).mean(), rel=1e-8)
        assert row.rest == pytest.approx((outside["home_ownership"] == row.answer).mean(), rel=1e-8)
    assert set(profile.frame["answer"]) == set(known["home_ownership"])


def test_what_defines_the_segments_is_said(grocery: World) -> None:
    def defining(name: str) -> set[str]:
        frame = segment_profile(asked(grocery, SEGMENTATIONS, name)).frame
        return set(frame.loc[frame["defining"], "feature"])

    assert defining("orders") == {"Orders"}
    assert defining("shopper") == {"Mean order"}
    assert defining("age") == {"Age"}


def test_a_kind_says_what_its_segments_are_made_from_where_no_option_does(grocery: World) -> None:
    """A headline about them is never about these: who is overdue has not bought for long, by definition."""
    definitions = {
        "lifecycle": {"kind": "lifecycle"},
        "growth": {"kind": "lifecycle", "growing": 1.5},
        "rfm": {"kind": "rfm"},
        "joined": {"kind": "cohort"},
        "to_come": {"kind": "value", "by": "predicted_value"},
    }
    base = asked(grocery, definitions, "lifecycle").base
    labels = {feature.column: feature.label for feature in features(base)}

    def defining(name: str) -> set[str]:
        return {labels[column] for column in defining_columns(base, name) if column in labels}

    assert defining("lifecycle") == {"Since last purchase", "Since first purchase"}
    assert defining("growth") == defining("lifecycle") | {"Value"}
    # what an order is worth is the quotient of two of the three
    assert defining("rfm") == {"Since last purchase", "Orders", "Value", "Mean order"}
    assert defining("joined") == {"Since first purchase"}
    assert defining("to_come") == {"Value", "Orders", "Mean order", "Since last purchase", "Since first purchase"}


def test_what_contracts_are_divided_by_sets_their_segments_apart_by_definition(telecom: World) -> None:
    base = asked(telecom, {"lifecycle": {"kind": "lifecycle", "warnings": ["ticket"]}}, "lifecycle").base
    found = defining_columns(base, "lifecycle")
    assert {"tenure", "plan", "recurring_amount", "usage_ticket"} <= found
    assert not {"age_band", "usage_data_gb"} & found


def test_a_column_that_is_not_there_is_named(grocery: World) -> None:
    segmented = asked(grocery, SEGMENTATIONS, "orders")
    with pytest.raises(ParameterError, match="Did you mean `value`"):
        segment_profile(segmented, columns=["valu"])
    with pytest.raises(ParameterError, match="in which one is a mapping"):
        segment_profile(segmented, columns=[{"value": "x"}])  # type: ignore[list-item]
    with pytest.raises(ParameterError, match="holds date"):
        segment_profile(segmented, columns=["first_purchase"])


def test_a_panel_shows_each_segmentation_and_what_is_absent(grocery: World, people: pd.DataFrame) -> None:
    panel = segment_panel(asked(grocery, SEGMENTATIONS, "orders"))
    assert [entry.name for entry in panel.entries] == ["orders", "age", "shopper"]
    assert panel.customers == len(people)
    assert {absent.model for absent in panel.absent} >= {"geographic", "needs-based", "lifecycle"}
    for entry in panel.entries:
        if not entry.frame["suppressed"].any():
            assert int(entry.frame["customers"].sum()) == len(people)
            assert entry.frame["value_share"].sum() == pytest.approx(1.0)
    assert panel.entries[0].frame["customers"].tolist() == people["band"].value_counts().sort_index().tolist()
    assert panel.total_value == pytest.approx(float(people["value"].sum()) / 100)


def test_a_cross_table_is_that_of_pandas(grocery: World, people: pd.DataFrame) -> None:
    cross = cross_table(showing(asked(grocery, SEGMENTATIONS, "orders"), 1), "age")
    assert cross is not None
    wanted = pd.crosstab(people["band"], people["age"].fillna("Unassigned"))
    for row in cross.frame.itertuples():
        band = [s.name for s in cross.rows].index(row.row)
        assert row.customers == wanted.loc[band, row.column]
        assert row.share == pytest.approx(wanted.loc[band, row.column] / wanted.loc[band].sum())
    chi = stats.chi2_contingency(wanted.to_numpy(), correction=False).statistic
    assert cross.cramers_v == pytest.approx(np.sqrt(chi / len(people) / 2))
    assert not cross_table(asked(grocery, SEGMENTATIONS, "orders"), "")
