"""Nothing ships for tests alone: every module-level name is reached from what a user of segkit can call.

From the names of packages and wings, the command line, the notebooks, the benchmarks and the code in the docs, names are followed
through function bodies, class bodies and values. An import reaches nothing by itself, nor does `__all__` of a package.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

ALLOWED: frozenset[str] = frozenset()
"""Names, as `segkit.module.name`, that nothing reaches and that stay all the same; say why beside each."""

_DATA = (".json", ".j2", ".yaml")
_PLACE = re.compile(r"([a-z_][\w.]*)[.:](\w+)")  # module:name or module.name, as entry points and templates write it
_IMPORTERS = {"__getattr__", "__dir__", "__all__", "WING"}  # Python itself asks modules for these, segkit for WING

Name = tuple[str, str]
"""Module and name."""


class Module:
    """What a module defines, imports and does when it is imported."""

    def __init__(self, path: Path, root: Path) -> None:
        parts = path.relative_to(root).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.imports = imports(tree)
        self.defined: dict[str, list[ast.AST]] = {}
        self.done: list[ast.AST] = []
        self._read(tree.body)

    def _read(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.defined.setdefault(node.name, []).append(node)
                # a decorator that the module makes, such as a command line's, knows the function from then on
                made = [n for d in node.decorator_list for n in ast.walk(d) if isinstance(n, ast.Name)]
                if any(n.id in self.defined for n in made):
                    self.done.append(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for name in (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)):
                    self.defined.setdefault(name, []).append(node)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                self._read(node.orelse)
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For):
                self._read(node.body)
                self._read(getattr(node, "orelse", []))
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                self.done.append(node)


def imports(tree: ast.AST) -> dict[str, str]:
    """Local name → dotted name, of every import anywhere in the tree."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
    return found


class Package:
    """All modules under a folder, and which of their names are reached."""

    def __init__(self, folder: Path) -> None:
        made = [Module(path, folder.parent) for path in sorted(folder.rglob("*.py"))]
        self.modules = {module.name: module for module in made}
        self.reached: set[Name] = set()

    def resolve(self, dotted: str) -> Name | None:
        """Where a dotted name is defined; re-exports are followed. None for a module, and for what is not of segkit."""
        module, *rest = dotted.split(".")
        while module in self.modules and rest:
            here, inside = self.modules[module], self.modules.get(f"{module}.{rest[0]}")
            if rest[0] in here.defined:
                return module, rest[0]
            # a package may hold a module and a function of one name; only the module has names of its own
            via = here.imports.get(rest[0], "")
            if inside is not None and (len(rest) > 1 or via in ("", inside.name)):
                module, rest = inside.name, rest[1:]
            else:
                module, *rest = [*via.split("."), *rest[1:]]
        return None

    def named(self, tree: ast.AST, known: dict[str, str], module: Module | None) -> Iterator[Name]:
        """Names of the package that code speaks of."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _PLACE.fullmatch(node.value):
                yield from self.placed(node.value)
            parts: list[str] = []
            inner = node
            while isinstance(inner, ast.Attribute):
                parts.insert(0, inner.attr)
                inner = inner.value
            if not isinstance(inner, ast.Name):
                continue
            if module is not None and inner.id in module.defined:
                yield module.name, inner.id
            elif known.get(inner.id, "").split(".")[0] == "segkit":
                found = self.resolve(".".join([known[inner.id], *parts]))
                if found is not None:
                    yield found

    def placed(self, text: str) -> Iterator[Name]:
        """Names that a text gives by their place, the module's name whole or its last parts."""
        for place, name in _PLACE.findall(text):
            for module in self.modules.values():
                if f".{module.name}".endswith(f".{place}") and name in module.defined:
                    yield module.name, name

    def reach(self, names: Iterator[Name]) -> None:
        """Take these names as reached, and all that they need."""
        wanted = list(names)
        while wanted:
            module, name = wanted.pop()
            if (module, name) not in self.reached:
                self.reached.add((module, name))
                here = self.modules[module]
                wanted += [one for node in here.defined[name] for one in self.named(node, here.imports, here)]


def outside() -> Iterator[str]:
    """The code of notebooks, benchmarks and docs."""
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for path in (ROOT / "benchmarks").rglob("*.py"):
        yield path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        yield from re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def unreached() -> list[str]:
    """Names at the top of modules that nothing but a test can reach."""
    package = Package(ROOT / "segkit")
    for path in (ROOT / "segkit").rglob("*.py"):
        # what packages and wings name by place is public
        if path.name in ("__init__.py", "wing.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _PLACE.fullmatch(node.value):
                    package.reach(package.placed(node.value))
    package.reach(iter([("segkit.cli", "main")]))  # [project.scripts]
    for module in package.modules.values():
        package.reach((module.name, name) for name in _IMPORTERS & module.defined.keys() if name != "__all__")
        for node in module.done:
            package.reach(package.named(node, module.imports, module))
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                package.reach(iter([(module.name, node.name)]))
    for path in (ROOT / "segkit").rglob("*"):
        if path.suffix in _DATA:
            package.reach(package.placed(path.read_text(encoding="utf-8")))
    for text in outside():
        tree = ast.parse(text)
        package.reach(package.named(tree, {"segkit": "segkit", **imports(tree)}, None))
    return sorted(
        f"{module.name}.{name}"
        for module in package.modules.values()
        for name in module.defined.keys() - _IMPORTERS
        if (module.name, name) not in package.reached
    )


def test_nothing_ships_for_tests_alone() -> None:
    assert [name for name in unreached() if name not in ALLOWED] == []
