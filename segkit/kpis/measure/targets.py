"""What is planned for a page: the targets of the dataset file, and of the files and tables that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from segkit.data import Dataset
from segkit.data.short_lists import short_list
from segkit.data.specfile import redact, suggestion
from segkit.errors import DataError, ParameterError
from segkit.kpis.measure.own_reading import check_key_figures
from segkit.kpis.target_options import Target, TargetEntry
from segkit.segments.measure.assign import SegmentedBase

SECTION: Final = "targets"
_NEEDED: Final = ("metric", "value", "period", "from")
_MORE: Final = ("to", "segmentation", "segment")


def check_sections(dataset: Dataset) -> None:
    """Check the sections that this wing reads against an opened dataset.

    Raises:
        ParameterError: a key figure or a target is wrong; the message says where.
    """
    check_key_figures(dataset)
    own_targets(dataset)


def own_targets(dataset: Dataset) -> tuple[Target, ...]:
    """Return all targets, from the dataset file and from the files and tables that it names.

    Raises:
        ParameterError: a file or table is not there, a row of it is no target, or a segmentation does not exist.
    """
    return tuple(target for _, target in _placed(dataset))


def _placed(dataset: Dataset) -> list[tuple[str, Target]]:
    """Return all targets, each with the file and line of its entry."""
    found: list[tuple[str, Target]] = []
    for at, entry in enumerate(dataset.spec.section(SECTION) or ()):
        where = dataset.file.where((SECTION, at))
        try:
            read = [entry.target()] if entry.metric else _listed(dataset, entry)
        except DataError as error:
            raise ParameterError(f"{where}: `{SECTION}`: {redact(str(error), dataset.file.secrets)}") from None
        for target in read:
            if target.segmentation and target.segmentation not in dataset.spec.segmentations:
                known = dataset.spec.segmentations
                raise ParameterError(
                    f"{where}: `{SECTION}`: there is no segmentation `{target.segmentation}`."
                    f"{suggestion(target.segmentation, known)}"
                )
        found += [(where, target) for target in read]
    return found


def targets_of(split: SegmentedBase, figures: Sequence[str], known: Sequence[str] | None) -> tuple[Target, ...]:
    """Return what is planned for the page's period, of its key figures and of its segments.

    Of several for the same number, the one that begins last counts; of several that begin together, the last in the
    file. Where the data of the period are not complete, there is nothing to set a plan against.

    Args:
        split: the customers with their segments.
        figures: keys of the figures that the page shows.
        known: keys of all figures that it could show; None where not all of them were looked for.

    Raises:
        ParameterError: there is no figure with a target's key, or no segment with its name.
    """
    base, segmentation = split.base, split.segmentation
    if base.coverage is not None and not base.coverage.complete:
        return ()
    names = [segment.name for segment in segmentation.all_segments]
    found: dict[tuple[str, str], Target] = {}
    for where, target in sorted(_placed(base.dataset), key=lambda one: one[1].first):
        if not target.holds_for(base.period):
            continue
        if not target.segment:
            if known is not None:
                _ask(where, target.metric, known, "key figure")
            if target.metric in figures:
                found[target.metric, ""] = target
        elif target.segmentation == segmentation.name:
            _ask(where, target.segment, names, f"segment of {target.segmentation}")
            found[target.metric, target.segment] = target
    order = [*figures, *names]
    return tuple(sorted(found.values(), key=lambda one: order.index(one.segment or one.metric)))


def _ask(where: str, name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise ParameterError(f"{where}: `{SECTION}`: `{name}` is no {what} of this report.{suggestion(name, known)}")


def _listed(dataset: Dataset, entry: TargetEntry) -> list[Target]:
    shown, rows = short_list(
        dataset,
        "company_targets",
        path=entry.path,
        table=entry.table,
        needed=_NEEDED,
        more=_MORE,
        hint="It needs metric, value, period and from, and may have to, segmentation and segment.",
    )
    return [_target(shown, number, row) for number, row in enumerate(rows, 1)]


def _target(shown: str, number: int, row: Mapping[str, Any]) -> Target:
    given = {key: str(value).strip() for key, value in row.items() if value is not None}
    try:
        return TargetEntry.model_validate({"metric": "", **given}).target()
    except ValidationError as error:
        told = error.errors()[0]
        place = ".".join(str(part) for part in told["loc"])
        said = str(told["msg"]).removeprefix("Value error, ")
        raise DataError(f"{shown}, row {number}{f', column {place}' if place else ''}: {said}.") from None
