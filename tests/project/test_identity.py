"""One run, one identity: the same is not made twice, other data make a revision, other parameters are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from segkit.errors import NotYetError, ParameterError
from segkit.project.history import read_history
from segkit.project.identity import identity_of, other_parameters, same_but_for_data
from segkit.project.locking import locked
from segkit.project.request import RunRequest, read_request
from segkit.project.run import RunOptions, run_report
from tests.project.project import PAGE, PARAMETERS, metrics_of, write_notebook, write_project

SHOP = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {path: data/sales.csv}
"""
COUNT = """\
import segkit as sk
from segkit.data import open_dataset
from segkit.page import Metric
shop = open_dataset(dataset, as_of)
rows = int(shop.engine.collect(shop.tables["transactions"].aggregate(n=lambda t: t.count()))["n"][0])
sk.page.note("{n} rows were read.", n=Metric("rows", rows, "orders", label="Rows"))
"""


def write_shop(root: Path) -> Path:
    """A project whose report counts the rows of a file; returns the parameter file."""
    file = write_project(root, params="dataset: shop\nas_of: 2024-03-31\n")
    write_notebook(root / "notebooks" / "tiny.ipynb", COUNT, parameters=PARAMETERS + 'dataset = "shop"\n')
    (root / "params" / "datasets").mkdir()
    (root / "params" / "datasets" / "shop.yaml").write_text(SHOP)
    (root / "data").mkdir()
    (root / "data" / "sales.csv").write_text(
        "customer_id,time,amount,order_id\n"
        + "".join(f"c{n},2024-03-{1 + n % 28:02d} 12:00:00,{n}.50,o{n}\n" for n in range(1, 21))
    )
    return file


def manifest_of(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "manifest.json").read_text())
    assert isinstance(found, dict)
    return found


