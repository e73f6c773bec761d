"""Values that were asked for, in the kind that is due. Schedulers and papermill's `-r` pass "13", "true" and '["a"]'
as text.
"""

from __future__ import annotations

import ast
import json
import math
import numbers
import re
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

from segkit.errors import ParameterError

_NEEDED: Final[Mapping[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}
_MANY: Final[Mapping[Any, str]] = {
    str: "text",
    int: "whole numbers",
    float: "numbers",
    bool: "true or false",
    list: "lists",
    dict: "mappings",
}
_EXAMPLES: Final[Mapping[Any, str]] = {
    str: '"a"',
    int: "13",
    float: "0.1",
    bool: "true",
    list: '["a", "b"]',
    dict: '{"a": 1}',
}
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,300}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_FLAGS: Final = {"true": True, "false": False}
_SHOWN: Final = 60


class UnfitError(ValueError):
    """A value that is not of the kind that is due. The message continues after the value: "is text; … is needed"."""


def asked(value: Any, kind: Any, name: str) -> Any:
    """Return an argument in the kind that is due, read from text where it came as text.

    >>> asked("13", int, "periods"), asked("0.5", float, "share"), asked('["a"]', list[str], "tiles")
    (13, 0.5, ['a'])

    Args:
        value: as it was passed.
        kind: str, int, float, bool, list or dict; also list[str], dict[str, float] and the like.
        name: of the argument.

    Raises:
        ParameterError: the value cannot be read in that kind.
    """
    try:
        return read_as(value, kind)
    except UnfitError as problem:
        text = str(value)
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        raise ParameterError(f"{name}: `{shown}` {problem}. Write {name}={example(kind)} or the like.") from None


def read_as(value: Any, kind: Any) -> Any:
    """Read a value in the kind that is due.

    Raises:
        UnfitError: the value cannot be read in that kind.
    """
    plain, inner = get_origin(kind) or kind, get_args(kind)
    found = _read(value, plain)
    if found is None or (plain in (str, list, dict) and not isinstance(found, plain)):
        raise UnfitError(f"is {_seen(value)}; {needed(kind)} is needed")
    if not inner:
        return found
    try:
        if plain is list:
            return [read_as(item, inner[0]) for item in found]
        return {read_as(key, inner[0]): read_as(item, inner[1]) for key, item in found.items()}
    except UnfitError as problem:
        raise UnfitError(f"is {needed(plain)} in which one {problem}") from None


def needed(kind: Any) -> str:
    """Return the name of a kind in words.

    >>> needed(int), needed(list[str]), needed(dict[str, float])
    ('a whole number', 'a list of text', 'a mapping to numbers')
    """
    plain, inner = get_origin(kind) or kind, get_args(kind)
    if not inner:
        return _NEEDED[plain]
    link = "of" if plain is list else "to"
    return f"{_NEEDED[plain]} {link} {_MANY[get_origin(inner[-1]) or inner[-1]]}"


def example(kind: Any) -> str:
    """Return a value of that kind, as it is written.

    >>> example(dict[str, float])
    '{"a": 0.1}'
    """
    plain, inner = get_origin(kind) or kind, get_args(kind)
    if not inner:
        return _EXAMPLES[plain]
    return f"[{example(inner[0])}]" if plain is list else f'{{"a": {example(inner[1])}}}'


def _read(value: Any, plain: Any) -> Any:
    """Return the value, or what its text means; None where that is of another kind."""
    text = value.strip() if isinstance(value, str) else None
    if plain is bool:
        flag = type(value).__name__ in ("bool", "bool_")
        return bool(value) if flag else _FLAGS.get(text.lower()) if text is not None else None
    if plain is int:
        if text is not None:
            return int(text) if _WHOLE.fullmatch(text) else None
        whole = not isinstance(value, bool) and isinstance(value, numbers.Integral)
        return int(value) if whole else None
    if plain is float:
        if text is not None:
            return _finite(float(text)) if _DECIMAL.fullmatch(text) else None
        counted = not isinstance(value, bool) and isinstance(value, numbers.Real)
        return _finite(value) if counted else None
    if plain in (list, dict) and text is not None:
        return _literal(text)
    return list(value) if plain is list and isinstance(value, tuple) else value


def _finite(value: Any) -> Any:
    return value if math.isfinite(value) else None


def _literal(text: str) -> Any:
    """Return the value that a text is in JSON or Python; None where it is in neither."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _seen(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float) and not math.isfinite(value):
        return "no number"
    return _NEEDED.get(type(value), type(value).__name__)
