"""docs/how-to/add-a-measure.md shows what stands in the files it names, few of them, and its notebook makes a page."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from segkit.project.request import read_request
from segkit.project.run import run_report
from tests.docs.test_how_to import DATASET, code_blocks, notebook_from_percent

HOW_TO = Path("docs") / "how-to" / "add-a-measure.md"
MOST_FILES, MOST_FOLDERS = 6, 4


def test_it_takes_few_files_in_few_folders(root: Path) -> None:
    text = (root / HOW_TO).read_text(encoding="utf-8")
    files = re.findall(r"^\| `([\w/.]+)` \|", text, flags=re.MULTILINE)
    assert [file for file in files if not (root / file).exists()] == []
    assert 0 < len(files) <= MOST_FILES
    assert len({Path(file).parent for file in files}) <= MOST_FOLDERS


def test_what_it_shows_stands_in_the_files(root: Path) -> None:
    text = (root / HOW_TO).read_text(encoding="utf-8")
    file, shown = None, 0
    for name, block in re.findall(r"^`([\w/.]+)`:$|^```py\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        if name:
            file = root / name
            continue
        assert file is not None
        assert block in file.read_text(encoding="utf-8"), block
        shown += 1
    assert shown >= 6


def test_its_notebook_makes_a_page(root: Path, tmp_path: Path) -> None:
    (text,) = code_blocks(root / HOW_TO, "python")
    params = tmp_path / "params" / "returning" / "telecom.yaml"
    for folder in (tmp_path / "notebooks", tmp_path / "params" / "datasets", params.parent):
        folder.mkdir(parents=True)
    dataset = DATASET + "segmentations:\n  plan: {kind: attribute, column: plan}\n"
    (tmp_path / "params" / "datasets" / "telecom.yaml").write_text(dataset)
    nbformat.write(notebook_from_percent(text), tmp_path / "notebooks" / "returning.ipynb")
    params.write_text("as_of: 2025-12-21\n")
    result = run_report(read_request(params))
    page = result.page.read_text(encoding="utf-8")
    assert "bought again" in page
    assert "<svg" in page
    assert result.left_out == ()
