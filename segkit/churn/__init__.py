"""Who has left, who may leave, what their leaving would cost, and whom it pays to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.churn.measure.risk import churn_outlook as outlook
    from segkit.churn.measure.risk import churn_risk as risk
    from segkit.churn.measure.save import save_list as save_list

    __all__ = ["outlook", "risk", "save_list"]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "risk": "segkit.churn.measure.risk:churn_risk",
            "outlook": "segkit.churn.measure.risk:churn_outlook",
            "save_list": "segkit.churn.measure.save:save_list",
        },
    )
