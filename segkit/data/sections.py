"""Sections of a dataset file that belong to a wing. They are kept here unread; the wing names the rules that check
them.

What counts as churn and how a campaign was planned stand once, in the dataset file, though this layer knows neither.
"""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from segkit.data.specfile import SpecFile, problem_sentences
from segkit.wing import load, sections


def place_of(option: str) -> str:
    """Say where in a dataset file an option of a wing's section stands; empty if no section has it.

    >>> place_of("horizon"), place_of("planned_shares"), place_of("horizn")
    ('under `churn:`', 'under `campaigns:`, for each by its name', '')
    """
    readers = sections()
    if option in readers:
        return f"under `{option}:`"
    found = []
    for name, reader in readers.items():
        own, of_each = _options(reader)
        if option in own:
            found.append(f"under `{name}:`")
        elif option in of_each:
            found.append(f"under `{name}:`, for each by its name")
    return ", or ".join(found)


def _options(reader: str) -> tuple[set[str], set[str]]:
    """Return the options of a section and, where it is a mapping of models, those of each entry.

    Read from the source, since a mistake in a parameter file is told before anything heavy is imported.
    """
    module, _, wanted = reader.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return set(), set()
    body = ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
    models = {node.name: _fields(node) for node in body if isinstance(node, ast.ClassDef)}
    if wanted in models:
        return models[wanted], set()
    named = [
        inner.id
        for node in body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == wanted for t in node.targets)
        for inner in ast.walk(node.value)
        if isinstance(inner, ast.Name)
    ]
    return set(), set().union(*(models.get(name, set()) for name in named))


def _fields(model: ast.ClassDef) -> set[str]:
    return {n.target.id for n in model.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}


def read_sections(file: SpecFile) -> tuple[dict[str, Any], dict[str, Any], list[tuple[int, str]]]:
    """Split a dataset file into its own keys and the sections of wings, and check the latter.

    Returns:
        The file's own keys; section → its content as checked; findings with their lines.
    """
    readers = sections()
    own = {key: value for key, value in file.data.items() if key not in readers}
    found: dict[str, Any] = {}
    faults: list[tuple[int, str]] = []
    for name in file.data:
        if name not in readers:
            continue
        model = load(readers[name])
        try:
            found[name] = TypeAdapter(model).validate_python(file.data[name])
        except ValidationError as error:
            problems = [{**problem, "loc": (name, *problem["loc"])} for problem in error.errors()]
            faults += problem_sentences(file, problems, model)
    return own, found, faults
