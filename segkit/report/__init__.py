"""What a notebook says to its page: records of measures in, blocks of the page out."""

from segkit.report.actions import actions
from segkit.report.campaigns import campaigns_table
from segkit.report.changes import what_changed
from segkit.report.churn import churn_definition, churn_headline, churn_table, churn_tiles
from segkit.report.churn_cohorts import cohort_retention_table
from segkit.report.churn_detail import (
    cohort_churn_table,
    drivers_table,
    losses_table,
    observed_churn_table,
    risk_distribution_table,
    save_list_note,
)
from segkit.report.churn_trust import churn_drift, churn_method, churn_test_table, retention_table
from segkit.report.concentration_table import concentration_table
from segkit.report.headline import headline
from segkit.report.key_figure_tiles import tiles
from segkit.report.lift import lift_checks, lift_effects
from segkit.report.lift_chosen import chosen_balance, chosen_comparisons
from segkit.report.lift_differences import lift_by_segment
from segkit.report.lift_frame import lift_funnel, lift_method
from segkit.report.lift_head import lift_headline, lift_tiles
from segkit.report.lift_planning import campaign_plan_table
from segkit.report.lift_ranking import lift_fifths, lift_ranking, lift_ranking_answer
from segkit.report.lift_segments import lift_channels, lift_money, lift_plan, lift_policies
from segkit.report.notes import note
from segkit.report.panel import (
    absent_models_table,
    cross_table_block,
    panel_segments_table,
    panel_table,
    segment_quality_table,
)
from segkit.report.profile import (
    chosen_segment,
    profile_headline,
    profile_table,
    profile_tiles,
    traits_table,
    yield_table,
)
from segkit.report.quality import quality_section
from segkit.report.segment_tables import flows_table, migration_table, segment_table
from segkit.report.value import value_deciles_table, value_headline, value_table, value_tiles
from segkit.report.value_changes import value_change, value_change_by_segment
from segkit.report.value_trust import backtest_table, value_method
from segkit.report.weekly_churn import may_leave_losses, may_leave_note, may_leave_table

__all__ = [
    "absent_models_table",
    "actions",
    "backtest_table",
    "campaign_plan_table",
    "campaigns_table",
    "chosen_balance",
    "chosen_comparisons",
    "chosen_segment",
    "churn_definition",
    "churn_drift",
    "churn_headline",
    "churn_method",
    "churn_table",
    "churn_test_table",
    "churn_tiles",
    "cohort_churn_table",
    "cohort_retention_table",
    "concentration_table",
    "cross_table_block",
    "drivers_table",
    "flows_table",
    "headline",
    "lift_by_segment",
    "lift_channels",
    "lift_checks",
    "lift_effects",
    "lift_fifths",
    "lift_funnel",
    "lift_headline",
    "lift_method",
    "lift_money",
    "lift_plan",
    "lift_policies",
    "lift_ranking",
    "lift_ranking_answer",
    "lift_tiles",
    "losses_table",
    "may_leave_losses",
    "may_leave_note",
    "may_leave_table",
    "migration_table",
    "note",
    "observed_churn_table",
    "panel_segments_table",
    "panel_table",
    "profile_headline",
    "profile_table",
    "profile_tiles",
    "quality_section",
    "retention_table",
    "risk_distribution_table",
    "save_list_note",
    "segment_quality_table",
    "segment_table",
    "tiles",
    "traits_table",
    "value_change",
    "value_change_by_segment",
    "value_deciles_table",
    "value_headline",
    "value_method",
    "value_table",
    "value_tiles",
    "what_changed",
    "yield_table",
]
