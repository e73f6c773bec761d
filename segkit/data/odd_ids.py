"""Customer ids that may not be what they seem: each oddity is told with the line of YAML that settles it.

No id is shown, since it may be a person's; only words that stand for nobody, and numbers that a spreadsheet has shortened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

import ibis
import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.keys import id_shape
from segkit.data.quality import TableQuality
from segkit.data.reading import BLANKS
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec
from segkit.data.wording import seen

_SHORTENED: Final = r"^[0-9]([.,][0-9]+)?[eE][+][0-9]+$"
_NOBODY: Final = frozenset(
    (
        *("0", "-1", "-", "guest", "gast", "invite", "anonymous", "anonym", "unknown", "unbekannt", "nobody"),
        *("n/a", "na", "null", "none", "nan", "test", "default", "pos", "walk-in", "cash"),
    )
)
_PART: Final = 0.1
_MANY: Final = 20
_REACHED: Final = re.compile(r"mail|phone|telefon|mobile", re.I)
_CHANGED: Final = re.compile(r"updat|chang|modif|date|datum|time|created", re.I)


def odd_ids(
    engine: Engine, spec: DatasetSpec, name: str, source: Source, kept: ir.Table, quality: TableQuality
) -> list[str]:
    """Return sentences on the customer ids of a table.

    Args:
        engine: where it is.
        spec: the dataset file.
        name: of the table.
        source: as it came.
        kept: the checked table.
        quality: its balance.
    """
    called = spec.tables[name].columns.get("customer_id", "customer_id")
    found: list[str] = []
    if name in ("transactions", "subscriptions") or spec.relation == "list":
        found += _spelling(engine, spec, name, called, kept)
    if name == "transactions":
        found += _crowded(engine, called, kept)
        found += _guests(engine, spec, called, source, quality)
    if name == "customers":
        found += _several_rows(spec, called, source, quality)
    return found


def _spelling(engine: Engine, spec: DatasetSpec, name: str, called: str, kept: ir.Table) -> Iterator[str]:
    ids = kept["customer_id"]
    if not isinstance(ids, ir.StringValue):
        return
    folded = ids.lower()
    shortened = ids.re_search(_SHORTENED)
    row = engine.collect(
        kept.aggregate(
            ids=ids.nunique(),
            folded=folded.nunique(),
            plain=folded.re_replace(BLANKS, "").nunique(),
            rows=shortened.sum().fill_null(0),
        )
    ).iloc[0]
    same, blanks = int(row["ids"]) - int(row["folded"]), int(row["folded"]) - int(row["plain"])
    if same and spec.ids == "as_written":
        yield (
            f"Table {name}: {same:,} customer ids differ from another one in capitals only, and count as customers of "
            "their own. If they are the same customers, write `ids: any_case`."
        )
    if blanks and spec.ids != "any_case_or_blank":
        yield (
            f"Table {name}: {blanks:,} customer ids differ from another one in blanks only, and count as customers of "
            "their own. If they are the same customers, write `ids: any_case_or_blank`."
        )
    if rows := int(row["rows"]):
        short = kept.filter(shortened).select(value=ids).distinct()
        values = [seen(value) for value in engine.collect(short.order_by("value").limit(3))["value"]]
        listing = ", ".join(f'"{value}"' for value in values)
        yield (
            f"Table {name}: {rows:,} rows have a customer id such as {values[0]}, as a spreadsheet shows a long number. "
            "Ids that begin alike have become one, and nobody can tell them apart any more. Export them as text; to leave "
            f"the rows out, write `leave_out: {{{seen(called)}: [{listing}]}}`."
        )


def _crowded(engine: Engine, called: str, kept: ir.Table) -> Iterator[str]:
    """Yield a remark on an id that holds a tenth of all orders, and on ids that stand for nobody."""
    orders = kept["order_id"].nunique() if "order_id" in kept.columns else kept.count()
    by_id = kept.group_by(id=kept["customer_id"].cast("string")).aggregate(orders=orders)
    largest = by_id.order_by(ibis.desc("orders"), "id").limit(1)
    all_orders = by_id.aggregate(all=by_id.orders.sum(), ids=by_id.count())
    row = engine.collect(all_orders.cross_join(largest))
    if row.empty or int(row["ids"].iloc[0]) < _MANY:
        return
    most, whole, who = int(row["orders"].iloc[0]), int(row["all"].iloc[0]), str(row["id"].iloc[0])
    if most and most >= _PART * whole:
        nobody = who.strip().casefold() in _NOBODY
        shown = f"`{seen(who)}`" if nobody else f"one customer id, written like {id_shape(who)},"
        value = seen(who) if nobody else "the id"
        yield (
            f"Table transactions: {shown} holds {most / whole:.0%} of all orders ({most:,} of {whole:,}), and counts as "
            "one customer. If it stands for guests or a till, write "
            f"`leave_out: {{{seen(called)}: [{value}]}}`, or `format: {{empty: [{value}]}}` and `guests: …` with the "
            "column that tells them apart."
        )


def _guests(engine: Engine, spec: DatasetSpec, called: str, source: Source, quality: TableQuality) -> Iterator[str]:
    none = sum(line.set_aside for line in quality.lines if line.reason == "no customer id")
    table = spec.tables["transactions"]
    if not none or table.guests is not None:
        return
    who = cast(ir.StringValue, source.column(called).cast("string")).strip() if called in source.columns else None
    for name in source.columns:
        if who is None or name == called or not _REACHED.search(name):
            continue
        other = cast(ir.StringValue, source.column(name).cast("string")).strip()
        lacking = who.isnull() | (who == "") | who.isin(list(table.format.empty))
        reached = lacking & other.notnull() & (other != "")
        row = engine.collect(source.table.aggregate(rows=lacking.sum(), reached=reached.sum())).fillna(0).iloc[0]
        if int(row["reached"]):
            yield (
                f"Table transactions: {int(row['rows']):,} rows came without a customer id, and are left out; "
                f"{int(row['reached']):,} of them, as orders of guests do, have `{seen(name)}`. If that says who they are, "
                f"write `guests: {seen(name)}`."
            )
            return


def _several_rows(spec: DatasetSpec, called: str, source: Source, quality: TableQuality) -> Iterator[str]:
    again = sum(line.set_aside for line in quality.lines if line.reason.startswith("second row with the same"))
    if not again or spec.tables["customers"].last_of:
        return
    later = next((name for name in source.columns if _CHANGED.search(name)), None)
    by = f" and `later_by: {seen(later)}`" if later is not None else ""
    by = by or ("" if source.file else " and `later_by: …` with the column of the last change")
    yield (
        f"Table customers: {again:,} rows have the id of another row; the first by the order of their values holds. If the "
        f"last one is meant, write `last_of: {seen(called)}`{by}."
    )
