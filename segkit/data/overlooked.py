"""What a table of transactions holds that its dataset file does not speak of, though it changes the sums.

A second currency, orders that were voided, money given back, gift cards, exports that overlap: each is told with the
line of YAML that settles it. Nothing is changed by itself. `segkit.data.odd_ids` does the same for ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

import ibis
import ibis.expr.types as ir

from segkit.data.conditions import names_in
from segkit.data.engine import Engine
from segkit.data.sources import Source
from segkit.data.spec import DatasetSpec
from segkit.data.wording import seen

_CURRENCY: Final = re.compile(r"(^|[^a-z])(currency|währung|waehrung|devise|moneda|valuta)", re.I)
_STATUS: Final = re.compile(r"(status|(^|[^a-z])state$)", re.I)
_REFUND: Final = re.compile(r"refund|erstattet|erstattung|rembours|reembols|rimbors|terugbetaald", re.I)
_GOODS: Final = re.compile(
    r"product|item|name|title|descr|sku|type|categor|payment|gateway|tender|method|artikel|zahl", re.I
)
_GIFT_CARD: Final = (
    r"gift.?card|gift.?voucher|gutschein|geschenkkarte|carte.?cadeau|tarjeta.?regalo|buono.?regalo|cadeaubon"
)
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
        *("storniert", "annulliert", "abgebrochen", "fehlgeschlagen", "offen", "ausstehend", "erstattet", "entwurf"),
        *("annulé", "annulée", "en attente", "remboursé", "remboursée", "échoué", "brouillon"),
        *("cancelado", "anulado", "pendiente", "reembolsado", "fallido", "annullato", "rimborsato", "geannuleerd"),
    )
)
_MOST_VALUES: Final = 30


def overlooked(engine: Engine, spec: DatasetSpec, source: Source) -> list[str]:
    """Return sentences on what is in a table of transactions, as it came, and not in its dataset file."""
    return [*_columns(engine, spec, source), *_gift_cards(engine, spec, source), *_overlap(engine, spec, source)]


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


def _gift_cards(engine: Engine, spec: DatasetSpec, source: Source) -> Iterator[str]:
    """Yield a remark on columns that name gift cards: their money comes in once, and may be counted twice."""
    table = spec.tables["transactions"]
    settled = {
        *table.keep,
        *table.leave_out,
        *table.returned_when,
        *table.refunded_when,
        *names_in(table.where or ""),
    }
    settled |= {table.columns.get(name, name) for name in settled}
    looked_at = [
        name
        for name in source.columns
        if _GOODS.search(name) and name not in settled and isinstance(source.column(name), ir.StringValue)
    ]
    if not looked_at:
        return
    hits = {
        f"n{at}": cast(ir.StringValue, source.column(name)).lower().re_search(_GIFT_CARD).sum()
        for at, name in enumerate(looked_at)
    }
    found = engine.collect(source.table.aggregate(**hits)).fillna(0).iloc[0]
    for at, name in enumerate(looked_at):
        if rows := int(found[f"n{at}"]):
            text = cast(ir.StringValue, source.column(name)).strip()
            cards = source.table.select(value=text).filter(ibis._.value.lower().re_search(_GIFT_CARD)).distinct()
            values = [seen(value, 30) for value in engine.collect(cards.order_by("value").limit(6))["value"]]
            yield (
                f"Table transactions: {rows:,} rows are of gift cards, as `{seen(name)}` says. What a card brought when it "
                "was bought counts again when it is used, if both are rows here. To leave these out, write "
                f"`leave_out: {{{seen(name)}: [{', '.join(values)}]}}`."
            )


def _overlap(engine: Engine, spec: DatasetSpec, source: Source) -> Iterator[str]:
    """Yield a remark on orders that stand in several files, and not alike there: they count twice."""
    table = spec.tables["transactions"]
    order = table.columns.get("order_id", "order_id")
    if source.file is None or order not in source.columns or table.last_of:
        return
    rows = source.table.mutate(order_=source.column(order), file_=source.table[source.file]).drop(source.file)
    several = rows.group_by("order_").aggregate(files=rows.file_.nunique())
    rows = engine.keep("overlap", rows.semi_join(several.filter(several.files > 1), "order_"))
    here = rows.distinct().group_by("order_", "file_").aggregate(rows=ibis._.count())
    most = here.group_by("order_").aggregate(most=here.rows.max())
    all_files = rows.drop("file_").distinct().group_by("order_").aggregate(rows=ibis._.count())
    changed = all_files.join(most, "order_").filter(ibis._.rows > ibis._.most)
    n = int(engine.collect(changed.aggregate(n=changed.count()))["n"].iloc[0])
    if n:
        yield (
            f"Table transactions: {n:,} orders stand in more than one file, and not alike: all of their rows count. If the "
            f"exports overlap, write `last_of: {seen(order)}`: the last row of an order then holds."
        )


def _values(engine: Engine, source: Source, column: str) -> list[str]:
    text = cast(ir.StringValue, source.column(column).cast("string")).strip()
    rows = source.table.select(value=text).filter(ibis._.value != "")
    counts = rows.group_by("value").aggregate(n=rows.count()).order_by(ibis.desc("n"), "value")
    return [seen(value, 30) for value in engine.collect(counts.limit(_MOST_VALUES))["value"]]
