"""segkit turns customer data into reports that leadership acts on.

    data = segkit.open_dataset("grocery", as_of="2017-12-24")
    base = segkit.customer_base(data)
    segments = segkit.segment(base, "lifecycle")
    segkit.segment_sizes(segments)

Names load on first use, so that importing segkit costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segkit import figures, page, report
    from segkit.campaigns.measure.campaign import campaign_lift
    from segkit.campaigns.measure.planning import campaign_plan
    from segkit.campaigns.measure.recent import recent_campaigns
    from segkit.churn.measure.risk import churn_outlook, churn_risk
    from segkit.churn.measure.save import save_list
    from segkit.customers import customer_base, customer_table
    from segkit.data import open_dataset
    from segkit.errors import DataError, ModelError, ParameterError, ReportError, RunError, SegkitError
    from segkit.kpis.measure.key_figures import choose, key_figures
    from segkit.segments.measure.assign import segment
    from segkit.segments.measure.crossing import cross_table
    from segkit.segments.measure.moves import migration
    from segkit.segments.measure.panel import segment_panel
    from segkit.segments.measure.profiles import segment_profile
    from segkit.segments.measure.quality import segment_quality
    from segkit.segments.measure.sizes import segment_sizes
    from segkit.value.measure.concentrations import concentration
    from segkit.value.measure.customer_values import customer_value

__all__ = [
    "DataError",
    "ModelError",
    "ParameterError",
    "ReportError",
    "RunError",
    "SegkitError",
    "campaign_lift",
    "campaign_plan",
    "choose",
    "churn_outlook",
    "churn_risk",
    "concentration",
    "cross_table",
    "customer_base",
    "customer_table",
    "customer_value",
    "figures",
    "key_figures",
    "migration",
    "open_dataset",
    "page",
    "recent_campaigns",
    "report",
    "save_list",
    "segment",
    "segment_panel",
    "segment_profile",
    "segment_quality",
    "segment_sizes",
]

_HOME = {
    "DataError": "segkit.errors",
    "ModelError": "segkit.errors",
    "ParameterError": "segkit.errors",
    "ReportError": "segkit.errors",
    "RunError": "segkit.errors",
    "SegkitError": "segkit.errors",
    "campaign_lift": "segkit.campaigns.measure.campaign",
    "campaign_plan": "segkit.campaigns.measure.planning",
    "choose": "segkit.kpis.measure.key_figures",
    "churn_outlook": "segkit.churn.measure.risk",
    "churn_risk": "segkit.churn.measure.risk",
    "concentration": "segkit.value.measure.concentrations",
    "cross_table": "segkit.segments.measure.crossing",
    "customer_base": "segkit.customers",
    "customer_table": "segkit.customers",
    "customer_value": "segkit.value.measure.customer_values",
    "key_figures": "segkit.kpis.measure.key_figures",
    "migration": "segkit.segments.measure.moves",
    "open_dataset": "segkit.data",
    "recent_campaigns": "segkit.campaigns.measure.recent",
    "save_list": "segkit.churn.measure.save",
    "segment": "segkit.segments.measure.assign",
    "segment_panel": "segkit.segments.measure.panel",
    "segment_profile": "segkit.segments.measure.profiles",
    "segment_quality": "segkit.segments.measure.quality",
    "segment_sizes": "segkit.segments.measure.sizes",
}


def __getattr__(name: str) -> Any:
    if name in ("figures", "page", "report"):
        return import_module(f"segkit.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'segkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
