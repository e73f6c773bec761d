"""What keys and types of a dataset file cannot express: names that exist nowhere, and parts that do not go together.

The file is checked as written, beside the check of types, so that one error lists everything.
"""

from __future__ import annotations

import datetime as dt
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from segkit.data.counted_dates import COUNTED
from segkit.data.formats.kinds import DATABASES
from segkit.data.schema import SHAPES, TABLES
from segkit.data.specfile import Location, suggestion

Finding = tuple[Location, str]


def contradictions(data: Mapping[str, Any], secrets: Iterable[str]) -> list[Finding]:
    """Return findings with their locations; parts of a wrong type are skipped, since the check of types reports them."""
    tables = data.get("tables")
    named: dict[Any, Any] = tables if isinstance(tables, dict) else {}
    found = [*_password(data, secrets)]
    orders = named.get("transactions")
    if isinstance(orders, dict) and "attributes" in orders and "customers" in named:
        found.append(
            (
                ("tables", "transactions", "attributes"),
                "`attributes` stand under transactions, and there is a table customers. Write them there.",
            )
        )
    for name, table in named.items():
        found += _table(str(name), table if isinstance(table, dict) else {}, bundled="bundled" in data)
    if named:
        found += _relation(data.get("relation"), set(named))
    if data.get("files") is not None and data.get("like") is None:
        found.append(
            (("files",), "`files` says where the files of a recipe are, and there is no `like`. Write `path`.")
        )
    if data.get("relation") == "list" and not data.get("segmentations"):
        found.append(
            (
                ("relation",),
                "`relation: list` needs `segmentations`: those by lifecycle and by value, which are there unless others "
                "are written, need a history. Write such as `segmentations: {city: {kind: attribute, column: city}}`.",
            )
        )
    return found


def _table(name: str, table: Mapping[str, Any], *, bundled: bool) -> Iterator[Finding]:
    here: Location = ("tables", name)
    if name not in TABLES:
        yield here, f"`{name}` is not a table of segkit.{suggestion(name, TABLES)}"
        return
    shape = str(table.get("shape", "contracts")) if name == "subscriptions" else ""
    schema = SHAPES.get(shape, TABLES[name])
    columns = table.get("columns")
    for column in columns if isinstance(columns, dict) else ():
        if schema.column(str(column)) is not None:
            continue
        if schema.open:
            yield (
                (*here, "columns", str(column)),
                f"`{column}` is no column of the table {name} but an attribute. Write it under `attributes`.",
            )
        else:
            yield (
                (*here, "columns", str(column)),
                f"`{column}` is not a column of the table {name}.{suggestion(str(column), schema.names)}",
            )
    yield from _source(name, table, bundled=bundled)
    yield from _only_there(name, table, shape)


def _source(name: str, table: Mapping[str, Any], *, bundled: bool) -> Iterator[Finding]:
    """Yield findings on where a table is: exactly one place, but a database file needs the name of a table in it."""
    here: Location = ("tables", name)
    path, inner, query = (table.get(key) for key in ("path", "table", "query"))
    in_database = isinstance(path, str) and path.lower().endswith(DATABASES)
    if path is not None and inner is not None and not in_database:
        yield here, f"`tables.{name}` has both `path` (files) and `table` (a table of the connection). Keep one."
    if query is not None and (path is not None or inner is not None):
        yield here, f"`tables.{name}` has `query` beside `path` or `table`. Keep one."
    if path is None and inner is None and query is None and not bundled:
        yield (
            here,
            f"`tables.{name}` needs `path` (files) or `table` (a table of the connection).",
        )


def _only_there(name: str, table: Mapping[str, Any], shape: str) -> Iterator[Finding]:
    """Yield findings on keys that belong to one table, or one shape of contracts, only."""
    here: Location = ("tables", name)
    for key in ("returned_when", "refunded_when"):
        if key in table and name != "transactions":
            yield (*here, key), f"`{key}` belongs to the table transactions only."
    if "rows_are_customers" in table and name != "customers":
        yield (*here, "rows_are_customers"), "`rows_are_customers` belongs to the table customers only."
    if "guests" in table and name != "transactions":
        yield (*here, "guests"), "`guests` belongs to the table transactions only."
    if "attributes" in table and name not in ("customers", "transactions"):
        yield (
            (*here, "attributes"),
            "`attributes` belong to the table customers, or to transactions that say them. Elsewhere write `columns`.",
        )
    if "later_by" in table and "last_of" not in table:
        yield (*here, "later_by"), "`later_by` says which row is later, and needs `last_of`: what a row is about."
    if "last_of" in table and shape in ("dumps", "changes"):
        yield (
            (*here, "last_of"),
            f"`last_of` is not for `shape: {shape}`, of which the latest row of a contract holds without it.",
        )
    yield from _wide(name, table, shape)
    if "followed_within" in table and shape not in ("contracts", "dumps", "changes"):
        yield (
            (*here, "followed_within"),
            "`followed_within` belongs to the table subscriptions, and not to a snapshot.",
        )
    if "end_is" in table and shape not in ("contracts", "dumps"):
        yield (*here, "end_is"), "`end_is` belongs to subscriptions with a column `end` only."
    if "shape" in table and name != "subscriptions":
        yield (*here, "shape"), "`shape` belongs to the table subscriptions only."
    needed = {"snapshot": ("as_of", "ended_when"), "changes": ("ended_when",)}.get(shape, ())
    missing = [key for key in needed if table.get(key) in (None, [])]
    if missing:
        meant = {
            "as_of": "`as_of` is the date it was taken",
            "ended_when": "`ended_when` the values of status that mean: has left",
        }
        what = "a snapshot" if shape == "snapshot" else f"`shape: {shape}`"
        named = " and ".join(f"`{key}`" for key in missing)
        yield here, f"{what} needs {named}: {', '.join(meant[key] for key in needed)}."
    for key, where in (("as_of", "`shape: snapshot`"), ("ended_when", "`shape: snapshot` or `shape: changes`")):
        if key in table and key not in needed:
            yield (*here, key), f"`{key}` belongs to subscriptions with {where} only."


