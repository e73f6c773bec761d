"""Arrow columns made from numpy arrays by their buffers: nothing is copied, and nothing else is imported for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from segkit.arrays import Flags, Floats, Whole

SECOND = 1_000_000
DAY = 86_400 * SECOND
MONEY = pa.decimal128(18, 2)


def cents(values: Whole, known: Flags | None = None) -> Any:
    """Convert whole cents to decimals with two places; empty where not known."""
    halves = np.empty((len(values), 2), dtype="<i8")
    halves[:, 0] = values
    halves[:, 1] = values >> 63
    return pa.Array.from_buffers(MONEY, len(values), [_bits(known), pa.py_buffer(halves)])


def in_cents(euros: Floats) -> Whole:
    """Convert EUR to whole cents, rounded half up."""
    return np.floor(euros * 100.0 + 0.5).astype(np.int64)


def days(values: Whole, known: Flags | None = None) -> Any:
    """Convert days since 1970-01-01 to dates; empty where not known."""
    return _column(pa.date32(), values.astype(np.int32), known)


def times(microseconds: Whole) -> Any:
    """Convert microseconds since 1970-01-01 00:00, local time, to timestamps without a zone."""
    return _column(pa.timestamp("us"), microseconds.astype(np.int64))


def labels(codes: NDArray[Any], names: Sequence[str]) -> Any:
    """Convert codes to text; −1 becomes empty."""
    narrow = codes.astype(np.int16)
    indices = _column(pa.int16(), narrow, narrow >= 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), pa.string()))


def numbers(values: NDArray[Any], known: Flags | None = None) -> Any:
    """Return numbers as a column; empty where not known."""
    return _column(pa.from_numpy_dtype(values.dtype), values, known)


def flags(values: Flags) -> Any:
    """Return truth values as a column."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def _column(kind: Any, values: NDArray[Any], known: Flags | None = None) -> Any:
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [_bits(known), buffer])


def _bits(known: Flags | None) -> Any:
    """Return flags as Arrow's bitmap."""
    return None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
