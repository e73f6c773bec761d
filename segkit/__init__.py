"""segkit turns customer data into reports that leadership acts on.

    import segkit as sk

    base = sk.open("grocery", as_of="2017-12-24")
    split = sk.segments.assign(base, "lifecycle")
    sizes = sk.segments.sizes(split)
    sizes.show.table()

Names stand by question: `sk.segments`, `sk.kpis`, `sk.value`, `sk.churn`, `sk.campaigns`; `sk.page` holds what an
analyst adds. They load on first use, so that importing segkit costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit import campaigns, churn, kpis, page, segments, value
    from segkit.customers.base import open_customers as open
    from segkit.errors import DataError, ModelError, NotYetError, ParameterError, ReportError, RunError, SegkitError
    from segkit.page.metric import Metric

    __all__ = [
        "DataError",
        "Metric",
        "ModelError",
        "NotYetError",
        "ParameterError",
        "ReportError",
        "RunError",
        "SegkitError",
        "campaigns",
        "churn",
        "kpis",
        "open",
        "page",
        "segments",
        "value",
    ]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "open": "segkit.customers.base:open_customers",
            "campaigns": "segkit.campaigns",
            "churn": "segkit.churn",
            "kpis": "segkit.kpis",
            "page": "segkit.page",
            "segments": "segkit.segments",
            "value": "segkit.value",
            "Metric": "segkit.page.metric:Metric",
            "DataError": "segkit.errors:DataError",
            "ModelError": "segkit.errors:ModelError",
            "NotYetError": "segkit.errors:NotYetError",
            "ParameterError": "segkit.errors:ParameterError",
            "ReportError": "segkit.errors:ReportError",
            "RunError": "segkit.errors:RunError",
            "SegkitError": "segkit.errors:SegkitError",
        },
    )
