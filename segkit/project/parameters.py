"""What a notebook may be asked: the parameters of its `parameters` cell, read without starting anything.

The cell is the contract. Its defaults give names and kinds; a comment gives the meaning and, with `one of:`, the
values allowed:

    period = "week"  # one of: day, week, month; the stretch of time that a change is measured over
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile import shown, suggestion
from segkit.errors import ParameterError

TAG: Final = "parameters"
_CHOICE: Final = re.compile(r"one of:\s*([^;]+)")


@dataclass(frozen=True, slots=True)
class NotebookParameter:
    """One parameter: its name, its default, what it means, and the values it may take (all if none are listed)."""

    name: str
    default: Any
    meaning: str
    choices: tuple[str, ...]

    @property
    def is_date(self) -> bool:
        """Dates are text in a notebook, so that papermill's own command line can set them."""
        return isinstance(self.default, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.default) is not None

    def problem_with(self, value: Any) -> str | None:
        """Why a value does not fit, in words; None when it does."""
        if self.is_date:
            text = value.isoformat() if isinstance(value, dt.date) else value
            try:
                dt.date.fromisoformat(text)
            except (TypeError, ValueError):
                return "is not a date; write it as 2017-12-24"
            return None
        if self.choices and str(value) not in self.choices:
            return f"is not one of {', '.join(self.choices)}"
        if self.default is None or value is None:
            return None
        wanted = type(self.default)
        fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
        if wanted is float:
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        if fits:
            return None
        found, needed = (_KINDS.get(kind, kind.__name__) for kind in (type(value), wanted))
        return f"is {found}; {needed} is needed"


_KINDS: Final[Mapping[type, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}


def notebook_parameters(notebook: Path) -> dict[str, NotebookParameter]:
    """The parameters of a notebook, by name.

    Raises:
        ParameterError: no such notebook, none or several cells tagged `parameters`, or a cell with more than
            assignments of plain values.
    """
    try:
        document = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        there = sorted(file.stem for file in notebook.parent.glob("*.ipynb"))
        raise ParameterError(f"{shown(notebook)}: no such notebook.{suggestion(notebook.stem, there)}") from None
    except ValueError as error:
        raise ParameterError(f"{shown(notebook)}: not readable as a notebook ({error}).") from None
    cells = [cell for cell in document.get("cells", []) if TAG in cell.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        raise ParameterError(f"{shown(notebook)}: {len(cells)} cells are tagged `{TAG}`; there must be one.")
    return parse_parameters("".join(cells[0]["source"]), shown(notebook))


def parse_parameters(source: str, where: str) -> dict[str, NotebookParameter]:
    """The parameters that a cell's text declares."""
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
        meaning = comments.get(statement.end_lineno or statement.lineno, "")
        choice = _CHOICE.search(meaning)
        choices = tuple(word.strip() for word in choice.group(1).split(",")) if choice else ()
        found[target.id] = NotebookParameter(target.id, default, meaning, choices)
    return found


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}
