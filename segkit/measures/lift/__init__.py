"""Campaign lift: sufficient statistics from the engine, validity before effect, effects by segment, money."""

from segkit.measures.lift.campaign import campaign_lift
from segkit.measures.lift.records import CampaignLift

__all__ = ["CampaignLift", "campaign_lift"]
