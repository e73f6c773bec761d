"""The parameters of a notebook, read from its `parameters` cell without starting anything.

The cell is the contract. An annotation gives the kind; without one, the default does. A comment gives the meaning
and, with `one of:`, the values allowed. `papermill --help-notebook` shows the same:

    period: str = "week"  # one of: day, week, month; the stretch of time that a change is measured over
    shares: dict[str, float] = {}  # share of each arm
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import GenericAlias
from typing import Any, Final

from segkit.data.asked import UnfitError, needed, read_as
from segkit.data.specfile import shown
from segkit.errors import ParameterError
from segkit.project.notebook import read_notebook

TAG: Final = "parameters"
_KINDS: Final[Mapping[str, type]] = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict}
_CHOICE: Final = re.compile(r"one of:\s*([^;]+)")


@dataclass(frozen=True, slots=True)
class NotebookParameter:
    """One parameter of a notebook.

    Attributes:
        name: as the cell has it.
        default: its value where a run says nothing.
        meaning: the comment behind it.
        choices: the values that it may take; all if none are listed.
        kind: what it is declared as, such as int or list[str]; None where neither annotation nor default says it.
    """

    name: str
    default: Any
    meaning: str
    choices: tuple[str, ...]
    kind: Any = None

    @property
    def is_date(self) -> bool:
        """Dates are text in a notebook, so that papermill's own command line can set them."""
        return isinstance(self.default, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.default) is not None

    def read(self, value: Any) -> Any:
        """Read a value in the parameter's kind; text is read where a number, a list or the like is due.

        Raises:
            UnfitError: it does not fit.
        """
        if self.is_date:
            text = value.isoformat() if isinstance(value, dt.date) else value
            try:
                dt.date.fromisoformat(text)
            except (TypeError, ValueError):
                raise UnfitError(no_date(text)) from None
            return text
        if self.choices and str(value) not in self.choices:
            raise UnfitError(f"is not one of {', '.join(self.choices)}")
        return value if self.kind is None or value is None else read_as(value, self.kind)


def no_date(text: Any) -> str:
    """Say why a text is no date: there is no such day, or it is written in another way.

    >>> no_date("2024-02-31")
    'is not a date: there is no such day'
    """
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return "is not a date: there is no such day"
    return "is not a date; write it as 2017-12-24"


def notebook_parameters(notebook: Path) -> dict[str, NotebookParameter]:
    """Read the parameters of a notebook, by name.

    Raises:
        ParameterError: no such notebook, none or several cells tagged `parameters`, or a cell with more than
            assignments of plain values.
    """
    document = read_notebook(notebook)
    cells = [cell for cell in document["cells"] if TAG in cell["metadata"].get("tags", [])]
    if len(cells) != 1:
        raise ParameterError(f"{shown(notebook)}: {len(cells)} cells are tagged `{TAG}`; there must be one.")
    return parse_parameters("".join(cells[0]["source"]), shown(notebook))


def parse_parameters(source: str, where: str) -> dict[str, NotebookParameter]:
    """Read the parameters that a cell's text declares."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(f"{where}: the parameters cell is not Python (line {error.lineno}).") from None
    comments = _comments(source)
    found: dict[str, NotebookParameter] = {}
    for statement in statements:
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        if isinstance(statement, ast.AnnAssign):
            target = statement.target
        if not isinstance(target, ast.Name) or not isinstance(statement, ast.Assign | ast.AnnAssign):
            raise ParameterError(f"{where}: line {statement.lineno} of the parameters cell is no assignment.")
        try:
            default = ast.literal_eval(statement.value) if statement.value is not None else None
        except ValueError:
            raise ParameterError(
                f"{where}: the default of `{target.id}` is computed; a parameter's default is a plain value."
            ) from None
        kind = _kind(statement, default, where)
        meaning = comments.get(statement.end_lineno or statement.lineno, "")
        choice = _CHOICE.search(meaning)
        choices = tuple(word.strip() for word in choice.group(1).split(",")) if choice else ()
        found[target.id] = NotebookParameter(target.id, default, meaning, choices, kind)
    return found


def _kind(statement: ast.Assign | ast.AnnAssign, default: Any, where: str) -> Any:
    """Return the kind that an annotation declares, or the default has."""
    if not isinstance(statement, ast.AnnAssign):
        return type(default) if type(default) in _KINDS.values() else None
    name, written = ast.unparse(statement.target), ast.unparse(statement.annotation)
    kind = _declared(statement.annotation)
    if kind is None:
        raise ParameterError(
            f"{where}: `{name}: {written}` is no kind that a parameter can have. Write {', '.join(_KINDS)}, "
            "or such as list[str] and dict[str, float]."
        )
    if default is not None:
        try:
            fits = read_as(default, kind) == default
        except UnfitError as problem:
            raise ParameterError(f"{where}: the default of `{name}: {written}` {problem}.") from None
        if not fits:  # text that would be read
            raise ParameterError(f"{where}: the default of `{name}: {written}` is text; {needed(kind)} is needed.")
    return kind


def _declared(annotation: ast.expr) -> Any:
    """Return the kind that an annotation names; None where it is no kind of parameter."""
    if isinstance(annotation, ast.Name):
        return _KINDS.get(annotation.id)
    if not isinstance(annotation, ast.Subscript) or not isinstance(annotation.value, ast.Name):
        return None
    slots = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    inner = tuple(_declared(slot) for slot in slots)
    if None in inner or not (
        (annotation.value.id == "list" and len(inner) == 1)
        or (annotation.value.id == "dict" and len(inner) == 2 and inner[0] is str)
    ):
        return None
    return GenericAlias(_KINDS[annotation.value.id], inner)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}
