"""Covariates known on the day before the campaign: those that are taken out, and those that are only tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import ibis
import ibis.expr.datatypes as types
import ibis.expr.types as ir
import numpy as np

from segkit.campaigns.measure.population import Population
from segkit.data.attributes import label_of
from segkit.errors import ParameterError
from segkit.page.format import small
from segkit.statistics.reference import Normal
from segkit.statistics.told import Figure, Quoted, Told

LEVELS: Final = 5
"""How many steps a covariate of many values is cut into."""

MOST_NAMED: Final = 8
"""How many covariates an analyst may name."""

_WORDS: Final = 15
"""How many values of a text attribute have a level of their own; the others share one."""

_RARE: Final = 20
"""How many customers a value needs to have a level of its own."""

_PER_LEVEL: Final = 10
"""How many customers of the smaller group each level needs that is taken out (Peduzzi et al. 1996)."""

ALIKE: Final = 0.1
"""Standardised difference below which groups are alike in a covariate (Austin 2009)."""

_CELLS: Final = 60_000
"""How many cells may cross from the engine."""

_EVENTS: Final = ("usage_ticket", "usage_late_payment")


@dataclass(frozen=True)
class Covariate:
    """One column known on the day before the campaign.

    Attributes:
        name: its column.
        label: what a reader calls it, as it stands inside a sentence.
        value: its expression in the campaign's table.
        words: the values that have a level of their own, most frequent first; None for a number or a flag.
        levels: how many levels it is cut into.
        gap: largest standardised difference between an arm and the others.
        chance: largest standardised difference that chance alone gives in 95 of 100 draws.
        probe: for a text, the value whose share differs most.
        several: whether it has more values than levels can hold.
        varies: whether customers differ in it at all.
    """

    name: str
    label: str
    value: Any
    words: tuple[str, ...] | None = None
    levels: int = LEVELS + 2
    gap: float = 0.0
    chance: float = 0.0
    probe: str | None = None
    several: bool = False
    varies: bool = True

    @property
    def alike(self) -> bool:
        """Whether arms differ so little in it, or no more than by chance, that taking it out would only add noise."""
        return self.gap < max(ALIKE, self.chance)

    def level(self) -> Any:
        """Return each customer's step: 0 for zero or less, then the fifths of the values above, −1 for unknown. Each
        word has its own.
        """
        value, kind = self.value, self.value.type()
        if self.words is not None:
            level = ibis.cases(*((value == word, i) for i, word in enumerate(self.words)), else_=len(self.words))
        elif isinstance(kind, types.Boolean):
            level = value.ifelse(1, 0)
        else:
            number = self.number()
            some = number > 0
            place = (ibis.percent_rank().over(group_by=some, order_by=number) * LEVELS).floor()
            level = some.ifelse(place + 1, 0)
        return value.isnull().ifelse(-1, level.cast("int64"))

    def number(self) -> Any:
        """Return what its balance is measured on: the number, the flag, or whether it is the word that differs most."""
        value, kind = self.value, self.value.type()
        if self.words is not None:
            flag = value == (self.probe or "")
            return value.isnull().ifelse(ibis.null("float64"), flag.ifelse(1, 0).cast("float64"))
        if isinstance(kind, types.Boolean):
            return value.isnull().ifelse(ibis.null("float64"), value.ifelse(1, 0).cast("float64"))
        if isinstance(kind, types.Date | types.Timestamp):
            return value.cast("timestamp").epoch_seconds().cast("float64")
        return value.cast("float64")


def usual_covariates(population: Population) -> tuple[str, ...]:
    """Return what is taken out first where the analyst names nothing: revenue, tenure or silence, warnings, plan."""
    known = population.base.customers().columns
    wanted = [
        *(c for c in ("revenue_before",) if c in population.covariates),
        *(c for c in ("tenure", "plan", *_EVENTS) if c in known),
    ]
    if "tenure" not in known:
        wanted += [
            c
            for c in ("orders_before", "days_since_last_purchase", "purchase_days")
            if c in {*known, *population.covariates}
        ]
    return tuple(wanted)


def attributes(population: Population) -> tuple[str, ...]:
    """Return the names of the customers' attributes."""
    table = population.base.dataset.tables.get("customers")
    return () if table is None else tuple(c for c in table.columns if c != "customer_id")


