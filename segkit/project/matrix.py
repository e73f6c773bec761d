"""One run for each combination of values: the parts of a matrix, each with pages of its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from segkit.errors import ParameterError
from segkit.project.publishing import is_date

Matrix = dict[str, list[Any]]
"""Parameter → its values."""

_TAKEN: Final = frozenset({"failures", "revisions", "latest"})
_MOST_PARTS: Final = 1000


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """One combination: the name of its folder, and its values."""

    name: str
    values: Mapping[str, Any]


def parts_of(matrix: Mapping[str, list[Any]]) -> list[MatrixPart]:
    """Return every combination, in the order of the values; a single part without a name where there is no matrix.

    Raises:
        ParameterError: no values, too many combinations, or two that a folder's name cannot tell apart.
    """
    if not matrix:
        return [MatrixPart("", {})]
    for name, choices in matrix.items():
        if not choices:
            raise ParameterError(f"matrix: `{name}` has no values. Write {name}=first,second.")
    combinations = list(itertools.islice(itertools.product(*matrix.values()), _MOST_PARTS + 1))
    if len(combinations) > _MOST_PARTS:
        raise ParameterError(f"matrix: more than {_MOST_PARTS:,} combinations.")
    found: dict[str, MatrixPart] = {}
    for values in combinations:
        name = "+".join(_folder(value) for value in values)
        if name in found:
            raise ParameterError(
                f"matrix: {dict(zip(matrix, values, strict=True))} and {dict(found[name].values)} would both stand in "
                f"the folder {name}. Values are told apart by letters, digits, - and _."
            )
        found[name] = MatrixPart(name, dict(zip(matrix, values, strict=True)))
    return list(found.values())


def _folder(value: Any) -> str:
    text = re.sub(r"[^\w.-]+", "-", str(value)).strip(".-")[:80]
    if not text or text in _TAKEN or is_date(text):
        raise ParameterError(f"matrix: `{str(value)[:60]}` gives no name for a folder.")
    return text
