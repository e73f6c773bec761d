"""Contracts that follow each other, or overlap, are one: a change of plan or a renewal is no departure.

A contract has ended for good when no other of the same customer begins within the gap after its last day. Where
contracts follow each other in the data, an end that is younger than the gap is not yet certain: the contract counts
as running, and nobody is said to have left. Everything downstream reads ends from here, so there is one definition of
a customer's end. Whoever comes back after a longer gap has left all the same, and begins anew.

A row stays a row, so that plan and amount are known as of each day; beside them it says of which spell it is a part.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.spec import DatasetSpec
from segkit.statistics.told import Figure, Told

USUAL_GAP: Final = 7
UNDATED: Final = "undated"
"""Name of a column that contracts have where nobody knows when they began."""
_NEVER: Final = dt.date(9999, 12, 31)
_ENOUGH: Final = 100
"""Ends of which none was followed: where there are so many, an end is certain at once."""


@dataclass(frozen=True)
class Spells:
    """Contracts with their spells.

    Attributes:
        table: the contracts; where any is followed, overlaps another or is uncertain, with spell_start and spell_end
            (first and last day of the time without a longer gap; no last day while it runs) and begins (1 where a row
            begins a contract, 0 where it follows one); where any is followed or uncertain, with uncertain (the last day,
            where it is not certain that the contract has ended).
        notes: sentences on what was found.
    """

    table: ir.Table
    notes: tuple[str, ...] = ()


def with_spells(rows: ir.Table) -> ir.Table:
    """Return contracts with the columns of `Spells`; where nothing follows anything, each row is a spell of its own."""
    if "spell_end" in rows.columns:
        return rows
    return rows.mutate(
        spell_start=rows.start,
        spell_end=rows.end,
        begins=ibis.literal(1, "int64"),
        uncertain=ibis.null("date"),
    )


def last_of_spell(rows: ir.Table) -> ir.Table:
    """Return a row for each spell: from its first day to its last, with the terms of its last row."""
    if "spell_end" not in rows.columns:
        return rows
    order = [rows.start.desc(), rows.end.desc(nulls_first=True)]
    order += [rows[name].desc(nulls_first=True) for name in ("plan", "recurring_amount") if name in rows.columns]
    place = ibis.row_number().over(group_by=[rows.customer_id, rows.spell_start], order_by=order)
    last = rows.mutate(place=place).filter(ibis._.place == 0).drop("place")
    return last.mutate(start=last.spell_start, end=last.spell_end)


def ended_within(rows: ir.Table, first: dt.date, last: dt.date) -> ir.BooleanValue:
    """Tell whether the time without a longer gap, that a contract belongs to, ended for certain within days.

    Then the customer left, and it does not matter whether they have come back since.

    Args:
        rows: contracts with the columns of `Spells`.
        first, last: the days.
    """
    ended: ir.BooleanValue = rows.spell_end.between(ibis.date(first), ibis.date(last)).fill_null(False)
    return ended


def running_on(contracts: ir.Table, day: dt.date, last: dt.date) -> ir.Table:
    """Return the contracts that ran at the end of a day, and whether their customer left by another.

    Args:
        contracts: the checked table.
        day: the day.
        last: the other day.

    Returns:
        Rows with the columns of `Spells`, `gone` (whether the customer left after the day and by the last) and
        `doubtful` (whether that is not certain yet: the contract ended, and another may still continue it).
    """
    rows = with_spells(contracts)
    after = day + dt.timedelta(days=1)
    ran = rows.filter((rows.start <= ibis.date(day)) & (rows.end.isnull() | (rows.end > ibis.date(day))))
    doubtful = ran.uncertain.between(ibis.date(after), ibis.date(last)) if "uncertain" in ran.columns else None
    return ran.mutate(
        gone=ended_within(ran, after, last),
        doubtful=ibis.literal(False) if doubtful is None else doubtful.fill_null(False),
    )


def spells_by(contracts: ir.Table, day: dt.date) -> ir.Table:
    """Return a row for each spell begun by a day, with the terms it had then; a later end is not known, `end` is NULL."""
    rows = last_of_spell(contracts.filter(contracts.start <= ibis.date(day)))
    return rows.mutate(end=(rows.end <= ibis.date(day)).ifelse(rows.end, ibis.null("date")))


def uncertain_days(spec: DatasetSpec, rows: ir.Table) -> int:
    """Return how many days must pass before an end is certain; 0 where ends are certain at once."""
    return gap_of(spec) if "uncertain" in rows.columns else 0


def gap_of(spec: DatasetSpec) -> int:
    """Return within how many days of a contract's last day another contract continues it."""
    stated = spec.tables["subscriptions"].followed_within
    return USUAL_GAP if stated is None else stated


def chain(engine: Engine, rows: ir.Table, spec: DatasetSpec, as_of: dt.date) -> Spells:
    """Put contracts that follow each other, or overlap, into spells.

    Args:
        engine: where they are.
        rows: checked contracts; ends after the as-of date are not known.
        spec: whether the gap is stated: if it is not, and none of a hundred ends and more was followed, ends are
            certain at once.
        as_of: the last day that is seen.
    """
    gap = gap_of(spec)
    today = ibis.date(as_of)
    next_ones = _next_ones(rows, gap)
    young = (today.delta(rows.end, unit="day") < gap).fill_null(False)
    ended = rows.end.notnull()
    days = rows.group_by("customer_id", "start").aggregate(
        rows=rows.count(), old=(ended & ~young).sum(), young=(ended & young).sum()
    )
    sums = days.aggregate(
        rows=days.rows.sum(), old=days.old.sum(), young=days.young.sum(), alike=(days.rows > 1).sum()
    )
    facts = engine.collect(sums).fillna(0).iloc[0]
    counted = next_ones.aggregate(followed=next_ones.then.count(), overlaps=next_ones.overlaps.sum())
    found = engine.collect(counted).fillna(0).iloc[0]
    followed = int(found["followed"])
    stated = spec.tables["subscriptions"].followed_within is not None
    doubtful = bool(facts["young"]) and gap > 0 and (stated or followed > 0 or int(facts["old"]) < _ENOUGH)
    # two that begin on the same day overlap, too
    if not followed and not doubtful and not int(found["overlaps"]) and not int(facts["alike"]):
        return Spells(rows)
    chained = _chained(rows, next_ones.filter(next_ones.then.notnull()), gap, as_of, doubtful=doubtful)
    table = engine.keep("subscriptions", chained if followed or doubtful else chained.drop("uncertain"))
    return Spells(table, _notes(engine, table, int(facts["rows"]), followed, gap))


