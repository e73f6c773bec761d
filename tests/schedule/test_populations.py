"""A matrix of populations: each page is of its own customers alone, by value, and the pages add up to the whole."""

from __future__ import annotations

import csv
import html
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import ParameterError
from segkit.project.matrix import MatrixPart, parts_of
from segkit.schedule.many import read_matrix
from segkit.schedule.schedule_file import read_schedule
from segkit.schedule.summing import sum_of_parts
from tests.project.project import metrics_of, segkit, write_notebook

PARAMETERS = """\
dataset: str = "shop"  # a file in params/datasets
as_of: str = "2024-06-30"  # the last day that the report sees
population: str = ""  # whom it is about
"""
CELLS = """\
import segkit as sk
base = sk.open(dataset, as_of=as_of, periods=1, population=population)
split = sk.segments.assign(base, "thirds")
sizes = sk.segments.sizes(split)
display(sizes.show.table(), base.show.quality())
"""
DATASET = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
smallest: 1
tables:
  transactions: {path: sales.csv}
  customers: {path: people.csv, attributes: {store: {kind: text}}}
segmentations:
  thirds: {kind: value, groups: 3}
  home: {kind: attribute, column: store}
"""


def write_shop(root: Path, stores: int, customers: int) -> None:
    """A shop of many stores, in which every customer spends an amount of their own."""
    draw = random.Random(stores)
    with (root / "people.csv").open("w", newline="") as people, (root / "sales.csv").open("w", newline="") as sales:
        who, bought = csv.writer(people), csv.writer(sales)
        who.writerow(["customer_id", "store"])
        bought.writerow(["customer_id", "time", "amount", "order_id"])
        for number in range(customers):
            who.writerow([f"c{number}", f"s'{number % stores}"])
            for order in range(draw.choice((1, 2, 5))):
                day = f"2024-06-{1 + draw.randrange(29):02}"
                bought.writerow([f"c{number}", day, f"{draw.randrange(1, 90_000) / 100:.2f}", f"{number}-{order}"])
        bought.writerow(["c0", "2024-06-30", "10.00", "last"])
    write_notebook(root / "notebooks" / "weekly.ipynb", CELLS, parameters=PARAMETERS)
    (root / "params" / "weekly").mkdir(parents=True)
    (root / "params" / "weekly" / "shop.yaml").write_text("dataset: shop\nas_of: 2024-06-30\n")
    (root / "params" / "datasets").mkdir()
    (root / "params" / "datasets" / "shop.yaml").write_text(DATASET)


def whole_of(page: Path) -> tuple[int, int]:
    """Customers and value in cents that a page states of all its segments."""
    metrics = metrics_of(page)
    n = next(m["value"] for key, m in metrics.items() if key.endswith("_all_customers"))
    value = next(m["value"] for key, m in metrics.items() if key.endswith("_all_value"))
    return n, round(value * 100)


def by_store(root: Path) -> dict[str, tuple[int, int]]:
    """Store → customers and cents, by plain SQL over the files."""
    rows = duckdb.sql(
        f"""SELECT store, count(DISTINCT customer_id), sum(CAST(amount * 100 AS BIGINT))::BIGINT
        FROM read_csv('{root}/sales.csv', types = {{'amount': 'DECIMAL(18, 2)'}}) AS sold JOIN read_csv('{root}/people.csv') AS people
        USING (customer_id) GROUP BY store"""
    ).fetchall()
    return {store: (n, cents) for store, n, cents in rows}


def rule_of(name: str) -> str:
    """A name as a rule has it."""
    return "'" + name.replace("'", "''") + "'"


def check_matrix(root: Path, stores: int, customers: int, jobs: int) -> None:
    """Run a matrix of stores and compare each page, and their sum, with plain SQL."""
    write_shop(root, stores, customers)
    names = [f"s'{number}" for number in range(stores)]
    asked = ("--matrix", "store=" + ",".join(f'"{name}"' for name in names), "--population", "store = {store}")
    done = segkit(root, "run", "params/weekly/shop.yaml", *asked, "--jobs", str(jobs), within=3600)
    assert done.returncode == 0, done.stdout + done.stderr
    expected, reports = by_store(root), root / "reports" / "weekly" / "shop"
    assert len(expected) == stores
    for name in names:
        page = reports / name.replace("'", "-") / "2024-06-30"
        assert whole_of(page) == expected[name], name
        others = [other for other in names if other != name]
        text = html.unescape((page / "report.html").read_text())
        assert f"store = {rule_of(name)}" in text
        assert not any(rule_of(other) in text for other in others)
    whole = (sum(n for n, _ in expected.values()), sum(cents for _, cents in expected.values()))
    told = json.loads(done.stderr.splitlines()[-1])["message"]
    assert told == (
        f"weekly/shop/2024-06-30: {stores} parts hold {whole[0]:,} of {whole[0]:,} customers, and all of their value."
    )
    summed = sum_of_parts(reports, "2024-06-30", parts_of({"store": names}, "store = {store}"))
    assert summed is not None
    assert (summed.customers, summed.value) == (summed.all_customers, summed.all_value) == whole
    alone = segkit(root, "run", "params/weekly/shop.yaml")
    assert alone.returncode == 0, alone.stderr
    assert whole_of(reports / "2024-06-30") == whole


@pytest.mark.slow
def test_each_page_is_of_its_own_customers_and_they_add_up(tmp_path: Path) -> None:
    check_matrix(tmp_path, stores=3, customers=60, jobs=2)


@pytest.mark.soak
def test_a_hundred_parts_are_not_mixed_up(tmp_path: Path) -> None:
    check_matrix(tmp_path, stores=100, customers=2000, jobs=2)


@pytest.mark.slow
def test_parts_that_overlap_are_told_and_refused(tmp_path: Path) -> None:
    write_shop(tmp_path, stores=2, customers=20)
    both = "population={first: \"home = 's''0'\", everybody: \"orders >= 0\"}"
    done = segkit(tmp_path, "run", "params/weekly/shop.yaml", "--matrix", both)
    assert done.returncode == 2
    assert "2 parts hold 30 of 20 customers, so that somebody is in several of them" in done.stderr
    page = tmp_path / "reports" / "weekly" / "shop" / "first" / "2024-06-30"
    assert whole_of(page)[0] == 10


def test_values_take_their_place_in_a_rule() -> None:
    parts = parts_of({"store": ["O'Neill", 17, True], "count": [1]}, "store = {store} and orders > 0")
    assert parts == [
        MatrixPart("O-Neill+1", {"count": 1, "population": "store = 'O''Neill' and orders > 0"}),
        MatrixPart("17+1", {"count": 1, "population": "store = 17 and orders > 0"}),
        MatrixPart("True+1", {"count": 1, "population": "store = true and orders > 0"}),
    ]
    assert parts_of({}, "revenue > 5") == [MatrixPart("", {"population": "revenue > 5"})]
    named = read_matrix(["population={north: \"region = 'n'\", south: \"region = 's'\"}"])
    assert [(part.name, part.values["population"]) for part in parts_of(named)] == [
        ("north", "region = 'n'"),
        ("south", "region = 's'"),
    ]


@pytest.mark.parametrize(
    ("matrix", "population", "said"),
    [
        ({"shop": [1]}, "store = {store}", r"takes \{store\}, and the matrix has shop"),
        ({}, "store = {store}", r"takes \{store\}, and the matrix has no values at all"),
        ({"population": ["a = 1"]}, "store = 1", "given by a rule and by values"),
        ({"store": [None]}, "store = {store}", "no value that a rule can compare with"),
        ({"store": ["a", "A"]}, "store = {store}", "both stand in the folder A"),
    ],
)
def test_a_rule_that_the_matrix_does_not_fill_is_refused(
    tmp_path: Path, matrix: dict[str, Any], population: str, said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        parts_of(matrix, population)
    write_shop(tmp_path, stores=1, customers=1)
    entry = {"cron": "0 6 * * 1", "runs": "weekly/shop", "matrix": matrix, "population": population}
    text = json.dumps({"time_zone": "UTC", "entries": {"monday": entry}})
    (tmp_path / "params" / "schedule.yaml").write_text(text)
    with pytest.raises(ParameterError, match=said):
        read_schedule(tmp_path)
