"""Parts of a matrix and the whole: whether the populations of a date's pages add up to all customers, and all value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segkit.project.matrix import MatrixPart
from segkit.project.publishing import read_manifest


@dataclass(frozen=True, slots=True)
class SummedParts:
    """What the parts of a run hold together, and the whole that they are of.

    Attributes:
        run: report/run and the date.
        parts: pages with a population.
        missing: parts without a page of that date, or without a population.
        customers, value: of the parts together; value in minor units.
        all_customers, all_value: of everybody.
    """

    run: str
    parts: int
    missing: int
    customers: int
    value: int
    all_customers: int
    all_value: int

    @property
    def is_whole(self) -> bool:
        """Whether they add up, to the cent."""
        return (self.customers, self.value) == (self.all_customers, self.all_value)

    @property
    def overlaps(self) -> bool:
        """Whether somebody is certainly in several parts."""
        return self.customers > self.all_customers or (
            self.customers == self.all_customers and self.value != self.all_value
        )

    def sentence(self) -> str:
        """Say how they add up."""
        held = f"{self.run}: {self.parts} parts hold {self.customers:,} of {self.all_customers:,} customers"
        if self.overlaps:
            return f"{held}, so that somebody is in several of them. Write rules that exclude each other."
        if self.is_whole:
            return f"{held}, and all of their value."
        left = f"{self.all_customers - self.customers:,} are in none of them"
        return f"{held}; {left}{f', or in the {self.missing} parts that have no page' if self.missing else ''}."


def sum_of_parts(folder: Path, date: str, parts: Sequence[MatrixPart]) -> SummedParts | None:
    """Add up the populations of a date's pages.

    Args:
        folder: reports/<report>/<run>.
        date: of the pages.
        parts: of the matrix.

    Returns:
        None where no page has a population, or where they are not parts of the same whole.
    """
    found = [read_manifest(folder / part.name / date).get("populations") or [] for part in parts]
    single = [one[0] for one in found if len(one) == 1]
    wholes = {(one["dataset"], one["all_customers"], one["all_value"]) for one in single}
    if len(single) < 2 or len(wholes) != 1:
        return None
    return SummedParts(
        run=f"{folder.parent.name}/{folder.name}/{date}",
        parts=len(single),
        missing=len(parts) - len(single),
        customers=sum(one["customers"] for one in single),
        value=sum(one["value"] for one in single),
        all_customers=single[0]["all_customers"],
        all_value=single[0]["all_value"],
    )
