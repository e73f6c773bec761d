"""All campaigns that run, or ended lately, each measured as its own page measures it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from segkit.campaigns.measure.campaign import campaign_lift, planned
from segkit.campaigns.measure.population import CampaignRow, campaign_rows, known_campaigns
from segkit.campaigns.recent_records import CampaignRefusal, RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.data import Dataset
from segkit.errors import DataError, ModelError, ParameterError
from segkit.segments.measure.assign import SegmentedBase

MOST: Final = 8
"""Each campaign takes a dozen queries: a weekly page that shows more of them would be slow and unread."""

_NO_RANKING: Final = {"learner": "none"}
"""No single customers are ranked: that is the campaign's own page's, and takes as long as all else."""


def recent_campaigns(
    split: SegmentedBase, *, days: int = 28, only: Sequence[str] = (), most: int = MOST
) -> RecentCampaigns:
    """Measure every campaign that runs or ended lately, each as its own page measures it.

    How each was planned stands under `campaigns:` in the dataset file; effects are checked by the segmentation that
    it names there, else by the one given here.

    Args:
        split: segmented customers.
        days: campaigns that ended more than so many days ago are left out; 0 leaves all out.
        only: ids or names, to have these alone, whenever they ran; empty for all.
        most: so many at most are measured.

    Raises:
        ParameterError: a campaign does not exist.
    """
    base = split.base
    if days < 0:
        raise ParameterError(f"campaign_days: {days} is below 0. Write 28, or 0 to leave campaigns out.")
    dataset = base.dataset
    if not days or not {"campaigns", "contacts"} <= set(dataset.tables):
        if only and days:
            raise ParameterError(f"campaigns: the dataset {dataset.name} has no tables campaigns and contacts.")
        return RecentCampaigns(base.as_of, days, (), 0, asked=False)
    rows = known_campaigns(base)
    chosen = _named(rows, only) if only else _recent(rows, base.as_of, days)
    _refuse_unknown(dataset, rows)
    measured = [_measured(split, row) for row in chosen[:most]]
    return RecentCampaigns(base.as_of, days, tuple(measured), max(len(chosen) - most, 0), asked=True)


def _recent(rows: Sequence[CampaignRow], as_of: dt.date, days: int) -> list[CampaignRow]:
    begun = [row for row in rows if row.start <= as_of]
    running = sorted((row for row in begun if row.end > as_of), key=lambda row: (row.end, row.campaign_id))
    ended = [row for row in begun if as_of - dt.timedelta(days=days) <= row.end <= as_of]
    return running + sorted(ended, key=lambda row: (-row.end.toordinal(), row.campaign_id))


def _named(rows: Sequence[CampaignRow], wanted: Sequence[str]) -> list[CampaignRow]:
    found = []
    for one in map(str, wanted):
        row = next((row for row in rows if one in (row.campaign_id, row.name)), None)
        if row is None:
            raise ParameterError(
                f"campaigns: `{one}` is not in campaigns. There are: {', '.join(r.campaign_id for r in rows)}."
            )
        found.append(row)
    return list(dict.fromkeys(found))


def check_campaigns(dataset: Dataset) -> None:
    """Check the section `campaigns` of an opened dataset against its table of campaigns.

    Raises:
        ParameterError: campaigns that the data do not know, each with file and line.
    """
    if dataset.spec.section("campaigns"):
        _refuse_unknown(dataset, campaign_rows(dataset) if "campaigns" in dataset.tables else ())


def _refuse_unknown(dataset: Dataset, rows: Sequence[CampaignRow]) -> None:
    stated = dataset.spec.section("campaigns") or {}
    known = {name for row in rows for name in (row.campaign_id, row.name)}
    there = f"There are: {', '.join(row.campaign_id for row in rows)}." if rows else "There are none."
    problems = [
        f"{dataset.file.where(('campaigns', one))}: `campaigns.{one}` is not in the table campaigns. {there}"
        for one in stated
        if one not in known
    ]
    if problems:
        raise ParameterError("\n".join(problems))


def _measured(split: SegmentedBase, row: CampaignRow) -> CampaignLift | CampaignRefusal:
    try:
        stated = planned(split.base, row.campaign_id)
        own = {} if stated.get("segmentations") else {"segmentations": (split.segmentation.name,)}
        return campaign_lift(split.base, row.campaign_id, uplift=_NO_RANKING, **own)
    except (DataError, ModelError) as error:
        return CampaignRefusal(row.campaign_id, row.name, row.start, row.end, str(error))
