"""The declaration of this wing: sections of the dataset file, and the views of its results."""

from segkit.wing import Wing

WING = Wing(
    question="Did a campaign work, for whom, and did it pay?",
    sections={
        "campaigns": "segkit.campaigns.options:Campaigns",
        "programmes": "segkit.campaigns.options:Programmes",
    },
    check="segkit.campaigns.measure.recent:check_campaigns",
    parameters="segkit.campaigns.measure.asked_campaigns:check_run_campaigns",
    renamed={"campaigns": "shown_campaigns", "campaign_options": "campaigns:", "cluster": "drawn_by"},
    views={
        "CampaignLift": {
            "effects": "segkit.campaigns.views.effect_tables:lift_effects",
            "tiles": "segkit.campaigns.views.lift_head:lift_tiles",
            "checks": "segkit.campaigns.views.effect_tables:lift_checks",
            "comparisons": "segkit.campaigns.views.chosen:chosen_comparisons",
            "balance_chart": "segkit.campaigns.views.lift_charts:balance_plot",
            "balance": "segkit.campaigns.views.chosen:chosen_balance",
            "funnel_chart": "segkit.campaigns.views.lift_charts:lift_funnel_chart",
            "funnel": "segkit.campaigns.views.frame:lift_funnel",
            "forests": "segkit.campaigns.views.lift_charts:segment_forests",
            "by_segment": "segkit.campaigns.views.differences:lift_by_segment",
            "profit": "segkit.campaigns.views.lift_charts:lift_profit",
            "money": "segkit.campaigns.views.lift_by_segment:lift_money",
            "channels": "segkit.campaigns.views.lift_by_segment:lift_channels",
            "policies": "segkit.campaigns.views.lift_by_segment:lift_policies",
            "repeat": "segkit.campaigns.views.lift_by_segment:lift_plan",
            "ranking_answer": "segkit.campaigns.views.ranking:lift_ranking_answer",
            "qini": "segkit.campaigns.views.ranking_charts:qini_charts",
            "ranking": "segkit.campaigns.views.ranking:lift_ranking",
            "fifths": "segkit.campaigns.views.ranking:lift_fifths",
            "method": "segkit.campaigns.views.frame:lift_method",
        },
        "CampaignPlan": {
            "table": "segkit.campaigns.views.planning:campaign_plan_table",
        },
        "RecentCampaigns": {
            "table": "segkit.campaigns.views.recent:campaigns_table",
            "programmes": "segkit.campaigns.views.programmes:programmes_table",
        },
    },
    advice=(
        *("CampaignLift.money", "CampaignLift.policies", "CampaignLift.repeat", "CampaignLift.ranking_answer"),
        *("RecentCampaigns.table", "RecentCampaigns.programmes"),
    ),
    leads={"CampaignLift": "segkit.campaigns.views.lift_head:lift_leads"},
    decisions={
        "CampaignLift": "segkit.campaigns.views.campaign_decisions:lift_decisions",
        "RecentCampaigns": "segkit.campaigns.views.campaign_decisions:recent_decisions",
    },
    series={"CampaignLift": "segkit.campaigns.views.arms_chart:leading_campaign"},
)
