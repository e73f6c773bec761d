"""The same tables in PostgreSQL give the same customers, segments and measures."""

from __future__ import annotations

import datetime as dt
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.data.engine import Engine, EngineError
from segkit.errors import ParameterError
from segkit.segments.measure.assign import segment
from segkit.segments.measure.sizes import segment_sizes
from segkit.value.measure.concentrations import concentration
from tests.customers.made import showing
from tests.engines.conftest import CASES, Build
from tests.engines.kinds import every_kind
from tests.engines.results import differences, everything
from tests.engines.servers import Postgres, running_postgres

_TYPES = {"int64": "bigint", "int32": "integer", "double": "double precision", "bool": "boolean", "string": "text"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    password = urllib.parse.quote(postgres.password, safe="")
    engine = Engine.connect(f"postgres://{postgres.user}:{password}@127.0.0.1:{postgres.port}/postgres")
    yield engine
    engine.backend.disconnect()


def load(engine: Engine, name: str, table: pa.Table) -> ir.Table:
    """A table in PostgreSQL, by COPY."""
    types = {f.name: _TYPES.get(str(f.type), _sql(f.type)) for f in table.schema}
    columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
    connection = engine.backend.con  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS "{name}"; CREATE TABLE "{name}" ({columns})')
        with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                copy.write_row(row)
    connection.commit()
    loaded: ir.Table = engine.backend.table(name)  # type: ignore[attr-defined]
    return loaded


def _sql(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"numeric({kind.precision}, {kind.scale})"
    return "date" if pa.types.is_date(kind) else "timestamp"


@pytest.mark.parametrize("case", CASES)
def test_same_as_duckdb(case: str, engine: Engine, build: Build, by_duckdb: Callable[[str], dict[str, Any]]) -> None:
    found = everything(build(case, engine, load))
    differing = differences(found, by_duckdb(case))
    assert not differing, f"{len(differing)} differ:\n" + "\n".join(differing[:20])


def test_every_kind_is_the_same_as_in_duckdb(engine: Engine, kinds_by_duckdb: dict[str, Any]) -> None:
    found = every_kind(engine, load)
    assert found.keys() == kinds_by_duckdb.keys()
    for name, wanted in kinds_by_duckdb.items():
        assert found[name] == wanted, name


YAML = """
title: A shop in a warehouse
relation: contractual
currency: EUR
time_zone: Europe/Berlin
times_are: utc
connection: postgres://segkit:${PGPASSWORD_SEGKIT_TEST}@127.0.0.1:{PORT}/postgres
returns: {cancellation_prefix: C}
tables:
  transactions:
    table: shop.sales
    columns: {customer_id: who, time: at, amount: paid, order_id: receipt}
  subscriptions: {table: shop.contracts, followed_within: 0}
  events: {table: shop.events}
  customers: {table: shop.people}
segmentations:
  lifecycle: {kind: lifecycle, warnings: [ticket]}
  value: {kind: value, groups: 2}
  city: {kind: attribute, column: city}
"""
SHOP = """
CREATE SCHEMA shop;
CREATE TABLE shop.sales (who bigint, at timestamp, paid numeric(12, 2), receipt text);
INSERT INTO shop.sales VALUES
  (1, '2024-01-10 10:00', 10.10, 'a'), (1, '2024-01-10 10:00', 5.05, 'a'),
  (1, '2024-01-31 23:30', 20.00, 'b'),
  (2, '2024-01-15 09:00', 7.00, 'c'), (2, '2024-01-20 09:00', 7.00, 'Cc'),
  (3, '2024-01-31 22:30', 1.00, 'd'), (NULL, '2024-01-20 09:00', 3.00, 'e');
CREATE TABLE shop.contracts (customer_id bigint, start date, "end" date, plan text, recurring_amount numeric(12, 2));
INSERT INTO shop.contracts VALUES
  (1, '2023-01-01', NULL, 'M', 19.99), (2, '2023-06-01', '2024-01-25', 'S', 9.99), (4, '2024-01-20', NULL, 'S', 9.99);
CREATE TABLE shop.events (customer_id bigint, "time" timestamp, event text, value double precision);
INSERT INTO shop.events VALUES (1, '2024-01-05 12:00', 'ticket', 1), (1, '2024-01-06 12:00', 'ticket', NULL);
CREATE TABLE shop.people (customer_id bigint, city text);
INSERT INTO shop.people VALUES (1, 'Köln'), (2, 'Bonn');
"""


def test_a_dataset_in_a_warehouse(
    postgres: Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """From the dataset file to measures; the password comes from the environment and is shown nowhere."""
    import psycopg

    caplog.set_level("DEBUG")
    quoted = urllib.parse.quote(postgres.password, safe="")
    monkeypatch.setenv("PGPASSWORD_SEGKIT_TEST", quoted)
    with psycopg.connect(
        host="127.0.0.1", port=postgres.port, user=postgres.user, password=postgres.password, dbname="postgres"
    ) as connection:
        connection.execute(SHOP)
    path = tmp_path / "params" / "datasets" / "warehouse.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(YAML.replace("{PORT}", str(postgres.port)))

    dataset = open_dataset(path, "2024-01-31")
    base = customer_base(dataset, period="week", periods=2, time_unit="day")
    rows = {row["customer_id"]: row for row in dataset.engine.collect(base.customers()).to_dict("records")}
    # 22:30 UTC on the 31st is 23:30 in Berlin; 23:30 UTC is the next day there, and not yet seen
    assert sorted(rows) == [1, 2, 3, 4]
    assert (rows[1]["orders"], rows[1]["revenue"], rows[1]["usage_ticket"]) == (1, 1515, 2.0)
    assert rows[3]["last_purchase"] == dt.date(2024, 1, 31)
    assert (rows[2]["orders"], rows[2]["revenue"], rows[2]["returned"], rows[2]["status"]) == (1, 0, 700, "ended")
    assert (rows[4]["orders"], rows[4]["recurring_amount"], rows[4]["started_in_period"]) == (0, 999, False)
    lifecycle = segment_sizes(showing(segment(base, "lifecycle"), 1))
    assert lifecycle.total_customers == 4
    shown = lifecycle.frame.set_index("segment")["customers"]
    assert (shown["Churned"], shown["Warning signs"], shown["New"], shown["Unassigned"]) == (1, 1, 1, 1)
    assert concentration(showing(base, 1)).total == 16.15

    with pytest.raises(EngineError) as refused:
        dataset.engine.run("SELECT no_such_column FROM shop.sales")
    monkeypatch.setenv("PGPASSWORD_SEGKIT_TEST", quoted + "-wrong")
    with pytest.raises(ParameterError) as wrong:
        open_dataset(path, "2024-01-31")
    out, err = capfd.readouterr()
    shown_anywhere = [
        out,
        err,
        caplog.text,
        str(refused.value),
        "".join(traceback.format_exception(wrong.value)),
        "".join(traceback.format_exception(refused.value)),
        repr(dataset),
        repr(base),
        repr(dataset.engine),
        repr(dataset.spec),
        dataset.fingerprint,
        repr(dataset.quality),
    ]
    for text in shown_anywhere:
        assert postgres.password not in text
        assert quoted not in text
    dataset.engine.backend.disconnect()
