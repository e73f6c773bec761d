"""A run's parameters are checked, all of them, before anything starts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from segkit.campaigns.options import CampaignOptions
from segkit.churn.options import ChurnOptions
from segkit.data.sections import place_of
from segkit.errors import ParameterError
from segkit.project.checking import check_run
from segkit.project.parameters import notebook_parameters
from segkit.project.request import read_request
from segkit.wing import renamed, sections
from tests.project.project import write_notebook, write_project


def test_defaults_file_and_command_line_in_that_order(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ncount: 4\n")
    request = read_request(file, as_of="2024-04-07", overrides={"share": 0.25})
    assert request.parameters == {"as_of": "2024-04-07", "period": "week", "count": 4, "share": 0.25, "names": []}
    assert (request.report, request.run, request.as_of) == ("tiny", "one", dt.date(2024, 4, 7))
    assert request.published == tmp_path / "reports" / "tiny" / "one" / "2024-04-07"


def test_text_is_read_where_a_number_is_due(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ncount: '4'\n")
    request = read_request(file, overrides={"share": "0.25", "names": '["a"]'})
    assert request.parameters == {"as_of": "2024-03-31", "period": "week", "count": 4, "share": 0.25, "names": ["a"]}
    with pytest.raises(ParameterError, match=r"command line: `count: many` is text; a whole number is needed\."):
        read_request(file, overrides={"count": "many"})


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: soon\nperiods: 3\nperiod: year\n")
    with pytest.raises(ParameterError) as caught:
        read_request(file, overrides={"cuont": 1})
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert "one.yaml, line 1: `as_of: soon` is not a date" in lines[0]
    assert "line 2: `periods` is not a parameter of this report. Did you mean `period`?" in lines[1]
    assert "line 3: `period: year` is not one of day, week, month" in lines[2]
    assert lines[3].startswith("command line: `cuont` is not a parameter of this report. Did you mean `count`?")


def test_a_parameter_file_stands_in_a_folder_of_its_report(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("as_of: 2024-03-31\n")
    with pytest.raises(ParameterError, match=r"params/<report>/<run>\.yaml"):
        read_request(file)


def test_a_report_is_for_a_date(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="count: 1\n")
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", parameters="count = 1\n")
    with pytest.raises(ParameterError, match="no `as_of`"):
        read_request(file)


def test_a_dataset_that_is_not_there_is_told_with_the_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "params" / "datasets").mkdir(parents=True)
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(DATASET)
    file = write_project(tmp_path, params="as_of: soon\ndataset: shpo\n")
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", parameters='as_of = "2024-03-31"\ndataset = "shop"\n')
    with pytest.raises(ParameterError) as caught:
        read_request(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert "line 1: `as_of: soon` is not a date" in lines[0]
    assert "line 2: dataset: no file params/datasets/shpo.yaml here or above. Did you mean `shop`?" in lines[1]


DATASET = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {path: rows.csv}
segmentations:
  lifecycle: {kind: lifecycle}
"""


