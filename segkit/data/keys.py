"""How tables refer to each other: ids of one type, and keys that lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import ibis.expr.types as ir
import pandas as pd

from segkit.data.checks import Fault
from segkit.data.engine import Engine
from segkit.data.judging import Judged
from segkit.data.quality import QualityLine
from segkit.data.reading import is_whole_id
from segkit.data.sources import Source
from segkit.data.wording import listed, seen

SHARED_IDS: Final = ("customer_id", "campaign_id", "product_id")
"""Ids that join tables. They are whole numbers if every table holds them so, and text otherwise."""

MAIN_TABLES: Final = ("transactions", "subscriptions")


def ids_as_text(sources: Mapping[str, Source], theirs: Callable[[str, str], str]) -> frozenset[str]:
    """Return the shared ids that some table holds as something else than whole numbers.

    Args:
        sources: by table.
        theirs: (table, segkit's column) → the source's name of the column.
    """
    text = set()
    for name, source in sources.items():
        for column in SHARED_IDS:
            called = theirs(name, column)
            if called in source.columns and not is_whole_id(source.column(called).type()):
                text.add(column)
    return frozenset(text)


def orphan_faults(name: str, typed: ir.Table, judged: Mapping[str, Judged]) -> list[Fault]:
    """Return the faults of contacts whose campaign is missing: it is still to come, or it is unknown."""
    if name == "contacts" and "campaigns" in judged:
        kept = judged["campaigns"].table.campaign_id
        aside = judged["campaigns"].aside
        aside = aside.filter(aside.campaign_id.notnull())  # IN is never false if a NULL is among the values
        unknown = typed.campaign_id.notin(kept).fill_null(False)
        waiting = typed.campaign_id.isin(aside.campaign_id).fill_null(False)
        return [
            Fault("campaign that has not begun, or whose own row was set aside", unknown & waiting, unseen=True),
            Fault("campaign id that the table campaigns lacks", unknown & ~waiting, True, "campaign_id"),
        ]
    return []


def unknown_products(engine: Engine, sold: ir.Table, judged: Mapping[str, Judged]) -> QualityLine | None:
    """Return a remark on kept transactions of products that the table products lacks."""
    if "products" not in judged or "product_id" not in sold.columns:
        return None
    named = sold.filter(sold.product_id.notnull())
    by_product = named.group_by("product_id").aggregate(rows=named.count())
    unknown = by_product.anti_join(judged["products"].table.select("product_id"), "product_id")
    rows = engine.collect(unknown.aggregate(rows=unknown.rows.sum()))["rows"].iloc[0]
    if pd.isna(rows):
        return None
    first = engine.collect(unknown.select(id=unknown.product_id.cast("string")).order_by("id").limit(5))
    return QualityLine(
        "transactions",
        "product id that the table products lacks",
        int(rows),
        0,
        tuple(seen(one) for one in first["id"]),
    )


def unknown_contacts(engine: Engine, judged: Mapping[str, Judged]) -> QualityLine | None:
    """Return a remark on kept contacts of customers that no other table knows: nothing can come of them."""
    known = [judged[name].table.select("customer_id") for name in (*MAIN_TABLES, "customers") if name in judged]
    if "contacts" not in judged or not known:
        return None
    contacts = judged["contacts"].table.select("customer_id")
    for table in known:
        contacts = contacts.anti_join(table, "customer_id")
    rows = int(engine.collect(contacts.aggregate(n=contacts.count()))["n"].iloc[0])
    return QualityLine("contacts", "customer id that no other table has", rows, 0, ()) if rows else None


def main_tables(names: Collection[str]) -> tuple[str, ...]:
    """Return the tables, of those there are, that say who a customer is: a list of customers where nothing else does."""
    return tuple(name for name in MAIN_TABLES if name in names) or tuple({"customers"} & set(names))


def strangers(engine: Engine, judged: Mapping[str, Judged]) -> list[str]:
    """Return a sentence on each table none of whose customers is known: its ids are written differently."""
    mains = main_tables(judged)
    main = [judged[name].table.select("customer_id") for name in mains]
    if not main:
        return []
    everyone = main[0] if len(main) == 1 else main[0].union(main[1])
    said = []
    for name, table in judged.items():
        if name in mains or "customer_id" not in table.table.columns or not table.quality.rows_kept:
            continue
        met = table.table.semi_join(everyone, "customer_id").limit(1)
        if int(engine.collect(met.aggregate(n=met.count()))["n"].iloc[0]):
            continue
        others = " and ".join(mains)
        said.append(
            f"table {name} ({table.quality.source}): none of its customer ids is one of the table {others}. They are "
            f"written like {_shapes(engine, table.table)} here and like {_shapes(engine, everyone)} there. Map the column "
            "that holds the same id, or export both alike."
        )
    return said


def _shapes(engine: Engine, table: ir.Table) -> str:
    """Return how ids look, without showing any: each digit as 0, each letter as x."""
    few = engine.collect(table.select(id=table.customer_id.cast("string")).order_by("id").limit(3))
    return listed(dict.fromkeys(id_shape(value) for value in few["id"]), 3)


def id_shape(value: Any) -> str:
    """Return how an id looks, without showing it.

    >>> id_shape("CU-00417b")
    'xx-00000x'
    """
    return "".join("0" if sign.isdigit() else "x" if sign.isalpha() else sign for sign in str(value))
