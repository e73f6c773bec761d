"""One run for each combination of values: the parts of a matrix, each with pages of its own.

Values may be named, and then the name is the part's. A rule of whom a report is about may take values in braces:
`store = {store}` with `store: [17, 23]` makes a page for each store.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from segkit.errors import ParameterError
from segkit.project.publishing import is_date

Values = list[Any] | dict[str, Any]
Matrix = dict[str, Values]
"""Parameter → its values, or their names and values."""

_TAKEN: Final = frozenset({"failures", "revisions", "latest"})
_MOST_PARTS: Final = 1000
_PLACE: Final = re.compile(r"\{(\w+)\}")
POPULATION: Final = "population"
"""The parameter of a report that says whom it is about."""


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """One combination: the name of its folder, and its values."""

    name: str
    values: Mapping[str, Any]


def parts_of(matrix: Mapping[str, Values], population: str = "") -> list[MatrixPart]:
    """Return every combination, in the order of the values; a single part without a name where there is no matrix.

    Args:
        matrix: the values of parameters.
        population: a rule of whom each part is about; values that it takes in braces are no parameters themselves.

    Raises:
        ParameterError: no values, too many combinations, two that a folder's name cannot tell apart, or a rule that takes
            what the matrix does not have.
    """
    taken = _taken_by(population, matrix)
    if not matrix:
        return [MatrixPart("", {POPULATION: population} if population else {})]
    for name, choices in matrix.items():
        if not choices:
            raise ParameterError(f"matrix: `{name}` has no values. Write {name}=first,second.")
    named = [list(v.items()) if isinstance(v, dict) else [(one, one) for one in v] for v in matrix.values()]
    combinations = list(itertools.islice(itertools.product(*named), _MOST_PARTS + 1))
    if len(combinations) > _MOST_PARTS:
        raise ParameterError(f"matrix: more than {_MOST_PARTS:,} combinations.")
    found: dict[str, MatrixPart] = {}
    for combination in combinations:
        values = {name: value for name, (_, value) in zip(matrix, combination, strict=True)}
        folder = "+".join(_folder(name) for name, _ in combination)
        given = {name: value for name, value in values.items() if name not in taken}
        if population:
            given[POPULATION] = _filled(population, values)
        before = found.get(folder.casefold())
        if before is not None:
            raise ParameterError(
                f"matrix: {values} and {dict(before.values)} would both stand in the folder {folder}. Values are told "
                "apart by letters, digits, - and _, whatever their capitals."
            )
        found[folder.casefold()] = MatrixPart(folder, given)
    return list(found.values())


def _taken_by(population: str, matrix: Mapping[str, Values]) -> frozenset[str]:
    """Return the names that a rule takes in braces."""
    taken = frozenset(_PLACE.findall(population))
    if population and POPULATION in matrix:
        raise ParameterError(f"matrix: `{POPULATION}` is given by a rule and by values. Write one of them.")
    for name in sorted(taken - matrix.keys()):
        there = ", ".join(matrix) or "no values at all"
        raise ParameterError(f"population: `{population[:80]}` takes {{{name}}}, and the matrix has {there}.")
    return taken


def _filled(population: str, values: Mapping[str, Any]) -> str:
    return _PLACE.sub(lambda place: _literal(values[place[1]]), population)


def _literal(value: Any) -> str:
    """Write a value as a rule has it: text and dates in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str | dt.date):
        raise ParameterError(f"matrix: `{str(value)[:60]}` is no value that a rule can compare with.")
    return "'" + str(value).replace("'", "''") + "'"


def _folder(value: Any) -> str:
    text = re.sub(r"[^\w.-]+", "-", str(value)).strip(".-")[:80]
    if not text or text in _TAKEN or is_date(text):
        raise ParameterError(f"matrix: `{str(value)[:60]}` gives no name for a folder.")
    return text
