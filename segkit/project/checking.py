"""Check a run's data without running it: what `segkit check` says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from segkit.data.opened import OpenedData, opened_data
from segkit.data.quality import Quality
from segkit.project.request import RunRequest
from segkit.wing import checks, load


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run whose parameters and data are valid; `quality` is None where the report has no dataset."""

    quality: Quality | None

    def sentence(self) -> str:
        """Rows in, kept and set aside."""
        if self.quality is None:
            return ""
        parts = []
        for table in self.quality.tables:
            aside = table.rows_in - table.rows_kept
            reasons = ", ".join(f"{line.reason}: {line.set_aside:,}" for line in table.lines if line.set_aside)
            parts.append(
                f"{table.table}: {table.rows_in:,} rows" + (f", {aside:,} set aside ({reasons})" if aside else "")
            )
        return "; ".join(parts) + "."

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        if self.quality is None:
            return {}
        return {
            "tables": {
                table.table: {
                    "rows_in": table.rows_in,
                    "rows_kept": table.rows_kept,
                    "set_aside": {line.reason: line.set_aside for line in table.lines if line.set_aside},
                }
                for table in self.quality.tables
            }
        }


def check_run(request: RunRequest) -> CheckedRun:
    """Open the run's dataset, with all its checks, its segmentations' definitions, and what wings check of it.

    Raises:
        ParameterError, DataError: whatever is wrong, all of it.
    """
    name = request.parameters.get("dataset")
    if not isinstance(name, str):
        return CheckedRun(None)
    from segkit.data import open_dataset
    from segkit.data.locating import find_dataset
    from segkit.segments.registry import read_segmentations

    dataset = open_dataset(find_dataset(name, request.root), request.as_of)
    read_segmentations(dataset.spec.segmentations, dataset.file, dataset.root)
    for check in checks():
        load(check)(dataset)
    return CheckedRun(dataset.quality)


def reopened(request: RunRequest, before: Iterable[OpenedData]) -> tuple[OpenedData, ...]:
    """Open the datasets again that a page was made of, to learn whether they are still the same.

    Raises:
        ParameterError, DataError, NotYetError: one cannot be opened any more.
    """
    found = []
    for one in before:
        from segkit.data import open_dataset
        from segkit.data.locating import find_dataset

        dataset = open_dataset(find_dataset(one.dataset, request.root), one.as_of)
        found.append(opened_data(dataset.file, dataset.as_of, dataset.quality, dataset.fingerprint))
    return tuple(found)
