"""Contracts as dumps of the whole table and as changes of status, against plain Python over the same rows."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from segkit.data import open_dataset
from segkit.errors import DataError, ParameterError
from tests.cases import Case
from tests.data.conftest import Shop, table_quality

HEADER = "id,start,end,plan,fee\n"
COLUMNS = {"customer_id": "id", "recurring_amount": "fee"}


def _spec(**more: Any) -> dict[str, Any]:
    return {"subscriptions": {"path": "dump/*.csv", "columns": COLUMNS, "followed_within": 0, **more}}


def _contracts(dataset: Any) -> list[tuple[str, str, str | None, str]]:
    frame = dataset.engine.collect(dataset.tables["subscriptions"].select("customer_id", "start", "end", "plan"))
    rows = (
        (str(r.customer_id), str(r.start)[:10], None if pd.isna(r.end) else str(r.end)[:10], r.plan)
        for r in frame.itertuples()
    )
    return sorted(rows, key=_order)


def _order(row: tuple[str, str, str | None, str]) -> tuple[str, str, str, str]:
    return row[0], row[1], row[2] or "", row[3]


def test_dumps_that_nobody_declared_are_remarked(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case("17"))
    notes = open_dataset("s", "2024-11-30").quality.notes
    assert any("1 customer has contracts that begin on one day" in note and "shape: dumps" in note for note in notes)


def test_of_dumps_the_latest_row_of_a_contract_holds(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = case("17")
    monkeypatch.chdir(folder)
    file = folder / "params" / "datasets" / "s.yaml"
    file.write_text(file.read_text().replace("    path:", "    shape: dumps\n    followed_within: 0\n    path:"))
    dataset = open_dataset("s", "2024-11-30")
    assert _contracts(dataset) == [("1", "2024-01-05", "2024-11-15", "A"), ("2", "2024-02-05", None, "A")]
    assert any("2024-11.csv" in note for note in dataset.quality.notes)


def _dumps(shop: Shop) -> pd.DataFrame:
    """Write four dumps of contracts that end, change plan and vanish from one dump to the next."""
    draw = random.Random(5)
    rows = []
    now: dict[tuple[int, str], tuple[str, str]] = {}
    for month in range(1, 5):
        for who in range(60):
            if draw.random() < 0.3:
                now[who, f"2024-0{month}-{draw.randint(1, 9):02d}"] = ("", draw.choice("AB"))
        for key, (end, plan) in list(now.items()):
            if not end and draw.random() < 0.2:
                now[key] = (draw.choice([f"2024-0{month}-{draw.randint(10, 28)}", "9999-12-31"]), plan)
            elif draw.random() < 0.1:
                now[key] = (end, draw.choice("ABC"))
            elif draw.random() < 0.03:
                del now[key]
        rows += [(month, who, start, end, plan, 10) for (who, start), (end, plan) in now.items()]
    frame = pd.DataFrame(rows, columns=["month", "id", "start", "end", "plan", "fee"])
    for month, part in frame.groupby("month"):
        text = part.drop(columns="month").sample(frac=1, random_state=1).to_csv(index=False)
        shop.write(f"dump/2024-0{month}.csv", text)
    return frame


def test_dumps_against_pandas(shop: Shop) -> None:
    frame = _dumps(shop)
    last = frame[frame["month"] == frame.groupby(["id", "start"])["month"].transform("max")]
    dataset = shop.open(_spec(shape="dumps"), "2024-06-30")
    assert _contracts(dataset) == sorted(
        ((str(r.id), r.start, r.end if r.end[:4] == "2024" else None, r.plan) for r in last.itertuples()), key=_order
    )
    found = table_quality(dataset, "subscriptions")
    assert (found.rows_in, found.rows_kept) == (len(frame), len(last))
    gone = last[(last["month"] < 4) & ~last["end"].str.startswith("2024")]
    assert len(gone) > 0
    assert any(
        note.startswith(f"{len(gone):,} contracts that ran in an earlier dump") for note in dataset.quality.notes
    )


def test_dumps_in_one_table_have_the_day_that_each_was_taken(shop: Shop) -> None:
    shop.write(
        "dump/all.csv",
        "id,start,end,plan,fee,day\n1,2024-01-01,,A,1,2024-02-01\n1,2024-01-01,2024-02-15,A,1,2024-03-01\n"
        "1,2024-01-01,,A,1,2024-09-01\n",
    )
    columns = COLUMNS | {"taken": "day"}
    dataset = shop.open(_spec(shape="dumps", columns=columns), "2024-06-30")
    # the dump of September is not yet seen
    assert _contracts(dataset) == [("1", "2024-01-01", "2024-02-15", "A")]
    with pytest.raises(DataError, match="nobody knows which row of a contract is the latest"):
        shop.open(_spec(shape="dumps"), "2024-06-30")


def test_two_contracts_of_one_day_in_one_dump_both_stay(shop: Shop) -> None:
    shop.write("dump/1.csv", HEADER + "1,2024-01-01,,A,1\n1,2024-01-01,,B,1\n")
    shop.write("dump/2.csv", HEADER + "1,2024-01-01,,A,1\n1,2024-01-01,2024-02-01,B,1\n")
    dataset = shop.open(_spec(shape="dumps"), "2024-06-30")
    assert _contracts(dataset) == [("1", "2024-01-01", None, "A"), ("1", "2024-01-01", "2024-02-01", "B")]


def test_changes_of_status_against_plain_python(shop: Shop) -> None:
    draw = random.Random(8)
    rows: list[tuple[int, dt.datetime, str, str]] = []
    for who in range(80):
        when = dt.datetime(2023, 1, 1) + dt.timedelta(days=draw.randint(0, 200))
        for _ in range(draw.randint(1, 6)):
            rows.append((who, when, draw.choice(["active", "active", "paused", "cancelled"]), draw.choice("AB")))
            when += dt.timedelta(hours=draw.choice([3, 30, 500, 2000]))
    expected = []
    for who in range(80):
        mine = sorted((r for r in rows if r[0] == who), key=lambda r: r[1])
        by_day = {when.date(): (status, plan) for _, when, status, plan in mine}
        days = sorted(by_day)
        for at, day in enumerate(days):
            status, plan = by_day[day]
            if status == "active":
                after = days[at + 1] - dt.timedelta(days=1) if at + 1 < len(days) else None
                expected.append((str(who), str(day), after and str(after), plan))
    draw.shuffle(rows)
    shop.write("dump/c.csv", "id,at,state,plan\n" + "".join(f"{i},{t},{s},{p}\n" for i, t, s, p in rows))
    spec = _spec(shape="changes", ended_when=["cancelled", "paused"])
    spec["subscriptions"]["columns"] = {"customer_id": "id", "time": "at", "status": "state"}
    dataset = shop.open(spec, "2024-12-31")
    assert _contracts(dataset) == sorted(expected, key=_order)
    why = dataset.engine.collect(dataset.tables["subscriptions"].select("end_reason"))["end_reason"]
    assert set(why.dropna()) == {"cancelled", "paused"}


def test_what_does_not_go_together_is_told_with_its_line(shop: Shop) -> None:
    shop.write("dump/1.csv", HEADER + "1,2024-01-01,,A,1\n")
    with pytest.raises(ParameterError, match=r"`shape: changes` needs `ended_when`"):
        shop.open(_spec(shape="changes"), "2024-06-30")
    with pytest.raises(ParameterError, match=r"`ended_when` belongs to subscriptions with"):
        shop.open(_spec(shape="dumps", ended_when=["x"]), "2024-06-30")


def test_contracts_without_an_amount_say_what_is_left_out(shop: Shop) -> None:
    import segkit as sk

    starts = [f"2024-{1 + i % 6:02d}-{1 + i % 28:02d}" for i in range(60)]
    rows = "".join(f"{i},{starts[i]},{'' if i % 3 else '2024-04-30'},{'AB'[i % 2]}\n" for i in range(60))
    shop.write("dump/1.csv", "id,start,end,plan\n" + rows)
    settings = {"segmentations": {"plan": {"kind": "attribute", "column": "plan"}}}
    spec = _spec()
    spec["subscriptions"]["columns"] = {"customer_id": "id"}
    dataset = shop.open(spec, "2024-06-30", **settings)
    assert any("whatever is about money is left out" in note for note in dataset.quality.notes)
    base = sk.open(Path(shop.folder / "shop.yaml"), as_of="2024-06-30", period="month", periods=3)
    split = sk.segments.assign(base, "plan")
    sizes = sk.segments.sizes(split)
    assert sizes.frame["customers"].tolist() == [30, 30]
    table = sizes.show.table().fields
    assert [column["label"].text for column in table["columns"]] == [
        *("Segment", "Customers", "Previous", "Δ", "Δ %", "Share")
    ]
    assert any("no amounts" in note.text for note in table["notes"])
    assert sizes.show.value() is None
    assert not sk.value.concentration(base)
