"""Reports about some customers are of the same customers in every engine, and a list of customers has populations, too."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest

import segkit as sk
from segkit.customers import CustomerBase
from segkit.customers.report_population import narrowed
from segkit.data.conditions import read_condition
from segkit.data.engine import Engine
from segkit.data.schema import Money
from segkit.errors import DataError
from segkit.segments.measure.assign import segment
from segkit.segments.measure.membership import population_members
from tests.customers.made import Loader, load_duckdb
from tests.engines.conftest import Build
from tests.engines.servers import running_postgres
from tests.engines.test_compile import ENGINES, TABLES, compiled
from tests.engines.test_postgres import load as load_postgres

RULES = {
    "hard": (
        "city = 'Bonn' or city is null",
        "not coalesce(city in ('Bonn', 'Köln'), false) and age between 18 and 60",
        "orders >= 2 and revenue > 10.00",
        "lifecycle != 'Active' and recency is not null",
        "lifecycle in ('New', 'Active') and thirds != 'Unassigned'",
    ),
    "hard contracts": ("plan = 'S' or plan = 'M'", "recurring_amount > 15", "lifecycle = 'Churned'", "tenure < 12"),
}


def told(base: CustomerBase, rules: tuple[str, ...]) -> dict[str, Any]:
    """Whom each rule holds for, what they bring, and in which segments they are."""
    found: dict[str, Any] = {}
    for rule in rules:
        ids = base.dataset.engine.collect(population_members(base, rule))["customer_id"]
        try:
            part = narrowed(base, rule)
        except DataError as error:
            found[rule] = str(error)
            continue
        assert part.population is not None
        sums = (part.population.customers, part.population.value, part.population.all_customers)
        rows = {
            name: int(part.dataset.engine.collect(table.aggregate(n=table.count()))["n"][0])
            for name, table in part.dataset.tables.items()
        }
        split = segment(part, "lifecycle").totals(part.as_of)[["customers", "value"]].astype("int64")
        found[rule] = (sorted(int(one) for one in ids), sums, rows, split.to_numpy().tolist())
    return found


@pytest.fixture(scope="module")
def by_duckdb(build: Build) -> Callable[[str], dict[str, Any]]:
    return lambda case: told(build(case, Engine.connect("duckdb://"), load_duckdb), RULES[case])


@pytest.fixture(scope="module")
def postgres() -> Iterator[Engine]:
    with running_postgres() as server:
        password = urllib.parse.quote(server.password, safe="")
        engine = Engine.connect(f"postgres://{server.user}:{password}@127.0.0.1:{server.port}/postgres")
        yield engine
        engine.backend.disconnect()


def _compare(case: str, build: Build, engine: Engine, load: Loader, wanted: dict[str, Any]) -> None:
    found = told(build(case, engine, load), RULES[case])
    assert found == wanted
    held = [sums for one in found.values() if not isinstance(one, str) for sums in [one[1]]]
    assert len(held) >= len(RULES[case]) - 1  # rules that hold for nobody compare nothing
    assert all(0 < customers < everybody for customers, _, everybody in held)


@pytest.mark.parametrize("case", RULES)
def test_a_population_in_postgresql_is_that_of_duckdb(
    case: str, postgres: Engine, build: Build, by_duckdb: Callable[[str], dict[str, Any]]
) -> None:
    _compare(case, build, postgres, load_postgres, by_duckdb(case))


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("case", RULES)
def test_a_population_in_spark_is_that_of_duckdb(
    case: str, spark: Engine, build: Build, by_duckdb: Callable[[str], dict[str, Any]]
) -> None:
    from tests.engines.test_spark import load as load_spark

    _compare(case, build, spark, load_spark, by_duckdb(case))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rule_has_a_text_for_every_engine(engine: str) -> None:
    people = ibis.table(
        {**TABLES["customers"], "orders": "int64", "revenue": "int64", "started": "date"}, name="people"
    )
    money = Money("EUR", 2)
    for rule in ("city = 'O''Neill' and orders > 1", "revenue >= 10.50 or started < '2024-02-29'", "city is null"):
        members = people.filter(
            read_condition(rule, people, money, "population", amounts=frozenset({"revenue"})).fill_null(False)
        )
        parsed = compiled(members.select("customer_id"), engine)
        assert [column.alias_or_name for column in parsed.selects] == ["customer_id"]


LIST = """\
title: Members
relation: list
time_zone: Europe/Berlin
currency: EUR
smallest: 1
tables:
  customers: {path: people.csv, attributes: {city: {kind: text}, age: {kind: number}}}
segmentations:
  city: {kind: attribute, column: city}
  ages: {kind: bands, column: age, edges: [30, 60]}
"""


def test_a_list_of_customers_has_populations_that_add_up(tmp_path: Path) -> None:
    people = [(n, ("Bonn", "Köln", "Ulm", "")[n % 4], 18 + n) for n in range(60)]
    (tmp_path / "people.csv").write_text(
        "customer_id,city,age\n" + "".join(f"m{n},{city},{age}\n" for n, city, age in people)
    )
    path = tmp_path / "params" / "datasets" / "members.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(LIST)
    parts = {"city = 'Bonn'": 15, "city in ('Köln', 'Ulm')": 30, "city is null": 15}
    for rule, customers in parts.items():
        base = sk.open(path, as_of="2024-06-30", population=rule)
        assert base.population is not None
        assert (base.population.customers, base.population.all_customers, base.population.value) == (customers, 60, 0)
        assert sk.segments.sizes(sk.segments.assign(base, "ages")).total_customers == customers
    split = sk.segments.assign(sk.open(path, as_of="2024-06-30"), "ages")
    names = [one.name for one in split.segmentation.all_segments]
    counted = dict(zip(names, split.totals(split.base.as_of)["customers"], strict=True))
    for name, customers in counted.items():
        if customers:
            population = sk.open(path, as_of="2024-06-30", population=f"ages = '{name}'").population
            assert population is not None
            assert population.customers == customers
    assert sorted(n for n in counted.values() if n) == sorted([12, 30, 18])
    with pytest.raises(DataError, match="holds for none of the 60 customers"):
        sk.open(path, as_of="2024-06-30", population="city = 'Rom'")
