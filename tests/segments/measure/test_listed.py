"""A list of customers without any history, against pandas over the same file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import segkit as sk
from segkit.errors import DataError, ParameterError
from segkit.page.result import Nothing
from segkit.statistics.effects import Effect

PEOPLE = {
    "path": "people.csv",
    "columns": {"customer_id": "id"},
    "attributes": {
        "value": {"column": "spent", "kind": "money", "label": "spent last year"},
        "city": {},
        "age": {"kind": "number"},
        "vip": {"kind": "flag"},
    },
}
SEGMENTATIONS = {
    "city": {"kind": "attribute", "column": "city", "model": "geographic"},
    "age": {"kind": "bands", "column": "age", "edges": [30, 50]},
    "value": {"kind": "value"},
    "persona": {
        "kind": "rules",
        "rules": [{"name": "Rich", "when": "value >= 500"}, {"name": "Old", "when": "age > 60"}],
    },
    "both": {"kind": "combination", "columns": ["city", "vip"]},
    "place": {"kind": "hierarchy", "columns": ["city", "vip"], "smallest": 20},
    "abc": {"kind": "abc"},
}


def people(rows: int = 600) -> pd.DataFrame:
    draw = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "id": [f"P{i:04d}" for i in range(rows)],
            "spent": (draw.gamma(1.5, 200, rows) * 100).round() / 100,
            "city": draw.choice(["Oslo", "Rome", "Graz"], rows, p=[0.5, 0.3, 0.2]),
            "age": draw.integers(18, 80, rows),
            "vip": draw.choice(["yes", "no"], rows, p=[0.1, 0.9]),
        }
    )


def write(folder: Path, tables: dict[str, Any], **more: Any) -> Path:
    spec = {
        "title": "List",
        "relation": "list",
        "currency": "EUR",
        "time_zone": "UTC",
        "tables": tables,
        "segmentations": SEGMENTATIONS,
    }
    file = folder / "list.yaml"
    file.write_text(yaml.safe_dump(spec | more, sort_keys=False), encoding="utf-8")
    return file


@pytest.fixture
def listed(tmp_path: Path) -> tuple[Path, pd.DataFrame]:
    frame = people()
    frame.to_csv(tmp_path / "people.csv", index=False)
    return write(tmp_path, {"customers": PEOPLE}), frame


def test_sizes_and_shares_are_those_of_the_file(listed: tuple[Path, pd.DataFrame]) -> None:
    file, frame = listed
    base = sk.open(file, as_of="2024-06-30")
    assert base.ends == (dt.date(2024, 6, 30),)
    sizes = sk.segments.sizes(sk.segments.assign(base, "city"))
    found = sizes.frame.set_index("segment")
    by = frame.groupby("city")["spent"].agg(["size", "sum", "mean"])
    assert found["customers"].to_dict() == by["size"].to_dict()
    for ours, theirs in (("value", "sum"), ("mean_value", "mean")):
        assert found[ours].to_dict() == pytest.approx(by[theirs].to_dict())
    assert found["value_share"].to_dict() == pytest.approx((by["sum"] / by["sum"].sum()).to_dict())
    assert sizes.value_name == "spent last year"
    assert sizes.total_previous is None
    rich = frame["spent"] >= 500
    persona = sk.segments.sizes(sk.segments.assign(base, "persona")).frame.set_index("segment")["customers"]
    assert persona["Rich"] == rich.sum()
    assert persona["Old"] == (~rich & (frame["age"] > 60)).sum()
    spread = sk.value.concentration(base)
    x = np.sort((frame["spent"] * 100).round().to_numpy())
    n = x.size
    assert spread.gini == pytest.approx(float((2 * np.arange(1, n + 1) - n - 1) @ x / n / x.sum()))


def test_profiles_and_all_kinds_that_need_no_history(listed: tuple[Path, pd.DataFrame]) -> None:
    file, frame = listed
    split = sk.segments.assign(sk.open(file, as_of="2024-06-30"), "city")
    profile = sk.segments.profile(split)
    rows = profile.frame[profile.frame["feature"] == "spent last year"].set_index("segment")
    assert set(rows["unit"]) == {"money"}
    assert rows["value"].to_dict() == pytest.approx(frame.groupby("city")["spent"].mean().to_dict(), rel=1e-6)
    panel = sk.segments.panel(split)
    assert {entry.name for entry in panel.entries} == set(SEGMENTATIONS)
    assert all(int(entry.frame["customers"].sum()) <= len(frame) for entry in panel.entries)
    absent = {one.model: one.reason for one in panel.absent}
    assert "Nobody knows when customers came" in absent["lifecycle"]
    assert "Nobody was asked for needs" in absent["needs-based"]


def test_what_needs_a_history_is_named(listed: tuple[Path, pd.DataFrame]) -> None:
    file, _ = listed
    base = sk.open(file, as_of="2024-06-30")
    split = sk.segments.assign(base, "city")
    assert any("not when they came, bought or left" in note for note in base.dataset.quality.notes)
    assert not {"customer_since", "first_purchase", "T", "tenure"} & set(base.customers().columns)
    assert isinstance(sk.segments.moves(split), Nothing)
    assert isinstance(sk.churn.outlook(split), Nothing)
    assert "does not say who left" in str(sk.churn.risk(split).refusal)
    assert "does not say when they bought" in str(sk.value.forecast(split).refusal)
    write(file.parent, {"customers": PEOPLE}, segmentations={"life": {"kind": "lifecycle"}})
    base = sk.open(file, as_of="2024-06-30")
    with pytest.raises(DataError, match="a list of customers knows no purchases and no leaving"):
        sk.segments.assign(base, "life")


def test_the_page_of_a_list_speaks_of_no_period(listed: tuple[Path, pd.DataFrame]) -> None:
    """A list has one state: that it is the first of many, or that nothing has changed since, cannot be said."""
    file, frame = listed
    split = sk.segments.assign(sk.open(file, as_of="2024-06-30"), "city")
    sizes, figures = sk.segments.sizes(split), sk.kpis.read(split)
    head = sk.page.head(sizes, figures).fields
    share = (frame["city"] == "Oslo").mean()
    said = head["headline"].text.replace("\N{NARROW NO-BREAK SPACE}", "")
    assert said.endswith(f"of spent last year; {share:.1%} of them are in Oslo")
    assert head["decision"].text == "No decision can rest on a change: a list of customers knows no earlier state."
    assert "as they stand" in figures.show.changes(sizes).fields["bullets"][0]["text"].text
    assert sizes.show.trend() is None
    assert [figure.label for figure in figures] == ["Customers", "Spent last year"]


def test_a_list_without_an_amount(tmp_path: Path) -> None:
    frame = people()
    frame.to_csv(tmp_path / "people.csv", index=False)
    spec = PEOPLE | {"attributes": ["city", "vip"]}
    file = write(tmp_path, {"customers": spec}, segmentations={"city": SEGMENTATIONS["city"]})
    split = sk.segments.assign(sk.open(file, as_of="2024-06-30"), "city")
    sizes = sk.segments.sizes(split)
    assert sizes.value_name == ""
    assert sizes.show.value() is None
    figures = sk.kpis.read(split)
    assert [(one.key, one.value) for one in figures] == [("customers", 600.0)]


def test_an_attribute_of_a_computed_name_keeps_its_unit(tmp_path: Path) -> None:
    """`revenue` is in cents where segkit computes it; an attribute of that name is what the file says."""
    frame = people().rename(columns={"spent": "revenue"})
    frame.to_csv(tmp_path / "people.csv", index=False)
    spec = PEOPLE | {"attributes": {"revenue": {"kind": "number"}, "city": {}}}
    bands = {"revenue": {"kind": "bands", "column": "revenue", "edges": [100, 400]}}
    file = write(tmp_path, {"customers": spec}, segmentations=bands)
    sizes = sk.segments.sizes(sk.segments.assign(sk.open(file, as_of="2024-06-30"), "revenue"))
    cut = pd.cut(frame["revenue"], [0, 100, 400, 1e9], right=False).value_counts(sort=False)
    assert sizes.frame["customers"].tolist() == cut.tolist()
    wrong = PEOPLE | {"attributes": {"value": {"column": "revenue", "kind": "number"}}}
    with pytest.raises(DataError, match=r"Write `value: \{kind: money\}`"):
        sk.open(write(tmp_path, {"customers": wrong}), as_of="2024-06-30").customers()


def test_small_groups_of_a_list_are_hidden(tmp_path: Path) -> None:
    frame = people(100)
    frame["city"] = ["Oslo"] * 60 + ["Rome"] * 37 + ["Graz"] * 3
    frame.to_csv(tmp_path / "people.csv", index=False)
    file = write(tmp_path, {"customers": PEOPLE})
    frame = sk.segments.sizes(sk.segments.assign(sk.open(file, as_of="2024-06-30"), "city")).frame
    assert frame.set_index("segment")["customers"].isna().to_dict() == {"Oslo": False, "Rome": True, "Graz": True}


def test_what_does_not_go_with_a_list_is_told(tmp_path: Path) -> None:
    people().to_csv(tmp_path / "people.csv", index=False)
    sales = {"path": "people.csv", "columns": {"customer_id": "id"}}
    for tables, said in (
        ({"customers": PEOPLE, "transactions": sales}, "is a history"),
        ({"survey": sales}, "needs the table `customers`"),
    ):
        with pytest.raises(ParameterError, match=said):
            sk.open(write(tmp_path, tables), as_of="2024-06-30")
    with pytest.raises(ParameterError, match="needs `segmentations`"):
        sk.open(write(tmp_path, {"customers": PEOPLE}, segmentations={}), as_of="2024-06-30")
    with pytest.raises(ParameterError, match="write `relation: list`"):
        sk.open(write(tmp_path, {"customers": PEOPLE}, relation="non_contractual"), as_of="2024-06-30")


def test_the_response_to_a_campaign_without_any_purchase(tmp_path: Path, shared_data: Path) -> None:
    """Hillstrom's e-mails: the visits of each arm are those that were published."""
    raw = pd.read_csv(shared_data / "hillstrom" / "hillstrom.csv").iloc[::8].reset_index(drop=True)
    raw.insert(0, "id", [f"H{i:05d}" for i in range(len(raw))])
    raw.assign(campaign="mail").to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "campaigns.csv").write_text(
        "campaign_id,start,end,randomised,control_arm\nmail,2008-03-01,2008-03-14,yes,No E-Mail\n"
    )
    columns = {"customer_id": "id", "campaign_id": "campaign", "arm": "segment", "converted": "visit"}
    tables = {
        "customers": {"path": "people.csv", "columns": {"customer_id": "id"}, "attributes": ["zip_code", "channel"]},
        "campaigns": {"path": "campaigns.csv"},
        "contacts": {"path": "people.csv", "columns": columns},
    }
    file = write(tmp_path, tables, segmentations={"zip": {"kind": "attribute", "column": "zip_code"}})
    base = sk.open(file, as_of="2008-03-31", periods=1)
    lift = sk.campaigns.lift(base, "mail", uplift={"learner": "none"})
    sizes = raw["segment"].value_counts()
    assert dict(zip(lift.facts.arms, lift.facts.customers, strict=True)) == sizes.to_dict()
    rates = raw.groupby("segment")["visit"].mean()
    for arm in ("Mens E-Mail", "Womens E-Mail"):
        found = [one for one in lift.comparisons if one.treated == arm and one.control == "No E-Mail"]
        effect = next(one.plain for one in found if one.metric.key == "converted")
        assert isinstance(effect, Effect)
        assert effect.difference == pytest.approx(rates[arm] - rates["No E-Mail"], abs=1e-9)
