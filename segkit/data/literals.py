"""Doubles of Python as doubles of the engine, to the bit.

SQL reads 0.09096776010339003 as a decimal. DuckDB turns that into the next double above, PostgreSQL and Spark compute
with decimals where they can; so a customer exactly on a threshold would end on the wrong side. Every engine reads a
cast text as Python does: the shortest text that gives the same double back.
"""

from __future__ import annotations

import math
from typing import Any


def make_doubles_exact(backend: Any) -> None:
    """Make a connection write each float of its expressions as a cast text; without SQL, floats stay as they are."""
    compiler = getattr(backend, "compiler", None)
    if compiler is not None and not getattr(compiler, "doubles_are_exact", False):
        backend.compiler = _exact(type(compiler))()


def _exact(compiler: Any) -> Any:
    """Return a compiler that differs only in how it writes finite floats."""

    class Exact(compiler):  # type: ignore[misc]  # only the connection knows its class
        __slots__ = ()
        doubles_are_exact = True

        def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802
            if dtype.is_floating() and math.isfinite(value):
                return self.cast(repr(float(value)), dtype)
            return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    return Exact