def covariate_table(population: Population, named: Sequence[str]) -> tuple[ir.Table, tuple[Covariate, ...]]:
    """Return the campaign's table joined with everything that may be taken out.

    Args:
        population: the campaign's customers.
        named: the columns that the analyst names; empty for the usual ones.

    Raises:
        ParameterError: a name is not known as of the day before, or there are too many.
    """
    known = population.base.customers()
    if len(named) > MOST_NAMED:
        raise ParameterError(f"covariates: {len(named)} are too many; name at most {MOST_NAMED}.")
    if unknown := [n for n in named if n not in population.covariates and n not in known.columns]:
        raise ParameterError(
            f"covariates: {', '.join(unknown)} is not known as of the day before the campaign. Known are "
            f"{', '.join([*population.covariates, *known.columns][:40])}."
        )
    names = tuple(dict.fromkeys((*(named or usual_covariates(population)), *attributes(population))))
    foreign = [n for n in names if n not in population.covariates]
    table = population.table
    if foreign:
        beside = known.select("customer_id", **{f"of_{n}": known[n] for n in foreign})
        table = table.left_join(beside, "customer_id", rname="{name}_beside")
    told = population.base.dataset.attributes
    labels = {n: small(told[n].label or label_of(n)) if n in told else n.replace("_", " ") for n in names}
    return table, tuple(Covariate(n, labels[n], table[f"of_{n}"] if n in foreign else table[n]) for n in names)


def measured(population: Population, table: ir.Table, found: Sequence[Covariate]) -> tuple[Covariate, ...]:
    """Settle the covariates' levels, and measure how much arms differ in each covariate. This takes two queries."""
    engine, arms = population.base.dataset.engine, range(len(population.facts.arms))
    worded = [c for c in found if isinstance(c.value.type(), types.String)]
    parts = []
    for at, c in enumerate(worded):
        rows = table.select(word=c.value, arm=table.arm)
        rows = rows.filter(rows.word.notnull())
        counts = {f"n_{k}": (rows.arm == k).ifelse(1, 0).sum().cast("int64") for k in arms}
        by = rows.group_by("word").aggregate(n=rows.count().cast("int64"), **counts)
        parts.append(by.order_by(ibis.desc("n"), "word").limit(_WORDS + 1).mutate(place=ibis.literal(at, "int64")))
    values = engine.collect(ibis.union(*parts) if len(parts) > 1 else parts[0]) if parts else None
    numbers = {c.name: None if c in worded else c.number() for c in found}
    wide = table.mutate(**{f"x_{i}": numbers[c.name] for i, c in enumerate(found) if c not in worded})
    wide = wide.mutate(**{f"has_{i}": c.value.notnull().ifelse(1, 0) for i, c in enumerate(found)})
    sums: dict[str, Any] = {"n": wide.count().cast("int64")}
    for i, c in enumerate(found):
        sums[f"k_{i}"] = wide[f"has_{i}"].sum().cast("int64")
        if c not in worded:
            x = wide[f"x_{i}"]
            sums |= {f"s_{i}": x.sum().fill_null(0.0), f"q_{i}": (x * x).sum().fill_null(0.0)}
            sums |= {f"lo_{i}": x.min(), f"hi_{i}": x.max()}
    frame = engine.collect(wide.group_by("arm").aggregate(**sums)).set_index("arm")
    sizes = np.array([float(frame["n"].get(k, 0)) for k in arms])
    out = []
    for i, c in enumerate(found):
        have = np.array([float(frame[f"k_{i}"].get(k, 0)) for k in arms])
        unknown = _gap(sizes - have, sizes)
        if c not in worded:
            total = np.array([float(frame[f"s_{i}"].get(k, 0)) for k in arms])
            squares = np.array([float(frame[f"q_{i}"].get(k, 0)) for k in arms])
            alike = not have.sum() or float(frame[f"lo_{i}"].min()) == float(frame[f"hi_{i}"].max())
            gap = 0.0 if alike else _gap(total, have, squares)
            varies = not alike or 0 < have.sum() < sizes.sum()
            levels = 2 if isinstance(c.value.type(), types.Boolean) else LEVELS + 1
            out.append(
                replace(c, gap=max(gap, unknown), levels=levels + int(have.sum() < sizes.sum()), varies=varies)
            )
            continue
        assert values is not None
        mine = values[values["place"] == worded.index(c)].sort_values(["n", "word"], ascending=[False, True])
        rows = [(str(r["word"]), np.array([float(r[f"n_{k}"]) for k in arms])) for r in mine.to_dict("records")]
        kept = [(word, counts) for word, counts in rows[:_WORDS] if counts.sum() >= _RARE]
        covered = sum(counts.sum() for _, counts in kept)
        gaps = [(_gap(counts, have), word) for word, counts in rows]
        worst = max(gaps, default=(0.0, ""))
        several = bool(have.sum()) and covered < 0.5 * have.sum()
        out.append(
            replace(
                c,
                words=tuple(word for word, _ in kept),
                levels=len(kept) + int(covered < have.sum()) + int(have.sum() < sizes.sum()),
                gap=max(worst[0], unknown),
                chance=_by_chance(have, len(rows) + 1),
                probe=worst[1],
                several=several,
                varies=len(rows) > 1 or 0 < have.sum() < sizes.sum(),
            )
        )
    return tuple(out)


