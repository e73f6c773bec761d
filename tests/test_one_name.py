"""One concept, one name, one place: what would be said twice is found here.

The exceptions may only shrink: one that is no longer needed fails.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from segkit.wing import Wing, wings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "segkit"

OF_EVERY_MODULE: Final = frozenset({"__all__", "WING", "TYPE_CHECKING"})
"""What each module or wing declares of itself."""
ALIKE_BY_CHANCE: Final = frozenset[str]()
"""Limits and words that have the same value today and mean different things: private, and tuned apart."""
FUNCTIONS: Final = frozenset({"table"})
"""Public functions that two modules call alike: an analyst's table, as a page is written, and a table's fields."""


OF_EVERY_ROOM: Final = frozenset({"__init__", "wing", "records", "options"})
"""Modules that every room has under the same name."""
FILES: Final = frozenset({"quality", "reading", "tables", "wording"})
"""Modules of different rooms that still have the same name."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, str]]:
    """What a module defines: name, statement, and its value or its body without the docstring."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                yield node.name, node, "\n".join(ast.unparse(one) for one in body)
            case ast.Assign():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        yield target.id, node, ast.unparse(node.value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, node, ast.unparse(value)


def shared(kind: type[ast.stmt]) -> dict[str, list[str]]:
    """Public names of a kind of statement that several modules define."""
    found = defaultdict(list)
    for path, tree in modules():
        for name, node, _ in definitions(tree):
            if isinstance(node, kind) and not name.startswith("_"):
                found[name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def type_names() -> dict[str, list[str]]:
    """Public classes, and other types in capitals and small letters such as a Literal, that several modules define."""
    found = defaultdict(list)
    for path, tree in modules():
        for name, node, _ in definitions(tree):
            if not isinstance(node, ast.FunctionDef) and name[0].isupper() and not name.isupper():
                found[name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def test_no_helper_or_constant_stands_in_two_modules() -> None:
    found = defaultdict(list)
    for path, tree in modules():
        for name, _, value in definitions(tree):
            if name not in OF_EVERY_MODULE:
                found[name, value].append(path)
    twice = {name: paths for (name, _), paths in found.items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in ALIKE_BY_CHANCE} == {}
    assert set(twice) >= ALIKE_BY_CHANCE


def test_no_two_modules_have_the_same_name_but_a_measure_and_its_view() -> None:
    found = defaultdict(list)
    for path, _ in modules():
        parts = Path(path).relative_to("segkit").with_suffix("").parts
        if parts[-1] not in OF_EVERY_ROOM:
            # a wing's view has the name of the measure that it shows
            shows = parts[0] if len(parts) == 3 and parts[1] in ("measure", "views") else path
            found[parts[-1]].append(shows)
    twice = {name for name, places in found.items() if len(set(places)) > 1}
    assert twice - FILES == set()
    assert twice >= FILES


def test_no_two_modules_call_a_type_alike() -> None:
    assert type_names() == {}


def test_no_two_modules_call_a_function_alike() -> None:
    twice = shared(ast.FunctionDef)
    assert {name: paths for name, paths in twice.items() if name not in FUNCTIONS} == {}
    assert set(twice) >= FUNCTIONS


def test_a_chart_and_a_measure_never_share_a_name() -> None:
    rooms: dict[str, set[str]] = defaultdict(set)
    for path, tree in modules():
        room = next((part for part in ("measure", "models", "views") if f"/{part}/" in path), "")
        rooms[room] |= {
            name
            for name, node, _ in definitions(tree)
            if isinstance(node, ast.FunctionDef) and not name.startswith("_")
        }
    assert rooms["views"] & (rooms["measure"] | rooms["models"]) == set()
    assert views(wings().values()) & (rooms["measure"] | rooms["models"]) == set()


def views(found: Iterable[Wing]) -> set[str]:
    """Functions that make a view, by the declarations of wings."""
    return {place.split(":")[1] for wing in found for made in wing.views.values() for place in made.values()}
