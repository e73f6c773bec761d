"""What a segmentation is to everything that uses it: a partition of customers into named, ordered segments."""

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
"""Name of the column that `assign` adds. It holds the segment's position, from 0."""


@dataclass(frozen=True)
class FitRecord:
    """How segments came about that had to be fitted, for quality reports and pages.

    Attributes:
        method: a sentence on how they were fitted.
        rows: how many rows left the engine for the fit: features of a sample or answer patterns, never ids.
        stability: the mean adjusted Rand index between the fit and fits to bootstrap samples, at most 1; None where
            it was not measured.
        stability_by_segment: the mean Jaccard index of each segment with its best match in the bootstrap fits, 0 to
            1.
        found: False where the data show no segments that hold; then everyone is Unassigned.
        notes: further sentences for the reader.
        unsound: a sentence that says why, in these data, the segments cannot mean what their names say; empty where
            they can.
    """

    method: str
    rows: int
    stability: float | None = None
    stability_by_segment: tuple[float, ...] = ()
    found: bool = True
    notes: tuple[str, ...] = ()
    unsound: str = ""

    def owned(self) -> FitRecord:
        """Return the record for a kind that does not come with segkit: what it says is its author's own."""
        notes = tuple(Told.own(note) for note in self.notes)
        return replace(self, method=Told.own(self.method), notes=notes, unsound=Told.own(self.unsound))


def unprepared(customers: ir.Table) -> ir.Table:
    """Return the customer table as it is."""
    return customers


@dataclass(frozen=True)
class Segmentation:
    """A fitted segmentation.

    Attributes:
        name: the key in the dataset file.
        title: the name for readers.
        model: which of the nine models it belongs to.
        segments: the segments in order, without `Unassigned`.
        position: an expression on a prepared customer table: the segment's index in `segments`, NULL for a customer
            whom no segment takes.
        prepare: adds to a customer table the further columns that `position` needs.
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
        """The segment of customers whom no other segment takes."""
        return Segment(
            UNASSIGNED, "Customers whom no other segment takes, mostly for want of data.", UNASSIGNED_COLOUR
        )

    @property
    def all_segments(self) -> tuple[Segment, ...]:
        """The segments, then Unassigned."""
        return (*self.segments, self.unassigned)

    def assign(self, customers: ir.Table) -> ir.Table:
        """Return the customer table with `segment`: every customer has exactly one, and Unassigned is the last."""
        last = len(self.segments)
        prepared = self.prepare(customers)
        position = self.position(prepared).fill_null(last).cast("int64")
        return prepared.select(*(prepared[name] for name in customers.columns), position.name(SEGMENT))
