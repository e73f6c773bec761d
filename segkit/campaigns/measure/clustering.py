"""Campaigns that drew whole clusters: cluster totals from the engine, beside the moments of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis

from segkit.campaigns.measure.drawn import CLUSTER
from segkit.campaigns.measure.population import Population
from segkit.campaigns.measure.sufficient import Asked, cell_moments, scaled
from segkit.campaigns.models.cluster_draws import ClusteredMoments, enough_clusters, members
from segkit.campaigns.models.validity import counted_fault
from segkit.campaigns.models.verdict import Verdict
from segkit.campaigns.records import DrawnClusters
from segkit.statistics.moments import Moments
from segkit.statistics.told import Figure, Quoted, Told

_ROOM: Final = 100_000
"""A segment's place is its position plus this number times its segmentation's, so that no two share a place."""


@dataclass(frozen=True)
class ClusterCells:
    """Moments over clusters.

    Attributes:
        facts: what a cluster is, and how many there are.
        arms: position of an arm → its clusters.
        segments: for each segmentation, (position of the segment, of the arm) → clusters that have customers in it.
        checks: whether the clusters can carry a comparison.
    """

    facts: DrawnClusters
    arms: Mapping[int, Moments]
    segments: tuple[Mapping[tuple[int, int], Moments], ...]
    checks: tuple[Verdict, ...]

    def beside_arm(self, arm: int, cell: Moments) -> ClusteredMoments:
        """Put an arm's clusters beside its customers."""
        return ClusteredMoments.of(cell, self.arms[arm])

    def beside_segment(self, number: int, place: int, arm: int, cell: Moments) -> ClusteredMoments:
        """Put the clusters of an arm's customers in a segment beside these customers."""
        return ClusteredMoments.of(cell, self.segments[number][place, arm])


def cluster_cells(population: Population) -> ClusterCells | None:
    """Sum every cluster by arm and segment, as moments over clusters. Return None where customers were drawn one by
    one.

    A cluster is one row, however many customers it holds; if they are in several segments, it is one row in each
    segment. This takes three queries.
    """
    clusters = population.facts.clusters
    if clusters is None:
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
            table.group_by(CLUSTER, "arm", place=(place + number * _ROOM).cast("int64")).aggregate(**sums)
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
    return ClusterCells(clusters, arms, tuple(segments), _checks(population, clusters, _split(population)))


def _split(population: Population) -> int:
    """Count the clusters whose customers are in several arms."""
    table = population.table
    arms = table.group_by(CLUSTER).aggregate(arms=table.arm.nunique())
    found = population.base.dataset.engine.collect(arms.filter(arms.arms > 1).aggregate(n=ibis._.count()))
    return int(found["n"].iloc[0])


def _checks(population: Population, clusters: DrawnClusters, split: int) -> tuple[Verdict, ...]:
    facts = population.facts
    whole = sum(clusters.counts) - split
    share = split / max(whole, 1)
    found = [enough_clusters(clusters.name, dict(zip(facts.arms, clusters.counts, strict=True)))]
    if split:
        found.append(
            Verdict(
                "Clusters whole",
                "blocked" if share > 0.01 else "warn",
                Told.of(
                    "{split} of {whole} clusters have customers in several arms: they were not drawn whole, and what one "
                    "arm was given reached the other",
                    split=Figure(split, "count"),
                    whole=Figure(whole, "count"),
                ),
                share,
            )
        )
    else:
        said = Told.of("each of the {whole} clusters is in one arm", whole=Figure(whole, "count"))
        found.append(Verdict("Clusters whole", "ok", said, 0.0))
    found.append(
        counted_fault(
            "Cluster known",
            clusters.unknown,
            sum(facts.customers),
            what=Told.of("have no cluster ({name})", name=Quoted(clusters.name)),
            consequence="each is counted as a cluster of its own",
            block_above=0.1,
        )
    )
    return tuple(found)
