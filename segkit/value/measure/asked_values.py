"""What a run asks of a forecast of value, refused before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from segkit.customers import CustomerBase
from segkit.forecast.options import ValueOptions

_OPTIONS: Final = ("horizon_months", "annual_rate", "margin", "models", "origins")


def check_forecast(base: CustomerBase, parameters: Mapping[str, Any]) -> None:
    """Refuse options of the forecast that are out of bounds, and models that do not fit the dataset.

    Raises:
        ParameterError: an option is out of bounds.
        ModelError: a model does not fit.
    """
    if "horizon_months" not in parameters:
        return
    given = {name: parameters[name] for name in _OPTIONS if name in parameters}
    if "margin" in given:
        given["margin"] = given["margin"] or None
    ValueOptions.read(given, "value").candidates(base.dataset.spec.relation)