def test_the_dataset_and_its_segmentations_are_looked_up(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ndataset: shop\nsegmentation: lifecicle\n")
    write_notebook(
        tmp_path / "notebooks" / "tiny.ipynb",
        parameters='as_of = "2024-03-31"\ndataset = "shop"\nsegmentation = "lifecycle"\n',
    )
    with pytest.raises(ParameterError, match=r"dataset: no file params/datasets/shop\.yaml"):
        read_request(file)
    dataset = tmp_path / "params" / "datasets" / "shop.yaml"
    dataset.parent.mkdir()
    dataset.write_text(DATASET.replace("currency: EUR", "curency: EUR"))
    with pytest.raises(
        ParameterError, match=r"shop\.yaml, line 3: `curency` is not a known key\. Did you mean `currency`"
    ):
        read_request(file)
    dataset.write_text(DATASET)
    with pytest.raises(
        ParameterError, match=r"one\.yaml, line 3: `segmentation: lifecicle`.*Did you mean `lifecycle`"
    ):
        read_request(file)
    assert read_request(file, overrides={"segmentation": "lifecycle"}).parameters["segmentation"] == "lifecycle"
    with pytest.raises(ParameterError, match=r"command line: `segmentation: rfn`"):
        read_request(file, overrides={"segmentation": "rfn"})
    # a list where one name is due, as a hurried hand writes it
    file.write_text("as_of: 2024-03-31\ndataset: shop\nsegmentation: [lifecycle]\n")
    with pytest.raises(ParameterError, match=r"one\.yaml, line 3: `segmentation"):
        read_request(file)


def test_a_default_that_the_dataset_lacks_is_said_to_be_one(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ndataset: shop\n")
    parameters = 'as_of = "2024-03-31"\ndataset = "shop"\nsegmentation = "rfm"\n'
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", parameters=parameters)
    dataset = tmp_path / "params" / "datasets" / "shop.yaml"
    dataset.parent.mkdir()
    dataset.write_text(DATASET)
    with pytest.raises(ParameterError, match=r"one\.yaml, `segmentation` left to the report's default: `.*rfm`"):
        read_request(file)


CHURN = DATASET + "churn: {horizon: 4, unit: week}\n"


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A run whose report once had parameters that stand in the dataset file now."""
    folder = tmp_path / "params" / "datasets"
    folder.mkdir(parents=True)
    (folder / "shop.yaml").write_text(CHURN)
    parameters = 'as_of = "2024-03-31"\ndataset = "shop"\nsegmentation = "lifecycle"\nshown_figures = []\n'
    parameters += "shown_campaigns = []\n"
    file = write_project(tmp_path)
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", parameters=parameters)
    return file


@pytest.mark.parametrize(
    ("old", "says"),
    [
        ("horizon: 3", r"`horizon` now stands in .*params/datasets/shop\.yaml under `churn:`\."),
        ("save_rate: 0.2", r"`save_rate` now stands in .*shop\.yaml under `churn:`\."),
        ("churn: {horizon: 3}", r"`churn` now stands in .*shop\.yaml under `churn:`\."),
        ("campaign_options: {}", r"`campaign_options` now stands in .*shop\.yaml under `campaigns:`\."),
        (
            "planned_shares: {}",
            r"`planned_shares` now stands in .*shop\.yaml under `campaigns:`, for each by its name\.",
        ),
        (
            "segmentations: [age]",
            r"`segmentations` now stands in .*shop\.yaml under `campaigns:`, for each by its name\.",
        ),
        (
            "cluster: household",
            r"`cluster` now stands in .*shop\.yaml under `campaigns:`, for each by its name, called `drawn_by`\.",
        ),
        ("uplift: {}", r"`uplift` now stands in .*shop\.yaml under `campaigns:`, for each by its name\."),
        (
            "margin: 0.2",
            r"`margin` now stands in .* under `campaigns:`, for each by its name, or under `programmes:`, for each by its name, or under `churn:`\.",
        ),
        ("tiles: []", r"`tiles` is called `shown_figures` now\."),
        ("campaigns: []", r"`campaigns` is called `shown_campaigns` now\."),
        ("horizn: 3", r"`horizn` is not a parameter of this report\."),
    ],
)
def test_an_old_parameter_is_told_its_new_place(moved: Path, old: str, says: str) -> None:
    moved.write_text(f"as_of: 2024-03-31\n{old}\n")
    with pytest.raises(ParameterError, match=r"one\.yaml, line 2: " + says):
        read_request(moved)


def test_a_renamed_parameter_has_another_name_only_where_the_report_has_that(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ntiles: []\n")
    with pytest.raises(ParameterError, match="`tiles` is not a parameter of this report"):
        read_request(file)


def test_new_names_of_parameters_are_there() -> None:
    """What `renamed` names is a parameter of a shipped notebook, a section, or an option of one."""
    notebooks = (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb")
    known = {name for notebook in notebooks for name in notebook_parameters(notebook)}
    known |= {f"{section}:" for section in sections()}
    assert renamed()
    assert all(new in known or place_of(new) for new in renamed().values())


def test_options_of_a_section_are_read_as_the_models_have_them() -> None:
    assert all(place_of(name) for name in (*ChurnOptions.model_fields, *CampaignOptions.model_fields))


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("churn: {horizn: 3}", r"line 9: `churn\.horizn` is not a known key\. Did you mean `horizon`\?"),
        ("churn: {horizon: three}", r"line 9: `churn\.horizon`: must be a whole number"),
        ("churn: {horizon: 500}", r"line 9: `churn`: horizon: 500 is not from 1 to 24 months"),
        ("churn: 3", r"line 9: `churn`: must hold lines of the form `key: value`\. Found: 3"),
        ("churn:", r"line 9: `churn`: must hold lines of the form `key: value`\. Found: nothing"),
        (
            "campaigns: {holiday: {planned_share: {a: 1}}}",
            r"line 9: `campaigns\.holiday\.planned_share` is not a known key\. Did you mean `planned_shares`\?",
        ),
        ("campaigns: [holiday]", r"line 9: `campaigns`: must hold lines of the form `key: value`"),
        ("campaigns:", r"line 9: `campaigns`: must hold lines of the form `key: value`\. Found: nothing"),
    ],
)
def test_a_wrong_section_is_refused_with_its_line(moved: Path, section: str, says: str) -> None:
    dataset = moved.parents[1] / "datasets" / "shop.yaml"
    dataset.write_text(DATASET + section + "\n")
    moved.write_text("as_of: 2024-03-31\ndataset: shop\n")
    with pytest.raises(ParameterError, match=r"shop\.yaml, " + says):
        read_request(moved)


def test_a_campaign_that_the_data_do_not_know_is_refused_with_its_line(moved: Path) -> None:
    root = moved.parents[2]
    rows = "customer_id,time,amount,order_id\n" + "".join(
        f"{n},2024-03-{n:02d} 12:00:00,9.50,{n}\n" for n in range(1, 29)
    )
    (root / "rows.csv").write_text(rows)
    (root / "campaigns.csv").write_text("campaign_id,start,end\nspring,2024-03-10,2024-03-20\n")
    dataset = moved.parents[1] / "datasets" / "shop.yaml"
    tables = DATASET.replace("segmentations:", "  campaigns: {path: campaigns.csv}\nsegmentations:")
    moved.write_text("as_of: 2024-03-31\ndataset: shop\n")
    dataset.write_text(tables + "campaigns:\n  spring: {channels_drawn: true}\n")
    assert check_run(read_request(moved)).quality is not None
    dataset.write_text(tables + "campaigns:\n  spring: {channels_drawn: true}\n  nope: {}\n")
    with pytest.raises(
        ParameterError, match=r"shop\.yaml, line 12: `campaigns\.nope` is not in the table campaigns\. .*spring"
    ):
        check_run(read_request(moved))
