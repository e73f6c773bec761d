"""A run that may take so much memory and no more: the cell that asks for more is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segkit.data.memory_size import bytes_of
from segkit.data.spec import load_spec
from segkit.errors import ParameterError
from tests.project.project import PAGE, segkit, write_project

DATASET = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables: {transactions: {path: sales.csv}}
engine: %s
"""


def test_a_cell_that_asks_for_more_than_the_run_may_take_fails_in_words(tmp_path: Path) -> None:
    write_project(tmp_path, "import numpy as np\nlen(np.ones(400_000_000))", PAGE)
    done = segkit(tmp_path, "run", "params/tiny/one.yaml", "--memory-limit", "2GB", "--quiet")
    assert done.returncode == 1
    said = json.loads(done.stderr.splitlines()[-1])["message"]
    assert said.startswith("cell 4 (“Section 1”) failed: ")
    assert "Unable to allocate 2.98 GiB" in said
    assert said.endswith("The run may take 2 GB (--memory-limit).")
    assert (tmp_path / "reports/tiny/one/failures/2024-03-31/failure.html").is_file()


@pytest.mark.parametrize("wrong", ["lots", "4", "-4GB", "1KB", "9999TB", "4 gigabytes", "", "1e9GB"])
def test_what_is_no_size_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="is no size from 64MB to 1000TB; write such as 4GB or 512MB"):
        bytes_of(wrong)
    file = tmp_path / "shop.yaml"
    file.write_text(DATASET % json.dumps({"memory_limit": wrong}))
    with pytest.raises(ParameterError, match=r"line 6.*is no size from 64MB"):
        load_spec(file)


@pytest.mark.parametrize("threads", [0, -1, 10**9, "many"])
def test_threads_have_bounds(tmp_path: Path, threads: object) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(DATASET % json.dumps({"threads": threads}))
    with pytest.raises(ParameterError, match=r"line 6.*threads"):
        load_spec(file)
