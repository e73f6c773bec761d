"""Faults of the contact list put into raw files: the page blocks or warns, whatever reading the data makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.records import CampaignLift
from segkit.customers import customer_base
from segkit.data import open_dataset
from tests.campaigns.measure.made import END, SEGMENTATIONS, SHARES, UNRANKED, clean, tables_of
from tests.campaigns.measure.test_tamper import RESULTS, page_of
from tests.data.conftest import Shop

N = 3000
Frame = pd.DataFrame


@pytest.fixture(scope="module")
def raw() -> dict[str, Frame]:
    """The made campaign as a source would have it: a row a line, money in euros."""
    made = clean(n=N)
    made.others[::3] = True
    tables = {name: table.to_pandas() for name, table in tables_of(made).items()}
    for name, columns in (("transactions", ("amount", "margin")), ("contacts", ("cost",))):
        for column in columns:
            tables[name][column] = (tables[name][column] / 100).map("{:.2f}".format)
    tables["transactions"] = tables["transactions"].rename(columns={"day": "time"}).drop(columns="is_purchase")
    return tables


def measured(folder: Path, raw: dict[str, Frame], contacts: Frame, campaign: str = "offer") -> CampaignLift:
    """Write the files, open them, measure the campaign."""
    shop = Shop(folder)
    for name, frame in (raw | {"contacts": contacts}).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    spec: dict[str, Any] = {name: {"path": f"{name}.csv"} for name in raw}
    spec["customers"]["attributes"] = {"city": {}, "age": {}}
    path = shop.describe(spec, segmentations=SEGMENTATIONS)
    base = customer_base(open_dataset(path, END), periods=1)
    return campaign_lift(base, campaign, segmentations="city", planned_shares=SHARES, uplift=UNRANKED)


def rows(contacts: Frame, share: float) -> Frame:
    """That share of the campaign's rows, spread over the list."""
    offered = contacts[contacts["campaign_id"] == "offer"]
    return offered.iloc[:: round(1 / share)]


def other_arm(frame: Frame) -> Frame:
    """The same customers, in the other arm."""
    return frame.assign(arm=frame["arm"].map({"offer": "control", "control": "offer"}))


def repeated(contacts: Frame, share: float) -> Frame:
    """Rows that are there twice, alike in every column."""
    return pd.concat([contacts, rows(contacts, share)])


def repeated_otherwise(contacts: Frame, share: float) -> Frame:
    """Customers who are listed again in the same arm, at another cost."""
    return pd.concat([contacts, rows(contacts, share).assign(cost="9.99")])


def several(contacts: Frame, share: float) -> Frame:
    """Customers who are in the other arm, too."""
    return pd.concat([other_arm(rows(contacts, share)), contacts])


def both_and_twice(contacts: Frame, share: float) -> Frame:
    """Customers in both arms, and once more in the first."""
    chosen = rows(contacts, share)
    return pd.concat([contacts, chosen, other_arm(chosen)])


FAULTS: list[tuple[Callable[[Frame, float], Frame], str]] = [
    (repeated, "No duplicates"),
    (repeated_otherwise, "No duplicates"),
    (several, "One arm each"),
    (both_and_twice, "One arm each"),
]
FEW = [
    FAULTS[0],
    pytest.param(*FAULTS[1], marks=pytest.mark.slow),
    FAULTS[2],
    pytest.param(*FAULTS[3], marks=pytest.mark.slow),
]


def of(lift: CampaignLift, check: str) -> tuple[str, str]:
    (found,) = [v for v in lift.checks if v.check == check]
    return found.status, found.sentence


@pytest.mark.parametrize(("tamper", "check"), FAULTS, ids=lambda v: getattr(v, "__name__", None))
def test_many_block_the_page(
    tmp_path: Path, raw: dict[str, Frame], tamper: Callable[[Frame, float], Frame], check: str
) -> None:
    lift = measured(tmp_path, raw, tamper(raw["contacts"], 0.05))
    assert of(lift, check)[0] == "blocked"
    page = page_of(lift)
    assert "No result is shown" in page.html
    for words in RESULTS:
        assert words not in page.html


@pytest.mark.parametrize(("tamper", "check"), FEW, ids=lambda v: getattr(v, "__name__", None))
def test_a_few_warn_on_the_page(
    tmp_path: Path, raw: dict[str, Frame], tamper: Callable[[Frame, float], Frame], check: str
) -> None:
    lift = measured(tmp_path, raw, tamper(raw["contacts"], 0.005))
    status, sentence = of(lift, check)
    assert status == "warn"
    assert "15 of 3,0" in sentence
    assert lift.evidence.publishable
    page = page_of(lift)
    assert ">Look<" in page.html
    assert page.html.index(check) < page.html.index(">Passed<")


def test_customers_in_several_arms_are_in_neither(tmp_path: Path, raw: dict[str, Frame]) -> None:
    chosen = rows(raw["contacts"], 0.005)
    lift = measured(tmp_path, raw, several(raw["contacts"], 0.005))
    assert sum(lift.facts.customers) == N - len(chosen)
    without = raw["contacts"][~raw["contacts"]["customer_id"].isin(chosen["customer_id"])]
    (tmp_path / "clean").mkdir()
    assert measured(tmp_path / "clean", raw, without).comparisons == lift.comparisons


def test_faults_of_one_campaign_are_not_another_ones(tmp_path: Path, raw: dict[str, Frame]) -> None:
    lift = measured(tmp_path, raw, several(raw["contacts"], 0.05), campaign="beside")
    assert of(lift, "One arm each")[0] == of(lift, "No duplicates")[0] == "ok"


def test_a_row_of_a_later_day_is_not_yet_seen(tmp_path: Path, raw: dict[str, Frame]) -> None:
    later = other_arm(rows(raw["contacts"], 0.05)).assign(time=pd.Timestamp(END) + pd.Timedelta(days=3))
    lift = measured(tmp_path, raw, pd.concat([raw["contacts"], later]))
    assert of(lift, "One arm each")[0] == of(lift, "No duplicates")[0] == "ok"


def test_the_clean_list_passes(tmp_path: Path, raw: dict[str, Frame]) -> None:
    lift = measured(tmp_path, raw, raw["contacts"])
    assert {v.status for v in lift.checks if not v.check.startswith("Overlap")} == {"ok"}
    assert lift.evidence.publishable
