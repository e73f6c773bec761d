"""What a run asks of segmentations, refused before it starts: they are fitted here as the notebook would fit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from segkit.customers import CustomerBase
from segkit.data.specfile import suggestion
from segkit.errors import DataError, ModelError, ParameterError
from segkit.segments.kind_registry import ask_segmentation, fit_segmentation, read_segmentations
from segkit.segments.measure.predicted_values import PredictedValues
from segkit.segments.measure.profile_features import features

_SLOW: Final = ("clusters", "needs")
"""Kinds whose fit takes long; of these it is asked whether there is what they fit, and nothing is fitted."""


def check_segmentations(base: CustomerBase, parameters: Mapping[str, Any]) -> None:
    """Refuse segmentations, segments and columns that a run asks for and the data do not have.

    Raises:
        ParameterError, DataError: every finding at once.
    """
    dataset = base.dataset
    kinds = read_segmentations(dataset.spec.segmentations, dataset.file, dataset.root)
    found: list[ParameterError | DataError | ModelError] = []
    for name in _wanted(base, parameters):
        if name not in kinds:
            continue  # told with its line when the parameters were read
        try:
            names = _fitted(base, name, kinds[name])
            if name == parameters.get("segmentation") and names:
                _ask_segment(names, str(parameters.get("segment") or ""))
        except (ParameterError, DataError, ModelError) as error:
            found.append(type(error)(f"{dataset.file.where(('segmentations', name))}: {error}"))
    try:
        if parameters.get("columns"):
            features(base, parameters["columns"])
    except ParameterError as error:
        found.append(error)
    if found:
        kind = next((type(one) for one in found if not isinstance(one, ParameterError)), ParameterError)
        raise kind("\n".join(str(one) for one in found))


def _wanted(base: CustomerBase, parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of the segmentations that a run looks at: an empty list of them means all there are."""
    names: list[str] = []
    for parameter, value in parameters.items():
        if parameter == "segmentation" or parameter.endswith("_segmentation"):
            names += [str(value)] if value else []
        elif parameter == "segmentations":
            names += [str(one) for one in value or base.dataset.spec.segmentations]
    return list(dict.fromkeys(names))


def _fitted(base: CustomerBase, name: str, kind: Any) -> tuple[str, ...]:
    """Return the names of a segmentation's segments; none where a fit would take long."""
    if kind.kind in _SLOW:
        ask_segmentation(base, name)
        return ()
    if getattr(kind, "by", "") in ("predicted_value", "total_value"):
        return ()
    fitted = fit_segmentation(base, name, PredictedValues(base))
    # names are settled by the fit; whether the expression holds is seen when it is compiled
    base.dataset.engine.compile(fitted.assign(base.customers()))
    return tuple(segment.name for segment in fitted.all_segments)


def _ask_segment(names: tuple[str, ...], segment: str) -> None:
    if segment and segment not in names:
        raise ParameterError(f"segment: `{segment}` is not one of its segments.{suggestion(segment, names)}")
