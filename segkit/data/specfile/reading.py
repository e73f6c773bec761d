"""YAML files that people write, read with line numbers, so that every error says where it stands.

YAML 1.1's surprises are switched off: `no` and `on` are text (Norway keeps its country code). `12:30` and `010` are
text (not 750 and 8), and so are codes such as 1_1_1 (not 111). A key given twice is an error instead of a silent
overwrite.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from segkit.data.specfile.references import Location, fill
from segkit.data.specfile.wording import shown
from segkit.errors import ParameterError

_MOST_NODES: Final = 20_000
_LONGEST: Final = 1_000_000
"""Characters of a file, or of a value on the command line. What people write has a few thousand."""
_DEEPEST: Final = 50
_KINDS: Final = {"int": "whole number", "float": "number", "bool": "true or false", "timestamp": "date"}
_DATE_TAG: Final = "tag:yaml.org,2002:timestamp"
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_MERGE_TAG: Final = "tag:yaml.org,2002:merge"
_REPLACED: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float"))


class _TooMuchError(yaml.MarkedYAMLError):
    """More than anybody writes: it is refused before it costs time or the stack."""


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's idea of truth values and numbers, and bounds to how much a text may hold."""

    def __init__(self, stream: str, *, is_alone: bool = False) -> None:
        super().__init__(stream)
        self.is_alone = is_alone  # a value of a command line, without a file around it
        self._depth = self._nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Count a node while it is read."""
        self._nodes += 1
        self._depth += 1
        events: Any = self
        if self._depth > _DEEPEST or self._nodes > _MOST_NODES:
            _ask_count(self._depth, self._nodes, self._mark())
        if self.is_alone and events.check_event(yaml.AliasEvent):
            raise _TooMuchError(problem="a value with an anchor; write the values out", problem_mark=self._mark())
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def _mark(self) -> Any:
        events: Any = self
        return events.peek_event().start_mark


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _REPLACED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.I), list("tTfF"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^[-+]?(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+|0x_*[0-9a-fA-F][0-9a-fA-F_]*|0b_*[01][01_]*)$"),
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
        _ask_size(text)
        loader = _Loader(text)
    except _TooMuchError as error:
        raise ParameterError(f"{_place(path, error)}: not readable as YAML: {error.problem}.") from None
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
        problem = str(error.problem)
        raise ParameterError(
            f"{_place(path, error)}: not readable as YAML: {problem}.{_yaml_advice(problem)}"
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
        size = path.stat().st_size
        if size > 4 * _LONGEST:
            raise ParameterError(
                f"{shown(path)}: has {size:,} bytes; such a file has at most {_LONGEST:,} characters."
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParameterError(f"{shown(path)}: no such file.{_nearby(path)}") from None
    except UnicodeDecodeError as error:
        raise ParameterError(
            f"{shown(path)}: not UTF-8 at byte {error.start}. Save the file in the encoding UTF-8."
        ) from None
    except OSError as error:
        raise ParameterError(f"{shown(path)}: cannot be read ({error.strerror}).") from None
    if len(text) > _LONGEST:
        raise ParameterError(
            f"{shown(path)}: has {len(text):,} characters; such a file has at most {_LONGEST:,}. Data stand in tables."
        )
    return text


def _ask_size(text: str) -> None:
    """Refuse more than anybody writes before the reader that knows lines, which is ten times slower, begins."""
    if len(text) < _MOST_NODES:
        return
    nodes = depth = 0
    for event in _quick_events(text):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > _DEEPEST or nodes > _MOST_NODES:
            _ask_count(depth, nodes, event.start_mark)


def _quick_events(text: str) -> Iterator[yaml.Event]:
    """Read a text's events by libyaml, up to its first mistake; none where libyaml is not there."""
    with contextlib.suppress(yaml.YAMLError):
        yield from yaml.parse(text, Loader=yaml.CSafeLoader) if yaml.__with_libyaml__ else ()


