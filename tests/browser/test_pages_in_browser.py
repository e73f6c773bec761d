"""Every report that comes along, in a browser: it meets the targets of a page, and its figures are printed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from segkit.demo.grocery import locate_grocery
from segkit.errors import ParameterError
from segkit.project.rendering import render
from tests.browser.in_browser import SIZES, chromium, faults_of, links_for, look_at, printed
from tests.notebooks.executed_once import ROOT, executed_once

RUNS = sorted((ROOT / "params").glob("*/*.yaml"))
RUNS = [file for file in RUNS if (ROOT / "notebooks" / f"{file.parent.name}.ipynb").exists()]
SHOTS = os.environ.get("SEGKIT_SCREENSHOTS", "")
"""A folder for pictures of every page, for review; without it none are taken (`tox -e screenshots`)."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("params", RUNS, ids=[f"{file.parent.name}-{file.stem}" for file in RUNS])
def test_a_page_meets_its_targets(
    params: Path, shared_folder: Path, tmp_path: Path, browser: Any, record_property: Callable[[str, object], None]
) -> None:
    if params.stem == "grocery":
        try:
            locate_grocery()
        except ParameterError as error:
            pytest.skip(str(error))
    name = f"{params.parent.name}-{params.stem}"
    file = tmp_path / "page.html"
    page = render(executed_once(params, shared_folder), links=links_for(params.parent.name))
    file.write_text(page.html, encoding="utf-8")
    if SHOTS:
        _take(browser, file, Path(SHOTS), name)
    seen = look_at(browser, file, name)
    record_property("figure", seen.figures)
    assert faults_of(seen) == []


def _take(browser: Any, file: Path, folder: Path, name: str) -> None:
    """Take pictures of a page: as it stands and with everything open, light and dark, and as a PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES.items():
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(file.as_uri())
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
            page.evaluate("() => document.querySelectorAll('details.folded').forEach(one => { one.open = true })")
            page.screenshot(path=folder / f"{name}-{width}-{scheme}-open.png", full_page=True)
            page.close()
    (folder / f"{name}.pdf").write_bytes(printed(browser, file))
