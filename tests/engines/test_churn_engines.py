"""Features, labels, samples and scores of churn are the same in PostgreSQL as in DuckDB."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from segkit.churn.measure.departures import ChurnDefinition, departures, eligible
from segkit.churn.measure.expressions import with_risk
from segkit.churn.measure.frames import Frames
from segkit.churn.measure.gaps import usual_gap
from segkit.churn.measure.rhythm import Rhythm
from segkit.churn.options import ChurnOptions
from segkit.customers import CustomerBase
from segkit.data.engine import Engine
from segkit.learning.encoding import fit_encoding
from segkit.learning.features import SnapshotFeatures, event_kinds
from segkit.learning.learners import fit_learner
from segkit.learning.scores import Recalibration
from tests.customers.made import Loader, load_duckdb
from tests.engines.conftest import Build
from tests.engines.servers import running_postgres
from tests.engines.test_postgres import load as load_postgres

OPTIONS = ChurnOptions(horizon=3)
CASES = ("telecom", "hard")


def frames(base: CustomerBase) -> Frames:
    contractual = base.dataset.spec.relation == "contractual"
    return Frames(base, OPTIONS, OPTIONS.definition(contractual), SnapshotFeatures(base, event_kinds(base)))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Engine]:
    with running_postgres() as server:
        password = urllib.parse.quote(server.password, safe="")
        found = Engine.connect(f"postgres://{server.user}:{password}@127.0.0.1:{server.port}/postgres")
        yield found
        found.backend.disconnect()


def rows(base: CustomerBase, expr: object) -> pa.Table:
    return base.dataset.engine._to_arrow(expr)  # type: ignore[arg-type]


def same(one: pa.Table, two: pa.Table) -> None:
    assert one.column_names == two.column_names
    assert one.num_rows == two.num_rows > 20
    for name in one.column_names:
        a, b = one[name].to_pylist(), two[name].to_pylist()
        assert [x is None for x in a] == [x is None for x in b], name
        if isinstance(next((x for x in a if x is not None), None), float):
            np.testing.assert_allclose(
                [x for x in a if x is not None], [x for x in b if x is not None], rtol=1e-9, atol=1e-9, err_msg=name
            )
        else:
            assert a == b, name


@pytest.mark.parametrize("case", CASES)
def test_postgres_is_the_same_as_duckdb(case: str, warehouse: Engine, build: Build) -> None:
    compare(case, warehouse, build, load_postgres)


def test_a_rhythm_is_the_same_in_postgres(warehouse: Engine, build: Build) -> None:
    compare_rhythm(warehouse, build, load_postgres)


def compare_rhythm(engine: Engine, build: Build, load: Loader) -> None:
    definition = ChurnDefinition(contractual=False, rhythm=Rhythm(2.5, 45.0))
    parts = []
    for one, loader in ((Engine.connect("duckdb://"), load_duckdb), (engine, load)):
        base = build("hard", one, loader)
        day = base.as_of - dt.timedelta(days=56)
        people = eligible(base, definition, day).select("customer_id", "lapse_limit", "lapse_silent")
        left = departures(base, definition, day, (base.as_of,))
        parts.append([rows(base, expr.order_by("customer_id")) for expr in (people, left)])
    for here, found in zip(*parts, strict=True):
        same(here, found)
    assert 5 < sum(parts[0][1]["left"].to_pylist()) < parts[0][1].num_rows - 5


def compare(case: str, engine: Engine, build: Build, load: Loader) -> None:
    here = build(case, Engine.connect("duckdb://"), load_duckdb)
    there = build(case, engine, load)
    ours, theirs = frames(here), frames(there)
    assert [f.name for f in ours.builder.features] == [f.name for f in theirs.builder.features]
    same(
        rows(here, ours.unlabelled(here.as_of).order_by("customer_id")),
        rows(there, theirs.unlabelled(there.as_of).order_by("customer_id")),
    )
    day = OPTIONS.ends(here.as_of)[0].replace(year=here.as_of.year - 1)
    told = [departures(b, f.definition, day, OPTIONS.ends(day)) for b, f in ((here, ours), (there, theirs))]
    same(rows(here, told[0].order_by("customer_id")), rows(there, told[1].order_by("customer_id")))
    gaps = usual_gap(ours), usual_gap(theirs)
    assert gaps[0] == gaps[1]
    assert (gaps[0] is None) == ours.definition.contractual
    # both models, as expressions
    sample = ours.sample_unlabelled(here.as_of, 10_000)
    np.testing.assert_array_equal(sample.customers, theirs.sample_unlabelled(there.as_of, 10_000).customers)
    encoding = fit_encoding(ours.builder.features, sample.raw)
    labels = (np.arange(sample.rows) % 3 == 0).astype(float)
    for name in ("logistic", "boosting"):
        model = fit_learner(name, encoding.matrix(sample.raw), labels)  # type: ignore[arg-type]
        scored = [
            rows(
                b,
                with_risk(f.unlabelled(b.as_of), encoding, model, Recalibration(0.1, 0.9))
                .select("customer_id", "risk")
                .order_by("customer_id"),
            )
            for b, f in ((here, ours), (there, theirs))
        ]
        same(scored[0], scored[1])
