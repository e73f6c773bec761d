"""Charts: records of measures in, figure blocks out, with titles and descriptions computed from the data.

matplotlib and seaborn are imported when the first chart is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segkit.campaigns.views.charts import balance_plot, lift_funnel_chart, lift_profit, segment_forest
    from segkit.campaigns.views.ranking_charts import qini_curve
    from segkit.churn.views.charts import gains_by_decile, reliability_diagram, risk_against_value
    from segkit.churn.views.drivers_chart import drivers_chart
    from segkit.churn.views.retention_charts import cohort_retention, retention_curves
    from segkit.kpis.views.control_charts import control_chart, control_charts
    from segkit.segments.views.moves_chart import net_moves
    from segkit.segments.views.profile_chart import trait_index
    from segkit.segments.views.size_charts import segment_sizes, segment_value
    from segkit.segments.views.trend_chart import segment_trend
    from segkit.value.views.charts import (
        calibration_by_decile,
        calibration_by_history,
        holdout_tracking,
        size_against_value,
        value_by_decile,
        value_lorenz,
    )
    from segkit.value.views.concentration_charts import lorenz_curve, value_deciles

_HOMES = {
    "balance_plot": "campaigns.views.charts",
    "lift_funnel_chart": "campaigns.views.charts",
    "lift_profit": "campaigns.views.charts",
    "segment_forest": "campaigns.views.charts",
    "control_chart": "kpis.views.control_charts",
    "control_charts": "kpis.views.control_charts",
    "qini_curve": "campaigns.views.ranking_charts",
    "lorenz_curve": "value.views.concentration_charts",
    "net_moves": "segments.views.moves_chart",
    "segment_sizes": "segments.views.size_charts",
    "segment_trend": "segments.views.trend_chart",
    "segment_value": "segments.views.size_charts",
    "trait_index": "segments.views.profile_chart",
    "value_deciles": "value.views.concentration_charts",
    "calibration_by_decile": "value.views.charts",
    "calibration_by_history": "value.views.charts",
    "holdout_tracking": "value.views.charts",
    "size_against_value": "value.views.charts",
    "value_by_decile": "value.views.charts",
    "value_lorenz": "value.views.charts",
    "cohort_retention": "churn.views.retention_charts",
    "drivers_chart": "churn.views.drivers_chart",
    "gains_by_decile": "churn.views.charts",
    "reliability_diagram": "churn.views.charts",
    "retention_curves": "churn.views.retention_charts",
    "risk_against_value": "churn.views.charts",
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
        return getattr(import_module(f"segkit.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
