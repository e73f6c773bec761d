"""Charts: records of measures in, figure blocks out, with titles and descriptions computed from the data.

matplotlib and seaborn are imported when the first chart is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segkit.figures.churn import gains_by_decile, reliability_diagram, risk_against_value
    from segkit.figures.churn_drivers import drivers_chart
    from segkit.figures.concentration import lorenz_curve, value_deciles
    from segkit.figures.control import control_chart, control_charts
    from segkit.figures.lift import balance_plot, lift_funnel_chart, lift_profit, segment_forest
    from segkit.figures.lift_ranking import qini_curve
    from segkit.figures.moves import net_moves
    from segkit.figures.profile import trait_index
    from segkit.figures.retention import cohort_retention, retention_curves
    from segkit.figures.sizes import segment_sizes, segment_value
    from segkit.figures.trend import segment_trend
    from segkit.figures.value import (
        calibration_by_decile,
        calibration_by_history,
        holdout_tracking,
        size_against_value,
        value_by_decile,
        value_lorenz,
    )

_HOMES = {
    "balance_plot": "lift",
    "lift_funnel_chart": "lift",
    "lift_profit": "lift",
    "segment_forest": "lift",
    "control_chart": "control",
    "control_charts": "control",
    "qini_curve": "lift_ranking",
    "lorenz_curve": "concentration",
    "net_moves": "moves",
    "segment_sizes": "sizes",
    "segment_trend": "trend",
    "segment_value": "sizes",
    "trait_index": "profile",
    "value_deciles": "concentration",
    "calibration_by_decile": "value",
    "calibration_by_history": "value",
    "holdout_tracking": "value",
    "size_against_value": "value",
    "value_by_decile": "value",
    "value_lorenz": "value",
    "cohort_retention": "retention",
    "drivers_chart": "churn_drivers",
    "gains_by_decile": "churn",
    "reliability_diagram": "churn",
    "retention_curves": "retention",
    "risk_against_value": "churn",
}

__all__ = [
    "balance_plot",
    "calibration_by_decile",
    "calibration_by_history",
    "cohort_retention",
    "control_chart",
    "control_charts",
    "drivers_chart",
    "gains_by_decile",
    "holdout_tracking",
    "lift_funnel_chart",
    "lift_profit",
    "lorenz_curve",
    "net_moves",
    "qini_curve",
    "reliability_diagram",
    "retention_curves",
    "risk_against_value",
    "segment_forest",
    "segment_sizes",
    "segment_trend",
    "segment_value",
    "size_against_value",
    "trait_index",
    "value_by_decile",
    "value_deciles",
    "value_lorenz",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"segkit.figures.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
