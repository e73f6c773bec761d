"""Segments by place, or by anything else with levels (country > region > city); small places are joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import ClassVar, Final, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field, PrivateAttr, model_validator

from segkit.errors import ParameterError
from segkit.segments.kinds.attribute import OTHER, column_of
from segkit.segments.kinds.segmentation_kind import Context, MarketingModel, SegmentationKind
from segkit.statistics.told import Figure, Quoted, Told

_MOST_PLACES: Final = 1000


@dataclass(frozen=True, slots=True)
class _Place:
    """A segment: a place of the lowest level, or the rest of a higher one."""

    path: tuple[str, ...]
    rest: bool
    customers: int


class Hierarchy(SegmentationKind):
    """The finest places that are big enough; smaller ones join in "Other" of the place above.

    `columns` runs from the widest level to the finest. A place with fewer than `smallest` customers joins the other
    small places of its region, as "Other, Bayern". If these are too few together, they join those of the country, and
    in the end "Other". If a customer's finer levels are unknown, the customer is among the others of the place that
    is known. If the widest level is unknown, the customer is Unassigned.
    """

    model_name: ClassVar[str] = "geographic"
    ordered: ClassVar[bool] = False

    kind: Literal["hierarchy"]
    model: MarketingModel | None = None
    columns: tuple[str, ...] = Field(min_length=1, max_length=6, description="widest level first")
    smallest: int = Field(default=100, ge=1, description="customers from which a place is a segment of its own")

    _places: dict[str, _Place] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _distinct(self) -> Hierarchy:
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("`columns` has a name twice. Name each level once")
        return self

    def default_title(self) -> str:
        return self.columns[-1].replace("_", " ").capitalize()

    def segments_of(self, customers: ir.Table, context: Context) -> list[tuple[str, str]]:
        found = self._settled(customers, context)
        leaf = Counter(place.path[-1] for place in found if not place.rest)
        taken: set[str] = set()
        segments: list[tuple[str, str]] = []
        for place in found:
            if place.rest:
                name = f"{OTHER}, {', '.join(reversed(place.path))}" if place.path else OTHER
            else:
                own = place.path[-1]
                name = own if leaf[own] == 1 and own != OTHER else ", ".join(reversed(place.path))
            while name in taken:
                name += " (place)"
            taken.add(name)
            self._places[name] = place
            segments.append((name, self._words(place)))
        return segments

    def _words(self, place: _Place) -> Told:
        where = " > ".join(place.path)
        if not place.rest:
            return Told.own(f"{where}.")
        finer = self.columns[len(place.path)].replace("_", " ")
        return Told.of(
            "Any other {finer}"
            + (" within {where}" if place.path else "")
            + ": fewer than {smallest} customers each, or not "
            "known.",
            finer=Quoted(finer),
            where=Quoted(where),
            smallest=Figure(self.smallest, "count"),
        )

    def _settled(self, customers: ir.Table, context: Context) -> list[_Place]:
        """Return the places that are segments, largest first. This takes one query per level."""
        sizes: list[dict[tuple[str, ...], int]] = []
        levels = [column_of(customers, column, self.kind).cast("string") for column in self.columns]
        for depth in range(1, len(levels) + 1):
            keys = {f"l{i}": level for i, level in enumerate(levels[:depth])}
            counts = customers.group_by(**keys).aggregate(n=customers.count())
            named = reduce(and_, (counts[key].notnull() for key in keys))
            large = (
                counts.filter(named & (counts.n >= self.smallest))
                .order_by(ibis.desc("n"), *keys)
                .limit(_MOST_PLACES + 1)
            )
            frame = context.engine.collect(large)
            if len(frame) > _MOST_PLACES:
                raise ParameterError(
                    f"segmentation hierarchy: more than {_MOST_PLACES:,} places of level {self.columns[depth - 1]} have "
                    f"{self.smallest} customers or more. Raise `smallest`."
                )
            above = set(sizes[-1]) if sizes else {()}
            rows = (tuple(str(row[key]) for key in keys) for _, row in frame.iterrows())
            found = dict(zip(rows, (int(n) for n in frame["n"]), strict=True))
            sizes.append({path: n for path, n in found.items() if path[:-1] in above})
        everyone = context.engine.collect(customers.aggregate(n=levels[0].count()))
        whole = {(): int(everyone["n"].iloc[0])} | {path: n for level in sizes for path, n in level.items()}
        return self._pooled(whole)

    def _pooled(self, sizes: dict[tuple[str, ...], int]) -> list[_Place]:
        """Return the places of the finest level, and the rest above them; a rest that is too small moves up."""
        deepest = len(self.columns)
        left = Counter({path: n for path, n in sizes.items() if len(path) < deepest})
        for path, n in sizes.items():
            if path:
                left[path[:-1]] -= n
        places = [_Place(path, False, n) for path, n in sizes.items() if len(path) == deepest]
        for path in sorted(left, key=len, reverse=True):
            n = left[path]
            if not path:
                if n:
                    places.append(_Place(path, True, n))
            elif n >= self.smallest:
                places.append(_Place(path, True, n))
            else:
                left[path[:-1]] += n
        return sorted(places, key=lambda place: (place.path == (), place.rest, -place.customers, place.path))

    def position(self, customers: ir.Table, names: tuple[str, ...], context: Context) -> ir.IntegerValue:
        levels = [column_of(customers, column, self.kind).cast("string") for column in self.columns]
        ranked = sorted(enumerate(names), key=lambda item: -len(self._places[item[1]].path))
        branches: list[tuple[ir.BooleanValue, ir.IntegerValue | int]] = [(levels[0].isnull(), ibis.null("int64"))]
        for index, name in ranked:
            place = self._places[name]
            if place.path:
                same = (level == part for level, part in zip(levels, place.path, strict=False))
                branches.append((reduce(and_, same), index))
        other = [index for index, name in ranked if not self._places[name].path]
        return ibis.cases(*branches, else_=other[0] if other else ibis.null("int64"))
