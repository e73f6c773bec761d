"""What this wing registers: what it checks of a run, and the views of its results."""

from segkit.wing import Wing

WING = Wing(
    question="What have customers brought, and what will they bring?",
    parameters="segkit.value.measure.asked_values:check_forecast",
    views={
        "CustomerValue": {
            "table": "segkit.value.views.tables:value_table",
            "tiles": "segkit.value.views.tables:value_tiles",
            "deciles": "segkit.value.views.tables:value_deciles_table",
            "size": "segkit.value.views.forecast_charts:size_against_value",
            "by_decile": "segkit.value.views.forecast_charts:value_by_decile",
            "lorenz": "segkit.value.views.forecast_charts:value_lorenz",
            "change": "segkit.value.views.value_change:value_change_table",
            "change_by_segment": "segkit.value.views.value_change:value_change_by_segment",
            "backtest": "segkit.value.views.forecast_trust:backtest_table",
            "tracking": "segkit.value.views.forecast_charts:holdout_tracking",
            "calibration_by_history": "segkit.value.views.forecast_charts:calibration_by_history",
            "calibration_by_decile": "segkit.value.views.forecast_charts:calibration_by_decile",
            "method": "segkit.value.views.forecast_trust:value_method",
        },
        "Concentration": {
            "table": "segkit.value.views.concentration:concentration_table",
            "deciles": "segkit.value.views.concentration_charts:value_deciles",
            "lorenz": "segkit.value.views.concentration_charts:lorenz_curve",
        },
    },
    leads={"CustomerValue": "segkit.value.views.value_decisions:value_leads"},
    decisions={
        "CustomerValue": "segkit.value.views.value_decisions:value_decisions",
        "Concentration": "segkit.value.views.value_decisions:concentration_decisions",
    },
    series={"CustomerValue": "segkit.value.views.past_forecasts:past_forecasts"},
)
