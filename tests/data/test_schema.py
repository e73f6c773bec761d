"""The declared tables: what the rest of the package relies on."""

from __future__ import annotations

import dataclasses

import pytest

from segkit.data.schema import CHANGES, DUMPS, SNAPSHOT, TABLES, Kind, TableSchema

ALL = [*TABLES.values(), SNAPSHOT, DUMPS, CHANGES]


def test_the_tables_there_are() -> None:
    assert set(TABLES) == {
        "transactions",
        "subscriptions",
        "customers",
        "events",
        "campaigns",
        "contacts",
        "products",
        "survey",
    }
    assert all(name == table.name for name, table in TABLES.items())
    assert SNAPSHOT.name == "subscriptions"


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_table_is_whole(table: TableSchema) -> None:
    assert len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names)
    assert table.meaning
    for column in table.columns:
        assert column.meaning
        assert not column.name.startswith("_")
        assert column.name == column.name.lower()
        assert table.column(column.name) is column
        if column.required:
            assert not column.nullable
        if column.minimum is not None or column.maximum is not None:
            assert column.kind in (Kind.NUMBER, Kind.WHOLE, Kind.MONEY)
        if column.name.endswith("_id"):
            assert column.kind is Kind.ID
    for name in table.key:
        column = table.column(name)
        assert column is not None
        assert not column.nullable
    assert table.column("nowhere") is None


def test_only_customers_are_open() -> None:
    assert [table.name for table in ALL if table.open] == ["customers"]


def test_declarations_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TABLES["survey"].name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        TABLES["x"] = SNAPSHOT  # type: ignore[index]
