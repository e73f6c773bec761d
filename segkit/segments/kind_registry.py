"""The registry of kinds: it turns an entry under `segmentations:` into a fitted segmentation.

Kinds are found by name or by import path. A package offers further kinds as entry points of the group
`segkit.segmentations`. A module beside params/ needs no packaging: write `kind: my_module:MyKind`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from segkit.customers.partition import Segmentation
from segkit.data.specfile import SpecFile, describe_problems, suggestion
from segkit.errors import ParameterError
from segkit.segments.kinds.segmentation_kind import Context, SegmentationKind

if TYPE_CHECKING:
    from segkit.customers import CustomerBase
    from segkit.segments.kinds.by_predicted_value import Valuer

GROUP = "segkit.segmentations"
_OWN: Final = {
    "attribute": "attribute:ByAttribute",
    "bands": "bands:Bands",
    "value": "value:Value",
    "lifecycle": "lifecycle:Lifecycle",
    "rules": "rules:Rules",
    "rfm": "rfm:Rfm",
    "hierarchy": "hierarchy:Hierarchy",
    "combination": "combination:Combination",
    "abc": "abc_analysis:Abc",
    "tail": "tail:Tail",
    "cohort": "cohort:Cohort",
    "clusters": "clusters:Clusters",
    "needs": "needs:Needs",
    "preferred": "preferred:Preferred",
}
"""segkit's own kinds, by module and class."""


def known_kinds() -> dict[str, type[SegmentationKind]]:
    """Return kinds by name, those of installed packages included."""
    return {name: point.load() for name, point in _points().items()}


def _points() -> dict[str, EntryPoint]:
    """Return where each kind is. Another package cannot take the names of segkit's own kinds."""
    own = {name: EntryPoint(name, f"segkit.segments.kinds.{where}", GROUP) for name, where in _OWN.items()}
    return {point.name: point for point in entry_points(group=GROUP)} | own


def load_kind(name: str, where: str, root: Path) -> type[SegmentationKind]:
    """Import the class of a kind: an entry point's name, or `module:Class` with the project folder on the path."""
    if ":" not in name:
        points = _points()
        if name not in points:
            raise ParameterError(f"{where}: `kind: {name}` is not known.{suggestion(name, points)}")
        found = points[name].load()
    else:
        module_name, _, class_name = name.partition(":")
        folder = str(root)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        try:
            found = getattr(importlib.import_module(module_name), class_name)
        except (ImportError, AttributeError) as error:
            raise ParameterError(
                f"{where}: `kind: {name}` cannot be imported ({error}). Modules are looked for in {folder} and "
                "among installed packages."
            ) from error
    if not (isinstance(found, type) and issubclass(found, SegmentationKind)):
        raise ParameterError(f"{where}: `kind: {name}` is not a SegmentationKind. Name a class that derives from it.")
    return found


def read_segmentations(
    definitions: Mapping[str, Mapping[str, Any]], file: SpecFile, root: Path
) -> dict[str, SegmentationKind]:
    """Check the entries under `segmentations:`, all of them.

    Raises:
        ParameterError: entries are wrong; every mistake is listed at once, with file and line.
    """
    kinds: dict[str, SegmentationKind] = {}
    problems: list[str] = []
    for name, definition in definitions.items():
        where = file.where(("segmentations", name))
        if "kind" not in definition:
            problems.append(f"{where}: `segmentations.{name}` has no `kind`.{suggestion('', known_kinds())}")
            continue
        try:
            found = load_kind(str(definition["kind"]), where, root)
            kinds[name] = found.model_validate({**definition, "kind": definition["kind"]})
        except ParameterError as error:
            problems.append(str(error))
        except ValidationError as error:
            found_errors = [{**item, "loc": ("segmentations", name, *item["loc"])} for item in error.errors()]
            problems.append(describe_problems(file, found_errors, found))
    if problems:
        raise ParameterError("\n".join(problems))
    return kinds


def fit_segmentation(base: CustomerBase, name: str, valuer: Valuer | None = None) -> Segmentation:
    """Fit the segmentation of that name in the dataset file to the customers as of the report's date.

    Args:
        base: the customers.
        name: its name in the dataset file.
        valuer: predicts values, for segmentations by predicted value.

    Raises:
        ParameterError: the dataset file defines no such segmentation, or its definition is wrong.
    """
    kind = _kind_of(base, name)
    return kind.fit(name, base.customers(), _context(base, valuer))


def ask_segmentation(base: CustomerBase, name: str) -> None:
    """Refuse what the fit of a segmentation would refuse, without the fit.

    Raises:
        ParameterError: a column or a question that it names is not there, or holds something else.
        DataError: a table that it needs is not there.
    """
    _kind_of(base, name).ask(base.customers(), _context(base, None))


def _kind_of(base: CustomerBase, name: str) -> SegmentationKind:
    dataset = base.dataset
    definitions = dataset.spec.segmentations
    if name not in definitions:
        raise ParameterError(
            f"segmentation: `{name}` is not defined in the dataset file of {dataset.name}."
            f"{suggestion(name, definitions)}"
        )
    return read_segmentations({name: definitions[name]}, dataset.file, dataset.root)[name]


def _context(base: CustomerBase, valuer: Valuer | None) -> Context:
    dataset = base.dataset
    return Context(
        engine=dataset.engine,
        relation=dataset.spec.relation,
        attributes=dataset.attributes,
        money=dataset.spec.money,
        unit_name=dataset.spec.customers_are,
        value_months=base.options.value_months,
        recent_days=base.options.recent_days,
        usage_days=base.options.usage_days,
        tables=dataset.tables,
        previous=base.previous,
        customers_at=base.customers,
        valuer=valuer,
    )
