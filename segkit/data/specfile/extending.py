"""A dataset file that says only what is different: from another one (`extends: shop`), or from a recipe (`like: shopify`).

A recipe is a dataset file that comes with segkit, for the files that a system writes. Where the files are, it cannot know:
its tables begin their paths with FILES, and the dataset file says what that is under `files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile.reading import SpecFile, read_specfile
from segkit.data.specfile.wording import shown, suggestion
from segkit.errors import ParameterError

EXTENDS: Final = "extends"
LIKE: Final = "like"
FILES: Final = "files"
PLACE: Final = "FILES"
"""What stands in a recipe's paths for the place that `files` names."""
RECIPES: Final = Path(__file__).resolve().parent.parent / "recipes"


def read_extended(path: Path) -> SpecFile:
    """Read a YAML file, and what it extends: keys of its own hold, `key: null` takes one away, the rest stays.

    Raises:
        ParameterError: a file is wrong, is not there, or extends itself; there is no such recipe.
    """
    file = _read(path, ())
    return replace(file, data=_placed(file))


def recipe_names() -> list[str]:
    """Return the names of all recipes."""
    return sorted(file.stem for file in RECIPES.glob("*.yaml"))


def read_recipe(name: str) -> SpecFile:
    """Read a recipe by its name."""
    return replace(read_specfile(RECIPES / f"{name}.yaml"), shipped=True)


def _read(path: Path, above: tuple[Path, ...]) -> SpecFile:
    file = read_specfile(path, environment=True)
    named = [key for key in (EXTENDS, LIKE) if file.data.get(key) is not None]
    if not named:
        return file
    where = file.where((named[-1],))
    if len(named) > 1:
        raise ParameterError(
            f"{where}: `extends` and `like` stand in one file. Keep one: the other file may have `like`."
        )
    below = _recipe(where, file.data[LIKE]) if named == [LIKE] else _extended(where, path, file.data[EXTENDS], above)
    return replace(file, data=_over(file.data, below.data), secrets=file.secrets | below.secrets, below=below)


def _recipe(where: str, name: object) -> SpecFile:
    known = recipe_names()
    if name not in known:
        raise ParameterError(f"{where}: `like: {name}`: there is no such recipe.{suggestion(str(name), known)}")
    return read_recipe(str(name))


def _extended(where: str, path: Path, name: object, above: tuple[Path, ...]) -> SpecFile:
    if not isinstance(name, str):
        raise ParameterError(f"{where}: `extends` must be the name of another dataset, such as `extends: shop`.")
    other = path.parent / (name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if not other.is_file():
        there = [one.stem for one in sorted(path.parent.glob("*.yaml")) if one != path]
        raise ParameterError(f"{where}: `extends: {name}`: no such file ({shown(other)}).{suggestion(name, there)}")
    if other.resolve() in (*above, path.resolve()):
        raise ParameterError(
            f"{where}: `extends: {name}` leads back to a file that extends it. Take one of them out."
        )
    return _read(other, (*above, path.resolve()))


def _over(own: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with another one's keys over it, mappings within it likewise."""
    found = dict(below)
    for key, value in own.items():
        if value is None and key in below:
            found.pop(key)
        elif isinstance(value, dict) and isinstance(below.get(key), dict):
            found[key] = _over(value, below[key])
        else:
            found[key] = value
    return found


def _placed(file: SpecFile) -> dict[str, Any]:
    """Return the data of a file in which the paths of a recipe begin with the place that `files` names."""
    tables = file.data.get("tables")
    if not isinstance(tables, dict) or LIKE not in file.data:
        return file.data
    place = file.data.get(FILES)
    found: dict[str, Any] = {}
    for name, table in tables.items():
        path = table.get("path") if isinstance(table, dict) else None
        if isinstance(path, str) and path.split("/")[0] == PLACE:
            if not isinstance(place, str) or not place.strip():
                what = "a folder" if "/" in path else "a file"
                raise ParameterError(
                    f"{file.where((LIKE,))}: `like: {file.data[LIKE]}` needs `files`, where the files of the export are: "
                    f"{what}, such as `files: data/export{'' if '/' in path else '.csv'}`."
                )
            found[name] = {**table, "path": f"{place.rstrip('/')}{path.removeprefix(PLACE)}"}
        else:
            found[name] = table
    return {**file.data, "tables": found}