def _by_chance(sizes: Any, terms: int) -> float:
    """Return the largest of so many standardised differences that chance gives in 95 of 100 draws (Bonferroni)."""
    if sizes.min() < 2:
        return 0.0
    limit = Normal().critical(1 - 0.05 / (max(terms, 1) * max(len(sizes) - 1, 1)))
    return float(limit * np.sqrt(1 / sizes[0] + 1 / sizes[1:].min()))


def _gap(total: Any, n: Any, squares: Any = None) -> float:
    """Return the largest standardised difference between an arm and the others. Without squares, the column is a
    flag.
    """
    squares = total if squares is None else squares
    found = 0.0
    for k in range(1, len(n)):
        if min(n[0], n[k]) < 2:
            continue
        means = total[[0, k]] / n[[0, k]]
        spread = np.maximum(squares[[0, k]] / n[[0, k]] - means**2, 0).mean()
        if means[0] != means[1]:
            found = max(found, float(abs(means[1] - means[0]) / np.sqrt(spread)) if spread > 0 else np.inf)
    return found


def split(
    found: Sequence[Covariate], named: Sequence[str], first: Sequence[str], sizes: Sequence[int]
) -> tuple[tuple[Covariate, ...], tuple[Covariate, ...]]:
    """Split covariates into those that are taken out and those that are only tested.

    A covariate is only tested where all customers are alike in it, where it has too many values, or where there are
    too many covariates for these customers.

    Args:
        found: as measured. Covariates without variance are in neither part.
        named: what the analyst names. If it is not empty, these alone are taken out.
        first: what comes first where nothing is named. Those that differ most follow.
        sizes: customers of each arm.
    """
    varying = [c for c in found if c.varies]
    if named:
        inside = [c for c in varying if c.name in named]
        return tuple(inside), tuple(c for c in varying if c.name not in named)
    order = sorted(varying, key=lambda c: (c.name not in first, -c.gap, c.name))
    room = max(min(sizes) // _PER_LEVEL, 1)
    cells, inside = 1, []
    for c in order:
        more = max(c.levels - 1, 1)
        small = sum(sizes) <= _CELLS or cells * c.levels <= _CELLS
        if c.name in first or (not c.alike and not c.several and more <= room and small):
            inside.append(c)
            room, cells = room - more, min(cells * c.levels, _CELLS + 1)
    chosen = {c.name for c in inside}
    return tuple(c for c in varying if c.name in chosen), tuple(c for c in varying if c.name not in chosen)


def listed_names(names: Sequence[str], most: int = 8) -> Told:
    """Write names in a row, the first few if there are many."""
    first = Quoted(", ".join(names[:most]))
    if len(names) <= most:
        return Told.of("{first}", first=first)
    return Told.of("{first} and {more} more", first=first, more=Figure(len(names) - most, "count"))
