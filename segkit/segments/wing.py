"""The declaration of this wing: what it checks of a run, what reads the rule of a population, and its views."""

from segkit.wing import Wing

WING = Wing(
    question="How do customers divide, and who are they?",
    parameters="segkit.segments.measure.asked_segments:check_segmentations",
    members="segkit.segments.measure.membership:population_members",
    views={
        "SegmentSizes": {
            "table": "segkit.segments.views.size_tables:segment_table",
            "bars": "segkit.segments.views.size_charts:size_bars",
            "value": "segkit.segments.views.size_charts:segment_value",
            "trend": "segkit.segments.views.trend_chart:segment_trend",
            "yields": "segkit.segments.views.profile:yield_table",
        },
        "Migration": {
            "table": "segkit.segments.views.size_tables:migration_table",
            "flows": "segkit.segments.views.size_tables:flows_table",
            "net": "segkit.segments.views.moves_chart:net_moves",
        },
        "Returning": {
            "table": "segkit.segments.views.returning:returning_table",
            "bars": "segkit.segments.views.returning:returning_bars",
        },
        "SegmentQuality": {
            "table": "segkit.segments.views.panel:segment_quality_table",
        },
        "SegmentProfile": {
            "table": "segkit.segments.views.profile:profile_table",
            "tiles": "segkit.segments.views.profile:profile_tiles",
            "traits": "segkit.segments.views.profile:traits_table",
            "index": "segkit.segments.views.profile_chart:trait_index",
        },
        "SegmentPanel": {
            "table": "segkit.segments.views.panel:panel_table",
            "absent": "segkit.segments.views.panel:absent_models_table",
            "segments": "segkit.segments.views.panel:panel_segments_table",
        },
        "CrossTable": {
            "table": "segkit.segments.views.panel:cross_table_block",
        },
    },
    leads={
        "SegmentSizes": "segkit.segments.views.segment_decisions:sizes_leads",
        "Migration": "segkit.segments.views.segment_decisions:moves_leads",
        "SegmentProfile": "segkit.segments.views.segment_decisions:profile_leads",
    },
    decisions={
        "SegmentSizes": "segkit.segments.views.segment_decisions:sizes_decisions",
        "SegmentProfile": "segkit.segments.views.segment_decisions:profile_decisions",
    },
    series={
        "SegmentSizes": "segkit.segments.views.leading_segment:leading_segment",
        "SegmentProfile": "segkit.segments.views.share_chart:share_chart",
    },
)
