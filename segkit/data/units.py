"""In which unit money is kept: whole numbers of the finest unit that the data have, so that sums are exact.

Two thousand lines of half a cent, each rounded, shift their sum by ten. So lines are kept as they are, in whole
numbers of up to a millionth, and only what is shown is rounded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final, cast

import ibis.expr.types as ir

from segkit.data.engine import Engine, EngineError
from segkit.data.money import has_more_decimals
from segkit.data.reading import ReadingRules, read_column
from segkit.data.schema import Kind
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec, schema_of
from segkit.errors import DataError

MOST_DECIMALS: Final = 6
_MOST_MONEY: Final = 2.0**43
"""All the money of a column, in the unit it is kept in: the customer table writes a day and its money in 64 bits."""


def with_finest_unit(engine: Engine, spec: DatasetSpec, sources: Mapping[str, Source], as_of: dt.date) -> DatasetSpec:
    """Return a specification that keeps as many decimals as its data have, unless the dataset file states them.

    Args:
        engine: where the sources are. They are read once for it.
        spec: as written.
        sources: by table.
        as_of: the last day that is seen.
    """
    if "decimals" in spec.model_fields_set:
        return spec
    most = spec.decimals
    for name, source in sources.items():
        try:
            most = max(most, _decimals(engine, spec, list(_money(engine, spec, name, source, as_of))))
        except (DataError, EngineError):
            continue  # the reading of the table reports what is wrong with it
    return spec if most == spec.decimals else spec.model_copy(update={"decimals": most})


def _money(
    engine: Engine, spec: DatasetSpec, name: str, source: Source, as_of: dt.date
) -> Iterator[tuple[ir.Table, ir.NumericValue]]:
    """Return the columns of a source that hold money, as numbers."""
    table = spec.tables[name]
    rules = ReadingRules(engine, spec, table.format, as_of)
    schema = schema_of(name, table)

    def number(column: str) -> ir.NumericValue | None:
        theirs = table.columns.get(column, column)
        if theirs not in source.columns:
            return None
        return cast(ir.NumericValue, read_column(source.column(theirs), Kind.NUMBER, rules).value)

    for column in schema.columns:
        if column.kind is Kind.MONEY and (value := number(column.name)) is not None:
            yield source.table, value
    quantity, price = (number(column) if name == "transactions" else None for column in ("quantity", "unit_price"))
    if number("amount") is None and quantity is not None and price is not None:
        yield source.table, cast(ir.NumericValue, quantity * price)
    for attribute, said in (table.attributes or {}).items():
        theirs = said.column or attribute
        if said.kind is Kind.MONEY and theirs in source.columns:
            yield source.table, cast(ir.NumericValue, read_column(source.column(theirs), Kind.NUMBER, rules).value)


def _decimals(engine: Engine, spec: DatasetSpec, columns: list[tuple[ir.Table, ir.NumericValue]]) -> int:
    """Return the most decimals that a column of a table has, as far as they fit."""
    if not columns:
        return spec.decimals
    tried = range(spec.decimals, MOST_DECIMALS)
    table = columns[0][0].select(**{f"v{i}": value for i, (_, value) in enumerate(columns)})
    sums: dict[str, ir.Value] = {}
    for i in range(len(columns)):
        value = cast(ir.NumericValue, table[f"v{i}"])
        sums[f"total{i}"] = value.abs().sum()
        sums |= {f"finer{i}_{d}": has_more_decimals(value, d).ifelse(1, 0).sum() for d in tried}
    told = engine.collect(table.aggregate(**sums)).fillna(0).iloc[0]
    totals = [float(told[f"total{i}"]) for i in range(len(columns))]
    most = spec.decimals
    for d in tried:
        finer = any(int(told[f"finer{i}_{d}"]) for i in range(len(columns)))
        if not finer or max(totals) * 10 ** (d + 1) > _MOST_MONEY:
            break
        most = d + 1
    return most
