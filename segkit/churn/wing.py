"""What this wing registers: sections of the dataset file, and the views of its results."""

from segkit.wing import Wing

WING = Wing(
    question="Who has left, who may leave, and whom is a call worth?",
    sections={"churn": "segkit.churn.options:ChurnOptions"},
    views={
        "ChurnRisk": {
            "table": "segkit.churn.views.risk:churn_table",
            "tiles": "segkit.churn.views.risk:churn_tiles",
            "definition": "segkit.churn.views.risk:churn_definition",
            "against_value": "segkit.churn.views.risk_charts:risk_against_value",
            "drivers": "segkit.churn.views.drivers_chart:drivers_chart",
            "drivers_table": "segkit.churn.views.detail:drivers_table",
            "distribution": "segkit.churn.views.detail:risk_distribution_table",
            "losses": "segkit.churn.views.detail:losses_table",
            "save_list": "segkit.churn.views.detail:save_list_note",
            "observed": "segkit.churn.views.observed_chart:observed_chart",
            "cohorts": "segkit.churn.views.detail:cohort_churn_table",
            "retention": "segkit.churn.views.retention_charts:retention_chart",
            "retention_table": "segkit.churn.views.risk_trust:retention_table",
            "cohort_retention": "segkit.churn.views.retention_charts:cohort_retention",
            "cohort_retention_table": "segkit.churn.views.cohorts:cohort_retention_table",
            "tests": "segkit.churn.views.risk_trust:churn_test_table",
            "reliability": "segkit.churn.views.risk_charts:reliability_diagram",
            "gains": "segkit.churn.views.risk_charts:gains_by_decile",
            "drift": "segkit.churn.views.risk_trust:churn_drift",
            "method": "segkit.churn.views.risk_trust:churn_method",
        },
        "SnapshotRisk": {
            "table": "segkit.churn.views.who_left:snapshot_table",
            "tiles": "segkit.churn.views.who_left:snapshot_tiles",
            "definition": "segkit.churn.views.who_left:snapshot_definition",
            "note": "segkit.churn.views.who_left:snapshot_note",
            "drivers": "segkit.churn.views.who_left:snapshot_drivers",
            "drivers_table": "segkit.churn.views.who_left:snapshot_drivers_table",
            "distribution": "segkit.churn.views.who_left:snapshot_distribution",
            "tests": "segkit.churn.views.who_left:snapshot_tests",
            "reliability": "segkit.churn.views.who_left:snapshot_reliability",
            "method": "segkit.churn.views.who_left:snapshot_method",
            **dict.fromkeys(
                (
                    *("against_value", "losses", "save_list", "observed", "cohorts", "retention", "retention_table"),
                    *("cohort_retention", "cohort_retention_table", "gains", "drift"),
                ),
                "segkit.churn.views.who_left:snapshot_nothing",
            ),
        },
        "ChurnOutlook": {
            "table": "segkit.churn.views.weekly:may_leave_table",
            "note": "segkit.churn.views.weekly:may_leave_note",
            "losses": "segkit.churn.views.weekly:may_leave_losses",
        },
    },
    advice=("ChurnRisk.save_list", "ChurnOutlook.note"),
    leads={
        "ChurnRisk": "segkit.churn.views.churn_decisions:churn_leads",
        "SnapshotRisk": "segkit.churn.views.snapshot_decisions:snapshot_leads",
    },
    decisions={
        "ChurnRisk": "segkit.churn.views.churn_decisions:churn_decisions",
        "ChurnOutlook": "segkit.churn.views.churn_decisions:outlook_decisions",
        "SnapshotRisk": "segkit.churn.views.snapshot_decisions:snapshot_decisions",
    },
    series={"ChurnRisk": "segkit.churn.views.observed_chart:observed_chart"},
)
