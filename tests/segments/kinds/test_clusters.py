"""Clusters: planted groups found, noise refused, names kept, everyone assigned to the nearest centre."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segkit.segments.kinds.cluster_fit import ClusterFit, NoClusters, fit_clusters, matched
from tests.segments.kinds.everyone import Bench, rows, table

FEATURES = {"features": {"usage_data_gb": "data", "usage_voice_minutes": "voice"}}
CLOUDS = {
    "normal": lambda rng, n: rng.normal(size=(n, 4)),
    "leaning": lambda rng, n: rng.normal(size=(n, 3)) @ np.array([[1, 0.9, 0.8], [0, 0.3, 0.5], [0, 0, 0.2]]),
    "even": lambda rng, n: rng.uniform(size=(n, 2)),
    "skewed": lambda rng, n: rng.lognormal(size=(n, 3)),
    "counts": lambda rng, n: rng.poisson(2, (n, 3)).astype(float),
}


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_noise_has_no_clusters(cloud: str) -> None:
    found = fit_clusters(CLOUDS[cloud](np.random.default_rng(3), 1500), most=5, least_share=0.03)
    assert isinstance(found, NoClusters)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_planted_clusters_are_found_and_counted(k: int) -> None:
    rng = np.random.default_rng(k)
    group = rng.integers(0, k, 1200)
    centres = np.array([[0, 0], [9, 0], [0, 9], [9, 9], [20, 4]], dtype=float)
    values = centres[group] + rng.normal(size=(1200, 2))
    found = fit_clusters(values, most=6, least_share=0.03)
    assert isinstance(found, ClusterFit)
    assert len(found.centres) == k
    assert adjusted_rand_score(group, found.nearest(values)) > 0.98
    assert found.stability > 0.95
    assert min(found.jaccard) > 0.9


def test_a_later_fit_continues_the_earlier_one() -> None:
    rng = np.random.default_rng(1)
    group = rng.integers(0, 3, 900)
    centres = np.array([[0, 0], [9, 0], [0, 9]], dtype=float)
    before = fit_clusters(centres[group] + rng.normal(size=(900, 2)), 5, 0.03)
    later = np.array([2, 2, 2, 0, 0, 1])[rng.integers(0, 6, 900)]  # other sizes, so another order
    now = fit_clusters(centres[later] + 0.3 + rng.normal(size=(900, 2)), 5, 0.03)
    assert isinstance(before, ClusterFit)
    assert isinstance(now, ClusterFit)
    pairs = matched(now, before)
    assert sorted(pairs) == sorted(pairs.values()) == [0, 1, 2]
    for here, there in pairs.items():
        assert now.scaling.raw(now.centres)[here] == pytest.approx(before.scaling.raw(before.centres)[there], abs=0.8)


def test_the_engine_assigns_as_numpy_does() -> None:
    columns = rows(500)
    columns["usage_data_gb"][7] = None
    bench = Bench(table(columns))
    fitted = bench.fit("clusters", FEATURES)
    data = np.array(
        [[a or 0.0, b] for a, b in zip(columns["usage_data_gb"], columns["usage_voice_minutes"], strict=True)]
    )
    wanted = fit_clusters(np.delete(data, 7, axis=0), most=8, least_share=0.03)
    assert isinstance(wanted, ClusterFit)
    places = wanted.nearest(data)
    assigned = bench.assigned(fitted)
    assert assigned[8] == len(fitted.segments), "a customer who lacks a feature is Unassigned"
    assert all(assigned[i + 1] == places[i] for i in range(500) if i != 7)
    assert {segment.name for segment in fitted.segments} == {
        "Low data, low voice",
        "High data, low voice",
        "High voice, low data",
    }


def test_only_those_among_are_looked_at() -> None:
    bench = Bench(table(rows(600)))
    fitted = bench.fit("clusters", {**FEATURES, "among": "country = 'DE'"})
    last = len(fitted.segments)
    german = bench.engine.collect(bench.customers.select("customer_id", german=bench.customers.country == "DE"))
    assigned = bench.assigned(fitted)
    assert all((assigned[row.customer_id] < last) == row.german for row in german.itertuples())
    assert fitted.record is not None
    assert fitted.record.rows == int(german["german"].sum())


def test_names_and_order_are_those_of_the_quarters_end() -> None:
    """The customers as of the quarter's end are ordered otherwise by size; names, order and colours are theirs."""
    columns = rows(900)
    now = Bench(table(columns))
    heavy = [i for i in range(900) if columns["usage_data_gb"][i] > 15]
    keep = heavy + [i for i in range(900) if i not in set(heavy)][:300]
    then = Bench(table({name: [values[i] for i in keep] for name, values in columns.items()}))
    asked: list[dt.date] = []
    backend: Any = now.engine.backend
    other = backend.create_table("then", then.customers.to_pyarrow())

    def earlier(day: dt.date) -> ir.Table:
        asked.append(day)
        return other

    alone = then.fit("clusters", FEATURES)
    now.context = replace(now.context, customers_at=earlier)
    fitted = now.fit("clusters", FEATURES)
    assert asked == [dt.date(2025, 3, 31)]
    names = [segment.name for segment in fitted.segments]
    assert names == [segment.name for segment in alone.segments]
    unanchored = Bench(table(columns)).fit("clusters", FEATURES)
    assert names != [segment.name for segment in unanchored.segments]


def test_nothing_stable_means_nobody_is_assigned() -> None:
    columns = rows(400)
    rng = np.random.default_rng(11)
    columns["usage_data_gb"] = rng.normal(50, 5, 400).tolist()
    columns["usage_voice_minutes"] = rng.normal(50, 5, 400).tolist()
    bench = Bench(table(columns))
    fitted = bench.fit("clusters", FEATURES)
    assert fitted.segments == ()
    assert fitted.record is not None
    assert not fitted.record.found
    assert fitted.record.notes[0].startswith("No stable segments")
    assert set(bench.assigned(fitted).values()) == {0}
