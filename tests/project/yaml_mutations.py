"""YAML changed at random, as by a hurried hand: a line gone, a value of another kind, a slip, a piece in the wrong place."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

Place = tuple[Any, ...]

VALUES: tuple[Any, ...] = (
    *(None, "", "nope", "city", True, False, 0, 1, -1, 3, 99, 0.5, 1e9, float("nan"), float("inf"), "3", "1,5"),
    *("2024-13-01", dt.date(2024, 2, 29), dt.date(1066, 10, 14), dt.date(2999, 1, 1), dt.datetime(2024, 3, 1, 9, 30)),
    *([], {}, [None], ["nope"], [[]], [1, 2], {"x": 1}, {1: 2}, {"nope": None}, 10**30),
    *("customer_id", "value", "a b", "ß", "x" * 300, "{{", "%", "age > ", "age > 30", "None", "last_sunday", "week"),
)


def mutated(data: Any, draw: random.Random) -> tuple[Any, str]:
    """A changed copy of a file's content, and what was done to it."""
    made = copy.deepcopy(data)
    place = draw.choice([one for one in _places(made) if one])
    parent = _at(made, place[:-1])
    key = place[-1]
    shown = ".".join(map(str, place))
    match draw.choice(
        (*("value",) * 3, *("gone",) * 2, *("nudged",) * 3, "slip", "twice", "other", "moved", "wrapped")
    ):
        case "value":
            parent[key] = copy.deepcopy(draw.choice(VALUES))
            return made, f"{shown}: {str(parent[key])[:40]!r}"
        case "gone":
            del parent[key]
            return made, f"{shown}: gone"
        case "nudged" if isinstance(parent[key], bool | int | float):
            old = parent[key]
            parent[key] = not old if isinstance(old, bool) else draw.choice((old + 1, old * 2, old / 2, -old))
            return made, f"{shown}: {old} is {parent[key]}"
        case "nudged" if isinstance(parent[key], list | dict) and len(parent[key]) > 1:
            # in another order, and without the last
            items = draw.sample(list(parent[key]), len(parent[key]) - 1)
            parent[key] = items if isinstance(parent[key], list) else {name: parent[key][name] for name in items}
            return made, f"{shown}: in another order, one less"
        case "slip" if isinstance(parent, dict) and isinstance(key, str):
            parent[f"{key[:1]}{key}"] = parent.pop(key)
            return made, f"{shown}: a letter twice"
        case "twice" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
            return made, f"{shown}: twice"
        case "moved" if isinstance(parent, dict):
            known = [one[-1] for one in _places(made) if one and isinstance(one[-1], str)]
            new = draw.choice(known)
            parent[new] = parent.pop(key)
            return made, f"{shown}: called {new}"
        case "wrapped":
            parent[key] = [parent[key]] if draw.random() < 0.5 else {str(key): parent[key]}
            return made, f"{shown}: wrapped"
        case _:
            other = draw.choice([one for one in _places(made) if one])
            parent[key] = copy.deepcopy(_at(made, other))
            return made, f"{shown}: as {'.'.join(map(str, other))}"


def _at(data: Any, place: Place) -> Any:
    for step in place:
        data = data[step]
    return data


def _places(data: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        # which simulated data set it is stays as it is: another would have to be simulated first
        if key != "bundled" and not (key == "dataset" and not at):
            yield from _places(value, (*at, key))
