"""Small cells stay hidden from those who can add, subtract, and read the rules."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.kpis.measure.key_figures import key_figures
from segkit.privacy.suppression import hidden_cells, hidden_over_time
from segkit.segments.measure.moves import migration
from segkit.segments.measure.sizes import segment_sizes
from segkit.value.measure.concentrations import concentration
from tests.customers.made import showing
from tests.customers.worlds import World
from tests.segments.kinds.cases import segmented

COUNTS = st.lists(st.one_of(st.integers(0, 12), st.integers(0, 10_000)), min_size=1, max_size=12)


@given(COUNTS, st.integers(0, 20))
def test_hidden(counts: list[int], smallest: int) -> None:
    hidden = hidden_cells(counts, smallest)
    assert len(hidden) == len(counts)
    small = [0 < count < smallest for count in counts]
    assert all(hide for hide, is_small in zip(hidden, small, strict=True) if is_small)
    if not any(small):
        assert not any(hidden)
        return
    together = [count for count, hide in zip(counts, hidden, strict=True) if hide]
    if not all(hidden):
        assert len(together) >= 2
        assert sum(together) >= smallest
        assert sum(together) > len(together)
        # zero gives nobody away, so it hides nobody while there is something else to hide
        if 0 in together:
            assert all(hide or not count for count, hide in zip(counts, hidden, strict=True))
    # no more than needed: without the last one hidden, the total would tell
    shown = [count for count, hide in zip(counts, hidden, strict=True) if not hide and count]
    others = [count for count, hide, is_small in zip(counts, hidden, small, strict=True) if hide and not is_small]
    assert not shown or not others or max(others) <= min(shown)


@pytest.mark.parametrize(("cells", "largest", "smallest"), [(3, 9, 5), (4, 7, 4), (5, 5, 3)])
def test_no_cell_follows_from_the_rest(cells: int, largest: int, smallest: int) -> None:
    """Every row of counts there is: whoever sees the total, the shown cells and which are hidden, and knows that a
    hidden cell is not zero, is left with two or more values of each small cell."""
    rows = defaultdict(list)
    for counts in itertools.product(range(largest + 1), repeat=cells):
        hidden = hidden_cells(counts, smallest)
        if any(hidden) and not all(hidden):
            seen = tuple(None if hide else count for count, hide in zip(counts, hidden, strict=True))
            rows[seen, sum(counts)].append(counts)
    assert len(rows) > 10
    for (seen, total), mine in rows.items():
        left = total - sum(count for count in seen if count is not None)
        blanks = [place for place, count in enumerate(seen) if count is None]
        zero_may_hide = any(counts[place] == 0 for counts in mine for place in blanks)
        possible = [
            parts
            for parts in itertools.product(range(0 if zero_may_hide else 1, left + 1), repeat=len(blanks))
            if sum(parts) == left
        ]
        for at, _ in enumerate(blanks):
            assert len({parts[at] for parts in possible}) > 1, (seen, total)


@given(st.lists(COUNTS.map(lambda row: (row * 4)[:4]), min_size=1, max_size=6), st.integers(1, 10))
def test_the_last_two_ends_hide_the_same(rows: list[list[int]], smallest: int) -> None:
    ends = [dt.date(2024, 1, 7) + dt.timedelta(days=7 * k) for k in range(len(rows))]
    counts = dict(zip(ends, rows, strict=True))
    hidden = hidden_over_time(counts, smallest)
    assert list(hidden) == ends
    assert len({hidden[end] for end in ends[-2:]}) == 1
    for end in ends:
        alone = hidden_cells(counts[end], smallest)
        assert all(after or not before for before, after in zip(alone, hidden[end], strict=True))
        if end not in ends[-2:]:
            assert hidden[end] == alone


SMALL = {"kind": "bands", "column": "orders", "edges": [3, 700]}


@pytest.mark.parametrize("smallest", [5, 100])
def test_a_small_segment_shows_nowhere(grocery: World, smallest: int) -> None:
    """Neither the size table, nor the history of the two ends that are compared, nor the moves between them."""
    found = segmented(grocery, SMALL)
    counts = segment_sizes(showing(found, 1)).frame.set_index("segment")["customers"]
    assert 0 < counts.min() < smallest, "the example has no small segment any more"
    sizes = segment_sizes(showing(found, smallest))
    moves = migration(showing(found, smallest))
    assert moves is not None
    frame = sizes.frame.set_index("segment")
    hidden = set(frame.index[frame["suppressed"]])
    assert {name for name, count in counts.items() if 0 < count < smallest} <= hidden
    assert len(hidden) >= 2
    numbers = ["customers", "previous_customers", "share", "value", "previous_value", "value_share", "mean_value"]
    assert frame.loc[list(hidden), numbers].isna().all(axis=None)
    assert sizes.total_customers - frame["customers"].sum() >= smallest
    history = sizes.history.set_index(["date", "segment"])["customers"]
    balance = moves.balance.set_index("segment")
    for end in grocery.base.ends[-2:]:
        assert set(history[end].index[history[end].isna()]) == hidden
    assert set(balance.index[balance["now"].isna()]) == hidden
    assert balance.loc[list(hidden)].isna().all(axis=None)
    assert (moves.flows["customers"] >= smallest).all()


def test_a_small_segment_that_is_watched_is_no_key_figure(grocery: World) -> None:
    found = segmented(grocery, SMALL)
    name = found.segmentation.segments[0].name
    shown = {
        f.key: f for f in key_figures(showing(grocery.base, 100), found, watched={name: ("watched", "watched")})
    }["watched"]
    assert shown.value is None
    assert shown.previous is None
    plain = {f.key: f for f in key_figures(showing(grocery.base, 1), found, watched={name: ("watched", "watched")})}[
        "watched"
    ]
    assert plain.value is not None
    assert 0 < plain.value < 100


def test_concentration_says_nothing_of_a_few(grocery: World) -> None:
    n = concentration(grocery.base).customers
    few = concentration(showing(grocery.base, n // 7))
    assert few.top_shares.keys() == {0.2, 0.5}
    assert len(few.deciles) == 0
    steps = few.lorenz["customers_share"].diff().dropna() * n
    assert steps.min() >= n // 7 - 1e-6
    assert few.lorenz.iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]
