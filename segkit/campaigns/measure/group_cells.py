"""Campaigns that drew whole groups: group totals from the engine, beside the moments of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis

from segkit.campaigns.measure.drawn import DRAWN_GROUP
from segkit.campaigns.measure.population import Population
from segkit.campaigns.measure.sufficient import Asked, cell_moments, scaled
from segkit.campaigns.models.drawn_groups import GroupedMoments, enough_groups, members
from segkit.campaigns.models.validity import counted_fault
from segkit.campaigns.models.verdict import Verdict
from segkit.campaigns.records import DrawnGroups
from segkit.statistics.moments import Moments
from segkit.statistics.told import Figure, Quoted, Told

_ROOM: Final = 100_000
"""A segment's place is its position plus this number times its segmentation's, so that no two share a place."""


@dataclass(frozen=True)
class GroupCells:
    """Moments over groups.

    Attributes:
        facts: what a group is, and how many there are.
        arms: position of an arm → its groups.
        segments: for each segmentation, (position of the segment, of the arm) → groups that have customers in it.
        checks: whether the groups can carry a comparison.
    """

    facts: DrawnGroups
    arms: Mapping[int, Moments]
    segments: tuple[Mapping[tuple[int, int], Moments], ...]
    checks: tuple[Verdict, ...]

    def beside_arm(self, arm: int, cell: Moments) -> GroupedMoments:
        """Put an arm's groups beside its customers."""
        return GroupedMoments.of(cell, self.arms[arm])

    def beside_segment(self, number: int, place: int, arm: int, cell: Moments) -> GroupedMoments:
        """Put the groups of an arm's customers in a segment beside these customers."""
        return GroupedMoments.of(cell, self.segments[number][place, arm])


def group_cells(population: Population) -> GroupCells | None:
    """Sum every group by arm and segment, as moments over groups. Return None where customers were drawn one by
    one.

    A group is one row, however many customers it holds; if they are in several segments, it is one row in each
    segment. This takes three queries.
    """
    groups = population.facts.drawn_groups
    if groups is None:
        return None
    engine, table = population.base.dataset.engine, population.table
    views = [(0, ibis.literal(0, "int64"))]
    views += [(i + 1, table[f"segment_{i}"].cast("int64")) for i in range(len(population.segmentations))]
    sums: dict[str, Any] = {}
    for column in population.columns:
        count = table[column].count().cast("int64")
        sums[column] = table[column].sum().cast("int64")
        sums[members(column)] = count.nullif(0)
    rows = ibis.union(
        *(
            table.group_by(DRAWN_GROUP, "arm", place=(place + number * _ROOM).cast("int64")).aggregate(**sums)
            for number, place in views
        )
    )
    pairs = [(column, members(column)) for column in population.columns]
    pairs += [(m.key, m.over) for m in population.metrics if m.over is not None]
    if {"revenue_early", "revenue_late"} <= set(population.columns):
        pairs.append(("revenue_early", "revenue_late"))
    factors = dict.fromkeys(population.money_columns, 10.0**-population.facts.money.decimals)
    cells = cell_moments(engine, rows, {"all": "place"}, ("arm",), Asked(tuple(sums), tuple(pairs)))["all"]
    found = {key: scaled(cell, factors) for key, cell in cells.items()}
    segments: list[dict[tuple[int, int], Moments]] = [{} for _ in population.segmentations]
    for (place, arm), cell in found.items():
        if place >= _ROOM:
            segments[place // _ROOM - 1][place % _ROOM, arm] = cell
    arms = {arm: cell for (place, arm), cell in found.items() if place < _ROOM}
    return GroupCells(groups, arms, tuple(segments), _checks(population, groups, _split(population)))


def _split(population: Population) -> int:
    """Count the groups whose customers are in several arms."""
    table = population.table
    arms = table.group_by(DRAWN_GROUP).aggregate(arms=table.arm.nunique())
    found = population.base.dataset.engine.collect(arms.filter(arms.arms > 1).aggregate(n=ibis._.count()))
    return int(found["n"].iloc[0])


def _checks(population: Population, groups: DrawnGroups, split: int) -> tuple[Verdict, ...]:
    facts = population.facts
    whole = sum(groups.counts) - split
    share = split / max(whole, 1)
    found = [enough_groups(groups.name, dict(zip(facts.arms, groups.counts, strict=True)))]
    if split:
        found.append(
            Verdict(
                "Groups whole",
                "blocked" if share > 0.01 else "warn",
                Told.of(
                    "{split} of {whole} groups have customers in several arms: they were not drawn whole, and what one "
                    "arm was given reached the other",
                    split=Figure(split, "count"),
                    whole=Figure(whole, "count"),
                ),
                share,
            )
        )
    else:
        said = Told.of("each of the {whole} groups is in one arm", whole=Figure(whole, "count"))
        found.append(Verdict("Groups whole", "ok", said, 0.0))
    found.append(
        counted_fault(
            "Group known",
            groups.unknown,
            sum(facts.customers),
            what=Told.of("have no group ({name})", name=Quoted(groups.name)),
            consequence="each is counted as a group of its own",
            block_above=0.1,
        )
    )
    return tuple(found)
