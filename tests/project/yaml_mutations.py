"""Dataset and parameter files changed at random, as by a hurried hand: a line gone, a value of another kind, a slip."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

Place = tuple[Any, ...]

VALUES: tuple[Any, ...] = (
    *(None, "", "nope", "city", True, False, 0, 1, -1, 3, 99, 0.5, 1e9, float("nan"), "3", "1,5", "2024-13-01"),
    *(dt.date(2024, 2, 30 - 1), dt.date(1066, 10, 14), dt.date(2999, 1, 1), [], {}, [None], ["nope"], [[]], {"x": 1}),
    *("customer_id", "value", "a b", "ß", "x" * 300, "{{", "age > ", "age > 30", "None"),
)


def mutated(data: Any, draw: random.Random) -> tuple[Any, str]:
    """A changed copy of a file's content, and what was done to it."""
    made = copy.deepcopy(data)
    place = draw.choice([one for one in _places(made) if one])
    parent = made
    for key in place[:-1]:
        parent = parent[key]
    key, value = place[-1], None
    shown = ".".join(map(str, place))
    match draw.choice(("value", "value", "value", "gone", "slip", "twice", "other")):
        case "value":
            value = draw.choice(VALUES)
            parent[key] = copy.deepcopy(value)
            return made, f"{shown}: {value!r}"
        case "gone":
            del parent[key]
            return made, f"{shown}: gone"
        case "slip" if isinstance(parent, dict) and isinstance(key, str):
            parent[f"{key[:1]}{key}"] = parent.pop(key)
            return made, f"{shown}: a letter twice"
        case "twice" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
            return made, f"{shown}: twice"
        case _:
            other = draw.choice([one for one in _places(made) if one])
            value = made
            for step in other:
                value = value[step]
            parent[key] = copy.deepcopy(value)
            return made, f"{shown}: as {'.'.join(map(str, other))}"


def _places(data: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        # which data set it is stays as it is: another would have to be simulated first
        if key != "bundled" and not (key == "dataset" and not at):
            yield from _places(value, (*at, key))
