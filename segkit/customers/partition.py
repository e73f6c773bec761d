"""What a segmentation is to everything downstream: a partition of customers into named, ordered segments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segkit.page.palette import UNASSIGNED as UNASSIGNED_COLOUR
from segkit.statistics.told import Told

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as every page shows it: name, definition in words, colour (hex), in the fixed order."""

    name: str
    definition: str
    colour: str


UNASSIGNED = "Unassigned"


SEGMENT = "segment"
"""Name of the column that `assign` adds: the segment's position, from 0."""


@dataclass(frozen=True)
class FitRecord:
    """How segments that had to be fitted came about, for quality reports and pages.

    Attributes:
        method: one sentence.
        rows: rows that crossed from the engine for it: a sample's features or answer patterns, never ids.
        stability: mean adjusted Rand index between the fit and fits to bootstrap samples, at most 1; None where
            not measured.
        stability_by_segment: mean Jaccard index of each segment with its best match in the bootstrap fits, 0 to 1.
        found: False when the data show no segments that would hold; then everyone is Unassigned.
        notes: further sentences for the reader.
        unsound: why the segments cannot mean what their names say in these data, a sentence; empty where they can.
    """

    method: str
    rows: int
    stability: float | None = None
    stability_by_segment: tuple[float, ...] = ()
    found: bool = True
    notes: tuple[str, ...] = ()
    unsound: str = ""

    def owned(self) -> FitRecord:
        """The record of a kind that does not come along: what it says is its author's own."""
        notes = tuple(Told.own(note) for note in self.notes)
        return replace(self, method=Told.own(self.method), notes=notes, unsound=Told.own(self.unsound))


def unprepared(customers: ir.Table) -> ir.Table:
    """The customer table as it is."""
    return customers


@dataclass(frozen=True)
class Segmentation:
    """A fitted segmentation.

    Attributes:
        name: key in the dataset file.
        title: what a reader calls it.
        model: which of the nine models it belongs to.
        segments: ordered; `Unassigned` is not among them.
        position: expression on a prepared customer table: the segment's index in `segments`, NULL for nobody's.
        prepare: adds to a customer table the columns that `position` needs besides its own.
        record: how the segments were fitted; None where there was nothing to fit.
    """

    name: str
    title: str
    model: str
    segments: tuple[Segment, ...]
    position: Callable[[ir.Table], ir.IntegerValue]
    prepare: Callable[[ir.Table], ir.Table] = unprepared
    record: FitRecord | None = None

    @property
    def unassigned(self) -> Segment:
        """Where a customer belongs whom no segment takes."""
        return Segment(
            UNASSIGNED, "Customers whom no other segment takes, mostly for want of data.", UNASSIGNED_COLOUR
        )

    @property
    def all_segments(self) -> tuple[Segment, ...]:
        """The segments, then Unassigned."""
        return (*self.segments, self.unassigned)

    def assign(self, customers: ir.Table) -> ir.Table:
        """The customer table with `segment`: every customer has exactly one, the last one being Unassigned."""
        last = len(self.segments)
        prepared = self.prepare(customers)
        position = self.position(prepared).fill_null(last).cast("int64")
        return prepared.select(*(prepared[name] for name in customers.columns), position.name(SEGMENT))