def _ask_count(depth: int, nodes: int, mark: Any) -> None:
    for count, most, words in (
        (depth, _DEEPEST, f"nested more than {_DEEPEST} deep"),
        (nodes, _MOST_NODES, f"more than {_MOST_NODES:,} values"),
    ):
        if count > most:
            raise _TooMuchError(problem=words, problem_mark=mark)


def _place(path: Path, error: yaml.MarkedYAMLError) -> str:
    return f"{shown(path)}, line {error.problem_mark.line + 1 if error.problem_mark else 1}"


def _yaml_advice(problem: str) -> str:
    if "\\t" in problem:
        return " Indent with blanks, not with tabs."
    if "mapping values are not allowed" in problem:
        return (
            " Begin lines of the same level in the same column; put a value that holds a colon and a blank in quotes."
        )
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
        elif isinstance(node, yaml.ScalarNode):
            self._scalar(node, line)

    def _scalar(self, node: yaml.ScalarNode, line: int) -> None:
        fault = unkeepable(node.value)
        if fault:
            self.problems.append(f"{shown(self.path)}, line {line}: a text {fault}.")
            return
        try:
            self.loader.construct_object(node)
        except (ValueError, OverflowError, KeyError, AttributeError) as error:
            kind = _KINDS.get(node.tag.rpartition(":")[2], node.tag)
            why = f" ({error})" if node.tag == _DATE_TAG else ""
            value = node.value if len(node.value) <= 60 else node.value[:59] + "…"
            self.problems.append(f"{shown(self.path)}, line {line}: `{value}` is no {kind}{why}.")

    def _mapping(self, node: yaml.MappingNode, location: Location, above: tuple[yaml.Node, ...]) -> None:
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if (
                not location
                and not (isinstance(key, yaml.ScalarNode) and key.tag == _TEXT_TAG)
                and key.tag != _MERGE_TAG
            ):
                self.problems.append(
                    f"{shown(self.path)}, line {line}: `{name[:60]}` is no name: a name begins with a letter."
                )
            if name in seen:
                self.problems.append(
                    f"{shown(self.path)}, line {line}: `{name}` is given twice (first on line {seen[name]}). Keep one."
                )
            seen.setdefault(name, line)
            self.lines[(*location, name)] = line
            self.visit(value, (*location, name), above)


def read_scalar(text: str) -> Any:
    """Read a value from a command line as YAML, except that dates stay text.

    Raises:
        ParameterError: it is longer or nested deeper than anybody writes, or holds what no file keeps.
    """
    short = text if len(text) <= 60 else text[:59] + "…"
    if len(text) > _LONGEST:
        raise ParameterError(f"command line: `{short}` has {len(text):,} characters; at most {_LONGEST:,} are read.")
    fault = unkeepable(text)
    if fault:
        raise ParameterError(f"command line: a value {fault}.")
    loader = None
    try:
        _ask_size(text)
        loader = _Loader(text, is_alone=True)
        _forget_dates(loader)
        found = loader.get_single_data()
    except _TooMuchError as error:
        raise ParameterError(f"command line: `{short}` is {error.problem}.") from None
    except (yaml.YAMLError, ValueError, OverflowError, KeyError, TypeError, AttributeError):
        return text
    finally:
        if loader is not None:
            loader.dispose()
    # written as \0 or \ud800 in quotes
    for one in _texts(found) if "\\" in text else ():
        if fault := unkeepable(one):
            raise ParameterError(f"command line: `{short}` {fault}.")
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value if isinstance(value, list) else [*value, *value.values()]:
            yield from _texts(one)


def unkeepable(text: str) -> str:
    """Say what a text holds that neither a notebook nor a page can keep; "" where that is nothing."""
    if "\0" in text:
        return "holds a NUL character, which no page can show"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a character (a lone surrogate), which no file can keep"
    return ""


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
