"""The numbers in a definition are those of the rule: customers are assigned anew by the words alone."""

from __future__ import annotations

import datetime as dt
import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.customers import customer_base
from segkit.customers.partition import Segmentation
from segkit.data import open_dataset
from segkit.segments.kinds.bands import Bands
from segkit.segments.kinds.lifecycle import Lifecycle
from segkit.segments.measure.assign import segment as measured_segment
from segkit.segments.measure.segment_quality import segment_quality
from tests.segments.kinds.everyone import AS_OF, Bench, rows, table

NUMBER = r"(-?[0-9][0-9,.]*)"


def numbers(text: str) -> list[float]:
    """Every number in a text, in order."""
    return [float(found.rstrip(".,").replace(",", "")) for found in re.findall(NUMBER, text)]


def definitions(fitted: Segmentation) -> dict[str, str]:
    return {segment.name: segment.definition for segment in fitted.segments}


def by_words(fitted: Segmentation, row: dict[str, Any], *, fixed: bool = False) -> str:
    """A customer's lifecycle segment from the words of the page."""
    words = definitions(fitted)
    (new,) = numbers(words["New"])

    def limit(name: str) -> float:
        found = numbers(words[name])
        if fixed:
            (days,) = found
            return days
        gaps, least, most, days, needed = found
        if row["purchase_days"] < needed:
            return days
        return min(max(gaps * row["recency_days"] / (row["purchase_days"] - 1), least), most)

    silent = row["days_since_last_purchase"]
    if row["T_days"] < new:
        return "New"
    if silent <= limit("Active"):
        return "Active"
    assert limit("Overdue") == limit("Active")
    return "Overdue" if silent <= limit("Lapsed") else "Lapsed"


def donors(count: int, gap: int, seed: int = 3) -> dict[str, list[Any]]:
    """Customers who come about every so many days, for many years."""
    rng = np.random.default_rng(seed)
    columns = rows(count, seed)
    days = rng.integers(1, 12, count)
    between = rng.normal(gap, gap / 12, count).clip(1).astype(int)
    silent = rng.integers(0, 4 * gap, count)
    columns["purchase_days"], columns["frequency"] = days.tolist(), (days - 1).tolist()
    columns["recency_days"] = ((days - 1) * between).tolist()
    columns["days_since_last_purchase"] = silent.tolist()
    columns["T_days"] = ((days - 1) * between + silent).tolist()
    columns["last_purchase"] = [AS_OF - dt.timedelta(days=int(n)) for n in silent]
    return columns


