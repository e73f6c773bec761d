"""What is measured: the engine in, documented records and small frames out."""

from segkit.measures.churn import ChurnRisk, SaveList, churn_outlook, churn_risk, save_list
from segkit.measures.concentration_records import Concentration
from segkit.measures.concentrations import concentration
from segkit.measures.cross_tables import cross_table
from segkit.measures.customer_values import customer_value
from segkit.measures.figure_records import KeyFigure
from segkit.measures.key_figures import choose, key_figures
from segkit.measures.lift import (
    CampaignLift,
    CampaignPlan,
    RecentCampaigns,
    campaign_lift,
    campaign_plan,
    recent_campaigns,
)
from segkit.measures.migrations import migration
from segkit.measures.profile_records import CrossTable, SegmentPanel, SegmentProfile
from segkit.measures.profiles import segment_profile
from segkit.measures.segment_panel import segment_panel
from segkit.measures.segment_quality import segment_quality
from segkit.measures.segment_records import SegmentQuality
from segkit.measures.segments import SegmentedBase, segment
from segkit.measures.size_records import Migration, SegmentSizes
from segkit.measures.sizes import segment_sizes
from segkit.measures.value_records import CustomerValue

__all__ = [
    "CampaignLift",
    "CampaignPlan",
    "ChurnRisk",
    "Concentration",
    "CrossTable",
    "CustomerValue",
    "KeyFigure",
    "Migration",
    "RecentCampaigns",
    "SaveList",
    "SegmentPanel",
    "SegmentProfile",
    "SegmentQuality",
    "SegmentSizes",
    "SegmentedBase",
    "campaign_lift",
    "campaign_plan",
    "choose",
    "churn_outlook",
    "churn_risk",
    "concentration",
    "cross_table",
    "customer_value",
    "key_figures",
    "migration",
    "recent_campaigns",
    "save_list",
    "segment",
    "segment_panel",
    "segment_profile",
    "segment_quality",
    "segment_sizes",
]
