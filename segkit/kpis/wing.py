"""What this wing registers: a section of the dataset file, the views of its results, and renamed parameters."""

from segkit.wing import Wing

WING = Wing(
    question="What changed, and is it news?",
    sections={
        "key_figures": "segkit.kpis.options:OwnFigures",
        "targets": "segkit.kpis.target_options:Targets",
    },
    check="segkit.kpis.measure.targets:check_sections",
    parameters="segkit.kpis.measure.key_figures:check_shown_figures",
    renamed={"tiles": "shown_figures"},
    views={
        "KeyFigures": {
            "tiles": "segkit.kpis.views.tiles:tiles",
            "changes": "segkit.kpis.views.what_changed:what_changed",
            "plan": "segkit.kpis.views.plan:plan_table",
            "control": "segkit.kpis.views.control_charts:control_charts",
        },
    },
    leads={"KeyFigures": "segkit.kpis.views.figure_decisions:figure_leads"},
    decisions={"KeyFigures": "segkit.kpis.views.figure_decisions:figure_decisions"},
    series={"KeyFigures": "segkit.kpis.views.leading_figure:leading_figure"},
)
