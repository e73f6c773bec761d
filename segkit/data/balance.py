"""A table's balance: from counts by mask to rows in = rows kept + rows set aside, reason by reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from segkit.data.checks import Bits, Fault
from segkit.data.quality import QualityLine, TableQuality
from segkit.data.schema import Money
from segkit.data.wording import seen
from segkit.statistics.told import Told


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that share one mask.

    Attributes:
        mask: the faults that set them aside, one bit each.
        rows: how many.
        money: their sum in minor units.
        first: their first day, if they have days.
        last: their last day.
        remarks: for each mask of remarks, the remarks that any of them has.
    """

    mask: int
    rows: int
    money: int
    first: dt.date | None
    last: dt.date | None
    remarks: tuple[int, ...]

    @classmethod
    def of(cls, row: Mapping[Hashable, Any], masks: int) -> Group:
        """Return a group from a row of the grouped count."""
        return cls(
            int(row["mask"]),
            int(row["rows"]),
            0 if _missing(row["money"]) else int(row["money"]),
            _date(row["first"]),
            _date(row["last"]),
            tuple(int(row[f"remarks{i}"]) for i in range(masks)),
        )


@dataclass(frozen=True)
class Settled:
    """A balance that was settled.

    Attributes:
        table: segkit's name of the table.
        shown: where it comes from, for people.
        rows_in: rows read.
        rows_kept: rows without a fault that sets aside.
        found: rows by fault, for the faults there are, whether or not another came first.
        set_aside: rows by the one fault they are set aside for.
        money: currency and decimals, or None where the table has no balance of money.
        money_in: minor units read.
        money_kept: minor units kept.
        money_aside: minor units by the fault that their rows are set aside for.
        first, last: days among the rows kept.
        first_in: first day among all rows.
        unseen: rows that are set aside because they lie after the as-of date.
    """

    table: str
    shown: str
    rows_in: int
    rows_kept: int
    found: Mapping[Fault, int]
    set_aside: Mapping[Fault, int]
    money: Money | None
    money_in: int
    money_kept: int
    money_aside: Mapping[Fault, int]
    first: dt.date | None
    last: dt.date | None
    first_in: dt.date | None
    unseen: int

    def quality(self, examples: Mapping[str, tuple[str, ...]]) -> TableQuality:
        """Return the balance as a record, with examples by reason."""
        lines = tuple(
            QualityLine(
                self.table,
                Told.read(fault.reason),
                found,
                self.set_aside.get(fault, 0),
                tuple(seen(value) for value in examples.get(fault.reason, ())),
                self._major(self.money_aside.get(fault, 0)),
            )
            for fault, found in self.found.items()
        )
        return TableQuality(
            self.table,
            self.shown,
            self.rows_in,
            self.rows_kept,
            self._major(self.money_in),
            self._major(self.money_kept),
            self.first,
            self.last,
            lines,
        )

    def _major(self, minor: int) -> float | None:
        return None if self.money is None else minor / 10**self.money.decimals


def settle(
    table: str, shown: str, bits: Bits, groups: list[Group], remarked: Mapping[str, int], money: Money | None
) -> Settled:
    """Settle a balance, and check that it is one."""
    found: dict[Fault, int] = {}
    set_aside: dict[Fault, int] = {}
    money_aside: dict[Fault, int] = {}
    for i, fault in enumerate(bits.aside):
        bit = 1 << i
        rows = sum(group.rows for group in groups if group.mask & bit)
        if rows:
            first_fault = [group for group in groups if group.mask & bit and not group.mask & (bit - 1)]
            found[fault] = rows
            set_aside[fault] = sum(group.rows for group in first_fault)
            money_aside[fault] = sum(group.money for group in first_fault)
    for chunk in bits.remarks:
        found |= {fault: remarked[fault.reason] for fault in chunk if remarked.get(fault.reason)}
    kept = [group for group in groups if group.mask == 0]
    rows_in, rows_kept = sum(group.rows for group in groups), sum(group.rows for group in kept)
    money_in, money_kept = sum(group.money for group in groups), sum(group.money for group in kept)
    if rows_kept + sum(set_aside.values()) != rows_in or money_kept + sum(money_aside.values()) != money_in:
        raise AssertionError("rows in must equal rows kept and rows set aside, and so must their money")
    return Settled(
        table=table,
        shown=shown,
        rows_in=rows_in,
        rows_kept=rows_kept,
        found=found,
        set_aside=set_aside,
        money=money,
        money_in=money_in,
        money_kept=money_kept,
        money_aside=money_aside,
        first=min((group.first for group in kept if group.first), default=None),
        last=max((group.last for group in kept if group.last), default=None),
        first_in=min((group.first for group in groups if group.first), default=None),
        unseen=sum(n for fault, n in set_aside.items() if fault.unseen),
    )


def _missing(value: Any) -> bool:
    return value is None or value != value or str(value) in ("NaT", "<NA>")


def _date(value: Any) -> dt.date | None:
    if _missing(value):
        return None
    day = value.date() if isinstance(value, dt.datetime) else value
    assert isinstance(day, dt.date)
    return day
