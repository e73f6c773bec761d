"""Real files in a folder of the test's own, opened by the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from segkit.data import Dataset, open_dataset
from segkit.data.quality import QualityLine, TableQuality

AS_OF = "2024-06-30"
SALES = "customer_id,time,amount,order_id\n1,2024-01-05,10.00,a\n2,2024-02-05,20.50,b\n1,2024-03-05,5.25,c\n"
PEOPLE = "customer_id,age,city\n1,30,Rome\n2,41,Oslo\n"


class Shop:
    """A folder with a dataset file and its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        """A data file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def parquet(self, name: str, frame: pd.DataFrame | Any) -> Path:
        """A Parquet file from a frame or an Arrow table."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table, path)
        return path

    def spec(self, text: str) -> Path:
        """A dataset file, as written."""
        return self.write("shop.yaml", text)

    def describe(self, tables: dict[str, Any], **settings: Any) -> Path:
        """A dataset file with the settings that every one needs."""
        spec: dict[str, Any] = {
            "title": "Shop",
            "relation": "non_contractual" if "transactions" in tables else "contractual",
            "currency": "EUR",
            "time_zone": "UTC",
            "tables": tables,
        }
        return self.spec(yaml.safe_dump(spec | settings, sort_keys=False, allow_unicode=True))

    def open(self, tables: dict[str, Any], as_of: str = AS_OF, **settings: Any) -> Dataset:
        """Describe and open."""
        return open_dataset(self.describe(tables, **settings), as_of)

    def sales(self, content: str | bytes, *, as_of: str = AS_OF, name: str = "sales.csv", **table: Any) -> Dataset:
        """Transactions from one file, and nothing else."""
        self.write(name, content)
        settings = {key: table.pop(key) for key in tuple(table) if key in _SETTINGS}
        return self.open({"transactions": {"path": name} | table}, as_of, **settings)


_SETTINGS = {"returns", "tolerate", "decimals", "time_zone", "times_are", "currency", "connection"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An empty folder to fill."""
    return Shop(tmp_path)


@pytest.fixture
def rows() -> Callable[[Dataset, str], list[dict[str, Any]]]:
    """All rows of a checked table, which tests may see."""

    def read(dataset: Dataset, table: str = "transactions") -> list[dict[str, Any]]:
        frame = dataset.engine.collect(dataset.tables[table]).astype(object)
        return [{k: None if pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]

    return read


def table_quality(dataset: Dataset, table: str = "transactions") -> TableQuality:
    """A table's balance, which always is one."""
    found = next(one for one in dataset.quality.tables if one.table == table)
    assert found.rows_in == found.rows_kept + sum(line.set_aside for line in found.lines)
    return found


def line(dataset: Dataset, reason: str, table: str = "transactions") -> QualityLine:
    """The quality line that begins with a reason."""
    lines = [one for one in table_quality(dataset, table).lines if one.reason.startswith(reason)]
    assert len(lines) == 1, [one.reason for one in table_quality(dataset, table).lines]
    return lines[0]
