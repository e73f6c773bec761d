"""Records of all campaigns of a date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segkit.campaigns.records import CampaignLift
from segkit.data.coverage import Coverage
from segkit.page.result import Result


@dataclass(frozen=True, slots=True)
class CampaignRefusal:
    """A campaign that cannot be measured, and why. Its end is None where the data state none."""

    campaign_id: str
    name: str
    start: dt.date
    end: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class ProgrammeTotal:
    """The campaigns of a programme, together.

    Attributes:
        key: its name in the dataset file.
        title: its name for readers.
        since: the day from which on it is counted.
        unit_name: what a customer is called.
        currency: of its amounts.
        campaigns: how many campaigns of it have begun.
        reached: customers who were sent a message, or assigned where that is not known; None where too few to be shown.
        cost: contact and offer cost, in major units; None where no cost is known.
        lift: what everybody else did against those held out, or why that cannot be told; None where nobody is held out.
    """

    key: str
    title: str
    since: dt.date
    unit_name: str
    currency: str
    campaigns: int
    reached: int | None
    cost: float | None
    lift: CampaignLift | CampaignRefusal | None


@dataclass(frozen=True, slots=True, repr=False)
class RecentCampaigns(Result):
    """The campaigns of a report's date.

    Attributes:
        as_of: the report's date.
        days: a campaign that ended longer ago is not among them.
        campaigns: first those that run, by their end, those without one last; then those that have ended, the latest first.
        left_off: how many more campaigns there are.
        asked: whether the dataset has campaigns and the page asks for them.
        coverage: how far the data reach.
        programmes: the programmes of the dataset file, each with its campaigns together.
    """

    as_of: dt.date
    days: int
    campaigns: tuple[CampaignLift | CampaignRefusal, ...]
    left_off: int
    asked: bool
    coverage: Coverage | None = None
    programmes: tuple[ProgrammeTotal, ...] = ()

    def describe(self) -> str:
        return f"{len(self.campaigns)} campaigns to {self.as_of}"
