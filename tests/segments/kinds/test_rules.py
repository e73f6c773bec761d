"""Rules: what may be written, what it means, and what is refused, with the place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.customers.table import COMPUTED_MONEY
from segkit.data.attributes import Attribute
from segkit.data.conditions import read_condition
from segkit.data.schema import Kind
from segkit.errors import ParameterError
from tests.segments.kinds.everyone import Bench, rows, table


@pytest.fixture(scope="module")
def crowd() -> Bench:
    return Bench(table(rows(400)))


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        ("country = 'DE' and revenue > 500", "country = 'DE' AND revenue > 50000"),
        ("value between 19.99 and 80", "value BETWEEN 1999 AND 8000"),
        ("not (member or age < 30)", "NOT (member OR age < 30)"),
        ("city like 'city 1%' and city not like '%0'", "city LIKE 'city 1%' AND city NOT LIKE '%0'"),
        ("upper(marital) in ('MARRIED', 'SINGLE')", "upper(marital) IN ('MARRIED', 'SINGLE')"),
        ("age is null or region is not null", "age IS NULL OR region IS NOT NULL"),
        ("first_purchase >= '2025-01-01'", "first_purchase >= DATE '2025-01-01'"),
        ("year(first_purchase) = 2024", "year(first_purchase) = 2024"),
        ("usage_data_gb / usage_voice_minutes > 0.5", "usage_data_gb / nullif(usage_voice_minutes, 0) > 0.5"),
        ("coalesce(age, 0) + orders * 2 >= -1 + 40", "coalesce(age, 0) + orders * 2 >= 39"),
        ("greatest(orders, purchase_days) > 5", "greatest(orders, purchase_days) > 5"),
        ("member is true", "member IS TRUE"),
        ("abs(value_margin) > 100", "abs(value_margin) > 10000"),
        ("length(country) = 2 -- a comment", "length(country) = 2"),
        ("age <> 40", "age <> 40"),
    ],
)
def test_a_condition_means_what_it_means_in_sql(crowd: Bench, condition: str, sql: str) -> None:
    found = crowd.assigned(crowd.fit("rules", {"rules": [{"name": "it", "when": condition}]}))
    backend = crowd.engine.backend
    wanted = backend.raw_sql(f"SELECT customer_id FROM customer_table WHERE {sql}").fetchall()  # type: ignore[attr-defined]
    assert {customer for customer, place in found.items() if place == 0} == {row[0] for row in wanted}
    assert 0 < len(wanted) <= 400


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("age in (select 1)", "list of values"),
        ("exists (select 1)", "exists"),
        ("(select 1) = 1", "not allowed"),
        ("age > 1; drop table customer_table", "2 statements"),
        ("select 1", "not allowed"),
        ("drop table customer_table", "not allowed"),
        ("read_csv('/etc/passwd') = 'x'", "read_csv"),
        ("getenv('HOME') = 'x'", "getenv"),
        ("system(age) = 1", "system"),
        ("colour = 'red'", "colour"),
        ("_f0 > 1", "_f0"),
        ("customer_table.age = 1", "names a table"),
        ("@age > 1", "not allowed"),
        ("age = :p", "not allowed"),
        ("age = ?", "not allowed"),
        ("age > 9223372036854775808", "64 bits"),
        ("age > 1e999", "not finite"),
        ("age > inf", "inf"),
        ("abs('x') > 1", "needs a number"),
        ("-member", "needs a number"),
        ("coalesce(age, 'x') = 1", "mixes"),
        ("country = 3", "compares text with a number"),
        ("member > false", "greater"),
        ("city like 'a\\%'", "backslash"),
        ("city like country", "in quotes"),
        ("city = '${secret}'", "${"),
        ("age", "true or false"),
        ("age + ", "not readable"),
        ("", "statements"),
        ("case when member then true end", "case"),
        ("age::text = '1'", "cast"),
        ("first_purchase > '2025-13-01'", "date"),
        ("count(*) > 1", "count"),
        ("sum(age) over () > 1", "not allowed"),
        ("(" * 300 + "age > 1" + ")" * 300, "deep"),
        ("age > 1 and " * 400 + "age > 1", "characters"),
    ],
)
def test_what_is_refused_says_why_and_where(crowd: Bench, condition: str, said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read_condition(condition, crowd.customers, crowd.context.money, "rule `x`", amounts=COMPUTED_MONEY)
    assert said in str(caught.value)
    assert str(caught.value).startswith("rule `x`")


def test_the_place_is_shown(crowd: Bench) -> None:
    with pytest.raises(ParameterError, match=r"character 13 \(`colour`\)"):
        read_condition(
            "age > 1 and colour = 2", crowd.customers, crowd.context.money, "rule `x`", amounts=COMPUTED_MONEY
        )


def test_an_attribute_that_holds_money_is_in_major_units_too(crowd: Bench) -> None:
    income = Attribute("age", Kind.MONEY)
    paid = replace(crowd.context, attributes={"age": income})
    rule = crowd.definition("rules", {"rules": [{"name": "it", "when": "age > 0.30"}]})
    found = crowd.engine.collect(crowd.customers.aggregate(n=rule.conditions(crowd.customers, paid)[0].sum()))
    wanted = crowd.engine.collect(crowd.customers.aggregate(n=(crowd.customers.age > 30).sum()))
    assert found["n"].tolist() == wanted["n"].tolist()
    assert 0 < found["n"][0] < 400


def test_a_condition_on_other_rows_says_which(crowd: Bench) -> None:
    rows = crowd.customers.select("age", amount=crowd.customers.revenue)
    condition = read_condition("amount > 500", rows, crowd.context.money, "x", amounts=frozenset({"amount"}), of="y")
    wanted = crowd.customers.aggregate(n=(crowd.customers.revenue > 50_000).sum())
    assert crowd.engine.collect(rows.aggregate(n=condition.sum()))["n"][0] == crowd.engine.collect(wanted)["n"][0]
    with pytest.raises(ParameterError, match="not a column of y"):
        read_condition("revenue > 500", rows, crowd.context.money, "x", amounts=frozenset(), of="y")
    with pytest.raises(ParameterError, match="true or false of a row"):
        read_condition("age", rows, crowd.context.money, "x", amounts=frozenset(), of="y")


def test_the_first_that_holds_decides_and_the_rest_is_counted(crowd: Bench) -> None:
    options = {
        "rules": [
            {"name": "all Germans", "when": "country = 'DE'"},
            {"name": "rich", "when": "revenue > 300"},
            {"name": "poor Germans", "when": "country = 'DE' and revenue <= 300"},
        ]
    }
    counts = crowd.definition("rules", options).counts(crowd.customers, crowd.context)
    places = list(crowd.assigned(crowd.fit("rules", options)).values())
    assert counts.frame["takes"].tolist() == [places.count(i) for i in range(3)]
    assert counts.empty == ("poor Germans",)
    assert counts.unassigned == places.count(3)
    german_rich = "SELECT count(*) FILTER (revenue > 30000), count(*) FILTER (revenue <= 30000) FROM customer_table"
    backend = crowd.engine.backend
    both = backend.raw_sql(german_rich + " WHERE country = 'DE'").fetchone()  # type: ignore[attr-defined]
    assert counts.overlapping == sum(both)


def test_names_are_given_once() -> None:
    with pytest.raises(ValueError, match="two rules have the name"):
        Bench(table(rows(1))).definition("rules", {"rules": [{"name": "a", "when": "member"}] * 2})
