"""The page on the nine models, to the letter, over a shop made here that knows everything they rest on."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.project.request import read_request
from segkit.project.run import run_report
from segkit.segments.kind_registry import known_kinds
from segkit.segments.measure.assign import segment
from segkit.segments.measure.panel import segment_panel
from segkit.segments.nine_models import missing_model
from tests.docs.test_how_to import code_blocks

NINE = (
    *("demographic", "geographic", "psychographic", "technographic", "firmographic"),
    *("behavioural", "needs-based", "value-based", "lifecycle"),
)
CUSTOMERS = 500
AS_OF = dt.date(2025, 6, 30)


def write(path: Path, names: list[str], lines: list[list[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *lines])


def answered(draw: np.random.Generator, group: int, question: str) -> str:
    """One of three answers: that of the group four times in five."""
    own = group if draw.random() < 0.8 else int(draw.integers(0, 3))
    return f"{question} {'abc'[own]}"


def write_tables(folder: Path) -> None:
    """The tables that the page's dataset file names."""
    draw = np.random.default_rng(8)
    people: list[list[Any]] = []
    bought: list[list[Any]] = []
    said: list[list[Any]] = []
    for customer in range(1, CUSTOMERS + 1):
        country = ["DE", "AT"][int(draw.random() < 0.3)]
        city = f"{country} city {draw.integers(1, 6)}"
        device, size = draw.choice(["phone", "tablet", "desktop"]), draw.choice(["1-9", "10-49", "50+"])
        people.append([customer, int(draw.integers(18, 80)), country, city, device, size])
        for _ in range(int(draw.integers(1, 15))):
            day = AS_OF - dt.timedelta(days=int(draw.integers(0, 500)))
            bought.append([customer, f"{day} 12:00:00", f"{draw.integers(500, 20_000) / 100:.2f}", len(bought)])
        need, attitude = int(draw.integers(0, 3)), int(draw.integers(0, 3))
        asked = [(q, need) for q in ("reason", "delivery", "price")]
        asked += [(q, attitude) for q in ("brands", "novelty", "advice")]
        said += [[customer, q, answered(draw, group, q), "2025-03-01 10:00:00"] for q, group in asked]
    write(
        folder / "data/customers.csv",
        ["customer_id", "age", "country", "city", "device_type", "company_size"],
        people,
    )
    write(folder / "data/purchases.csv", ["customer_id", "time", "amount", "order_id"], bought)
    write(folder / "data/survey.csv", ["customer_id", "question", "answer", "time"], said)


@pytest.fixture(scope="module")
def shop(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the page's dataset file and the tables that it names."""
    folder = tmp_path_factory.mktemp("shop")
    write_tables(folder)
    dataset, params = code_blocks(root / "docs/how-to/segment-by-all-nine-models.md", "yaml")
    for path, text in (("params/datasets/shop.yaml", dataset), ("params/segment_profile/shop.yaml", params)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "notebooks").mkdir()
    shutil.copy(root / "notebooks" / "segment_profile.ipynb", folder / "notebooks")
    return folder


def test_each_of_the_nine_is_a_line_that_finds_segments(shop: Path) -> None:
    base = customer_base(open_dataset(shop / "params/datasets/shop.yaml", AS_OF), periods=2)
    panel = segment_panel(segment(base, "needs"))
    assert {entry.model for entry in panel.entries} == set(NINE)
    assert panel.absent == ()
    for entry in panel.entries:
        shares = entry.frame["share"].dropna()
        assert len(entry.segments) >= 3, entry.name
        assert (shares < 0.9).all(), f"{entry.name} tells customers apart"
        assert entry.frame["customers"].sum() == CUSTOMERS or entry.frame["suppressed"].any()


@pytest.mark.slow
def test_all_nine_are_on_one_published_page(shop: Path) -> None:
    page = run_report(read_request(shop / "params/segment_profile/shop.yaml")).page.read_text(encoding="utf-8")
    for model in NINE:
        assert f"<bdi>{model.capitalize()}</bdi>" in page, model
    assert "not on this page" not in page


def without(shop: Path, model: str, tables: tuple[str, ...], name: str) -> Any:
    """The shop's dataset without a model's segmentations, and without tables."""
    spec = yaml.safe_load((shop / "params/datasets/shop.yaml").read_text())
    models = {"age": "demographic", "rfm": "behavioural", "needs": "needs-based", "attitude": "psychographic"}
    models |= {"company": "firmographic", "device": "technographic", "place": "geographic"}
    spec["segmentations"] = {k: v for k, v in spec["segmentations"].items() if models.get(k, k) != model}
    for table in tables:
        del spec["tables"][table]
    spec["segmentations"].pop("attitude" if "survey" in tables else "", None)
    (shop / f"params/datasets/{name}.yaml").write_text(yaml.safe_dump(spec))
    return customer_base(open_dataset(shop / f"params/datasets/{name}.yaml", AS_OF), periods=1)


def test_an_absent_model_says_what_is_missing_and_what_is_only_not_used(shop: Path) -> None:
    asked = ["rfm", "value", "lifecycle", "place"]
    base = without(shop, "firmographic", (), "unused")
    found = {a.model: a for a in segment_panel(segment(base, "age"), asked).absent}
    assert set(found) == {"psychographic", "needs-based", "technographic", "firmographic"}
    assert "company_size of the table customers is there, but not used" in found["firmographic"].reason
    assert yaml.safe_load(found["firmographic"].line) == {
        "company_size": {"kind": "attribute", "column": "company_size", "model": "firmographic"}
    }
    assert found["needs-based"].reason == "Defined (needs), but not asked for on this page."
    base = without(shop, "needs-based", ("survey",), "unasked")
    found = {a.model: a for a in segment_panel(segment(base, "age"), asked).absent}
    assert "there is no table survey" in found["needs-based"].reason
    assert (found["needs-based"].table, found["needs-based"].line) == ("survey: {path: …}", "needs: {kind: needs}")


@pytest.mark.parametrize("model", NINE)
def test_the_lines_that_would_bring_a_model_bring_that_model(model: str) -> None:
    """Each suggested line is read as a segmentation of its model, whatever the dataset holds."""
    for columns in ({}, {"transactions": ("store", "channel", "amount"), "survey": ("answer",)}):
        for attributes in ((), ("age_band", "city", "device_os", "company_size")):
            absent = missing_model(model, columns, attributes)
            assert absent.model == model
            ((_, options),) = yaml.safe_load(absent.line.replace("[…]", "[]")).items()
            kind = known_kinds()[options["kind"]].model_validate(options)
            assert (kind.model or kind.model_name) == model
            assert absent.reason.endswith(".")


def test_the_reference_page_shows_definitions_that_are_read(root: Path) -> None:
    blocks = code_blocks(root / "docs/reference/segmentations.md", "yaml")
    definitions = {name: options for block in blocks for name, options in yaml.safe_load(block).items()}
    assert {"persona", "behaviour", "whole", "long"} <= set(definitions)
    for name, options in definitions.items():
        assert known_kinds()[options["kind"]].model_validate(options), name
