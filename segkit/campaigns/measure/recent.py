"""All campaigns that run, or ended lately, each measured as on its own page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from segkit.campaigns.measure.campaign import campaign_lift, planned
from segkit.campaigns.measure.campaign_table import CampaignRow, ask_looks, campaign_rows, known_campaigns
from segkit.campaigns.measure.programmes import check_programmes, programme_totals
from segkit.campaigns.recent_records import CampaignRefusal, RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.data import Dataset
from segkit.errors import DataError, ModelError, ParameterError
from segkit.segments.measure.assign import SegmentedBase
from segkit.statistics.told import Told

MOST: Final = 8
"""How many campaigns are measured. Each takes a dozen queries; a weekly page with more would be slow, and nobody
reads it.
"""

_NO_RANKING: Final = {"learner": "none"}
"""Options that rank no single customers: the campaign's own page does it, and it takes as long as everything else."""

_ELSEWHERE: Final = "the data do not allow it; measured by itself, the campaign says why"


def recent_campaigns(
    split: SegmentedBase, *, days: int = 28, only: Sequence[str] = (), most: int = MOST
) -> RecentCampaigns:
    """Measure every campaign that runs or ended lately, each as on its own page.

    The dataset file says under `campaigns:` how each campaign was planned. Effects are shown by the segmentation that
    it names, else by the one given here.

    Args:
        split: segmented customers.
        days: how many days ago a campaign may have ended; 0 leaves all campaigns out.
        only: ids or names of the campaigns to measure, whenever they ran; empty for all recent ones.
        most: how many campaigns are measured at most.

    Raises:
        ParameterError: a campaign of `only` does not exist, or `days` is below 0.
    """
    base = split.base
    ask_days(days)
    dataset = base.dataset
    if not days or not {"campaigns", "contacts"} <= set(dataset.tables):
        if only and days:
            raise ParameterError(f"campaigns: the dataset {dataset.name} has no tables campaigns and contacts.")
        return RecentCampaigns(base.as_of, days, (), 0, asked=False)
    rows = known_campaigns(base)
    chosen = named_campaigns(rows, only) if only else _recent(rows, base.as_of, days)
    _refuse_unknown(dataset, rows)
    measured = [_measured(split, row) for row in chosen[:most]]
    left_off = max(len(chosen) - most, 0)
    programmes = programme_totals(split)
    return RecentCampaigns(
        base.as_of, days, tuple(measured), left_off, asked=True, coverage=base.coverage, programmes=programmes
    )


def ask_days(days: int) -> None:
    """Refuse a number of days below 0.

    Raises:
        ParameterError: it is.
    """
    if days < 0:
        raise ParameterError(f"campaign_days: {days} is below 0. Write 28, or 0 to leave campaigns out.")


def _recent(rows: Sequence[CampaignRow], as_of: dt.date, days: int) -> list[CampaignRow]:
    begun = [row for row in rows if row.start <= as_of]
    running = sorted(
        (row for row in begun if row.end is None or row.end > as_of),
        key=lambda row: (row.end or dt.date.max, -row.start.toordinal(), row.campaign_id),
    )
    since = as_of - dt.timedelta(days=days)
    ended = [(row.end, row) for row in begun if row.end is not None and since <= row.end <= as_of]
    return running + [row for _, row in sorted(ended, key=lambda one: (-one[0].toordinal(), one[1].campaign_id))]


def named_campaigns(rows: Sequence[CampaignRow], wanted: Sequence[str]) -> list[CampaignRow]:
    """Return the campaigns of these ids or names.

    Raises:
        ParameterError: there is none of one of them.
    """
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
    """Check the sections `campaigns` and `programmes` of an opened dataset against its table of campaigns.

    Raises:
        ParameterError: a section names campaigns that the data do not have, or plans looks up to an end that a campaign
            does not have; each is named with file and line.
    """
    if dataset.spec.section("campaigns") or dataset.spec.section("programmes"):
        rows = campaign_rows(dataset) if "campaigns" in dataset.tables else ()
        _refuse_unknown(dataset, rows)
        _refuse_looks(dataset, rows)
        check_programmes(dataset, rows)


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


def _refuse_looks(dataset: Dataset, rows: Sequence[CampaignRow]) -> None:
    stated = dataset.spec.section("campaigns") or {}
    for row in rows:
        for name in (row.campaign_id, row.name):
            if name in stated:
                where = dataset.file.where(("campaigns", name, "looks"))
                ask_looks(row, stated[name].model_dump(include={"looks"}, exclude_unset=True), where)


def _measured(split: SegmentedBase, row: CampaignRow) -> CampaignLift | CampaignRefusal:
    try:
        stated = planned(split.base, row.campaign_id)
        own = {} if stated.get("segmentations") else {"segmentations": (split.segmentation.name,)}
        return campaign_lift(split.base, row.campaign_id, uplift=_NO_RANKING, **own)
    except (DataError, ModelError) as error:
        return CampaignRefusal(row.campaign_id, row.name, row.start, row.end, _reason(error.told))


def _reason(said: str) -> str:
    """Return the error as a reason; one with numbers that a page could not trace is left to the campaign's own page."""
    return said if isinstance(said, Told) or not any(c.isdigit() for c in said) else _ELSEWHERE
