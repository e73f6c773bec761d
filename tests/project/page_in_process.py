"""The page of a run, made in this process: the notebook's cells without a kernel, and the real renderer."""

from __future__ import annotations

import ast
from typing import Any

import nbformat
from nbformat.v4 import new_output

from segkit.page.result import Blocks
from segkit.project.rendering import Page, render
from segkit.project.request import RunRequest


def page_of(request: RunRequest) -> Page:
    """The page that a run would publish; whatever a cell raises, it raises. The working folder is the project's."""
    notebook = nbformat.read(request.notebook, as_version=4)
    space: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            outputs: list[Any] = []
            space["display"] = lambda *shown, to=outputs: to.extend(shown)
            last = _run(cell.source, space)
            if "parameters" in cell.metadata.get("tags", ()):
                space |= request.parameters
            shown = [part for one in (*outputs, last) for part in (one if isinstance(one, Blocks) else (one,))]
            cell.outputs = [_output(one) for one in shown if one is not None]
    return render(notebook)


def _run(source: str, space: dict[str, Any]) -> Any:
    """Run a cell, and return the value of its last line where that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)  # noqa: S102 - a notebook's cell
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), space)  # noqa: S307


def _output(shown: Any) -> Any:
    data = shown._repr_mimebundle_() if hasattr(shown, "_repr_mimebundle_") else {"text/plain": repr(shown)}
    return new_output("display_data", data=data)
