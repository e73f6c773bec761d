"""The check of a run's data without running it, which `segkit check` reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from segkit.data.coverage import Coverage
from segkit.data.opened import OpenedData, opened_data
from segkit.data.quality import Quality
from segkit.data.specfile import read_specfile
from segkit.errors import DataError, ModelError, ParameterError, SegkitError
from segkit.project.request import RunRequest
from segkit.wing import checks, load, parameter_checks, reaches

if TYPE_CHECKING:
    from segkit.data import Dataset


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run whose parameters and data are valid; nothing is known of the data where the report has no dataset."""

    quality: Quality | None
    coverage: Coverage | None = None

    def sentence(self) -> str:
        """Say in a sentence how many rows came in, were kept and set aside."""
        if self.quality is None:
            return ""
        parts = []
        for table in self.quality.tables:
            aside = table.rows_in - table.rows_kept
            reasons = ", ".join(f"{line.reason}: {line.set_aside:,}" for line in table.lines if line.set_aside)
            parts.append(
                f"{table.table}: {table.rows_in:,} rows" + (f", {aside:,} set aside ({reasons})" if aside else "")
            )
        return "; ".join(parts) + "." + self._reach()

    def _reach(self) -> str:
        """Say how far the data reach, and what the page will say is missing."""
        if self.coverage is None or self.coverage.last_day is None:
            return ""
        missing = "".join(f" Not complete: {said}." for said in self.coverage.sentences())
        return f" Data to {self.coverage.last_day}.{missing}"

    def as_json(self) -> dict[str, Any]:
        """Return the result for programs."""
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
        } | ({} if self.coverage is None else {"coverage": self.coverage.as_json()})


def check_run(request: RunRequest) -> CheckedRun:
    """Open the run's dataset and check it, the definitions of its segmentations, and what wings check of it.

    Then its customers are computed, and the wings look at the report's parameters: they call what the notebook would
    call, so that a run does not refuse what was found valid here.

    Raises:
        ParameterError, DataError: whatever is wrong, all of it.
        NotYetError: data of the last period are missing.
    """
    name = request.parameters.get("dataset")
    if not isinstance(name, str):
        return CheckedRun(None)
    from segkit.data import open_dataset
    from segkit.data.locating import find_dataset
    from segkit.segments.kind_registry import read_segmentations

    dataset = open_dataset(find_dataset(name, request.root), request.as_of)
    read_segmentations(dataset.spec.segmentations, dataset.file, dataset.root)
    for check in checks():
        load(check)(dataset)
    period = str(request.parameters.get("period") or "week")
    found = [load(reach)(dataset, period) for reach in reaches()]
    try:
        _check_parameters(dataset, request.parameters)
    except ParameterError as error:
        raise ParameterError(_with_place(request, str(error))) from None
    return CheckedRun(dataset.quality, found[0] if found else None)


def _with_place(request: RunRequest, findings: str) -> str:
    """Return findings about the run's parameters, each after the file and line of the parameter that it begins with."""
    file = read_specfile(request.params_file)
    lines = []
    for line in findings.splitlines():
        name = line.partition(":")[0]
        stated = name in file.data and str(file.data[name]) == str(request.parameters.get(name))
        lines.append(f"{file.where((name,))}: {line}" if stated else line)
    return "\n".join(lines)


_CUSTOMERS: Final = "segkit.customers.base:customers_of_run"
"""What makes the customers of a run; by its name, since this layer knows no measure."""


def _check_parameters(dataset: Dataset, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that the notebook would refuse; every wing's findings at once."""
    from segkit.page.action_table import actions

    base = load(_CUSTOMERS)(dataset, parameters)
    found: list[SegkitError] = []
    asks: list[Callable[[], object]] = [partial(load(check), base, parameters) for check in parameter_checks()]
    if "actions" in parameters:
        asks.append(partial(actions, parameters["actions"]))
    for ask in asks:
        try:
            ask()
        except (ParameterError, DataError, ModelError) as error:
            found.append(error)
    if found:
        kind = next((type(one) for one in found if not isinstance(one, ParameterError)), ParameterError)
        raise kind("\n".join(dict.fromkeys(str(one) for one in found)))


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
