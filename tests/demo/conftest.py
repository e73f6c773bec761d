"""The simulated telecom data in their default size, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segkit.demo.telecom import TelecomTruth, prepare_telecom

FILES = (
    "customers",
    "subscriptions",
    "transactions",
    "events",
    "survey",
    "campaigns",
    "contacts",
    "products",
    "truth/customers",
    "truth/contacts",
)


@dataclass(frozen=True)
class Telecom:
    """A prepared folder, what is planted in it, plain SQL over its tables and truth_customers, truth_contacts."""

    folder: Path
    truth: TelecomTruth
    sql: Callable[[str], pd.DataFrame]


@pytest.fixture(scope="session")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telecom]:
    folder = tmp_path_factory.mktemp("bundled") / "telecom"
    truth = prepare_telecom(folder)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for name in FILES:
            connection.read_parquet(str(folder / f"{name}.parquet")).create_view(name.replace("/", "_"))
        yield Telecom(folder, truth, lambda query: connection.execute(query).df())
