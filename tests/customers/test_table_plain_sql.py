"""The customer table against plain SQL, every column, exactly."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.customers import plain_sql
from tests.customers.same import assert_same
from tests.customers.worlds import GROCERY_DAY, TELECOM_DAY, World

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("weeks_ago", [0, 1, 12])
def test_grocery(grocery: World, weeks_ago: int) -> None:
    end = GROCERY_DAY - dt.timedelta(days=7 * weeks_ago)
    wanted = grocery.sql(plain_sql.grocery_customers(end))
    assert wanted.num_rows > 2000
    assert_same(grocery.table(end), wanted)


@pytest.mark.parametrize("weeks_ago", [0, 1, 12])
def test_telecom(telecom: World, weeks_ago: int) -> None:
    end = TELECOM_DAY - dt.timedelta(days=7 * weeks_ago)
    wanted = telecom.sql(plain_sql.telecom_customers(end, usage_days=60))
    assert wanted.num_rows > 2000
    assert_same(telecom.table(end), wanted)


def test_computed_without_keeping_it_is_the_same(grocery: World) -> None:
    from segkit.customers import customer_table

    base = grocery.base
    expr = customer_table(base.dataset.tables, GROCERY_DAY, base.options)
    assert_same(base.dataset.engine.backend.to_pyarrow(expr), grocery.table())
