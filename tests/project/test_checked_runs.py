"""What a run would refuse, `segkit check` refuses before it starts."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.errors import SegkitError
from segkit.project.checking import check_run
from segkit.project.request import read_request
from tests.cases import Case

ROOT = Path(__file__).resolve().parents[2]

SHOP = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: UTC
tables:
  transactions: {path: sales.csv}
  customers: {path: people.csv, attributes: {city: {}, age: {kind: number}}}
  campaigns: {path: campaigns.csv}
  contacts: {path: contacts.csv}
churn: {horizon: 4, unit: week}
campaigns: {mail: {segmentations: [city]}}
segmentations:
  lifecycle: {kind: lifecycle}
  value: {kind: value}
  city: {kind: attribute, column: city}
  age: {kind: bands, column: age, edges: [30, 50]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small shop with every shipped report."""
    draw = random.Random(2)
    sales = ["customer_id,time,amount,order_id"]
    for who in range(120):
        day = draw.randint(0, 60)
        while day < 365:
            sales.append(f"{who},2024-{1 + day // 31:02d}-{1 + day % 28:02d},{draw.randint(5, 90)}.50,o{len(sales)}")
            day += draw.randint(5, 60)
    (tmp_path / "sales.csv").write_text("\n".join(sales) + "\n")
    people = [f"{who},{draw.choice(['Oslo', 'Rome'])},{draw.randint(18, 80)}" for who in range(120)]
    (tmp_path / "people.csv").write_text("customer_id,city,age\n" + "\n".join(people) + "\n")
    (tmp_path / "campaigns.csv").write_text(
        "campaign_id,start,end,randomised,control_arm\nmail,2024-10-01,2024-10-31,yes,no\n"
    )
    arms = [f"{who},mail,{'yes' if who % 2 else 'no'}" for who in range(120)]
    (tmp_path / "contacts.csv").write_text("customer_id,campaign_id,arm\n" + "\n".join(arms) + "\n")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "params" / "datasets").mkdir(parents=True)
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(SHOP)
    return tmp_path


def params(folder: Path, report: str, **values: Any) -> Path:
    file = folder / "params" / report / "one.yaml"
    file.parent.mkdir(exist_ok=True)
    given = {"dataset": "shop", "as_of": "2024-11-30", "segmentation": "city"} | values
    file.write_text(yaml.safe_dump(given, sort_keys=False))
    return file


def checked(file: Path) -> str:
    """What check says: nothing where it is valid."""
    try:
        check_run(read_request(file))
    except SegkitError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("report", "values", "said"),
    [
        ("weekly_segments", {}, ""),
        ("weekly_segments", {"shown_figures": ["nope"]}, "key figure `nope` is not one of this report"),
        ("weekly_segments", {"value_months": -1}, "value_months: -1 is not from 0"),
        ("weekly_segments", {"periods": 0}, "periods"),
        ("weekly_segments", {"campaign_days": -1}, "campaign_days: -1 is below 0"),
        ("weekly_segments", {"shown_campaigns": ["nope"]}, "`nope` is not in campaigns"),
        ("weekly_segments", {"actions": [{"action": "call"}]}, "“owner” is missing"),
        ("weekly_segments", {"actions": ["call"]}, "action 1: `call` is text"),
        ("segment_profile", {"columns": ["nope"]}, "`nope` is not in the customer table"),
        ("segment_profile", {"columns": [{"age": 1}]}, "is a list in which one is a mapping; text is needed"),
        ("segment_profile", {"segment": "Bonn"}, "segment: `Bonn` is not one of its segments"),
        ("customer_value", {"origins": 99}, "origins: 99 is not from 1 to 12"),
        ("customer_value", {"models": ["sBG"]}, "sBG needs to know who has left"),
        ("campaign_lift", {"campaign": "nope"}, "campaign: `nope` is not in campaigns"),
        ("campaign_lift", {"plan_weeks": 99}, "plan_weeks: 99 is not from 1 to 52"),
    ],
)
def test_parameters_that_a_run_would_refuse(shop: Path, report: str, values: dict[str, Any], said: str) -> None:
    found = checked(params(shop, report, **values))
    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("column: city}", "column: town}", "`column: town` is not in the customer table"),
        (
            "column: age, edges",
            "column: city, edges",
            "if they are numbers, write `attributes: {city: {kind: number}}`",
        ),
        ("city: {}, age", "orders: {column: city}, age", "`orders` has the name of a column that segkit computes"),
        ("segmentations: [city]}}", "segmentations: [town]}}", "the segmentation `town` is not defined"),
        ("segmentations: [city]}}", "covariates: [town]}}", "`town` is no column of the customer table"),
    ],
)
def test_dataset_files_that_a_run_would_refuse(shop: Path, old: str, new: str, said: str) -> None:
    file = shop / "params" / "datasets" / "shop.yaml"
    assert old in SHOP
    file.write_text(SHOP.replace(old, new))
    found = checked(params(shop, "campaign_lift", segmentation="age" if "edges" in old else "city"))
    assert said in found


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("{kind: clusters, features: {city: a, age: b}}", "the feature `a` holds string, not numbers"),
        ("{kind: clusters, features: {town: a, age: b}}", "`column: town` is not in the customer table"),
        ("{kind: clusters, features: {orders: a, age: b}, among: nope > 1}", "`among`"),
        ("{kind: clusters, features: {age: b}, mix: {column: colour}}", "clusters, `mix`"),
        ("{kind: needs}", "the dataset has no table survey"),
    ],
)
def test_fits_that_take_long_are_refused_without_the_fit(shop: Path, kind: str, said: str) -> None:
    file = shop / "params" / "datasets" / "shop.yaml"
    file.write_text(SHOP.replace("{kind: bands, column: age, edges: [30, 50]}", kind))
    assert said in checked(params(shop, "weekly_segments", segmentation="age"))


@pytest.mark.parametrize("report", ["weekly_segments", "segment_profile"])
def test_nothing_behind_a_colon_is_the_default(shop: Path, report: str) -> None:
    empty = {"segmentations": None, "shown_figures": None, "periods": None, "actions": None, "decision": None}
    known = {"weekly_segments": {"shown_figures", "periods"}, "segment_profile": {"segmentations"}}[report]
    file = params(shop, report, **{k: v for k, v in empty.items() if k in known | {"actions", "decision"}})
    request = read_request(file)
    assert None not in request.parameters.values()
    assert checked(file) == ""


def test_the_case_of_an_empty_parameter(case: Case) -> None:
    folder = case("10")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    for file in sorted((folder / "params").glob("*/*.yaml")):
        if file.parent.name != "datasets":
            request = read_request(file) if "tiles" not in file.read_text() else None
            assert request is None or None not in request.parameters.values()
