"""When unreadable rows may be set aside: they must be few, hold little money, and have no common reason.

Four rows of a hundred are few, yet they hold most of the money if only amounts from 1,000 have a comma. So money
counts as rows do; it is read from the unreadable text as a person would read it. A fault of all large amounts, all
returns, one store, one month or one file is no dirt, but a way of writing that the dataset file does not state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import ibis
import ibis.expr.types as ir
import pandas as pd
from scipy.stats import hypergeom

from segkit.data.copies import RawTable
from segkit.data.engine import Engine
from segkit.data.reading import Reading
from segkit.data.schema import Kind
from segkit.data.wording import seen

_FEWEST: Final = 10
_BY_CHANCE: Final = 1e-6
_ODD: Final = 1e-3
_MONEY: Final = 0.01
_NEARLY_ALL: Final = 0.9
_PARTS: Final = ("store", "channel", "plan", "campaign_id", "event", "question")
_TIMES: Final = ("time", "start")
_DIGITS: Final = r"(?:[0-9]{1,3}(?:[.,'’\s][0-9]{3})+|[0-9]+)(?:[.,][0-9]*)?"
_AMOUNT: Final = rf"^[^0-9(+−.,-]*([(+−-]*{_DIGITS}[)-]?)[^0-9]*$"
"""One number among words."""
_SIZES: Final = {1e3: "k|tsd|thousand", 1e6: "m|mn|mio|mill|million", 1e9: "b|bn|billion|mrd"}
"""What a word behind the number multiplies it by."""
_CREDIT: Final = "(^|[^a-z])(cr|credit|refund|return|storno|gutschrift)([^a-z]|$)"


@dataclass(frozen=True)
class Lost:
    """The rows in which a column cannot be read.

    Attributes:
        rows: all rows.
        bad: those of which it cannot be read.
        money_share: share of the money, returns counted as money, that they hold; None where there is none.
        alike: what all of them have in common, in words, with the chance that it would be so by accident.
    """

    rows: int
    bad: int
    money_share: float | None
    alike: tuple[tuple[str, float], ...]

    def too_much(self, tolerate: float) -> str:
        """Say why they may not be set aside; empty where they may."""
        money = self.money_share or 0.0
        odd = min(self.alike, key=lambda one: one[1], default=("", 1.0))
        much = f"they hold {money:.0%} of the money" if money > _MONEY else ""
        if (self.bad >= _FEWEST and odd[1] < _BY_CHANCE) or (money > _MONEY and odd[1] < _ODD):
            return " and ".join(part for part in (much, odd[0]) if part)
        return much if money > tolerate else ""


def lost(
    engine: Engine,
    raw: RawTable,
    readings: Mapping[str, Reading],
    column: str,
    kind: Kind,
    money: str | None,
    decimals: int,
) -> Lost:
    """Collect the facts on rows in which a column cannot be read; the source is read once more.

    Args:
        engine: where it is.
        raw: the source.
        readings: its columns.
        column: the one that cannot be read.
        kind: what it should hold.
        money: the column that holds the money of a row, if any.
        decimals: of its whole numbers.
    """
    reading = readings[column]
    assert reading.unreadable is not None
    of_money = column if kind is Kind.MONEY else money
    amount: ir.Value = ibis.literal(0.0)
    if of_money is not None:
        read = readings[of_money].value.cast("float64") / 10.0**decimals
        amount = read.fill_null(_as_meant(reading.raw) if of_money == column else 0.0)
    parts: dict[str, ir.Value] = {name: readings[name].value.cast("string") for name in _PARTS if name in readings}
    for name in _TIMES:
        if name in readings and name != column:
            parts["month"] = readings[name].value.cast("date").cast("string").substr(0, 7)
    if raw.file is not None:
        parts["file"] = raw.table[raw.file]
    table = raw.table.select(
        bad=reading.unreadable.ifelse(1, 0).cast("int64"), amount=amount.fill_null(0.0).cast("float64"), **parts
    )
    table = engine.keep("unreadable", table)
    bad = table.bad == 1
    size = table.amount.abs()
    sums = table.aggregate(
        rows=table.count(),
        bad=table.bad.sum(),
        money=size.sum(),
        bad_money=size.sum(where=bad),
        negative=(table.amount < 0).sum(),
        bad_negative=(bad & (table.amount < 0)).sum(),
        least=size.min(where=bad & (table.amount != 0)),
        sized=(bad & (table.amount != 0)).sum(),
    )
    found = engine.collect(sums).iloc[0]
    rows, n, all_money = int(found["rows"]), int(found["bad"]), float(found["money"] or 0)
    alike = [_part(engine, table, name, rows, n) for name in parts]
    if of_money == column and n and int(found["sized"]) == n:
        if int(found["bad_negative"]) == n:
            alike.append(("all of them are negative", _chance(n, rows, int(found["negative"]), n)))
        least = float(found["least"])
        large = int(engine.collect(table.aggregate(n=(size >= least).sum()))["n"].iloc[0])
        alike.append((f"all of them are {least:,.2f} or more", _chance(n, rows, large, n)))
    share = float(found["bad_money"] or 0) / all_money if of_money and all_money else None
    return Lost(rows, n, share, tuple(one for one in alike if one is not None))


def of_one_kind(
    engine: Engine, rows: ir.Table, bad: ir.BooleanValue, day: Callable[[ir.Table], ir.Value] | None
) -> str:
    """Say what nearly all bad rows have in common, beyond chance; empty where nothing.

    Args:
        engine: where they are.
        rows: checked rows.
        bad: which of them are bad.
        day: of a checked row, if it has one.
    """
    parts: dict[str, ir.Value] = {name: rows[name].cast("string") for name in _PARTS if name in rows.columns}
    if day is not None:
        parts["month"] = day(rows).cast("string").substr(0, 7)
    table = rows.select(bad=bad.ifelse(1, 0).cast("int64"), **parts)
    facts = engine.collect(table.aggregate(rows=table.count(), bad=table.bad.sum())).iloc[0]
    alike = [_part(engine, table, name, int(facts["rows"]), int(facts["bad"])) for name in parts]
    known = tuple(one for one in alike if one is not None)
    return Lost(int(facts["rows"]), int(facts["bad"]), None, known).too_much(1.0)


def _part(engine: Engine, table: ir.Table, name: str, rows: int, n: int) -> tuple[str, float] | None:
    """Return whether nearly all of the rows are of one part."""
    by = table.group_by(part=table[name]).aggregate(rows=table.count(), bad=table.bad.sum())
    most = engine.collect(by.order_by(ibis.desc("bad"), "part").limit(1)).iloc[0]
    if pd.isna(most["part"]) or int(most["bad"]) < _NEARLY_ALL * n:
        return None
    part = str(most["part"])
    part = part.replace("\\", "/").rsplit("/", 1)[-1] if name == "file" else part
    called = {"month": "", "file": "the file ", "campaign_id": "campaign "}.get(name, f"{name} ")
    share = "all" if int(most["bad"]) == n else "nearly all"
    return f"they are {share} of {called}{seen(part, 40)}", _chance(int(most["bad"]), rows, int(most["rows"]), n)


def _chance(hit: int, rows: int, of_kind: int, drawn: int) -> float:
    """Return the chance that rows drawn at random have at least so many of a kind."""
    return float(hypergeom.sf(hit - 1, rows, of_kind, drawn))


def _as_meant(raw: ir.Value) -> ir.Value:
    """Return an amount that no rule reads as a person would read it; 0 where there is none.

    The last sign among the digits is a decimal point unless three digits follow it. 12k is twelve thousand, and a
    credit is negative.
    """
    if not isinstance(raw, ir.StringValue):
        return ibis.literal(0.0)
    words = raw.strip().lower()
    text = cast(ir.StringValue, words.re_extract(_AMOUNT, 1))
    digits = text.re_replace("[^0-9]", "")
    after = cast(ir.StringValue, text.re_extract(r"[.,]([0-9]*)[)\s-]*$", 1))
    places = ((after.length() == 3) | (after.length() > 6)).ifelse(0, after.length())
    scale = ibis.cases(*((places == k, 10.0**k) for k in range(1, 7)), else_=1.0)
    size = (digits.length() <= 15).ifelse(digits, "").try_cast("float64").fill_null(0.0) / scale
    times = ibis.cases(
        *((words.re_search(rf"[0-9]\s*({names})([^a-z]|$)"), factor) for factor, names in _SIZES.items()), else_=1.0
    )
    negative = text.contains("-") | text.contains("−") | text.contains("(") | words.re_search(_CREDIT)
    return negative.ifelse(-size, size) * times
