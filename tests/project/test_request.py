"""A run's parameters are checked, all of them, before anything starts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from segkit.errors import ParameterError
from segkit.project.request import read_request
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


def test_a_default_that_the_dataset_lacks_is_said_to_be_one(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ndataset: shop\n")
    parameters = 'as_of = "2024-03-31"\ndataset = "shop"\nsegmentation = "rfm"\n'
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", parameters=parameters)
    dataset = tmp_path / "params" / "datasets" / "shop.yaml"
    dataset.parent.mkdir()
    dataset.write_text(DATASET)
    with pytest.raises(ParameterError, match=r"one\.yaml, `segmentation` left to the report's default: `.*rfm`"):
        read_request(file)
