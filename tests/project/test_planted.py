"""One thing planted into the telecom company changes the head of the weekly page in the one way that it should."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest

import segkit as sk
from segkit.customers import customer_base
from segkit.data import Dataset, open_dataset
from segkit.data.spells import chain
from segkit.errors import NotYetError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
END = dt.date(2025, 12, 28)
Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class Head:
    """What the head of a page says."""

    headline: str
    todos: tuple[str, ...]
    grounds: tuple[str, ...]
    closed: tuple[str, ...]


def head_of(dataset: Dataset, **tables: ir.Table) -> Head:
    """The head of the weekly page, of everything on it but who may leave, with other tables in place of some."""
    if "subscriptions" in tables:  # as on opening: which contracts follow each other
        rows = tables["subscriptions"]
        rows = rows.drop(
            *(name for name in ("spell_start", "spell_end", "begins", "uncertain") if name in rows.columns)
        )
        tables["subscriptions"] = chain(dataset.engine, rows, dataset.spec, END).table
    base = customer_base(replace(dataset, tables={**dataset.tables, **tables}), period="week", periods=13)
    split = sk.segments.assign(base, "lifecycle")
    fields = sk.page.head(
        sk.segments.sizes(split),
        sk.segments.moves(split),
        sk.kpis.read(split, most=5),
        sk.campaigns.recent(split),
    ).fields
    decisions = fields["decisions"]
    return Head(
        fields["headline"].text.replace("\u202f", " "),
        (*(one["todo"].text for one in decisions), *(one["todo"].text for one in fields["further"])),
        tuple(one["ground"].text.replace("\u202f", " ") for one in decisions),
        tuple(line.text for line in fields["banner"]),
    )


@pytest.fixture(scope="module")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A fifth of the telecom company that comes along."""
    file = tmp_path_factory.mktemp("planted") / "telecom.yaml"
    file.write_text((ROOT / "params" / "datasets" / "telecom.yaml").read_text().replace("20000", "4000"))
    return open_dataset(file, END)


@pytest.fixture(scope="module")
def plain(telecom: Dataset) -> Head:
    return head_of(telecom)


def test_nothing_is_nothing(telecom: Dataset, plain: Head) -> None:
    """The customers under other numbers, and all rows in another order, are the same company: a quiet week."""
    named = {
        name: table.mutate(customer_id=1_000_000 - table.customer_id).order_by(ibis.desc("customer_id"))
        for name, table in telecom.tables.items()
        if "customer_id" in table.columns
    }
    assert plain.headline.startswith("Segments stable")
    assert head_of(telecom, **named) == plain


def test_a_campaign_that_loses_money_is_to_be_stopped(telecom: Dataset, plain: Head) -> None:
    """Half of those under contract get, by chance, a gift for €40 that changes nothing."""
    day = dt.datetime(2025, 12, 1, 9)
    people = telecom.tables["customers"].select("customer_id")
    hashed = (people.customer_id * 7919) % 1_000
    contacts = telecom.tables["contacts"]
    gift = people.mutate(arm=(hashed < 500).ifelse("gift", "control")).mutate(
        campaign_id=ibis.literal("gift"),
        time=ibis.literal(day).cast("timestamp(6)"),
        channel=ibis.literal("e-mail"),
        cost=(hashed < 500).ifelse(4_000, 0).cast("int64"),
        sent=(hashed < 500),
        opened=ibis.literal(False),
        clicked=ibis.literal(False),
        converted=ibis.literal(False),
    )
    campaigns = telecom.tables["campaigns"]
    planted = ibis.memtable([("gift", "Christmas gift", day.date(), END, True, "control")], schema=campaigns.schema())
    found = head_of(
        telecom,
        contacts=contacts.union(gift.select(*contacts.columns).cast(contacts.schema())),
        campaigns=campaigns.union(planted),
    )
    assert found.headline == plain.headline
    assert set(found.todos) - set(plain.todos) == {"Do not repeat gift of Christmas gift"}
    assert set(plain.todos) <= set(found.todos)
    assert found.todos[0] == "Do not repeat gift of Christmas gift"


def test_a_channel_that_stopped_is_late_for_a_week_and_closed_after_two(telecom: Dataset, plain: Head) -> None:
    rows = telecom.tables["transactions"]

    def without(days: int) -> ir.Table:
        return rows.filter((rows.channel != "shop") | (rows.day <= ibis.date(END - dt.timedelta(days=days))))

    with pytest.raises(NotYetError, match="channel shop has sent nothing after 2025-12-21, while others did"):
        head_of(telecom, transactions=without(7))
    found = head_of(telecom, transactions=without(14))
    assert found.closed == ("Channel shop has sent nothing since 14 Dec 2025 and is taken for closed.",)
    assert set(found.todos) >= set(plain.todos)


def test_a_price_rise_is_told_as_recurring_revenue_through_the_mean_amount(telecom: Dataset, plain: Head) -> None:
    """Everybody pays 8 % more from the last Monday on, in a contract that follows the old one."""
    rows = telecom.tables["subscriptions"]
    monday = ibis.date(END - dt.timedelta(days=6))
    runs = (rows.start < monday) & (rows.end.isnull() | (rows.end > monday))
    old = rows.filter(runs).mutate(end=monday, end_reason=ibis.literal("changed plan"))
    new = rows.filter(runs).mutate(
        start=monday, recurring_amount=(rows.recurring_amount * 1.08).round().cast("int64")
    )
    found = head_of(telecom, subscriptions=rows.filter(~runs).union(old, new))
    assert found.headline.startswith("Recurring revenue a month grew 8.")
    assert "mostly through mean recurring amount" in found.headline
    assert found.todos == plain.todos  # it is better for it, and asks for nothing


def test_one_large_contract_is_named_and_is_not_taken_for_a_price_rise(telecom: Dataset, plain: Head) -> None:
    """A new subscriber brings as much as a tenth of all others: the mean amount rises, and nobody pays more."""
    rows = telecom.tables["subscriptions"]
    signed = rows.limit(1).mutate(
        customer_id=ibis.literal(10_000_000, "int64"),
        start=ibis.date(END - dt.timedelta(days=3)),
        end=ibis.null("date"),
        recurring_amount=ibis.literal(2_000_000, "int64"),
    )
    found = head_of(telecom, subscriptions=rows.union(signed.select(*rows.columns).cast(rows.schema())))
    assert found.headline.startswith("Recurring revenue a month +")
    assert "a few customers make the difference" in found.headline
    assert found.todos == plain.todos


def test_bills_that_come_two_weeks_late_are_told_as_net_revenue(telecom: Dataset, plain: Head) -> None:
    """The bills of the second week of December come in the last one, which otherwise has none."""
    rows = telecom.tables["transactions"]
    late = (rows.category == "bill") & rows.day.between(ibis.date(2025, 12, 8), ibis.date(2025, 12, 14))
    shift = ibis.interval(days=14)
    moved = rows.filter(late).mutate(day=(rows.day + shift).cast("date"), time=rows.time + shift)
    found = head_of(telecom, transactions=rows.filter(~late).union(moved.cast(rows.schema())))
    assert found.headline.startswith("Net revenue grew ")
    assert found.todos == plain.todos
