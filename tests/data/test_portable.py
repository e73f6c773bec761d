"""The checks compile for every engine that segkit speaks of; DuckDB alone has a short way to find copies."""

from __future__ import annotations

import datetime as dt

import ibis
import pytest

from segkit.data import subscriptions, transactions
from segkit.data.checks import Bits, column_faults, typed_table
from segkit.data.copies import mark_copies
from segkit.data.engine import Engine
from segkit.data.reading import ReadingRules, read_column
from segkit.data.schema import SHAPES, TABLES
from segkit.data.spec import DatasetSpec, FileFormat, TableSpec
from segkit.errors import DataError

SPEC = DatasetSpec(
    title="x",
    relation="non_contractual",
    currency="EUR",
    time_zone="America/New_York",
    times_are="utc",
    tables={"transactions": TableSpec(table="x")},
)
AS_OF = dt.date(2024, 6, 30)
KINDS = {"id": "int64", "text": "string", "time": "timestamp", "date": "date", "money": "decimal(18, 2)",
         "number": "float64", "whole": "int64", "flag": "boolean"}  # fmt: skip


class Elsewhere(Engine):
    """An engine of another name, for expressions only."""

    def __init__(self, name: str) -> None:
        super().__init__(ibis.duckdb.connect())
        self._name = name

    @property
    def name(self) -> str:
        return self._name


# Ibis writes Spark's text only where pyspark is installed
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", pytest.param("pyspark", marks=pytest.mark.spark)])
@pytest.mark.parametrize("table", [*TABLES, "snapshot", "dumps", "changes"])
def test_every_table_s_checks_compile(dialect: str, table: str) -> None:
    if dialect == "pyspark":
        assert ibis.pyspark.name == "pyspark"  # loads the options that its compiler reads
    schema = SHAPES.get(table) or TABLES[table]
    raw = ibis.table({column.name: KINDS[column.kind.value] for column in schema.columns}, name=table)
    engine = Elsewhere(dialect)
    marked = mark_copies(engine, raw)
    assert (marked.hash is not None) == (dialect == "duckdb")
    for span in (None, (dt.datetime(2023, 1, 1), dt.datetime(2024, 12, 31))):
        rules = ReadingRules(engine, SPEC, FileFormat(), AS_OF, span)
        readings = {
            column.name: read_column(marked.table[column.name], column.kind, rules) for column in schema.columns
        }
        typed = typed_table(marked, readings)
        faults = column_faults(schema, readings, typed, AS_OF, 2)
        keep = dict(readings)
        if table == "transactions":
            faults += transactions.transaction_faults(typed.table, SPEC)
            keep = transactions.kept_columns(typed.table, SPEC)  # type: ignore[assignment]
        elif table == "subscriptions":
            faults += subscriptions.contract_faults(typed.table)
            keep = subscriptions.contract_columns(typed.table, TableSpec(), AS_OF)  # type: ignore[assignment]
        elif table == "snapshot":
            spec = TableSpec(shape="snapshot", as_of=AS_OF, ended_when=("x",))
            keep = subscriptions.snapshot_columns(typed.table, spec)  # type: ignore[assignment]
        else:
            keep = {name: typed.table[name] for name in readings}  # type: ignore[misc]
        masks = {f"m{i}": mask for i, mask in enumerate(Bits.of(faults).masks())}
        sql = ibis.to_sql(typed.table.select(**keep, **masks), dialect=dialect)
        assert "SELECT" in sql
        if dialect != "duckdb":
            assert "TRY_CAST" not in sql.upper()
            assert "STRPTIME" not in sql.upper()


@pytest.mark.parametrize("kind", ["time", "date", "money", "number", "whole"])
def test_text_is_read_by_the_embedded_engine_only(kind: str) -> None:
    from segkit.data.schema import Kind

    raw = ibis.table({"x": "string"}, name="t").x
    with pytest.raises(DataError, match="are read from text by the embedded engine only"):
        read_column(raw, Kind(kind), ReadingRules(Elsewhere("postgres"), SPEC, FileFormat(), AS_OF))