def _next_ones(rows: ir.Table, gap: int) -> ir.Table:
    """Return what else a customer has signed by the end of a contract (who, began, ended), or within the gap after it.

    `then` is the first day of the contract that follows; NULL where none does. `overlaps` counts those that began before
    the end, if it has one.
    """
    one = rows.select("customer_id", "start", end=ibis.coalesce(rows.end, ibis.date(_NEVER))).distinct()
    other = rows.select(of="customer_id", then="start").distinct()
    pairs = one.join(other, [one.customer_id == other.of, other.then > one.start])
    near = pairs.filter(pairs.then.delta(pairs.end, unit="day") <= gap)
    return near.group_by(who=near.customer_id, began=near.start, ended=near.end).aggregate(
        then=near.then.min(where=near.then >= near.end), overlaps=(near.then < near.end).ifelse(1, 0).sum()
    )


def _chained(rows: ir.Table, followers: ir.Table, gap: int, as_of: dt.date, *, doubtful: bool) -> ir.Table:
    never = ibis.date(_NEVER)
    far = rows.mutate(far=ibis.coalesce(rows.end, never))
    order = [far.start, far.far]
    before = ibis.cumulative_window(group_by=far.customer_id, order_by=order)
    reach = far.mutate(reach=far.far.max().over(before))
    lagged = reach.mutate(
        so_far=reach.reach.lag().over(group_by=reach.customer_id, order_by=[reach.start, reach.far])
    )
    first = lagged.so_far.isnull() | (lagged.start.delta(lagged.so_far, unit="day") > gap)
    marked = lagged.mutate(first=first.ifelse(1, 0))
    spell = marked.mutate(
        spell=marked.first.sum().over(
            ibis.cumulative_window(group_by=marked.customer_id, order_by=[marked.start, marked.far])
        )
    )
    ends = spell.group_by(spell_of=spell.customer_id, spell_number=spell.spell).aggregate(
        spell_start=spell.start.min(), last=spell.far.max()
    )
    joined = spell.join(ends, [("customer_id", "spell_of"), ("spell", "spell_number")])
    joined = joined.left_join(followers, [("customer_id", "who"), ("start", "began"), ("end", "ended")])
    runs = joined.last == never
    doubt = ~runs & (ibis.date(as_of).delta(joined.last, unit="day") < (gap if doubtful else 0))
    columns: dict[str, ir.Value] = {name: joined[name] for name in rows.columns}
    # a row that is followed runs until the day on which the next one begins
    own = ibis.coalesce(joined.then, joined.end)
    last_of_spell = joined.far == joined.last
    columns["end"] = (doubt & last_of_spell).ifelse(ibis.null("date"), own)
    columns["spell_start"] = joined.spell_start
    columns["spell_end"] = (runs | doubt).ifelse(ibis.null("date"), joined.last)
    columns["uncertain"] = doubt.ifelse(joined.last, ibis.null("date"))
    followed = followers.select(after="who", at="then").distinct()
    result = joined.select(**columns).left_join(followed, [("customer_id", "after"), ("start", "at")])
    result = result.mutate(begins=result.after.isnull().ifelse(1, 0).cast("int64")).drop("after", "at")
    if "end_reason" not in rows.columns:
        return result
    # the reason why a customer left is that of the last row
    known = joined.filter(last_of_spell & ~runs & ~doubt)
    why = known.group_by(why_of=known.customer_id, why_end=known.last).aggregate(why=known.end_reason.max())
    reasoned = result.left_join(why, [("customer_id", "why_of"), ("spell_end", "why_end")])
    is_last = (reasoned.end == reasoned.spell_end).fill_null(False)
    reason = is_last.ifelse(reasoned.end_reason, reasoned.why)
    return reasoned.mutate(end_reason=reason).drop("why", "why_of", "why_end")


def _notes(engine: Engine, table: ir.Table, rows: int, followed: int, gap: int) -> tuple[str, ...]:
    n = 0
    if "uncertain" in table.columns:
        doubts = table.filter(table.uncertain.notnull())
        n = int(engine.collect(doubts.aggregate(n=doubts.customer_id.nunique()))["n"].iloc[0])
    said = []
    if followed:
        said.append(
            Told.of(
                "{followed} of {contracts} contracts are followed by another of the same customer within {gap} days: they "
                "are renewals or changes of plan, and nobody has left by them.",
                followed=Figure(followed, "count"),
                contracts=Figure(rows, "count"),
                gap=Figure(gap, "count"),
            )
        )
    if n:
        said.append(
            Told.of(
                "The contracts of {customers} customers ended less than {gap} days before the as-of date, or on it, and "
                "may yet be followed by others: they count as running until that is certain.",
                customers=Figure(n, "count"),
                gap=Figure(gap, "count"),
            )
        )
    return tuple(said)
