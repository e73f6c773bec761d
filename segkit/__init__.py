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
    from segkit import figures, report
    from segkit.customers import customer_base, customer_table
    from segkit.dataset import open_dataset
    from segkit.errors import DataError, ModelError, ParameterError, ReportError, RunError, SegkitError
    from segkit.measures import (
        campaign_lift,
        campaign_plan,
        choose,
        churn_outlook,
        churn_risk,
        concentration,
        cross_table,
        customer_value,
        key_figures,
        migration,
        recent_campaigns,
        save_list,
        segment,
        segment_panel,
        segment_profile,
        segment_quality,
        segment_sizes,
    )

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
    "open_dataset": "segkit.dataset",
    "customer_base": "segkit.customers",
    "customer_table": "segkit.customers",
    **dict.fromkeys(
        (
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
        ),
        "segkit.measures",
    ),
    **dict.fromkeys(
        ("DataError", "ModelError", "ParameterError", "ReportError", "RunError", "SegkitError"), "segkit.errors"
    ),
}


def __getattr__(name: str) -> Any:
    if name in ("figures", "report"):
        return import_module(f"segkit.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'segkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
