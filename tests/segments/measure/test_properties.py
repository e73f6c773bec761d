"""What always holds of segments and measures, on small random tables."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.customers.partition import Segmentation
from segkit.data.engine import Engine
from segkit.errors import DataError
from segkit.segments.measure.assign import SegmentedBase, segment
from segkit.segments.measure.moves import migration
from segkit.segments.measure.sizes import segment_sizes
from segkit.value.measure.concentrations import concentration
from tests.customers.draws import AS_OF, Tables, shop
from tests.customers.made import SCHEMAS, arrow_table, made_base, showing
from tests.customers.worlds import World
from tests.engines.results import differences, everything

KINDS: dict[str, Any] = {
    "lifecycle": {"kind": "lifecycle", "rhythm_purchases": 2},
    "value": {"kind": "value", "groups": 3},
    "city": {"kind": "attribute", "column": "city", "most": 1},
    "age": {"kind": "bands", "column": "age", "edges": [18]},
    "halves": {"kind": "bands", "column": "recency", "quantiles": 2},
}
ENGINE = Engine.connect("duckdb://")


def base_of(world: World, tables: Tables, kinds: dict[str, Any] = KINDS, **options: Any) -> Any:
    """The customer base of these rows."""
    columns = {name: {f.name: [row[f.name] for row in rows] for f in SCHEMAS[name]} for name, rows in tables.items()}
    made = {name: arrow_table(name, column) for name, column in columns.items()}
    options = {"periods": 2, "period": "month", **options}
    return made_base(world.base.dataset, made, AS_OF, engine=ENGINE, segmentations=kinds, **options)


@settings(max_examples=6)
@given(tables=shop(least=1), shuffle=st.randoms(use_true_random=False))
def test_partition_balance_and_order(grocery: World, tables: Tables, shuffle: random.Random) -> None:
    base = base_of(grocery, tables)
    found = everything(base)
    for name in KINDS:
        customers = found[f"customers {base.as_of}"]
        segments = found[f"{name}: segments"]
        assigned = found[f"{name}: assigned"]
        assert assigned.keys() == customers.keys()
        assert {row["segment"] for row in assigned.values()} <= set(range(len(segments)))
        sizes = found[f"{name}: sizes"]
        assert sum(row["customers"] for row in sizes.values()) == len(customers)
        cents = sum(round(row["value"] * 100) for row in sizes.values())
        assert cents == sum(row["value"] for row in customers.values())
        for row in found[f"{name}: balance"].values():
            assert row["previous"] + row["arrived"] + row["moved_in"] - row["moved_out"] == row["now"]
        before = found[f"customers {base.previous}"]
        assert sum(row["previous"] for row in found[f"{name}: balance"].values()) == len(before)
    again = {name: shuffle.sample(rows, len(rows)) for name, rows in tables.items()}
    assert not differences(everything(base_of(grocery, again)), found)


def _sales(*amounts: int) -> Tables:
    rows = [
        {"customer_id": who, "day": AS_OF, "amount": amount, "is_purchase": amount > 0, "order_id": who, "margin": 1}
        for who, amount in enumerate(amounts, 1)
    ]
    return {"transactions": rows, "customers": [{"customer_id": 1, "city": None, "age": None}]}


def test_nobody(grocery: World) -> None:
    base = base_of(grocery, _sales(), periods=1)
    for name in KINDS:
        found = segment(base, name)
        sizes = segment_sizes(found)
        assert (sizes.total_customers, sizes.total_value) == (0, 0)
        assert not migration(found)
    uneven = concentration(base)
    assert (uneven.customers, uneven.total, uneven.gini, uneven.share_for_80) == (0, 0, None, None)
    assert uneven.top_shares == {}
    assert len(uneven.lorenz) == len(uneven.deciles) == 0


def test_one_customer(grocery: World) -> None:
    base = base_of(grocery, _sales(100), periods=1)
    sizes = segment_sizes(showing(segment(base, "value"), 1))
    assert sizes.frame["customers"].sum() == 1
    uneven = concentration(showing(base, 1))
    assert (uneven.gini, uneven.share_for_80, uneven.top_shares[0.01]) == (0, 1, 1)
    # of one customer nothing is said by itself
    assert concentration(base).top_shares == {}


def test_all_alike(grocery: World) -> None:
    """Ties are never split: all customers are in the last of the groups that they fill together."""
    base = base_of(grocery, _sales(*[100] * 12), periods=1)
    sizes = segment_sizes(segment(base, "value")).frame
    assert sizes["customers"].tolist() == [0, 0, 12]
    uneven = concentration(showing(base, 1))
    assert uneven.gini == 0
    assert uneven.top_shares[0.5] == 0.5


def test_nothing_known(grocery: World) -> None:
    base = base_of(grocery, _sales(*[100] * 12), periods=1)
    for name in ("age", "city"):
        sizes = segment_sizes(segment(base, name)).frame.set_index("segment")["customers"]
        assert sizes["Unassigned"] == 12


def test_losses_only(grocery: World) -> None:
    """Net value below zero: no share of it is stated, and no Lorenz curve."""
    uneven = concentration(showing(base_of(grocery, _sales(-100, -50, 20), periods=1), 1))
    assert (uneven.below_zero, uneven.total, uneven.top_shares, uneven.share_for_80) == (2, -1.3, {}, None)
    assert uneven.gini == pytest.approx(2 / 3)
    assert len(uneven.lorenz) == 0


@pytest.mark.parametrize(("shift", "said"), [(3, "puts customers into segment number"), (None, None)])
def test_a_kind_that_is_no_partition_is_refused(grocery: World, shift: int | None, said: str | None) -> None:
    base = base_of(grocery, _sales(100, 200, 300), periods=1)
    honest = segment(base, "value").segmentation
    segmentation = Segmentation(
        honest.name,
        honest.title,
        honest.model,
        honest.segments,
        lambda table: honest.position(table) + (shift or 0),
    )
    if said is None:
        assert segment_sizes(SegmentedBase(base, segmentation)).total_customers == 3
    else:
        with pytest.raises(DataError, match=said):
            segment_sizes(SegmentedBase(base, segmentation))


def test_customers_who_come_twice_are_refused(grocery: World) -> None:
    """Attributes with two rows a customer would double the customer; the door keeps such out, and so does the sum."""
    tables = _sales(100, 200, 300)
    tables["customers"] *= 2
    with pytest.raises(DataError, match="does not put every customer into exactly one segment"):
        segment_sizes(segment(base_of(grocery, tables, periods=1), "value"))
