"""Orders as shops write them: statuses, refunds, currencies, ids; and a part of the data by a condition."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.data import Dataset, open_dataset
from segkit.errors import DataError, ParameterError
from tests.cases import copied as case
from tests.data.conftest import Shop, line, table_quality

HEAD = "id,who,at,paid,status,cur,back,type\n"
ORDERS = HEAD + (
    "1,a,2024-01-05,53.91,paid,EUR,0.00,sale\n"
    "2,b,2024-01-06,40.00,refunded,EUR,40.00,sale\n"
    "3,A,2024-02-02,100.00,paid,USD,0.00,sale\n"
    "4,c,2024-03-05,30.00,partially_refunded,EUR,12.00,sale\n"
    "5,d,not yet,99.00, Voided ,EUR,0.00,sale\n"
    "6,c,2024-03-09,7.00,paid,,,refund\n"
)
COLUMNS = {"customer_id": "who", "time": "at", "amount": "paid", "order_id": "id"}


def opened(shop: Shop, content: str = ORDERS, **table: Any) -> Dataset:
    shop.write("orders.csv", content)
    settings = {key: table.pop(key) for key in ("rates", "ids", "tolerate", "returns") if key in table}
    columns = COLUMNS | table.pop("columns", {})
    return shop.open({"transactions": {"path": "orders.csv", "columns": columns} | table}, **settings)


def balanced(dataset: Dataset) -> float:
    """The money kept, after the balance of money was seen to be exact."""
    quality = table_quality(dataset)
    aside = sum(one.money_set_aside or 0 for one in quality.lines)
    assert quality.money_in is not None
    assert quality.money_kept is not None
    assert round(quality.money_kept + aside, 2) == round(quality.money_in, 2)
    return quality.money_kept


def test_rows_left_out_by_value_have_no_other_fault(shop: Shop) -> None:
    dataset = opened(shop, leave_out={"status": "voided"})
    assert balanced(dataset) == 230.91
    assert line(dataset, "status is voided (`leave_out`)").set_aside == 1
    assert not [one for one in table_quality(dataset).lines if one.reason.startswith("unreadable")]


def test_rows_kept_by_value(shop: Shop) -> None:
    dataset = opened(shop, keep={"status": ["PAID", "refunded"]})
    assert balanced(dataset) == 200.91
    assert line(dataset, "status is not PAID or refunded (`keep`)").set_aside == 2
    assert line(opened(shop, keep={"cur": ["EUR", None]}, tolerate=0.5), "cur is not EUR or empty").set_aside == 1


def test_a_value_that_never_occurs_is_told(shop: Shop) -> None:
    notes = opened(shop, leave_out={"status": ["voided", "cancelld"]}).quality.notes
    assert any("`leave_out` names cancelld, which no row of `status` has. It has: paid" in note for note in notes)
    with pytest.raises(DataError, match=r"has no column `state`, which `leave_out` names"):
        opened(shop, leave_out={"state": ["voided"]})


def test_refunds_in_a_column_and_by_status_and_as_rows(shop: Shop) -> None:
    out = {"status": "voided"}
    dataset = opened(shop, leave_out=out, columns={"refund": "back"})
    assert balanced(dataset) == 53.91 + 0 + 100 + 18 + 7
    assert line(dataset, "refund, taken off its amount").found == 2
    dataset = opened(shop, leave_out=out, refunded_when={"status": "refunded"})
    assert balanced(dataset) == 53.91 + 0 + 100 + 30 + 7
    dataset = opened(shop, leave_out=out, returned_when={"type": "refund"})
    assert line(dataset, "return or cancellation").found == 1
    rows = dataset.tables["transactions"]
    total = dataset.engine.collect(rows.aggregate(n=rows.amount.sum(), orders=rows.is_purchase.sum())).iloc[0]
    assert (int(total["n"]), int(total["orders"])) == (5391 + 4000 + 10000 + 3000 - 700, 4)


def test_an_unreadable_refund_leaves_no_amount_that_is_too_large(shop: Shop) -> None:
    dataset = opened(
        shop,
        ORDERS.replace("12.00", "twelve"),
        leave_out={"status": "voided"},
        columns={"refund": "back"},
        tolerate=0.5,
    )
    assert balanced(dataset) == 53.91 + 0 + 100 + 7
    assert line(dataset, "unreadable refund").found == 1
    assert line(dataset, "no amount").set_aside == 1


def test_currencies_are_never_summed_as_one(shop: Shop) -> None:
    settings: dict[str, Any] = {"leave_out": {"status": "voided"}, "columns": {"currency": "cur"}}
    dataset = opened(shop, **settings)
    assert balanced(dataset) == 130.91
    assert line(dataset, "in a currency other than EUR").set_aside == 1
    assert line(dataset, "amount without a currency, taken to be in the dataset's own").found == 1
    dataset = opened(shop, **settings, rates={"USD": 0.9257})
    assert balanced(dataset) == 130.91 + 92.57
    rates = {"USD": {dt.date(2024, 1, 1): 0.9, dt.date(2024, 2, 2): 0.95, dt.date(2024, 3, 1): 0.99}}
    assert balanced(opened(shop, **settings, rates=rates)) == 130.91 + 95
    rates = {"USD": {dt.date(2024, 3, 1): 0.99}}
    assert balanced(opened(shop, **settings, rates=rates)) == 130.91
    with pytest.raises(ParameterError, match="the rate of USD must be a number above 0"):
        opened(shop, **settings, rates={"USD": 0})


def test_case_07(tmp_path: Path) -> None:
    """What nobody stated is told; with three lines, the sum is the right one."""
    folder = case("07", tmp_path)
    file = next((folder / "params" / "datasets").glob("*.yaml"))
    notes = " ".join(open_dataset(file, "2024-11-10").quality.notes)
    for says in (
        "`Currency` holds 2 currencies (EUR, USD), and all amounts are summed as EUR",
        "rows whose `Financial Status` is refunded or voided count like all others",
        "`Refunded Amount` is not taken off the amounts",
        "1 customer ids differ from another one in capitals only",
    ):
        assert says in notes
    spec = yaml.safe_load(file.read_text())
    table = spec["tables"]["transactions"]
    table["columns"] |= {"refund": "Refunded Amount", "currency": "Currency"}
    table["leave_out"] = {"Financial Status": "voided"}
    file.write_text(yaml.safe_dump(spec | {"ids": "any_case"}))
    dataset = open_dataset(file, "2024-11-10")
    assert balanced(dataset) == 71.91
    rows = dataset.tables["transactions"]
    buying = rows.filter(rows.is_purchase)
    assert int(dataset.engine.collect(buying.aggregate(n=buying.customer_id.nunique()))["n"].iloc[0]) == 2
    reasons = {one.reason: one.set_aside for one in table_quality(dataset).lines if one.set_aside}
    assert reasons == {
        "Financial Status is voided (`leave_out`)": 1,
        "in a currency other than EUR, or before its first rate (`rates`)": 1,
        "no amount": 1,
    }
    assert "capitals only" not in " ".join(dataset.quality.notes)


def test_where_is_a_part_of_the_data(shop: Shop) -> None:
    dataset = opened(shop, where="status <> ' Voided ' and (amount > 50 or cur = 'EUR') and time >= '2024-01-06'")
    assert balanced(dataset) == 170
    assert line(dataset, "not in the part that is meant (`where: ").set_aside == 3
    with pytest.raises(DataError, match=r"`where`.* names `colour`, not a column of the table transactions"):
        opened(shop, where="colour = 'red'")
    with pytest.raises(DataError, match="the condition may use IN with a list of values only"):
        opened(shop, where="who in (select 1)")


def test_extends(shop: Shop) -> None:
    shop.write("orders.csv", ORDERS.replace("not yet", "2024-03-07"))
    base = shop.describe({"transactions": {"path": "orders.csv", "columns": COLUMNS}}, smallest=7)
    base.rename(shop.folder / "base.yaml")
    child = shop.spec(
        "extends: base\ntitle: In euros\nsmallest: null\ntables: {transactions: {where: cur = 'EUR'}}\n"
    )
    dataset = open_dataset(child, "2024-06-30")
    assert balanced(dataset) == 53.91 + 40 + 30 + 99
    assert (dataset.spec.title, dataset.spec.currency, dataset.spec.smallest) == ("In euros", "EUR", 5)
    shop.spec("extends: bas\n")
    with pytest.raises(
        ParameterError, match=r"shop.yaml, line 1: `extends: bas`: no such file .* Did you mean `base`\?"
    ):
        open_dataset(child, "2024-06-30")
    shop.spec("extends: shop\n")
    with pytest.raises(ParameterError, match="leads back to a file that extends it"):
        open_dataset(child, "2024-06-30")
    (shop.folder / "base.yaml").write_text((shop.folder / "base.yaml").read_text() + "relatoin: x\n")
    shop.spec("# nothing but\nextends: base\n")
    with pytest.raises(ParameterError, match=r"base.yaml, line \d+: `relatoin` is not a known key"):
        open_dataset(child, "2024-06-30")
