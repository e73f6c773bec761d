"""Guests: customers without an id, told apart by another column, such as an e-mail address."""

from __future__ import annotations

from dataclasses import replace

import ibis

from segkit.data.reading import Reading, ReadingRules, read_column
from segkit.data.schema import Kind
from segkit.data.sources import Source
from segkit.data.spec import TableSpec
from segkit.data.specfile import suggestion
from segkit.data.wording import seen
from segkit.errors import DataError


def with_guests(reading: Reading, spec: TableSpec, source: Source, rules: ReadingRules) -> Reading:
    """Return customer ids in which a row without one has what the column `guests` says.

    Raises:
        DataError: there is no such column.
    """
    if spec.guests is None:
        return reading
    if spec.guests not in source.columns:
        raise DataError(f"has no column `{seen(spec.guests)}` for guests.{suggestion(spec.guests, source.columns)}")
    other = read_column(source.column(spec.guests), Kind.ID, rules).value.cast("string")
    return replace(reading, value=ibis.coalesce(reading.value.cast("string"), other))
