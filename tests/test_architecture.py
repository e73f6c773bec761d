"""The house: import contracts, public names, thin notebooks, small modules."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import segkit
from segkit.wing import load, wings
from tests.declared import declared

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_public_names_are_few_and_these() -> None:
    assert segkit.__all__ == [
        "DataError", "Metric", "ModelError", "NotYetError", "ParameterError", "ReportError", "RunError", "SegkitError", "campaigns",
        "churn", "kpis", "open", "page", "segments", "value",
    ]  # fmt: skip
    for package in (segkit, segkit.segments, segkit.kpis, segkit.value, segkit.churn, segkit.campaigns):
        assert all(getattr(package, name) is not None for name in package.__all__)
        assert dir(package) == package.__all__


def test_what_wings_name_is_there() -> None:
    """Sections, key figures and views are named by string; every one of them can be loaded, and views have docstrings."""
    named = list(declared())
    assert len(named) > 60
    for place in named:
        assert load(place) is not None, place
    for wing in wings().values():
        for views in wing.views.values():
            assert all(load(place).__doc__ for place in views.values())


def test_a_parameter_or_variable_shadows_no_import() -> None:
    """Imports run after the injected parameters: a parameter of an import's name would be lost."""
    for path in NOTEBOOKS:
        code = "\n".join(
            "".join(cell["source"])
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        )
        tree = ast.parse(code)
        imported = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        assert not imported & stored, path.name
        assert imported == {"sk"}


def test_importing_segkit_costs_nothing() -> None:
    code = (
        "import segkit, sys; print(sorted({'numpy', 'pandas', 'ibis', 'pydantic', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_thin(path: Path) -> None:
    """Title; one commented parameters cell; imports; then a heading and a call or two a section. No outputs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    assert "".join(cells[0]["source"]).startswith("# ")
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell.get("outputs") for cell in code] == [[]] * len(code)
    assert {cell.get("execution_count") for cell in code} == {None}
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == code[:1]
    for line in "".join(code[0]["source"]).splitlines():
        assert "#" in line, f"a parameter without a comment: {line}"
    imports = ast.parse("".join(code[1]["source"])).body
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in imports)
    for cell in code[2:]:
        source = "".join(cell["source"])
        tree = ast.parse(source)
        banned = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.comprehension)
        assert not [node for node in ast.walk(tree) if isinstance(node, banned)], source
        assert len(tree.body) <= 5, source
        for word in ("groupby", "group_by", "merge(", "import ", "pd.", "plt."):
            assert word not in source, f"{word} in a cell of {path.name}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_has_a_run(path: Path) -> None:
    assert list((ROOT / "params" / path.stem).glob("*.yaml"))


def test_modules_hold_one_concept_each() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / "segkit").rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "segkit").rglob("*.py")
        if len(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "") < 20
    ]
    assert silent == []
