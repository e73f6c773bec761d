"""Two canaries, of the data and of an address: a scheduled run that fails, and all that is said of it, show neither."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.test_delivery import hook  # noqa: F401
from tests.project.project import PARAMETERS, segkit, write_notebook, write_project
from tests.project.test_secrets import CANARY, FORMS

ADDRESS = "chirp-of-an-address"
CELL = """\
import os, json, html, base64, urllib.parse as u
s = os.environ['SHOP_ENTRY']
print(s, json.dumps(s), u.quote(s, safe=''), html.escape(s))
raise ValueError(' '.join([s, u.quote(s, safe=''), repr(s)[1:-1], html.escape(s), json.dumps(s), base64.b64encode(s.encode()).decode()]))
"""


def _commands() -> str:
    """The command line of every process, as anybody on the machine may read it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found.append((process / "cmdline").read_bytes().decode(errors="replace"))
    return "\n".join(found)


def test_no_canary_is_in_anything_that_a_scheduled_failure_leaves_or_sends(
    tmp_path: Path,
    hook: tuple[list[dict[str, Any]], int],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got, port = hook
    for name, value in (("SHOP_USER", "shop"), ("SHOP_ENTRY", CANARY), ("HOOK_ENTRY", ADDRESS)):
        monkeypatch.setenv(name, value)
    write_project(tmp_path, params="dataset: shop\n")
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", CELL, parameters=PARAMETERS + 'dataset = "shop"\n')
    (tmp_path / "params" / "datasets").mkdir()
    (tmp_path / "params" / "datasets" / "shop.yaml").write_text(
        "title: Shop\nrelation: non_contractual\ncurrency: EUR\ntime_zone: UTC\n"
        "connection: postgres://${SHOP_USER}:${SHOP_ENTRY}@127.0.0.1:1/shop\ntables:\n  transactions: {table: rows}\n"
    )
    owners = [f"json://ops:${{HOOK_ENTRY}}@127.0.0.1:{port}/hook", "json://ops:${HOOK_ENTRY}@127.0.0.1:1/nobody"]
    (tmp_path / "params" / "schedule.yaml").write_text(
        'time_zone: UTC\nentries: {daily: {cron: "* * * * *", runs: tiny/one, parameters: {as_of: 2024-03-31}, retries: 0, '
        f"recipients: {{owners: {json.dumps(owners)}}}}}}}\n"
    )
    due = subprocess.Popen(
        [sys.executable, "-m", "segkit", "due", "--entry", "daily"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    listed = ""
    while due.poll() is None:
        listed += _commands()
        with contextlib.suppress(subprocess.TimeoutExpired):
            due.wait(timeout=0.3)
    told = "".join(due.communicate())
    assert due.returncode == 1, told
    assert "failed: ValueError: ***" in told
    (posted,) = got
    assert posted["title"] == "Failed: tiny/one for 2024-03-31"
    assert "The end of the log:" in posted["message"]
    for command in ("messages", "history", "status"):
        done = segkit(tmp_path, command, *(["--json"] if command != "status" else []))
        assert done.returncode == 0, done.stderr
        told += done.stdout + done.stderr
    assert "segkit run" in listed.replace("\0", " ")
    left = {path: path.read_bytes() for path in (tmp_path / "reports").rglob("*") if path.is_file()}
    assert {path.suffix for path in left} >= {".sqlite", ".jsonl", ".html", ".ipynb"}
    shown = "\n".join([told, listed, json.dumps(posted), *(text.decode(errors="replace") for text in left.values())])
    written = {text.rstrip("=") for text in FORMS.values()} | {ADDRESS, urllib.parse.quote(ADDRESS)}
    assert not [text for text in written if text in shown]
