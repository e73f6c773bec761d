"""Tables of PostgreSQL that are wide, hold guests, their customers, or rows that changed since are read as in DuckDB."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from segkit.data.engine import Engine
from tests.engines.exported_tables import FORMS, SETTINGS, TABLES, read_back
from tests.engines.servers import running_postgres
from tests.engines.test_postgres import load

Written = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """Where the tables are (here, there), and the form → a dataset file."""
    folder = tmp_path_factory.mktemp("forms")
    for name, table in TABLES.items():
        pq.write_table(table, folder / f"{name}.parquet")
    with running_postgres() as server, pytest.MonkeyPatch.context() as surroundings:
        password = urllib.parse.quote(server.password, safe="")
        surroundings.setenv("PGPASSWORD_SEGKIT_TEST", password)
        connection = f"postgres://{server.user}:${{PGPASSWORD_SEGKIT_TEST}}@127.0.0.1:{server.port}/postgres"
        engine = Engine.connect(connection.replace("${PGPASSWORD_SEGKIT_TEST}", password))
        for name, table in TABLES.items():
            load(engine, name, table)
        engine.backend.disconnect()

        def write(where: str, form: str) -> Path:
            table, said = FORMS[form]
            place = {"table": table} if where == "there" else {"path": f"{table}.parquet"}
            spec: dict[str, Any] = {**SETTINGS, "tables": {"transactions": place | dict(said)}}
            if where == "there":
                spec["connection"] = connection
            file = folder / f"{where}.yaml"
            file.write_text(yaml.safe_dump(spec))
            return file

        yield write


@pytest.mark.parametrize("form", FORMS)
def test_read_as_in_duckdb(written: Written, form: str) -> None:
    here = read_back(written("here", form))
    assert read_back(written("there", form)) == here
    assert len(here["rows"]["transactions"]) > 40
