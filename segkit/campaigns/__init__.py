"""Whether a campaign worked, for whom, and whether it paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.campaigns.measure.campaign import campaign_lift as lift
    from segkit.campaigns.measure.planning import campaign_plan as plan
    from segkit.campaigns.measure.recent import recent_campaigns as recent

    __all__ = ["lift", "plan", "recent"]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "lift": "segkit.campaigns.measure.campaign:campaign_lift",
            "plan": "segkit.campaigns.measure.planning:campaign_plan",
            "recent": "segkit.campaigns.measure.recent:recent_campaigns",
        },
    )
