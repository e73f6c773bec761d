"""Campaign lift: sufficient statistics from the engine, validity before effect, effects by segment, money."""

from segkit.measures.lift.campaign import campaign_lift
from segkit.measures.lift.planning import campaign_plan
from segkit.measures.lift.planning_records import CampaignPlan
from segkit.measures.lift.recent import recent_campaigns
from segkit.measures.lift.recent_records import RecentCampaigns
from segkit.measures.lift.records import CampaignLift

__all__ = ["CampaignLift", "CampaignPlan", "RecentCampaigns", "campaign_lift", "campaign_plan", "recent_campaigns"]