def _wide(name: str, table: Mapping[str, Any], shape: str) -> Iterator[Finding]:
    """Yield findings on columns that are to become rows: their names and values are columns of the table."""
    wide = table.get("wide")
    if not isinstance(wide, dict):
        return
    schema = SHAPES.get(shape, TABLES[name])
    columns = table.get("columns")
    for key in ("names", "values"):
        column = wide.get(key)
        if not isinstance(column, str):
            continue
        if schema.column(column) is None:
            yield (
                ("tables", name, "wide", key),
                f"`{column}` is not a column of the table {name}.{suggestion(column, schema.names)}",
            )
        elif isinstance(columns, dict) and column in columns:
            yield (
                ("tables", name, "wide", key),
                f"`{column}` stands under `columns`, too. It comes from the columns that become rows; keep one.",
            )
    if wide.get("names") is not None and wide.get("names") == wide.get("values"):
        yield (
            ("tables", name, "wide"),
            "`names` and `values` are one column. The names say which, the values how much.",
        )


def _relation(relation: object, named: set[Any]) -> Iterator[Finding]:
    if relation == "list":
        if "customers" not in named:
            yield ("relation",), "`relation: list` needs the table `customers`: it is the list."
        for table in sorted({"transactions", "subscriptions", "events"} & named):
            yield (
                ("tables", table),
                f"`tables.{table}` is a history, and `relation: list` says that there is none. Write `relation: "
                f"{'contractual' if table == 'subscriptions' else 'non_contractual'}`, or leave the table out.",
            )
    elif not {"transactions", "subscriptions"} & named:
        yield (
            ("tables",),
            "`tables` needs `transactions`, `subscriptions`, or both: they say who a customer is. If all you have is a "
            "list of customers, write `relation: list`.",
        )
    elif relation == "contractual" and "subscriptions" not in named:
        yield (
            ("relation",),
            "`relation: contractual` needs the table `subscriptions`: without it nobody is known to leave. Add it, or "
            "write `relation: non_contractual`.",
        )
    elif relation == "non_contractual" and "transactions" not in named:
        yield (
            ("relation",),
            "`relation: non_contractual` needs the table `transactions`: without it nobody is known to come back. Add "
            "it, or write `relation: contractual`.",
        )


def _password(data: Mapping[str, Any], secrets: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding if the file itself holds a password, which would then be in version control."""
    url = data.get("connection")
    if not isinstance(url, str):
        return
    try:
        parts = urllib.parse.urlsplit(url)
        words = [parts.password or ""]
        words += [
            value
            for key, values in urllib.parse.parse_qs(parts.query).items()
            if key.lower() in ("password", "passwd", "pwd", "token", "secret", "motherduck_token")
            for value in values
        ]
    except ValueError:
        return
    hidden = [form for secret in secrets for form in (secret, urllib.parse.unquote(secret))]
    if any(word and not any(secret in word or word in secret for secret in hidden) for word in words):
        yield (
            ("connection",),
            "`connection` holds a password. Put it into an environment variable and write `${NAME}` in its place.",
        )


def as_texts(value: Any) -> Any:
    """Return a list in which numbers, truth values and dates become the texts that were written."""
    if not isinstance(value, list):
        return value
    return [
        str(item).lower()
        if isinstance(item, bool)
        else str(item)
        if isinstance(item, int | float | dt.date)
        else item
        for item in value
    ]


def as_values(given: Any) -> Any:
    """Return a mapping of columns to values, where one value may stand alone and none of them need be text."""
    if not isinstance(given, Mapping):
        return given
    return {
        str(column): tuple(_as_text(value) for value in (values if isinstance(values, list | tuple) else [values]))
        for column, values in given.items()
    }


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ask_pattern(pattern: str) -> None:
    """Check that a strptime pattern has day, month and year, and only known signs.

    Raises:
        ValueError: it lacks one of them, or has an unknown sign.
    """
    if pattern in COUNTED:
        return
    signs = {found[-1] for found in re.findall(r"%-?.", pattern)}
    unknown = sorted(signs - set("aAwdbBmyYHIpMSfgnzZjUWVGucxX%"))
    if unknown:
        raise ValueError(
            f"%{unknown[0]} is not a sign of strptime. Write, for example, %d/%m/%Y or %Y-%m-%d %H:%M:%S"
        )
    whole = signs & set("YyG") and (signs & set("j") or (signs & set("mbB") and "d" in signs))
    if not whole and not signs & set("cx"):
        raise ValueError("lacks day, month or year. Write, for example, %d/%m/%Y or %Y-%m-%d %H:%M:%S")
