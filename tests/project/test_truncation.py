"""Data cut off at the end are refused; complete weeks are not: real histories, week by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ibis
import pytest

from segkit.customers import customer_base
from segkit.customers.periods import period_ending, stretch_of
from segkit.data import Dataset, open_dataset
from segkit.data.arrivals import coverage
from segkit.errors import NotYetError

FILES = Path(__file__).resolve().parents[1] / "data" / "real"
LAST = {"grocery": "2017-12-31", "telecom": "2025-12-31", "online_retail": "2011-12-09", "cdnow_master": "1998-06-30"}
"""The last day of each history."""
SHIPPED = {"grocery": "2017-12-24", "telecom": "2025-12-28", "online_retail": "2011-12-09"}
FIRST_JUDGED = dt.timedelta(weeks=8)


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest) -> Callable[[str, str], Dataset]:
    """Open a dataset as of a day, each once."""
    found: dict[tuple[str, str], Dataset] = {}

    def open_(name: str, as_of: str) -> Dataset:
        if (name, as_of) not in found:
            if (FILES / f"{name}.yaml").is_file():
                folder = request.getfixturevalue("shared_data")
                with pytest.MonkeyPatch.context() as patch:
                    patch.setenv("SEGKIT_SHARED_DATA", str(folder))
                    found[name, as_of] = open_dataset(FILES / f"{name}.yaml", as_of)
            else:
                found[name, as_of] = open_dataset(name, as_of)
        return found[name, as_of]

    return open_


def cut(dataset: Dataset, days: int) -> Dataset:
    """The same without what came on the last days: the as-of date stays."""
    last = ibis.date(dataset.as_of - dt.timedelta(days=days))
    tables = dict(dataset.tables)
    for name, table in tables.items():
        if name == "transactions":
            tables[name] = table.filter(table.day <= last)
        elif name == "subscriptions":
            ended = ibis.cases((table.end <= last, table.end), else_=ibis.null("date"))
            tables[name] = table.filter(table.start <= last).mutate(end=ended)
        elif name in ("events", "contacts"):
            tables[name] = table.filter(table.time.date() <= last)
    return replace(dataset, tables=tables)


@pytest.mark.slow
@pytest.mark.parametrize("period", ["week", "month"])
@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_no_page_is_made_of_what_was_cut_off(name: str, period: str, opened: Callable[[str, str], Dataset]) -> None:
    """One to fourteen days off the end: every one is refused, so that no headline, verdict or decision can change."""
    whole = opened(name, SHIPPED[name])
    assert customer_base(whole, period=period, periods=2).previous is not None
    for days in range(1, 15):
        with pytest.raises(NotYetError, match="table transactions: nothing after"):
            customer_base(cut(whole, days), period=period, periods=2)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["transactions", "subscriptions", "events"])
def test_one_table_alone_is_missed(table: str, opened: Callable[[str, str], Dataset]) -> None:
    whole = opened("telecom", SHIPPED["telecom"])
    for days in (1, 3, 14):
        tables = {**whole.tables, table: cut(whole, days).tables[table]}
        with pytest.raises(NotYetError, match=f"table {table}: nothing after"):
            customer_base(replace(whole, tables=tables), period="week", periods=2)


@pytest.mark.slow
def test_a_store_that_stopped_is_missed_and_later_closed(opened: Callable[[str, str], Dataset]) -> None:
    """The five largest stores of the grocer, one after the other."""
    whole = opened("grocery", SHIPPED["grocery"])
    rows = whole.tables["transactions"]
    sizes = rows.group_by("store").aggregate(n=rows.count()).order_by(ibis.desc("n")).limit(5)
    for store in whole.engine.collect(sizes)["store"]:
        for days in (7, 10, 13):
            last = ibis.date(whole.as_of - dt.timedelta(days=days))
            without = rows.filter((rows.store != store) | (rows.day <= last))
            with pytest.raises(NotYetError, match=f"store {store} has sent nothing after"):
                customer_base(replace(whole, tables={**whole.tables, "transactions": without}), periods=2)
        last = ibis.date(whole.as_of - dt.timedelta(days=14))
        without = rows.filter((rows.store != store) | (rows.day <= last))
        base = customer_base(replace(whole, tables={**whole.tables, "transactions": without}), periods=2)
        assert base.coverage is not None
        assert [group.label for group in base.coverage.closed] == [f"store {store}"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LAST))
def test_whole_weeks_are_seldom_called_incomplete(
    name: str, opened: Callable[[str, str], Dataset], record_property: Callable[[str, object], None]
) -> None:
    """Every week of the history as of its last day: at most one in a hundred, stores that never came back apart."""
    dataset = opened(name, LAST[name])
    end, first = dt.date.fromisoformat(LAST[name]), dataset.quality.tables
    begin = next(table.first for table in first if table.table == "transactions")
    assert begin is not None
    tables, groups, weeks = [], [], 0
    while end - begin >= FIRST_JUDGED:
        found = coverage(dataset, stretch_of(period_ending(end, "week")))
        tables += [(end, table.table) for table in found.tables if table.state != "complete"]
        groups += [(end, group, _came_back(dataset, group.column, group.value, end)) for group in found.stopped]
        weeks += 1
        end -= dt.timedelta(days=7)
    resumed = {day for day, _, back in groups if back}
    gone = {day for day, _, back in groups if not back}
    record_property(
        "figure",
        f"{name}: {weeks} whole weeks; {len(tables)} with a table called incomplete, {len(resumed)} with a group that "
        f"sent again, {len(gone)} with one that never did ({sorted({g.label for _, g, back in groups if not back})}); "
        f"{tables} {[(str(day), g.label) for day, g, back in groups if back]}",
    )
    assert len({day for day, _ in tables} | resumed) <= max(0.01 * weeks, 1)


def _came_back(dataset: Dataset, column: str, value: str, end: dt.date) -> bool:
    rows = dataset.tables["transactions"]
    if column not in rows.columns:
        rows = rows.left_join(dataset.tables["products"].select("product_id", column), "product_id")
    later = rows.filter((rows[column].cast("string") == value) & (rows.day > ibis.date(end)))
    return int(dataset.engine.collect(later.aggregate(n=later.count()))["n"].iloc[0]) > 0
