"""Doubles that are hard to write down, and what an engine makes of them."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import ibis
import numpy as np
import pyarrow as pa

from segkit.data.engine import Engine

EDGES = (
    0.0,
    5e-324,  # the smallest there is
    2.2250738585072014e-308,  # the smallest with all its digits
    1.7976931348623157e308,  # the largest
    0.1,
    1 / 3,
    0.09096776010339003,  # DuckDB casts its decimal to the next double
    123456789012345678.0,
    1e22,
    1e23,
    1.0,
    -2.5,
)


def doubles(count: int, seed: int) -> list[float]:
    """Of every size: of models, tiny, huge, of any bits, with few digits; negative ones too."""
    rng = np.random.default_rng(seed)
    made = [
        rng.normal(0.0, 1.0, count),
        rng.normal(0.0, 1.0, count) * 10.0 ** rng.integers(-300, 300, count),
        rng.integers(1, 2**52, count) * 5e-324,
        np.round(rng.normal(0.0, 3.0, count), 10),
        np.array([struct.unpack("d", rng.bytes(8))[0] for _ in range(count)]),
    ]
    every = rng.permutation(np.concatenate(made))
    return [float(x) for x in every if math.isfinite(x)][:count]


def seen(engine: Engine, values: Sequence[float]) -> list[float]:
    """What each of the values is in the engine, as a literal of an expression."""
    columns = {f"x{at}": ibis.literal(value, "float64") for at, value in enumerate(values)}
    row = ibis.memtable(pa.table({"one": [1.0]})).mutate(**columns)
    table = engine._to_arrow(row)
    return [table[name].to_pylist()[0] for name in columns]


def off(engine: Engine, values: Sequence[float]) -> list[tuple[float, float]]:
    """Literals that arrive as another number."""
    found: list[tuple[float, float]] = []
    for start in range(0, len(values), 200):
        asked = values[start : start + 200]
        found += [(a, b) for a, b in zip(asked, seen(engine, asked), strict=True) if a != b]
    return found
