"""Whatever `segkit check` calls valid runs to a page: every YAML file of the repository, changed at random."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.demo.grocery import locate_grocery
from segkit.errors import DataError, ModelError, ParameterError, SegkitError
from segkit.project.checking import check_run
from segkit.project.request import RunRequest, read_request
from tests.project.page_in_process import page_of
from tests.project.yaml_mutations import mutated

ROOT = Path(__file__).resolve().parents[2]
RUNS = sorted(file for file in (ROOT / "params").glob("*/*.yaml") if file.parent.name != "datasets")
# words of Python's own, which tell a person who wrote YAML nothing
MACHINERY = re.compile(r"Traceback|NoneType|object has no|not subscriptable|unhashable|positional argument|KeyError")

PEOPLE = """\
title: People
relation: list
currency: EUR
time_zone: UTC
smallest: 2
tables:
  customers:
    path: people.csv
    columns: {customer_id: id}
    attributes: {value: {column: spent, kind: money, label: spent}, city: {}, age: {kind: number}}
segmentations:
  city: {kind: attribute, column: city, model: geographic}
  age: {kind: bands, column: age, edges: [30, 50]}
  value: {kind: value}
  persona: {kind: rules, rules: [{name: Rich, when: value >= 500}, {name: Old, when: age > 60}]}
"""
SNAPSHOT = """\
title: Subscribers
relation: contractual
currency: EUR
time_zone: UTC
tables:
  subscriptions:
    path: people.csv
    shape: snapshot
    as_of: 2024-03-31
    ended_when: ["yes"]
    columns: {customer_id: id, status: left, plan: city, recurring_amount: spent}
  customers: {path: people.csv, columns: {customer_id: id}, attributes: {age: {kind: number}}}
segmentations: {plan: {kind: attribute, column: plan}, age: {kind: bands, column: age, edges: [30, 50]}}
churn: {models: [logistic]}
"""
SMALL = {"people": PEOPLE, "subscribers": SNAPSHOT}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two small datasets of one file: a list of customers, and a snapshot."""
    draw = random.Random(1)
    rows = [
        f"P{i},{draw.randint(1, 900)}.50,{draw.choice(['Oslo', 'Rome', 'Graz'])},{draw.randint(18, 80)},"
        f"{'yes' if draw.random() < 0.3 else 'no'}"
        for i in range(240)
    ]
    (tmp_path / "people.csv").write_text("id,spent,city,age,left\n" + "\n".join(rows) + "\n")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "params" / "datasets").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with what comes along, on a few of its customers."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "params", folder / "params")
    return folder


def _params(folder: Path, report: str, dataset: str, values: dict[str, Any], draw: random.Random | None) -> Path:
    """Write a dataset file and a parameter file, one of them changed where there is a draw."""
    spec, did = yaml.safe_load(SMALL[dataset]), ""
    params = {"dataset": dataset, "as_of": "2024-03-31"} | values
    if draw is not None:
        if draw.random() < 0.7:
            spec, did = mutated(spec, draw)
        else:
            params, did = mutated(params, draw)
    return _written(folder, report, dataset, spec, params, did)


def _written(folder: Path, report: str, dataset: str, spec: Any, params: Any, did: str) -> Path:
    (folder / "params" / "datasets" / f"{dataset}.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    file = folder / "params" / report / "one.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"# {did!r}\n" + yaml.safe_dump(params, sort_keys=False))
    return file


def _found_valid(file: Path) -> RunRequest | None:
    """The run that check calls valid; None where it says in words what is wrong."""
    try:
        request = read_request(file)
        check_run(request)
    except SegkitError as error:
        said = str(error)
        assert said.strip(), file.read_text()
        assert not MACHINERY.search(said), f"{file.read_text()}\n{said}"
        return None
    except Exception as error:
        raise AssertionError(f"check ended in {type(error).__name__}: {error}\n{file.read_text()}") from error
    return request


def _page(request: RunRequest) -> None:
    try:
        page = page_of(request)
    except (DataError, ModelError) as error:
        # what only a fit finds out, such as an attribute that knows who has left, the page of the failure says in words
        if MACHINERY.search(str(error)):
            raise AssertionError(f"{request.params_file.read_text()}\n{error}") from error
        return
    except Exception as error:
        told = f"run ended in {type(error).__name__}: {error}\n{request.params_file.read_text()}"
        raise AssertionError(told) from error
    assert page.headline
    assert not MACHINERY.search(page.html)


@pytest.mark.parametrize("dataset", SMALL)
def test_check_says_in_words_what_is_wrong(small: Path, dataset: str) -> None:
    valid = 0
    for seed in range(8):
        draw = random.Random(f"{dataset} {seed}")
        segmentation = "city" if dataset == "people" else "plan"
        file = _params(
            small, "weekly_segments", dataset, {"period": "month", "periods": 2, "segmentation": segmentation}, draw
        )
        valid += _found_valid(file) is not None
    # a change that none refuses, or that every one refuses, would show nothing
    assert 0 < valid < 8


REPORTS = ("weekly_segments", "segment_profile", "churn_risk")
ASKED = [pytest.param(dataset, report, 12, marks=pytest.mark.soak) for dataset in SMALL for report in REPORTS]
ASKED += [pytest.param(dataset, "weekly_segments", 1, marks=pytest.mark.slow) for dataset in SMALL]


@pytest.mark.parametrize(("dataset", "report", "wanted"), ASKED)
def test_what_check_calls_valid_runs_to_a_page(small: Path, dataset: str, report: str, wanted: int) -> None:
    values: dict[str, Any] = {"segmentation": "city" if dataset == "people" else "plan"}
    if report == "segment_profile":
        values |= {"crossed_segmentation": "age", "segmentations": ["age"], "columns": ["age"]}
    if report == "weekly_segments":
        values |= {"period": "month", "periods": 2, "decision": "none", "shown_figures": ["customers"]}
        values |= {"actions": [{"action": "call", "owner": "me", "due": "2024-05-01", "effect": "some"}]}
    pages, seed = 0, 0
    while pages < wanted:
        seed += 1
        file = _params(small, report, dataset, values, random.Random(f"{report} {dataset} {seed}"))
        if request := _found_valid(file):
            _page(request)
            pages += 1


@pytest.mark.soak
@pytest.mark.parametrize("run", RUNS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_ships_and_is_changed_runs_to_a_page_or_is_refused(
    shipped: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shipped)
    spec = yaml.safe_load((ROOT / "params" / "datasets" / f"{run.stem}.yaml").read_text())
    params = yaml.safe_load(run.read_text())
    if run.stem == "telecom":
        spec["bundled"]["options"]["customers"] = 3000
    else:
        try:
            locate_grocery()
        except ParameterError as error:
            pytest.skip(str(error))
    made = 0
    for seed in range(20):
        draw = random.Random(f"{run.parent.name} {run.stem} {seed}")
        changed, did = mutated(spec, draw) if draw.random() < 0.7 else (spec, "")
        asked, more = (params, "") if did else mutated(params, draw)
        request = _found_valid(_written(shipped, run.parent.name, run.stem, changed, asked, did + more))
        if request is not None and not made:
            _page(request)
            made += 1
    assert made
