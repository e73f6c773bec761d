"""All arms that a page compares at the same time: among many, some look clear by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from segkit.campaigns.recent_records import RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.lift_words import deciding_effects
from segkit.statistics.multiplicity import adjusted_p_values


@dataclass(frozen=True, slots=True)
class Family:
    """What a page compares at the same time.

    Attributes:
        many: comparisons of an arm with its control, on the outcome that decides.
        chances: campaign and arm → chance of such a difference where nothing on the page changed anything (Holm 1979).
    """

    many: int
    chances: Mapping[tuple[str, str], float]

    def unclear(self, lift: CampaignLift, arm: str) -> bool:
        """Return whether what is clear of an arm alone is not so among all that the page compares."""
        chance = self.chances.get((lift.facts.campaign_id, arm))
        return self.many > 1 and chance is not None and chance >= 1 - lift.facts.level


def page_family(recent: RecentCampaigns) -> Family:
    """Return the family of all randomised campaigns and programmes of a page."""
    lifts = [*recent.campaigns, *(one.lift for one in recent.programmes)]
    compared = {
        (lift.facts.campaign_id, arm): effect.p_value
        for lift in lifts
        if isinstance(lift, CampaignLift)
        for arm, effect in deciding_effects(lift).items()
    }
    adjusted = adjusted_p_values(list(compared.values()), "holm")
    return Family(len(compared), dict(zip(compared, map(float, adjusted), strict=True)))


ALONE: Final = Family(0, {})
