"""Whether a file is one of those that a recipe reads: by its columns, or by the names of the files in a folder."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from segkit.data.specfile import PLACE, read_recipe, recipe_names


def recipe_of(path: Path, columns: Collection[str]) -> str:
    """Return the name of the recipe for a file or folder; empty where there is none.

    Args:
        path: the file or folder.
        columns: of the file; none of a folder.
    """
    found = [(size, name) for name in recipe_names() if (size := _fits(name, path, columns))]
    return max(found)[1] if found else ""


def _fits(name: str, path: Path, columns: Collection[str]) -> int:
    """Return how many columns or files of a recipe are there if all that it needs are; else 0."""
    tables = read_recipe(name).data["tables"].values()
    inside = [table["path"].removeprefix(f"{PLACE}/") for table in tables if table["path"] != PLACE]
    if inside:
        return len(inside) if path.is_dir() and all(list(path.glob(one)) for one in inside) else 0
    needed = {
        theirs
        for table in tables
        for ours, theirs in table["columns"].items()
        if ours not in table.get("may_lack", ())
    }
    return len(needed) if needed <= set(columns) else 0