OPTIONS: list[dict[str, Any]] = [
    {},
    {"windows": "fixed", "active_days": 33, "lapsed_days": 77},
    {"longest_days": 180},
    {"longest_days": 100, "shortest_days": 60, "lapsed_after": 7.5},
    {"overdue_after": 1.25, "lapsed_after": 3, "longest_days": 1000, "rhythm_purchases": 2},
    {"overdue_after": 1, "lapsed_after": 3, "longest_days": 200, "new_days": 5},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("gap", [9, 60, 365])
def test_lifecycle_is_what_it_says(options: dict[str, Any], gap: int) -> None:
    columns = donors(1500, gap)
    bench = Bench(table(columns))
    fitted = bench.fit("lifecycle", options)
    assigned = bench.assigned(fitted)
    people = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    fixed = options.get("windows") == "fixed"
    wrong = [
        (row["customer_id"], fitted.segments[assigned[row["customer_id"]]].name, by_words(fitted, row, fixed=fixed))
        for row in people
        if fitted.segments[assigned[row["customer_id"]]].name != by_words(fitted, row, fixed=fixed)
    ]
    assert wrong == []


def test_the_rhythm_of_yearly_buyers_is_a_year() -> None:
    """Who gave a year ago and gives every year is active; who has not for five years has lapsed."""
    columns = donors(2000, 365)
    fitted = (bench := Bench(table(columns))).fit("lifecycle", {})
    assigned = bench.assigned(fitted)
    names = [fitted.segments[assigned[i]].name for i in columns["customer_id"]]
    regular = [
        name
        for name, days, silent, known in zip(
            names, columns["purchase_days"], columns["days_since_last_purchase"], columns["T_days"], strict=True
        )
        if days >= 4 and 30 < silent < 400 and known >= 28
    ]
    assert len(regular) > 100
    assert regular.count("Active") / len(regular) > 0.95
    assert numbers(definitions(fitted)["Lapsed"])[0] == 4
    assert max(numbers(definitions(fitted)["Lapsed"])) > 2 * 365
    weekly = Bench(table(donors(2000, 9))).fit("lifecycle", {})
    assert "at most 180 days; 84 days" in definitions(weekly)["Lapsed"]
    assert "at most 90 days; 28 days" in definitions(weekly)["Active"]


EDGES = st.lists(
    st.one_of(
        st.integers(-(10**7), 10**7).map(float), st.floats(-1e7, 1e7, allow_nan=False).map(lambda x: round(x, 4))
    ),
    min_size=1,
    max_size=5,
    unique=True,
).map(sorted)


@settings(max_examples=60, deadline=None)
@given(EDGES)
def test_bands_state_their_edges_in_full(edges: list[float]) -> None:
    bands = Bands.model_validate({"kind": "bands", "column": "age", "edges": edges})
    bench = _bench()
    words = [text for _, text in bands.segments_of(bench.customers, bench.context)]
    assert "e+" not in "".join(words).replace("age", "")
    told = [numbers(text) for text in words]
    assert told[0] == [edges[0]]
    assert told[-1] == [edges[-1]]
    assert told[1:-1] == [[low, high] for low, high in pairwise(edges)]


_BENCHES: list[Bench] = []


def _bench() -> Bench:
    if not _BENCHES:
        _BENCHES.append(Bench(table(rows(1000))))
    return _BENCHES[0]


def test_bands_of_money_are_in_money() -> None:
    """Edges are written as people write money, and amounts are kept in cents."""
    bench = _bench()
    fitted = bench.fit("bands", {"column": "value", "edges": [50, 200.5]})
    assert [segment.name for segment in fitted.segments] == [
        "Under 50 EUR",
        "50 to under 200.5 EUR",
        "200.5 EUR and more",
    ]
    frame = bench.engine.collect(fitted.assign(bench.customers).select("value", "segment"))
    wanted = [0 if v < 5000 else 1 if v < 20050 else 2 for v in frame["value"]]
    assert frame["segment"].tolist() == wanted


@pytest.mark.parametrize("groups", [3, 4, 7, 10])
def test_value_groups_are_the_shares_they_state(groups: int) -> None:
    bench = _bench()
    fitted = bench.fit("value", {"groups": groups})
    frame = bench.engine.collect(fitted.assign(bench.customers).select("customer_id", "value", "segment"))
    values = sorted(frame["value"], reverse=True)
    for place, segment in enumerate(fitted.segments):
        found = numbers(segment.definition.split(":")[1])
        low, high = (0.0, found[0]) if len(found) == 1 else found
        first, last = round(low / 100 * len(values) + 0.4999), round(high / 100 * len(values) + 0.4999)
        mine = frame.loc[frame["segment"] == place, "value"]
        assert mine.max() <= values[max(first - 1, 0)]
        assert mine.min() >= values[min(last, len(values) - 1)]


@pytest.mark.parametrize("cuts", [[0.8, 0.95], [0.333, 0.5, 0.875]])
def test_abc_is_cut_where_it_says(cuts: list[float]) -> None:
    bench = _bench()
    fitted = bench.fit("abc", {"cuts": cuts})
    frame = bench.engine.collect(fitted.assign(bench.customers).select("customer_id", "value", "segment"))
    told = [numbers(segment.definition.split("%")[0]) for segment in fitted.segments]
    edges = [found[-1] / 100 for found in told]
    assert edges == pytest.approx([*cuts, 1.0])
    ordered = frame.sort_values("value", ascending=False, kind="stable")
    whole, so_far = float(ordered["value"].sum()), 0.0
    for value, tied in ordered.groupby("value", sort=False):
        place = next(i for i, edge in enumerate(edges) if so_far < whole * edge or i == len(edges) - 1)
        assert set(tied["segment"]) == {place if value > 0 else len(edges) - 1}
        so_far += float(tied["value"].sum())


@pytest.mark.parametrize("bottom", [0.2, 0.125, 1 / 3])
def test_the_tail_is_as_long_as_it_says(bottom: float) -> None:
    bench = _bench()
    fitted = bench.fit("tail", {"bottom": bottom})
    frame = bench.engine.collect(fitted.assign(bench.customers).select("value_margin", "segment"))
    share = numbers(definitions(fitted)["Earning"])[0] / 100
    margins = sorted(frame["value_margin"])
    edge = margins[math.ceil(share * len(margins) - 1e-9) - 1]
    for margin, place in zip(frame["value_margin"], frame["segment"], strict=True):
        assert place == (2 if margin < 0 else 1 if margin <= edge else 0)


def test_rfm_states_every_cell_of_a_grid_of_one_s_own() -> None:
    grid = {"Best": "[345][345][345]", "Middle": ["[345][345][12]", "[345][12]*"], "Rest": "[12]**"}
    bench = _bench()
    definition = bench.definition("rfm", {"grid": grid})
    fitted = definition.fit("tested", bench.customers, bench.context)
    cells = {segment.name: {int(n) for n in numbers(segment.definition)} for segment in fitted.segments}
    assert sum(len(found) for found in cells.values()) == 125
    coded = bench.customers.mutate(code=definition.code(bench.customers))
    frame = bench.engine.collect(fitted.assign(coded).select("code", "segment"))
    for code, place in zip(frame["code"], frame["segment"], strict=True):
        assert int(code) in cells[fitted.segments[int(place)].name]


@pytest.mark.parametrize("by", ["month", "quarter", "year"])
def test_cohorts_begin_when_they_say(by: str) -> None:
    bench = _bench()
    fitted = bench.fit("cohort", {"by": by, "most": 3})
    frame = bench.engine.collect(fitted.assign(bench.customers).select("first_purchase", "segment"))
    firsts = {}
    for place, segment in enumerate(fitted.segments):
        year = int(re.search(r"[0-9]{4}", segment.definition).group())  # type: ignore[union-attr]
        part = re.search(r"[0-9]{4}(?:-([0-9]{2})| Q([0-9]))", segment.definition)
        month = 1 if part is None else int(part[1]) if part[1] else 3 * int(part[2]) - 2
        firsts[place] = dt.date(year, month, 1)
    length = {"month": 1, "quarter": 3, "year": 12}[by]
    for day, place in zip(frame["first_purchase"], frame["segment"], strict=True):
        when, start = day.date() if isinstance(day, dt.datetime) else day, firsts[int(place)]
        if fitted.segments[int(place)].name == "Earlier":
            assert when < start
            continue
        months = (when.year - start.year) * 12 + when.month - start.month
        assert 0 <= months < length


def test_everyone_bought_once_is_not_sound(tmp_path: Any) -> None:
    import pyarrow.parquet as pq

    days = [
        dt.datetime(2024, 1, 1) + dt.timedelta(days=int(i)) for i in np.random.default_rng(1).integers(0, 500, 400)
    ]
    frame = pa.table({"customer_id": list(range(400)), "time": days, "amount": [10.0 + i % 7 for i in range(400)]})
    pq.write_table(frame, tmp_path / "tx.parquet")
    (tmp_path / "params/datasets").mkdir(parents=True)
    path = tmp_path / "params/datasets/once.yaml"
    path.write_text(
        "title: Once\nrelation: non_contractual\ncurrency: EUR\ntime_zone: UTC\ntables:\n  transactions: {path: tx.parquet}\n"
        "segmentations:\n  lifecycle: {kind: lifecycle}\n  rfm: {kind: rfm}\n  value: {kind: value}\n"
    )
    base = customer_base(open_dataset(path, as_of="2025-05-18"), periods=2)
    for name in ("lifecycle", "rfm"):
        quality = segment_quality(measured_segment(base, name))
        assert quality.verdict == "unsound"
        assert re.search("more than one day|have the same purchase days", quality.sentences[0])
    assert segment_quality(measured_segment(base, "value")).verdict == "sound"


def test_lifecycle_gives_one_rule_for_words_and_expression() -> None:
    active, lapsed = Lifecycle.model_validate({"kind": "lifecycle"}).limits()
    assert (active.gaps, active.least, active.most, active.days) == (2, 14, 90, 28)
    assert (lapsed.gaps, lapsed.least, lapsed.most, lapsed.days) == (4, 28, 180, 84)
