"""Every notebook runs with its defaults, by papermill alone, and with every parameter file that comes along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segkit.demo.grocery import locate_grocery
from segkit.errors import ParameterError
from segkit.project.parameters import notebook_parameters
from segkit.project.rendering import metrics_json, render
from segkit.project.request import read_request
from tests.notebooks.executed_once import executed_once, of_params, papermill
from tests.page.labels import blocks_of, conflicts, names_as_labels, names_spelt_twice, rows_said_twice

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RUNS = [file for notebook in NOTEBOOKS for file in sorted((ROOT / "params" / notebook.stem).glob("*.yaml"))]


def _needs(dataset: object) -> None:
    if dataset == "grocery":
        try:
            locate_grocery()
        except ParameterError as error:
            pytest.skip(str(error))


SUITES: dict[str, list[pytest.MarkDecorator]] = {
    "weekly_segments-grocery": [],
    "weekly_segments-telecom": [pytest.mark.slow],
}
"""Suite of a run, where it is not that of its data set: telecom's pages take a minute or more, twice over."""


@pytest.mark.parametrize(
    "notebook",
    # the longest in the slow suite, so that the default suite stays short
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem == "weekly_segments" else pytest.mark.slow)
        for path in NOTEBOOKS
    ],
)
def test_a_notebook_runs_with_its_defaults(notebook: Path, tmp_path: Path) -> None:
    _needs(notebook_parameters(notebook)["dataset"].default)
    page = render(papermill(notebook, tmp_path / "out.ipynb"))
    assert page.headline
    assert page.left_out == ()


@pytest.mark.parametrize(
    "params",
    [
        # one of them in the default suite: each takes half a minute or more, twice over
        pytest.param(
            file, id=name, marks=SUITES.get(name, [pytest.mark.soak if "telecom" in name else pytest.mark.slow])
        )
        for file in RUNS
        for name in [f"{file.parent.name}-{file.stem}"]
    ],
)
def test_a_run_gives_the_same_page_twice_by_papermill_alone(
    params: Path, shared_folder: Path, tmp_path: Path
) -> None:
    _needs(read_request(params).parameters["dataset"])
    made = [executed_once(params, shared_folder), of_params(params, tmp_path / "again.ipynb")]
    pages = [render(notebook) for notebook in made]
    assert pages[0].html == pages[1].html
    assert metrics_json(pages[0].metrics) == metrics_json(pages[1].metrics)
    assert len(pages[0].html.encode()) <= 300_000


@pytest.mark.parametrize(
    "params",
    [
        pytest.param(file, id=name, marks=[] if name == "weekly_segments-grocery" else pytest.mark.slow)
        for file in RUNS
        for name in [f"{file.parent.name}-{file.stem}"]
    ],
)
def test_a_word_of_a_page_has_one_meaning(params: Path, shared_folder: Path) -> None:
    _needs(read_request(params).parameters["dataset"])
    blocks = blocks_of(executed_once(params, shared_folder))
    assert conflicts(blocks) == {}
    assert rows_said_twice(blocks) == {}
    assert names_as_labels(blocks) == set()
    assert names_spelt_twice(blocks) == set()


@pytest.mark.slow
def test_the_weekly_page_and_the_campaigns_own_page_state_the_same_numbers(shared_folder: Path) -> None:
    """Every figure of the table of campaigns is in the metrics.json of the campaign's own page."""
    stated = {}
    for report in ("weekly_segments", "campaign_lift"):
        params = ROOT / "params" / report / "telecom.yaml"
        page = render(executed_once(params, shared_folder))
        stated[report] = json.loads(metrics_json(page.metrics))
    prefix = "campaign_holiday_"
    weekly = {key: value for key, value in stated["weekly_segments"].items() if key.startswith(prefix)}
    assert {f"{prefix}money_bundle_total", f"{prefix}converted_bundle_low"} <= weekly.keys()
    for key, value in weekly.items():
        assert stated["campaign_lift"]["lift_" + key.removeprefix(prefix)] == value


WHOLE = {
    *("churn_customers", "churn_expected", "churn_expected_low", "churn_expected_high", "churn_at_risk"),
    *("churn_value_share", "churn_held_out_mean", "churn_held_out_rate", "churn_save_customers", "churn_save_rate"),
}


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["grocery", "telecom"])
def test_the_weekly_page_and_the_page_on_churn_state_the_same_numbers(dataset: str, shared_folder: Path) -> None:
    """What counts as leaving stands in the dataset file; the pages divide customers otherwise and agree on the whole."""
    _needs(dataset)
    stated = {}
    for report in ("weekly_segments", "churn_risk"):
        params = ROOT / "params" / report / f"{dataset}.yaml"
        page = render(executed_once(params, shared_folder))
        stated[report] = json.loads(metrics_json(page.metrics))
    weekly = {key: value for key, value in stated["weekly_segments"].items() if key in WHOLE}
    assert weekly.keys() == WHOLE
    assert {key: stated["churn_risk"][key] for key in WHOLE} == weekly
