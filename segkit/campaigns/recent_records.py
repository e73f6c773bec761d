"""Records of all campaigns of a date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segkit.campaigns.records import CampaignLift
from segkit.data.coverage import Coverage
from segkit.page.result import Result


@dataclass(frozen=True, slots=True)
class CampaignRefusal:
    """A campaign that cannot be measured, and why."""

    campaign_id: str
    name: str
    start: dt.date
    end: dt.date
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class RecentCampaigns(Result):
    """The campaigns of a report's date.

    Attributes:
        as_of: the report's date.
        days: a campaign that ended longer ago is not among them.
        campaigns: first those that run, by their end; then those that have ended, the latest first.
        left_off: how many more campaigns there are.
        asked: whether the dataset has campaigns and the page asks for them.
        coverage: how far the data reach.
    """

    as_of: dt.date
    days: int
    campaigns: tuple[CampaignLift | CampaignRefusal, ...]
    left_off: int
    asked: bool
    coverage: Coverage | None = None

    def describe(self) -> str:
        return f"{len(self.campaigns)} campaigns to {self.as_of}"
