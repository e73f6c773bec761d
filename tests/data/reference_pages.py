"""Write docs/reference/tables.md and the key tables of docs/reference/dataset_file.md from what the code declares.

python -m tests.data.reference_pages
"""

from __future__ import annotations

import re
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from segkit.customers.options import EventEntry
from segkit.data.freshness import TableFreshness
from segkit.data.money import LARGEST
from segkit.data.schema import CHANGES, DUMPS, EARLIEST, SNAPSHOT, TABLES, Column, Kind, TableSchema
from segkit.data.spec import (
    AttributeSpec,
    BundledSpec,
    DatasetSpec,
    EngineSpec,
    FileFormat,
    ReturnsSpec,
    TableSpec,
    WideSpec,
)
from segkit.kpis.options import OwnFigure
from segkit.kpis.target_options import TargetEntry

MODELS: tuple[type[BaseModel], ...] = (
    DatasetSpec,
    TableSpec,
    WideSpec,
    FileFormat,
    AttributeSpec,
    ReturnsSpec,
    EngineSpec,
    BundledSpec,
    OwnFigure,
    TableFreshness,
    EventEntry,
    TargetEntry,
)
"""Every model that a dataset file is made of, the file itself first."""

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"

KINDS = {
    Kind.ID: "text; whole numbers stay whole numbers where every table holds them so. `17850.0` is read as `17850`",
    Kind.TEXT: "text, without blanks around it; nothing left is no value",
    Kind.TIME: "local business time, without a zone; what comes in UTC or with a zone is converted",
    Kind.DATE: "a calendar day",
    Kind.MONEY: "a number in the currency's major unit; kept as a whole number of minor units, half away from zero",
    Kind.NUMBER: "a number; NaN and infinity are refused",
    Kind.WHOLE: "a whole number",
    Kind.FLAG: "1/0, true/false, yes/no; a date or time means yes, if it is not after the as-of date",
}


def tables_page() -> str:
    """docs/reference/tables.md, whole."""
    parts = [
        "# Tables",
        "",
        "<!-- Written by `python -m tests.data.reference_pages` from segkit/data/schema.py; a test holds it to that. -->",
        "",
        "What a dataset may hold. Each table is optional but for one of `transactions` and `subscriptions`. If the source",
        "calls a column otherwise, say so under `columns` in the [dataset file](dataset_file.md); columns that have their name",
        "from here need no words. Columns of the source that are not listed here are left out, except those of `customers`,",
        "which become attributes.",
        "",
        "*Needed* means that the column must be there. *Never empty* means that a row without a value is set aside and",
        f"counted. Days before {EARLIEST} are placeholders: such a row is set aside if the column may not be empty, and",
        "only reported otherwise. A time after the as-of date is not yet seen; its row is set aside.",
        "",
        "| kind | what it holds |",
        "| --- | --- |",
        *(f"| {kind.value} | {KINDS[kind]} |" for kind in Kind),
        "",
        f"Amounts are kept up to {LARGEST:,} minor units; larger ones are unreadable.",
    ]
    for table in TABLES.values():
        parts += ["", f"## {table.name}", "", *_table(table)]
        if table.name == "subscriptions":
            parts += [
                "",
                "### subscriptions, as a snapshot",
                "",
                "With `shape: snapshot`. A contract's start lies the whole months of its tenure before the snapshot's",
                "date; contracts of those who have left end on that date. What was before it is not known. Without",
                "`tenure` no start is known, and none is invented.",
                "",
                *_table(SNAPSHOT),
                "",
                "### subscriptions, as dumps",
                "",
                "With `shape: dumps`. Of the rows with one `contract_id` (without it: one `customer_id` and `start`), those",
                "of the latest dump hold; the older ones are set aside and counted. The order is that of `taken`, or of the",
                "files' names.",
                "",
                *_table(DUMPS),
                "",
                "### subscriptions, as changes",
                "",
                "With `shape: changes`. A change holds from its day to the day before the next one of the same `contract_id`",
                "(without it: `customer_id`); a status in `ended_when` ends the contract. Of several on one day, the last",
                "holds. Where `end_reason` is absent, the status that ended the contract is the reason.",
                "",
                *_table(CHANGES),
            ]
    return "\n".join(parts) + "\n"


def _table(table: TableSchema) -> list[str]:
    lines = [f"{table.meaning[:1].upper()}{table.meaning[1:]}."]
    if table.key:
        key = " and ".join(f"`{name}`" for name in table.key)
        lines += ["", f"No two rows share {key}: of several, the first in the order of the other columns stays."]
    if table.open:
        lines += ["", "Every other column is an attribute, or those that `attributes` names."]
    lines += ["", "| column | kind | meaning | rule |", "| --- | --- | --- | --- |"]
    return [*lines, *(_column(column) for column in table.columns)]


def _column(column: Column) -> str:
    rules = ["needed"] if column.required else []
    if not column.nullable:
        rules.append("never empty")
    if column.minimum is not None:
        rules.append(f"at least {column.minimum:,.0f}")
    if column.maximum is not None:
        rules.append(f"at most {column.maximum:,.0f}")
    meaning = column.meaning + (f" ({column.unit})" if column.unit else "")
    return f"| `{column.name}` | {column.kind.value} | {meaning} | {', '.join(rules)} |"


def key_tables() -> dict[str, str]:
    """For each model of a dataset file its keys, as a table."""
    return {model.__name__: "\n".join(key_table(model)) for model in MODELS}


def key_table(model: type[BaseModel]) -> list[str]:
    lines = ["| key | value | unless given | meaning |", "| --- | --- | --- | --- |"]
    hints = typing.get_type_hints(model)
    for name, field in model.model_fields.items():
        default = "*needed*" if field.is_required() else default_of(field.get_default(call_default_factory=True))
        meaning = field.description or _first_line(hints[name])
        lines.append(f"| `{field.alias or name}` | {kind_of(hints[name])} | {default} | {meaning} |")
    return lines


def _first_line(hint: Any) -> str:
    inner = [part for part in (hint, *get_args(hint)) if isinstance(part, type) and issubclass(part, BaseModel)]
    return (inner[0].__doc__ or "").splitlines()[0].rstrip(".") if inner else ""


def default_of(value: Any) -> str:
    if value is PydanticUndefined or value is None or value in ((), {}, ""):
        return ""
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, dict):
        return ", ".join(f"`{key}`" for key in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def kind_of(hint: Any) -> str:
    origin, args = get_origin(hint), [one for one in get_args(hint) if one is not type(None)]
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" if value else "nothing" for value in args)
    if origin in (types.UnionType, typing.Union):
        return kind_of(args[0])
    if origin is tuple:
        return "list"
    if origin is dict:
        return "`name: …` lines"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return ", ".join(f"`{value}`" for value in hint)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "lines"
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "`true`, `false`", "date": "date"}
    names["Lag"] = "days, or such as `1 period`"
    return names[hint.__name__]


def filled(page: str) -> str:
    """A page whose tables between `<!-- keys: Model -->` and `<!-- end -->` are as the code has them."""
    tables = key_tables()

    def table(match: re.Match[str]) -> str:
        return f"<!-- keys: {match.group(1)} -->\n\n{tables[match.group(1)]}\n\n<!-- end -->"

    return re.sub(r"<!-- keys: (\w+) -->.*?<!-- end -->", table, page, flags=re.DOTALL)


if __name__ == "__main__":
    (DOCS / "tables.md").write_text(tables_page(), encoding="utf-8")
    path = DOCS / "dataset_file.md"
    path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
