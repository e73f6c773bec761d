"""Doubles and fitted models in PostgreSQL and Spark: the same bits, the same leaves, the same probabilities."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

import pytest

from segkit.data.engine import Engine
from tests.churn.measure.leaves import check_scores
from tests.data.doubles import EDGES, doubles, off
from tests.engines.servers import running_postgres
from tests.engines.test_postgres import load as load_postgres
from tests.engines.test_spark import load as load_spark


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Engine]:
    with running_postgres() as server:
        password = urllib.parse.quote(server.password, safe="")
        found = Engine.connect(f"postgres://{server.user}:{password}@127.0.0.1:{server.port}/postgres")
        yield found
        found.backend.disconnect()


def test_random_doubles_arrive_whole_in_postgres(warehouse: Engine) -> None:
    assert off(warehouse, [*EDGES, *doubles(3_000, seed=2)]) == []


def test_every_customer_falls_into_the_models_own_leaf_in_postgres(warehouse: Engine) -> None:
    check_scores(warehouse, load_postgres, worlds=2)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_random_doubles_arrive_whole_in_spark(spark: Engine) -> None:
    assert off(spark, [*EDGES, *doubles(1_000, seed=3)]) == []


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_customer_falls_into_the_models_own_leaf_in_spark(spark: Engine) -> None:
    check_scores(spark, load_spark, worlds=1, count=600, trees=4)
