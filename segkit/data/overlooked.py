"""What a table of transactions holds that its dataset file does not speak of, though it changes the sums.

A second currency, orders that were voided, money given back, ids that differ in capitals only: each is told with the
line of YAML that settles it. Nothing is changed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

import ibis
import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec
from segkit.data.wording import seen

_CURRENCY: Final = re.compile(r"(^|[^a-z])(currency|währung|waehrung|devise|moneda|valuta)", re.I)
_STATUS: Final = re.compile(r"(status|(^|[^a-z])state$)", re.I)
_REFUND: Final = re.compile(r"refund|erstattung|rembours", re.I)
_NO_SALE: Final = frozenset(
    (
        *("void", "voided", "cancelled", "canceled", "cancellation", "failed", "failure", "declined", "expired"),
        *(
            "pending",
            "draft",
            "test",
            "abandoned",
            "refunded",
            "on-hold",
            "on_hold",
            "pending_payment",
            "fraud",
            "closed",
        ),
    )
)
_MOST_VALUES: Final = 30


def overlooked(engine: Engine, spec: DatasetSpec, source: Source, kept: ir.Table) -> list[str]:
    """Return sentences on what is in a table of transactions and not in its dataset file.

    Args:
        engine: where they are.
        spec: the dataset file.
        source: as it came.
        kept: the checked table.
    """
    return [*_columns(engine, spec, source), *_ids(engine, spec, kept)]


def _columns(engine: Engine, spec: DatasetSpec, source: Source) -> Iterator[str]:
    table = spec.tables["transactions"]
    spoken = {table.columns.get(name, name) for name in ("currency", "refund")} | set(table.columns.values())
    of_values = {*table.keep, *table.leave_out, *table.returned_when, *table.refunded_when}
    spoken |= {table.columns.get(name, name) for name in of_values}
    settled = [
        pattern
        for pattern, is_settled in (
            (_CURRENCY, "currency" in table.columns),
            (_REFUND, "refund" in table.columns),
            (_STATUS, any(_STATUS.search(name) for name in of_values)),
        )
        if is_settled
    ]
    for column in source.columns:
        if any(pattern.search(column) for pattern in settled):
            continue
        if column in spoken or (table.where and column in table.where):
            continue
        if _CURRENCY.search(column):
            values = _values(engine, source, column)
            if len(values) > 1:
                yield (
                    f"Table transactions: `{seen(column)}` holds {len(values)} currencies ({', '.join(values[:6])}), and "
                    f"all amounts are summed as {spec.currency}. Write `columns: {{currency: {seen(column)}}}`, and "
                    "`rates:` for the others."
                )
        elif _STATUS.search(column):
            odd = [value for value in _values(engine, source, column) if value.strip().casefold() in _NO_SALE]
            if odd:
                yield (
                    f"Table transactions: rows whose `{seen(column)}` is {' or '.join(odd[:6])} count like all others. If "
                    f"they are no sales, write `leave_out: {{{seen(column)}: [{', '.join(odd[:6])}]}}`."
                )
        elif _REFUND.search(column) and any(re.search("[1-9]", value) for value in _values(engine, source, column)):
            yield (
                f"Table transactions: `{seen(column)}` is not taken off the amounts. If it is money given back, write "
                f"`columns: {{refund: {seen(column)}}}`."
            )


def _values(engine: Engine, source: Source, column: str) -> list[str]:
    text = cast(ir.StringValue, source.column(column).cast("string")).strip()
    rows = source.table.select(value=text).filter(ibis._.value != "")
    counts = rows.group_by("value").aggregate(n=rows.count()).order_by(ibis.desc("n"), "value")
    return [seen(value, 30) for value in engine.collect(counts.limit(_MOST_VALUES))["value"]]


def _ids(engine: Engine, spec: DatasetSpec, kept: ir.Table) -> Iterator[str]:
    ids = kept["customer_id"]
    if spec.ids == "any_case" or not isinstance(ids, ir.StringValue):
        return
    row = engine.collect(kept.aggregate(ids=ids.nunique(), folded=ids.lower().nunique())).iloc[0]
    same = int(row["ids"]) - int(row["folded"])
    if same:
        yield (
            f"Table transactions: {same:,} customer ids differ from another one in capitals only, and count as customers "
            "of their own. If they are the same customers, write `ids: any_case`."
        )
