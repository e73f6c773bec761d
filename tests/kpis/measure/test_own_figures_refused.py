"""Wrong key figures of a dataset file are refused in words, with file and line: when it is read, or when it is opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import segkit as sk
from segkit.kpis.measure.key_figures import key_figures
from segkit.kpis.records import BUILT_IN
from segkit.page.metric import union
from segkit.project.checking import check_run
from segkit.project.request import read_request
from tests.customers.worlds import World
from tests.kpis.measure.made_shop import SHOP, made_shop
from tests.segments.kinds.cases import GROCERY, TELECOM, segmented

LINE = SHOP.count("\n") + 2
"""Line of the first figure."""


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("x: {sum: amount}", "`key_figures.x.of` is missing. Write one of customers, transactions"),
        ("x: {sum: amount, of: baskets}", "must be one of 'customers', 'transactions'"),
        ("x: {sum: amount, mean: amount, of: transactions}", "there is `sum` and `mean`"),
        ("x: {of: transactions}", "there is none"),
        ("x: {share: \"channel = 'x'\", count: rows, of: transactions}", "leave `count: rows` out"),
        ("x: {ratio: [amount], of: transactions}", "`ratio` is two columns"),
        ("x: {sum: amount, of: transactions, unit: euros}", "must be one of 'customers', 'money', 'share'"),
        ("x: {sum: amount, of: transactions, unit: share}", "not a sum"),
        ("x: {share: is_purchase, of: transactions, unit: days}", "a share has the unit share, not days"),
        ("x: {sum: amount, of: transactions, better: more}", "must be one of 'up' or 'down'"),
        ("x: {sum: amount, of: transactions, filter: is_purchase}", "is not a known key"),
        ("Online: {share: is_purchase, of: transactions}", "small letters, digits"),
        ("orders: {count: rows, of: transactions, unit: orders}", "belongs to the built-in key figure `orders`"),
        (
            "orders_change: {count: rows, of: transactions, unit: orders}",
            "belongs to the built-in key figure `orders`",
        ),
        ("under_contract: {count: rows, of: customers}", "belongs to the built-in key figure `under_contract`"),
        ("x: {sum: amount, of: transactions, label: " + "a" * 61 + "}", "at most 60 characters"),
    ],
)
def test_when_the_file_is_read(tmp_path: Path, figure: str, said: str) -> None:
    path = made_shop(tmp_path, f"key_figures:\n  {figure}\n")
    with pytest.raises(sk.ParameterError) as error:
        sk.open(path, as_of="2024-04-08")
    assert said in str(error.value)
    assert f"shop.yaml, line {LINE}:" in str(error.value)


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (
            "{sum: amounts, of: transactions}",
            "`amounts` is not a column of the table transactions. Did you mean `amount`?",
        ),
        ("{sum: channel, of: transactions}", "holds text, and a sum is of numbers"),
        ("{mean: is_purchase, of: transactions}", "holds yes or no, and a mean is of numbers"),
        ("{ratio: [period_revenue, period_order], of: customers}", "Did you mean `period_orders`?"),
        ("{count: receipt, of: transactions, unit: orders}", "`receipt` is not a column"),
        (
            "{count: rows, of: events, unit: index}",
            "`key_figures.x.of: events` is not a table of this dataset. It has: customers, transactions, survey",
        ),
        ("{count: rows, of: survey, unit: index}", "its rows have no time"),
        ("{sum: amount, of: transactions, unit: days}", "amounts have the unit money, not days"),
        ("{count: rows, of: transactions, unit: money}", "no column is an amount"),
        ("{ratio: [orders, revenue], of: customers, unit: money}", "no column is an amount"),
        ("{count: rows, of: transactions}", "lacks its `unit`: write customers, orders, days or index"),
        ("{sum: amount, of: transactions, where: amount}", "true or false of a row"),
        (
            "{sum: amount, of: transactions, where: store = 'x'}",
            "names `store`, not a column of the table transactions",
        ),
        ("{share: shop(amount), of: transactions}", "calls `shop`"),
    ],
)
def test_when_the_figures_are_read_and_by_check(root: Path, tmp_path: Path, figure: str, said: str) -> None:
    path = made_shop(tmp_path, f"key_figures:\n  x: {figure}\n  fine: {{sum: amount, of: transactions}}\n")
    split = sk.segments.assign(sk.open(path, as_of="2024-04-08", periods=2), "city")
    with pytest.raises(sk.ParameterError) as read:
        sk.kpis.read(split)
    assert said in str(read.value)
    assert f"shop.yaml, line {LINE}: `key_figures.x" in str(read.value)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(root / "notebooks" / "weekly_segments.ipynb", tmp_path / "notebooks")
    params = tmp_path / "params" / "weekly_segments" / "shop.yaml"
    params.parent.mkdir()
    params.write_text("dataset: shop\nas_of: 2024-04-08\nsegmentation: city\n")
    with pytest.raises(sk.ParameterError) as checked:
        check_run(read_request(params))
    assert str(checked.value) == str(read.value)


def test_every_mistake_at_once(tmp_path: Path) -> None:
    wrong = "key_figures:\n  x: {sum: amounts, of: transactions}\n  y: {count: rows, of: events, unit: index}\n"
    split = sk.segments.assign(sk.open(made_shop(tmp_path, wrong), as_of="2024-04-08", periods=2), "city")
    with pytest.raises(sk.ParameterError) as error:
        sk.kpis.read(split)
    lines = str(error.value).splitlines()
    assert [f"line {LINE}" in lines[0], f"line {LINE + 1}" in lines[1], len(lines)] == [True, True, 2]


def test_two_of_one_s_own_that_would_write_the_same_numbers(tmp_path: Path) -> None:
    two = "key_figures:\n  x: {sum: amount, of: transactions}\n  x_limit: {sum: amount, of: transactions}\n"
    with pytest.raises(sk.ParameterError, match="`x_limit` is a number that belongs to `x`"):
        sk.open(made_shop(tmp_path, two), as_of="2024-04-08")


def test_a_key_that_another_number_of_the_page_has(tmp_path: Path) -> None:
    """Only a page knows all its numbers: it refuses one key for two of them."""
    split = sk.segments.assign(sk.open(made_shop(tmp_path), as_of="2024-04-08", periods=2), "city")
    numbers = sk.segments.sizes(split).show.table().metrics
    key = next(metric.key for metric in numbers if metric.unit == "customers")
    path = made_shop(tmp_path, f"key_figures:\n  {key}: {{count: order_id, of: transactions}}\n")
    split = sk.segments.assign(sk.open(path, as_of="2024-04-08", periods=2), "city")
    tiles = sk.kpis.read(split, only=[key]).show.tiles()
    with pytest.raises(sk.ReportError, match=f"metric {key} has two values on one page"):
        union([numbers, tiles.metrics])


def test_an_attribute_that_holds_money_is_money(tmp_path: Path) -> None:
    figure = "key_figures:\n  income_of_rich: {mean: income, of: customers, where: income >= 1020.50}\n"
    split = sk.segments.assign(sk.open(made_shop(tmp_path, figure), as_of="2024-04-08", periods=2), "city")
    found = sk.kpis.read(split, only=["income_of_rich"])["income_of_rich"]
    assert (found.unit, found.value) == ("money", 1030.0)


def test_the_built_in_keys_are_those_of_the_figures(grocery: World, telecom: World) -> None:
    split = segmented(grocery, GROCERY["rhythm"].definition)
    (lifecycle,) = [case for case in TELECOM.values() if case.definition["kind"] == "lifecycle"]
    under_contract = key_figures(telecom.base, segmented(telecom, lifecycle.definition))
    found = {figure.key for figure in (*key_figures(grocery.base, split), *under_contract)}
    assert found == set(BUILT_IN) - {"churned_share"}  # of a snapshot alone
