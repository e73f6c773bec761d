"""YAML files that people write, read with line numbers, so that every error says where it stands.

YAML 1.1's surprises are switched off: `no` and `on` are text (Norway keeps its country code). `12:30` and `010` are
text (not 750 and 8), and so are codes such as 1_1_1 (not 111). A key given twice is an error instead of a silent
overwrite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from segkit.data.specfile.references import Location, fill
from segkit.data.specfile.wording import shown
from segkit.errors import ParameterError

_MOST_NODES: Final = 50_000
_DATE_TAG: Final = "tag:yaml.org,2002:timestamp"
_REPLACED: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float"))


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's idea of truth values and numbers."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _REPLACED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.I), list("tTfF"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^[-+]?(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+|0x[0-9a-fA-F_]+|0b[01_]+)$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


@dataclass(frozen=True)
class SpecFile:
    """What a file says, and on which line it says it.

    Attributes:
        path: the file, as the reader should see it.
        data: its content as plain Python values; environment variables are filled in, so it is never printed.
        lines: line number (from 1) of each key and list item, by location.
        secrets: values of references that are secrets (`references.py` says which); never to be shown.
        below: the file that this one extends, for what only that one says.
        shipped: whether it comes with segkit, as recipes do.
    """

    path: Path
    data: dict[str, Any] = field(repr=False)
    lines: Mapping[Location, int] = field(repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    below: SpecFile | None = field(default=None, repr=False)
    shipped: bool = False

    def line(self, location: Iterable[str | int]) -> int:
        """Return the line of a location, or of the nearest one above it."""
        where = tuple(location)
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def where(self, location: Iterable[str | int]) -> str:
        """Return `file, line n`, which begins an error message."""
        where = tuple(location)
        if self.below is not None and where not in self.lines and self.below.says(where):
            return self.below.where(where)
        return f"{shown(self.path)}, line {self.line(where)}"

    def says(self, location: Location) -> bool:
        """Return whether a location stands in this file or in one that it extends."""
        return location in self.lines or (self.below is not None and self.below.says(location))

    def is_own(self, location: Location) -> bool:
        """Return whether the user wrote a location, and no recipe."""
        if location in self.lines:
            return not self.shipped
        return self.below is not None and self.below.is_own(location)


def read_specfile(path: Path, *, environment: bool = False, dates: bool = True) -> SpecFile:
    """Read a YAML file that holds a mapping.

    Args:
        path: the file.
        environment: replace `${NAME}` in text values by that environment variable, `${file:PATH}` by what the file holds.
            `$${` stands for a plain `${`.
        dates: read `2017-12-24` as a date; False leaves it text, as papermill does.

    Raises:
        ParameterError: no such file, not UTF-8, not YAML, not a mapping, a key given twice, a date that does not
            exist, or a variable not set; every one of the last three kinds at once.
    """
    text = _text(path)
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:  # a character that no YAML file holds
        raise ParameterError(f"{shown(path)}: not readable as YAML: {str(error).splitlines()[0]}.") from None
    if not dates:
        _forget_dates(loader)
    try:
        node = loader.get_single_node()
        if node is None:
            return SpecFile(path, {}, {})
        if not isinstance(node, yaml.MappingNode):
            raise ParameterError(
                f"{shown(path)}, line {node.start_mark.line + 1}: expected lines of the form `key: value`."
            )
        walk = _Walk(path, loader)
        walk.visit(node, (), ())
        if walk.problems:
            raise ParameterError("\n".join(walk.problems))
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        problem = str(error.problem)
        raise ParameterError(
            f"{shown(path)}, line {line}: not readable as YAML: {problem}.{_yaml_advice(problem)}"
        ) from None
    finally:
        loader.dispose()
    lines = walk.lines
    secrets: set[str] = set()
    if environment:
        problems: list[str] = []
        data = fill(data, (), path, lines, secrets, problems)
        if problems:
            raise ParameterError("\n".join(problems))
    return SpecFile(path, data, lines, frozenset(secrets))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParameterError(f"{shown(path)}: no such file.{_nearby(path)}") from None
    except UnicodeDecodeError as error:
        raise ParameterError(
            f"{shown(path)}: not UTF-8 at byte {error.start}. Save the file in the encoding UTF-8."
        ) from None
    except OSError as error:
        raise ParameterError(f"{shown(path)}: cannot be read ({error.strerror}).") from None


def _yaml_advice(problem: str) -> str:
    if "\\t" in problem:
        return " Indent with blanks, not with tabs."
    if "mapping values are not allowed" in problem:
        return " Put a value that holds a colon and a blank in quotes."
    if "expected ',' or" in problem and "got '{'" in problem:
        return " Within { } or [ ], put `${NAME}` in quotes."
    if "could not find expected ':'" in problem:
        return " Write a blank after the colon, and a quote's end where it has a start."
    return ""


class _Walk:
    """One look at every node: its line, and mistakes that YAML itself accepts in silence."""

    def __init__(self, path: Path, loader: _Loader) -> None:
        self.path, self.loader = path, loader
        self.lines: dict[Location, int] = {}
        self.problems: list[str] = []
        self.nodes = 0

    def visit(self, node: yaml.Node, location: Location, above: tuple[yaml.Node, ...]) -> None:
        line = node.start_mark.line + 1
        self.nodes += 1
        if any(node is other for other in above):
            raise ParameterError(f"{shown(self.path)}, line {line}: an anchor holds itself. Write the values out.")
        if self.nodes > _MOST_NODES:
            raise ParameterError(f"{shown(self.path)}: more than {_MOST_NODES:,} values, anchors repeated included.")
        self.lines.setdefault(location, line)
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, location, (*above, node))
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.visit(item, (*location, index), (*above, node))
        elif isinstance(node, yaml.ScalarNode) and node.tag == _DATE_TAG:
            try:
                self.loader.construct_yaml_timestamp(node)
            except ValueError as error:
                self.problems.append(f"{shown(self.path)}, line {line}: `{node.value}` is no date ({error}).")

    def _mapping(self, node: yaml.MappingNode, location: Location, above: tuple[yaml.Node, ...]) -> None:
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                self.problems.append(
                    f"{shown(self.path)}, line {line}: `{name}` is given twice (first on line {seen[name]}). Keep one."
                )
            seen.setdefault(name, line)
            self.lines[(*location, name)] = line
            self.visit(value, (*location, name), above)


def read_scalar(text: str) -> Any:
    """Read a value from a command line as YAML, except that dates stay text."""
    loader = _Loader(text)
    _forget_dates(loader)
    try:
        return loader.get_single_data()
    except yaml.YAMLError:
        return text
    finally:
        loader.dispose()


def read_assignments(pairs: Iterable[str]) -> dict[str, Any]:
    """Read `KEY=VALUE` of a command line as papermill does: the value is YAML, dates stay text.

    Raises:
        ParameterError: one has no `=`.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ParameterError(f"command line: `-p {pair}` has no `=`. Write -p KEY=VALUE.")
        found[key.strip()] = read_scalar(value)
    return found


def _forget_dates(loader: _Loader) -> None:
    loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] != _DATE_TAG]
        for first, pairs in loader.yaml_implicit_resolvers.items()
    }


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return f" The folder {shown(path.parent)} does not exist either."
    others = sorted(p.name for p in path.parent.glob(f"*{path.suffix}"))
    return f" That folder has: {', '.join(others[:12])}." if others else ""
