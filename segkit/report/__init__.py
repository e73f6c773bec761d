"""What a notebook says to its page: records of measures in, blocks of the page out."""

from segkit.campaigns.views.chosen import chosen_balance, chosen_comparisons
from segkit.campaigns.views.differences import lift_by_segment
from segkit.campaigns.views.effects import lift_checks, lift_effects
from segkit.campaigns.views.frame import lift_funnel, lift_method
from segkit.campaigns.views.head import lift_headline, lift_tiles
from segkit.campaigns.views.planning import campaign_plan_table
from segkit.campaigns.views.ranking import lift_fifths, lift_ranking, lift_ranking_answer
from segkit.campaigns.views.recent import campaigns_table
from segkit.campaigns.views.segments import lift_channels, lift_money, lift_plan, lift_policies
from segkit.churn.views.cohorts import cohort_retention_table
from segkit.churn.views.detail import (
    cohort_churn_table,
    drivers_table,
    losses_table,
    observed_churn_table,
    risk_distribution_table,
    save_list_note,
)
from segkit.churn.views.risk import churn_definition, churn_headline, churn_table, churn_tiles
from segkit.churn.views.trust import churn_drift, churn_method, churn_test_table, retention_table
from segkit.churn.views.weekly import may_leave_losses, may_leave_note, may_leave_table
from segkit.kpis.views.changes import what_changed
from segkit.kpis.views.data_quality import quality_section
from segkit.kpis.views.headline import headline
from segkit.kpis.views.tiles import tiles
from segkit.page.action_table import actions
from segkit.page.notes import note
from segkit.segments.views.panel import (
    absent_models_table,
    cross_table_block,
    panel_segments_table,
    panel_table,
    segment_quality_table,
)
from segkit.segments.views.profile import (
    chosen_segment,
    profile_headline,
    profile_table,
    profile_tiles,
    traits_table,
    yield_table,
)
from segkit.segments.views.tables import flows_table, migration_table, segment_table
from segkit.value.views.changes import value_change, value_change_by_segment
from segkit.value.views.concentration import concentration_table
from segkit.value.views.tables import value_deciles_table, value_headline, value_table, value_tiles
from segkit.value.views.trust import backtest_table, value_method

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