def test_another_list_of_targets_makes_another_page(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    plans = tmp_path / "params" / "plans.csv"
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(SHOP + "targets: [{path: params/plans.csv}]\n")
    plans.write_text("metric,value,period,from\norders,40,week,2024-01-01\n")
    assert run_report(read_request(file)).made
    assert not run_report(read_request(file)).made
    plans.write_text("metric,value,period,from\norders,45,week,2024-01-01\n")
    assert run_report(read_request(file)).made


def test_the_same_again_runs_nothing_and_other_data_make_a_revision(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    page = tmp_path / "reports" / "tiny" / "one" / "2024-03-31"
    first = run_report(read_request(file))
    assert first.made
    manifest = manifest_of(page)
    (data,) = manifest["data"]
    assert (data["dataset"], data["rows"], data["last_days"]) == (
        "shop",
        {"transactions": 20},
        {"transactions": "2024-03-21"},
    )
    assert manifest["revision"] == 1
    before = page.stat().st_ino

    again = run_report(read_request(file))
    assert (again.made, again.page, page.stat().st_ino) == (False, first.page, before)

    with (tmp_path / "data" / "sales.csv").open("a") as stream:
        stream.write("c99,2024-03-30 12:00:00,1.00,o99\n")
    assert run_report(read_request(file)).made
    assert metrics_of(page)["rows"]["value"] == 21
    assert (manifest_of(page)["revision"], manifest_of(page)["data"][0]["last_days"]) == (
        2,
        {"transactions": "2024-03-30"},
    )
    kept = tmp_path / "reports" / "tiny" / "one" / "revisions" / "2024-03-31" / "1"
    assert metrics_of(kept)["rows"]["value"] == 20
    assert manifest_of(kept) == manifest

    statuses = [(line["status"], line["exit_code"]) for line in read_history(tmp_path / "reports")]
    assert statuses == [("published", 0), ("unchanged", 0), ("published", 0)]


def test_other_parameters_are_refused_until_they_are_meant(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    page = tmp_path / "reports" / "tiny" / "one" / "2024-03-31"
    run_report(read_request(file))
    other = read_request(file, overrides={"count": 4})
    with pytest.raises(ParameterError, match=r"`count` was 3 and is now 4\. Write --replace") as refused:
        run_report(other)
    assert refused.value.exit_code == 2
    assert not (page.parent / "failures").exists()
    look = run_report(other.as_preview())
    assert look.page == tmp_path / "previews" / "tiny" / "one" / "2024-03-31" / "report.html"
    assert metrics_of(look.page.parent)["customers"]["value"] == 4
    assert metrics_of(page)["customers"]["value"] == 3
    run_report(other, RunOptions(replace=True))
    assert metrics_of(page)["customers"]["value"] == 4
    assert metrics_of(page.parent / "revisions" / "2024-03-31" / "1")["customers"]["value"] == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda root: write_notebook(root / "notebooks" / "tiny.ipynb", PAGE + "# a comment"),
        lambda root: (root / "house.py").write_text("RATE = 2"),
        lambda root: write_notebook(
            root / "notebooks" / "tiny.ipynb", PAGE, parameters=PARAMETERS.replace("share = 0.5", "share = 0.6")
        ),
    ],
    ids=["cell", "module", "default"],
)
def test_code_is_part_of_the_identity_and_no_change_of_parameters(tmp_path: Path, change: Any) -> None:
    request = read_request(write_project(tmp_path))
    identity = identity_of(request)
    manifest = identity.manifest(())
    assert same_but_for_data(identity, manifest)
    assert same_but_for_data(identity_of(read_request(request.params_file)), json.loads(json.dumps(manifest)))
    change(tmp_path)
    changed = read_request(request.params_file)
    assert not same_but_for_data(identity_of(changed), manifest)
    assert other_parameters(identity_of(changed), manifest) == []


def test_a_given_value_that_changes_is_a_change_of_parameters(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="names: [a, b]\n")
    manifest = json.loads(json.dumps(identity_of(read_request(file)).manifest(())))
    file.write_text("names: [a]\nshare: 0.5\n")
    assert other_parameters(identity_of(read_request(file)), manifest) == [
        '`names` was ["a", "b"] and is now ["a"]',
    ]


def test_equal_starts_do_the_work_once(tmp_path: Path) -> None:
    write_project(tmp_path)
    running = [_start(tmp_path, "params/tiny/one.yaml") for _ in range(4)]
    told = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0] * 4, told
    statuses = sorted(line["status"] for line in read_history(tmp_path / "reports"))
    assert statuses == ["published", "unchanged", "unchanged", "unchanged"]
    assert manifest_of(tmp_path / "reports" / "tiny" / "one" / "2024-03-31")["revision"] == 1
    assert not list((tmp_path / "reports" / ".segkit" / "locks").iterdir())


def _start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "segkit", "run", *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_who_does_not_wait_leaves_with_75_and_so_does_who_waits_too_long(tmp_path: Path) -> None:
    request = read_request(write_project(tmp_path))
    (tmp_path / "reports").mkdir()
    with locked(tmp_path / "reports", "tiny/one/2024-03-31"):
        for options, said in (
            (RunOptions(wait=False), "is under way in another process. Try again"),
            (RunOptions(time_limit=0.4), r"did not end within 0\.4 seconds"),
        ):
            with pytest.raises(NotYetError, match=said) as refused:
                run_report(request, options)
            assert refused.value.exit_code == 75
    assert not request.folder.exists()


def test_a_date_after_today_is_refused_unless_asked_for(tmp_path: Path) -> None:
    request = read_request(write_project(tmp_path, "1 / 0"), as_of="2999-12-26")
    with pytest.raises(ParameterError, match=r"`as_of: 2999-12-26` is after today .* write --future if you mean it"):
        run_report(request)
    assert not (tmp_path / "reports").exists()


def test_a_parameter_file_that_is_a_link(tmp_path: Path) -> None:
    """Kubernetes shows a ConfigMap as links into a folder with a name of its own."""
    file = write_project(tmp_path)
    (tmp_path / "..data").mkdir()
    file.rename(tmp_path / "..data" / "anything.yaml")
    file.symlink_to(tmp_path / "..data" / "anything.yaml")
    request = read_request(file)
    assert isinstance(request, RunRequest)
    assert (request.report, request.run, request.root) == ("tiny", "one", tmp_path)
