"""Options of campaigns, which say how each was planned: the section `campaigns:` of a dataset file."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator, Field

from segkit.campaigns.ranking_records import RankingOptions
from segkit.campaigns.records import Looks
from segkit.data.options import Options


class CampaignOptions(Options):
    """How one campaign was planned and drawn, and how it is measured."""

    segmentations: tuple[str, ...] = Field(
        default=(), description="the first is the page's; of the others it is said whether their segments differ"
    )
    planned_shares: dict[str, float] = Field(
        default_factory=dict, description="share of each arm that the draw meant; without it losses cannot be seen"
    )
    channels_drawn: bool = Field(default=False, description="whether chance decided the channel within each arm")
    margin: float | None = Field(
        default=None, gt=0, le=1, description="share of revenue that stays, where the data have no margins"
    )
    drawn_by: str = Field(
        default="", description="column of the customer table, where whole households or stores were drawn"
    )
    covariates: tuple[str, ...] = Field(
        default=(), description="chosen recipients: what is taken out, as of the day before; empty for the usual"
    )
    worthwhile: float | None = Field(
        default=None, gt=0, description="smallest difference a customer worth finding in a repeat"
    )
    looks: Looks = Field(
        default="group-sequential", description="how weekly looks at a running campaign are paid for"
    )
    level: float = Field(default=0.95, ge=0.5, lt=1, description="confidence level of every interval")
    uplift: RankingOptions = Field(default=RankingOptions(), description="how single customers are ranked by uplift")


class ProgrammeOptions(Options):
    """Campaigns that belong together, and who was held out of all of them."""

    title: str = Field(default="", description="name for readers; the key if not given")
    since: dt.date = Field(description="the day on which those held out were drawn, or the programme began")
    campaigns: tuple[str, ...] = Field(
        default=(), description="ids or names of its campaigns; empty for all that began on that day or later"
    )
    held_out: str = Field(
        default="", description="whom chance held out of all of them, as a condition on the customer table"
    )
    planned_share: float | None = Field(
        default=None, gt=0, lt=1, description="share of customers that the draw meant to hold out"
    )
    margin: float | None = Field(
        default=None, gt=0, le=1, description="share of revenue that stays, where the data have no margins"
    )


Programmes = dict[str, ProgrammeOptions]
"""Name → campaigns that belong together."""
Campaigns = Annotated[
    dict[str, CampaignOptions],
    BeforeValidator(lambda found: {str(k): v or {} for k, v in found.items()} if isinstance(found, dict) else found),
]
"""Campaign (id or name) → how it was planned."""
