"""A notebook's cells as their author knows them: numbered from 1, without those that papermill adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nbformat import NotebookNode

ADDED: Final = frozenset({"injected-parameters", "papermill-error-cell-tag"})
"""Tags of cells that papermill adds."""


def number_of(notebook: NotebookNode, index: int) -> int:
    """Return a cell's number, from 1, in the notebook as its author knows it."""
    return sum(not is_papermills(cell) for cell in notebook.cells[: index + 1])


def heading_of(notebook: NotebookNode, index: int) -> str:
    """Return the last markdown heading before a cell."""
    for cell in reversed(notebook.cells[: index + 1]):
        if cell.cell_type == "markdown":
            for line in reversed(cell.source.splitlines()):
                if line.startswith("#"):
                    return str(line.lstrip("#").strip())
    return ""


def cell_place(notebook: NotebookNode, index: int) -> str:
    """Say where a cell is: its number and the heading that it stands under."""
    heading = heading_of(notebook, index)
    return f"cell {number_of(notebook, index)}" + (f" (“{heading}”)" if heading else "")


def is_papermills(cell: NotebookNode) -> bool:
    """Return whether papermill added the cell."""
    return bool(ADDED & set(cell.metadata.get("tags", ())))
