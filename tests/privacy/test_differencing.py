"""Nobody recovers a suppressed cell from all the tables of a report: several segmentations, totals, moves, profiles."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segkit.customers import CustomerBase
from segkit.privacy.cross_suppression import hidden_across
from segkit.privacy.suppression import hidden_flows, hidden_table
from segkit.segments.measure.assign import segment
from segkit.segments.measure.crossing import cross_table
from segkit.segments.measure.moves import migration
from segkit.segments.measure.panel import segment_panel
from segkit.segments.measure.profiles import segment_profile
from segkit.segments.measure.sizes import segment_sizes
from tests.customers.made import hard_tables, made_base, showing
from tests.customers.worlds import World
from tests.privacy.attack import Attack

SMALLEST = 5
MADE: dict[str, dict[str, Any]] = {
    # bands of the same number with other edges: what lies between two edges must not come out
    "orders": {"kind": "bands", "column": "orders", "edges": [5, 9]},
    "often": {"kind": "bands", "column": "orders", "edges": [6, 10]},
    "city": {"kind": "attribute", "column": "city"},
}


def made(grocery: World, seed: int) -> CustomerBase:
    """120 customers of whom many groups are small."""
    return made_base(
        grocery.base.dataset,
        hard_tables(seed, customers=120),
        dt.date(2024, 12, 31),
        segmentations=MADE,
        period="month",
        periods=2,
    )


class Report:
    """The joint table of orders now, orders before, often now and city; the truth, and all that is published of it."""

    def __init__(self, base: CustomerBase) -> None:
        engine, previous = base.dataset.engine, base.previous
        assert previous is not None
        parts = {name: segment(base, name) for name in MADE}
        self.names = {name: [s.name for s in part.segmentation.all_segments] for name, part in parts.items()}
        frame = engine.collect(parts["orders"].assigned().select("customer_id", a0="segment"))
        for axis, (name, end) in enumerate([("orders", previous), ("often", base.as_of), ("city", base.as_of)], 1):
            other = engine.collect(parts[name].assigned(end).select("customer_id", **{f"a{axis}": "segment"}))
            frame = frame.merge(other, on="customer_id", how="left")
        absent = len(self.names["orders"])
        cells = frame[["a0", "a1", "a2", "a3"]].fillna({"a1": absent}).astype("int64").to_numpy()
        sizes = (absent, absent + 1, len(self.names["often"]), len(self.names["city"]))
        self.truth = np.zeros(sizes, dtype=int)
        np.add.at(self.truth, tuple(cells.T), 1)
        there = (
            self.truth.sum(axis=(1, 3)) > 0
        )  # what is impossible by definition is known: orders, often and "often" agree
        every = np.argwhere(np.ones(sizes, dtype=bool))
        self.attack = Attack(sizes, [tuple(int(x) for x in cell) for cell in every if not there[cell[0], cell[2]]])
        self.hidden: list[tuple[str, dict[str, Any]]] = []
        self._panel(base, parts["orders"], SMALLEST)
        self._changes(parts["orders"], SMALLEST)
        self._crossed(parts["orders"], SMALLEST)
        self._profile(parts["orders"], SMALLEST)

    def _panel(self, base: CustomerBase, first: Any, smallest: int) -> None:
        panel = segment_panel(showing(first, smallest), ["often", "city"])
        self.attack.knows(self.attack.group(), panel.customers)
        for entry, axis in zip(panel.entries, ("a0", "a2", "a3"), strict=True):
            for row in entry.frame.itertuples():
                at = {axis: self.names[entry.name].index(row.segment)}
                self._cell(f"{entry.name} {row.segment}", at, row.customers)

    def _changes(self, first: Any, smallest: int) -> None:
        sizes, moves = segment_sizes(showing(first, smallest)), migration(showing(first, smallest))
        assert moves is not None
        names, group = self.names["orders"], self.attack.group
        absent = len(names)
        self.attack.knows(group(a1=list(range(absent))), sizes.total_previous)
        for row in sizes.frame.itertuples():
            self._cell(f"orders {row.segment} now", {"a0": names.index(row.segment)}, row.customers)
            self._cell(f"orders {row.segment} before", {"a1": names.index(row.segment)}, row.previous_customers)
        for row in moves.balance.itertuples():
            at = names.index(row.segment)
            others = [i for i in range(absent) if i != at]
            for number, told in (
                (row.now, group(a0=at)),
                (row.previous, group(a1=at)),
                (row.arrived, group(a0=at, a1=absent)),
                (row.moved_in, group(a0=at, a1=others)),
                (row.moved_out, group(a0=others, a1=at)),
            ):
                if not pd.isna(number):
                    self.attack.knows(told, number)
        shown = {(r.from_segment, r.to_segment): r.customers for r in moves.flows.itertuples()}
        present = [s.name for s in moves.segments]
        for source in present:
            for target in present:
                if source != target and len(present) > 2:
                    at = {"a1": names.index(source), "a0": names.index(target)}
                    self._cell(f"{source} to {target}", at, shown.get((source, target)))

    def _crossed(self, first: Any, smallest: int) -> None:
        cross = cross_table(showing(first, smallest), "city")
        assert cross is not None
        for row in cross.frame.itertuples():
            at = {"a0": self.names["orders"].index(row.row), "a3": self.names["city"].index(row.column)}
            self._cell(f"{row.row} in {row.column}", at, row.customers)

    def _profile(self, first: Any, smallest: int) -> None:
        frame = segment_profile(showing(first, smallest), columns=["city"]).frame
        known = list(range(len(self.names["city"]) - 1))
        for row in frame[frame["value"].notna()].itertuples():
            if row.answer in self.names["city"]:
                at, city = self.names["orders"].index(row.segment), self.names["city"].index(row.answer)
                group = self.attack.group
                part = group(a0=at, a3=city) - row.value * group(a0=at, a3=known)
                self.attack.knows(part, 0.0, slack=1e-5)

    def _cell(self, what: str, at: dict[str, int], shown: Any) -> None:
        """A number that is published, or one to be recovered."""
        if not pd.isna(shown):
            self.attack.knows(self.attack.group(**at), int(shown))
            return
        index = tuple(at.get(f"a{axis}", slice(None)) for axis in range(4))
        if 0 < int(self.truth[index].sum()) < SMALLEST:
            self.hidden.append((what, at))

    def recovered(self) -> list[str]:
        """The small cells that follow from what is published."""
        found = []
        for what, at in self.hidden:
            low, high = self.attack.range(self.attack.group(**at))
            if low == high:
                found.append(f"{what}: {low}")
        return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_that_is_hidden_is_recovered(grocery: World, seed: int) -> None:
    report = Report(made(grocery, seed))
    assert len(report.hidden) >= 3, "there is something to recover"
    assert report.recovered() == []


def test_the_attack_works_where_only_small_cells_are_hidden() -> None:
    """The same attack on a table from which nothing but the small cells has been taken: it finds them."""
    table = np.array([[3, 20, 30], [25, 8, 9], [40, 50, 60]])
    attack = Attack(table.shape)
    for i in range(3):
        attack.knows(attack.group(a0=i), table[i].sum())
        attack.knows(attack.group(a1=i), table[:, i].sum())
        for j in range(3):
            if table[i, j] >= SMALLEST:
                attack.knows(attack.group(a0=i, a1=j), table[i, j])
    assert attack.range(attack.group(a0=0, a1=0)) == (3, 3)


@pytest.mark.parametrize("seed", range(6))
def test_a_table_with_sums_gives_nothing_away(seed: int) -> None:
    draw = np.random.default_rng(seed)
    table = draw.integers(0, 15, (int(draw.integers(2, 6)), int(draw.integers(2, 6))))
    hidden = hidden_table(table, SMALLEST)
    attack = Attack(table.shape)
    for axis, sums in ((0, table.sum(axis=1)), (1, table.sum(axis=0))):
        for at, total in enumerate(sums):
            attack.knows(attack.group(**{f"a{axis}": at}), total)
    for i, j in np.argwhere(~hidden):
        attack.knows(attack.group(a0=int(i), a1=int(j)), table[i, j])
    for i, j in np.argwhere((table > 0) & (table < SMALLEST)):
        assert hidden[i, j]
        low, high = attack.range(attack.group(a0=int(i), a1=int(j)))
        assert low < high


@pytest.mark.parametrize("seed", range(6))
def test_moves_give_nothing_away(seed: int) -> None:
    draw = np.random.default_rng(seed)
    size = int(draw.integers(3, 7))
    moves = draw.choice([0, 0, 1, 2, 4, 9, 30], (size, size))
    np.fill_diagonal(moves, 0)
    hidden, without = hidden_flows(moves, SMALLEST)
    attack = Attack((size, size), [(i, i) for i in range(size)])
    for i in range(size):
        if not without[i]:
            attack.knows(attack.group(a0=i), moves[i].sum())
            attack.knows(attack.group(a1=i), moves[:, i].sum())
        for j in range(size):
            if i != j and not hidden[i, j]:
                attack.knows(attack.group(a0=i, a1=j), moves[i, j])
    for i, j in np.argwhere((moves > 0) & (moves < SMALLEST)):
        group = attack.group(a0=int(i), a1=int(j))
        low, high = attack.range(group)
        assert low < high


def test_bands_with_other_edges_do_not_tell_who_lies_between() -> None:
    """Under 10 and under 11 orders: 400 and 402 customers, so that two have exactly ten."""
    crossed = np.array([[400, 0], [2, 598]])  # rows: under 11's complement order is (under 10, from 10)
    hidden = hidden_across([(False, False), (False, False)], {(0, 1): crossed}, SMALLEST)
    assert hidden[0] == (False, False)
    assert hidden[1] == (True, True)
    apart = np.array([[400, 0], [20, 580]])
    assert hidden_across([(False, False), (False, False)], {(0, 1): apart}, SMALLEST)[1] == (False, False)
