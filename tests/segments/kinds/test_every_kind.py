"""What every kind of segmentation has to hold, whatever the customers are like."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from segkit.errors import DataError
from segkit.segments.kind_registry import known_kinds
from tests.segments.kinds.everyone import AS_OF, KINDS, Bench, rows, survey, table

HOSTILE = [
    "<script>alert(1)</script>",
    "'; drop table customer_table; --",
    'a "quoted" one',
    "😀 emoji",
    "x" * 10_000,
]


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def crowd() -> Bench:
    return Bench(table(rows(600)))


def check_partition(bench: Bench, kind: str) -> dict[object, int]:
    """Everyone once, in a segment that exists; the sizes and values add up to the cent."""
    fitted = bench.fit(kind, KINDS[kind])
    names = [segment.name for segment in fitted.all_segments]
    assert len(set(names)) == len(names)
    assigned = fitted.assign(bench.customers)
    assert set(assigned.columns) == {*bench.customers.columns, "segment"}
    value = assigned.value.sum().fill_null(0)
    sums = bench.engine.collect(assigned.group_by("segment").aggregate(n=assigned.count(), value=value))
    customers = bench.customers
    whole = bench.engine.collect(
        customers.aggregate(n=customers.count(), value=customers.value.sum().fill_null(0))
    ).iloc[0]
    assert int(sums["n"].sum()) == int(whole["n"])
    assert int(sums["value"].sum()) == int(whole["value"])
    found = bench.assigned(fitted)
    assert len(found) == int(whole["n"])
    assert all(0 <= place < len(names) for place in found.values())
    return found


def test_the_suite_knows_every_kind() -> None:
    assert {options.get("kind", name) for name, options in KINDS.items()} == set(known_kinds())


def test_partition_that_reconciles(crowd: Bench, kind: str) -> None:
    found = check_partition(crowd, kind)
    assert len(set(found.values())) > 1, "customers who differ are told apart"


def test_the_same_twice(crowd: Bench, kind: str) -> None:
    first, second = (crowd.fit(kind, KINDS[kind]) for _ in range(2))
    assert first.segments == second.segments
    assert crowd.assigned(first) == crowd.assigned(second)


def test_order_of_rows_means_nothing(crowd: Bench, kind: str) -> None:
    columns = rows(600)
    order = sorted(range(600), key=lambda i: (i * 7919) % 600)
    shuffled = Bench(table({name: [values[i] for i in order] for name, values in columns.items()}))
    theirs, ours = shuffled.fit(kind, KINDS[kind]), crowd.fit(kind, KINDS[kind])
    assert [s.name for s in theirs.segments] == [s.name for s in ours.segments]
    assert shuffled.assigned(theirs) == crowd.assigned(ours)


def test_nobody(kind: str) -> None:
    assert check_partition(Bench(table({})), kind) == {}


def test_one_customer(kind: str) -> None:
    assert len(check_partition(Bench(table(rows(1))), kind)) == 1


def test_all_alike_are_together(kind: str) -> None:
    columns = {name: [values[0]] * 50 for name, values in rows(1).items()} | {"customer_id": list(range(50))}
    assert len(set(check_partition(Bench(table(columns)), kind).values())) == 1


def test_nothing_known_of_anybody(kind: str) -> None:
    columns = {"customer_id": list(range(40)), "as_of": [AS_OF] * 40}
    bench = Bench(table(columns))
    if kind in ("attribute", "bands", "bands in groups"):
        with pytest.raises(DataError, match="is empty for all 40 customers"):
            check_partition(bench, kind)
        columns = {name: values[:10] for name, values in columns.items()}
        bench = Bench(table(columns))
    assert len(set(check_partition(bench, kind).values())) == 1


# Ibis writes Spark's text only where pyspark is installed
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", pytest.param("pyspark", marks=pytest.mark.spark)])
def test_every_engine_has_a_text_for_it(crowd: Bench, kind: str, dialect: str) -> None:
    if dialect == "pyspark":
        assert ibis.pyspark.name == "pyspark"  # loads the options that its compiler reads
    fitted = crowd.fit(kind, KINDS[kind])
    unbound = ibis.table(crowd.customers.schema(), name="customer_table")
    if fitted.record is None:  # what is fitted may join a table of the engine's own
        assert "segment" in str(ibis.to_sql(fitted.assign(unbound), dialect=dialect))


def test_a_thousand_segments() -> None:
    columns = rows(2000)
    columns["city"] = [f"place {i % 1000}" for i in range(2000)]
    bench = Bench(table(columns))
    for kind, options in {
        "attribute": {"column": "city", "most": 1000},
        "hierarchy": {"columns": ["city"], "smallest": 2},
        "combination": {"columns": ["city", "city"], "most": 1000},
        "preferred": {"column": "store", "most": 1000},
        "rules": {"rules": [{"name": f"r{i}", "when": f"city = 'place {i}'"} for i in range(1000)]},
    }.items():
        fitted = bench.fit(kind, options)
        assert len(fitted.segments) == 1000, kind
        assert set(bench.assigned(fitted).values()) == set(range(1000)), kind


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("attribute", {"column": "city"}),
        ("hierarchy", {"columns": ["country", "city"], "smallest": 1}),
        ("combination", {"columns": ["city", "country"]}),
        ("preferred", {"column": "store"}),
    ],
)
def test_hostile_names_stay_names(kind: str, options: dict[str, object]) -> None:
    columns = rows(50)
    columns["city"] = [HOSTILE[i % 5] for i in range(50)]
    columns["country"] = ["Other"] * 50
    bench = Bench(table(columns))
    fitted = bench.fit(kind, options)
    assert len(fitted.segments) == 5
    for number, name in enumerate(HOSTILE):
        mine = {place for customer, place in bench.assigned(fitted).items() if (customer - 1) % 5 == number}
        assert len(mine) == 1
        assert name in fitted.segments[mine.pop()].name


def test_hostile_names_in_rules() -> None:
    columns = rows(50)
    columns["city"] = [HOSTILE[i % 5] for i in range(50)]
    bench = Bench(table(columns))
    short = [name for name in HOSTILE if len(name) < 100]
    quoted = [name.replace("'", "''") for name in short]
    fitted = bench.fit(
        "rules", {"rules": [{"name": n, "when": f"city = '{q}'"} for n, q in zip(short, quoted, strict=True)]}
    )
    assert sorted(set(bench.assigned(fitted).values())) == [0, 1, 2, 3, 4]


MANY = {
    "attribute": {"column": "city", "most": 1000},
    "bands": {"column": "age", "edges": list(range(1, 1000))},
    "rfm": {"scores": 9, "grid": {f"cell {c}": str(c) for c in range(111, 1000) if "0" not in str(c)}},
}


@pytest.mark.parametrize("kind", sorted(MANY))
def test_many_segments_are_a_partition_that_reconciles(kind: str) -> None:
    """A thousand where a kind has so many (729 cells of a nine-score grid); value has at most 100 groups, and the other
    kinds have the segments of their definition."""
    columns = rows(2000)
    columns["city"] = [f"place {i % 1000}" for i in range(2000)]
    columns["age"] = [i % 1000 for i in range(2000)]
    bench = Bench(table(columns))
    fitted = bench.fit(kind, MANY[kind])
    assert len(fitted.segments) == (729 if kind == "rfm" else 1000)
    sums = bench.engine.collect(
        fitted.assign(bench.customers).group_by("segment").aggregate(n=ibis._.count(), value=ibis._.value.sum())
    )
    assert int(sums["n"].sum()) == 2000
    assert int(sums["value"].sum()) == sum(columns["value"])


NAMED = {
    "bands": {"column": "age", "edges": [30, 50, 60, 70], "labels": HOSTILE},
    "rfm": {"grid": {name: f"{i + 1}**" for i, name in enumerate(HOSTILE)}},
    "rules": {"rules": [{"name": name, "when": f"age >= {70 - 15 * i}"} for i, name in enumerate(HOSTILE)]},
    "clusters": {"features": {"usage_data_gb": HOSTILE[0], "usage_voice_minutes": HOSTILE[4]}},
}


@pytest.mark.parametrize("kind", sorted(NAMED))
def test_hostile_names_that_the_dataset_file_gives(crowd: Bench, kind: str) -> None:
    fitted = crowd.fit(kind, {**NAMED[kind], "title": HOSTILE[0]})
    assert fitted.title == HOSTILE[0]
    if kind == "clusters":
        assert any(HOSTILE[0] in segment.name for segment in fitted.segments)
    else:
        assert [segment.name for segment in fitted.segments] == HOSTILE
    assert len(crowd.assigned(fitted)) == 600


def test_hostile_answers_of_a_survey() -> None:
    answers = survey(300).to_pandas()
    answers["answer"] = answers["answer"].map({"yes": HOSTILE[1], "no": HOSTILE[0]})
    answers["question"] = answers["question"].map({f"q{i}": HOSTILE[i % 5][:200] + str(i) for i in range(6)})
    bench = Bench(table(rows(600)), {"survey": pa.Table.from_pandas(answers, schema=survey(1).schema)})
    fitted = bench.fit("needs", {})
    plain = Bench(table(rows(600))).fit("needs", {})
    assert len(fitted.segments) == len(plain.segments) == 2
    assert any("<script>" in segment.name.lower() for segment in fitted.segments)
