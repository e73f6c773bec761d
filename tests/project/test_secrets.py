"""A canary: a password that no output of a run may show, in whatever form a cell shows it."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from segkit.data.specfile import read_specfile, redact, shows_secret
from segkit.errors import ParameterError
from segkit.project.request import read_request
from segkit.project.run import run_report
from tests.project.project import PAGE, PARAMETERS, write_notebook, write_project

CANARY = 'corr"ect/hörse <b>&\\1'
FORMS = {
    "raw": CANARY,
    "percent": urllib.parse.quote(CANARY, safe=""),
    "quoted": repr(CANARY)[1:-1],
    "html": html.escape(CANARY),
    "json": json.dumps(CANARY)[1:-1],
    "json in json": json.dumps(json.dumps(CANARY)[1:-1])[1:-1],
    "base64": base64.b64encode(CANARY.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_is_seen_and_hidden(form: str) -> None:
    text = f"before {FORMS[form]} after"
    assert shows_secret(text, [CANARY])
    assert redact(text, [CANARY]) in ("before *** after", "before ***= after", "before ***== after")
    assert not shows_secret("before and after", [CANARY])


def _project(root: Path, cell: str) -> Path:
    dataset = root / "params" / "datasets" / "shop.yaml"
    dataset.parent.mkdir(parents=True)
    dataset.write_text(
        "title: Shop\nrelation: non_contractual\ncurrency: EUR\ntime_zone: UTC\n"
        "connection: postgres://${SHOP_USER}:${SHOP_ENTRY}@127.0.0.1:1/shop\ntables:\n  transactions: {table: rows}\n"
    )
    file = write_project(root, params="dataset: shop\n")
    write_notebook(root / "notebooks" / "tiny.ipynb", cell, PAGE, parameters=PARAMETERS + 'dataset = "shop"\n')
    return file


def _shown(root: Path) -> str:
    return "".join(
        path.read_text(errors="replace")
        for path in (root / "reports").rglob("*")
        if path.is_file() and path.suffix != ".sqlite"
    )


def test_the_canary_is_in_no_output_of_a_failed_run(tmp_path: Path) -> None:
    forms = "import os, json, html, base64, urllib.parse as u\ns = os.environ['SHOP_ENTRY']\n" + (
        "ways = [s, u.quote(s, safe=''), repr(s)[1:-1], html.escape(s), json.dumps(s), base64.b64encode(s.encode()).decode()]\n"
        "print(ways)\nraise ValueError(' '.join(ways))"
    )
    _project(tmp_path, forms)
    done = subprocess.run(
        [sys.executable, "-m", "segkit", "run", "params/tiny/one.yaml"],
        cwd=tmp_path,
        env=os.environ | {"SHOP_USER": "shop", "SHOP_ENTRY": CANARY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "failed: ValueError: ***" in done.stderr
    everything = done.stdout + done.stderr + _shown(tmp_path)
    assert "failure.html" in str([path.name for path in (tmp_path / "reports").rglob("*")])
    assert not [form for form, text in FORMS.items() if text.rstrip("=") in everything]


def test_a_user_of_a_common_name_blocks_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_USER", "customers")  # a word of the page
    monkeypatch.setenv("SHOP_ENTRY", CANARY)
    request = read_request(_project(tmp_path, "1 + 1"))
    assert request.secrets == {CANARY}
    assert run_report(request).made


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("connection: postgres://${A}:x@h/db", False),
        ("connection: postgres://u:${A}@h/db", True),
        ("connection: postgres://u:${A}@h/${B}", True),
        ("connection: postgres://u:x${A}@h/db", True),
        ("connection: ${A}", True),
        ("title: ${A}", False),
        ("password: ${A}", True),
        ("options: {api_key: '${A}'}", True),
        ("title: ${MY_TOKEN}", True),
        ("title: ${file:held}", True),
    ],
)
def test_what_is_secret_is_said_by_place_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, secret: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("A", "MY_TOKEN"):
        monkeypatch.setenv(name, "value-of-it")
    monkeypatch.setenv("B", "value-of-b")
    (tmp_path / "held").write_text("value-of-it\n")
    (tmp_path / "x.yaml").write_text(line + "\n")
    found = read_specfile(tmp_path / "x.yaml", environment=True)
    assert found.secrets == ({"value-of-it"} if secret else set())
    assert "value-of-it" in json.dumps(found.data)


def test_a_file_that_holds_nothing_is_told_without_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "x.yaml").write_text(f"a: ${{file:{tmp_path}/empty}}\nb: ${{file:{tmp_path}/nowhere}}\n")
    with pytest.raises(ParameterError) as refused:
        read_specfile(tmp_path / "x.yaml", environment=True)
    first, second = str(refused.value).splitlines()
    assert "line 1" in first
    assert "the file is empty" in first
    assert "the file cannot be read (No such file or directory)" in second


def test_a_secret_as_a_parameter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_USER", "shop")
    monkeypatch.setenv("SHOP_ENTRY", CANARY)
    request = read_request(_project(tmp_path, "1 + 1"), overrides={"names": [CANARY]})
    with pytest.raises(ParameterError, match="`names` holds a secret of the dataset file") as refused:
        run_report(request)
    assert CANARY not in str(refused.value)
    assert not (tmp_path / "reports").exists()
