"""All campaigns that run, or ended lately, each measured as its own page measures it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.population import CampaignRow, campaign_rows
from segkit.campaigns.recent_records import CampaignRefusal, RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.customers import CustomerBase
from segkit.errors import DataError, ModelError, ParameterError
from segkit.privacy.suppression import SMALLEST

MOST: Final = 8
"""Each campaign takes a dozen queries: a weekly page that shows more of them would be slow and unread."""

OPTIONS: Final = (
    "segmentations", "planned_shares", "channels_drawn", "margin", "cluster", "covariates", "worthwhile", "looks",
    "level",
)  # fmt: skip
"""Parameters of a campaign's own page that its numbers depend on."""
_NO_RANKING: Final = {"learner": "none"}
"""No single customers are ranked: that is the campaign's own page's, and takes as long as all else."""


def recent_campaigns(
    base: CustomerBase,
    *,
    segmentation: str,
    days: int = 28,
    campaigns: Sequence[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    most: int = MOST,
    smallest: int = SMALLEST,
) -> RecentCampaigns:
    """Measure every campaign that runs or ended lately with `campaign_lift`, so that its own page says the same.

    Parameters:
        base: the customers.
        segmentation: what effects are checked by, where a campaign's own options name nothing else.
        days: campaigns that ended more than so many days ago are left out; 0 leaves all out.
        campaigns: ids or names, to have these alone, whenever they ran; empty for all.
        options: campaign (id or name) → the parameters of its own page: segmentations, planned_shares,
            channels_drawn, margin, covariates, worthwhile, looks, level.
        most: so many at most are measured.
        smallest: segments of fewer customers are not shown by themselves.

    Raises:
        ParameterError: a campaign or an option does not exist.
    """
    if days < 0:
        raise ParameterError(f"campaign_days: {days} is below 0. Write 28, or 0 to leave campaigns out.")
    dataset = base.dataset
    if not days or not {"campaigns", "contacts"} <= set(dataset.tables):
        if campaigns and days:
            raise ParameterError(f"campaigns: the dataset {dataset.name} has no tables campaigns and contacts.")
        return RecentCampaigns(base.as_of, days, (), 0, asked=False)
    rows = campaign_rows(dataset)
    chosen = _named(rows, campaigns) if campaigns else _recent(rows, base.as_of, days)
    given = {row.campaign_id: _arguments(row, options or {}, segmentation) for row in chosen}
    _all_known(rows, options or {})
    measured = [_measured(base, row, given[row.campaign_id], smallest) for row in chosen[:most]]
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


def _all_known(rows: Sequence[CampaignRow], options: Mapping[str, Any]) -> None:
    known = {name for row in rows for name in (row.campaign_id, row.name)}
    if unknown := [str(one) for one in options if str(one) not in known]:
        raise ParameterError(
            f"campaign_options: `{unknown[0]}` is not in campaigns. There are: "
            f"{', '.join(r.campaign_id for r in rows)}."
        )


def _arguments(row: CampaignRow, options: Mapping[str, Any], segmentation: str) -> dict[str, Any]:
    """A campaign's options as `campaign_lift` takes them."""
    given: Any = next((options[one] for one in options if str(one) in (row.campaign_id, row.name)), {})
    if not isinstance(given, Mapping) or (unknown := [key for key in given if key not in OPTIONS]):
        seen = given if not isinstance(given, Mapping) else unknown[0]
        raise ParameterError(
            f"campaign_options: `{seen}` of {row.campaign_id} is not an option. Write {', '.join(OPTIONS)}, as on the "
            "campaign's own page."
        )
    found = dict(given)
    found["segmentation"] = found.pop("segmentations", None) or segmentation
    # on a page, 0 stands for "not given"
    return {key: value for key, value in found.items() if key not in ("margin", "worthwhile") or value}


def _measured(
    base: CustomerBase, row: CampaignRow, arguments: Mapping[str, Any], smallest: int
) -> CampaignLift | CampaignRefusal:
    try:
        return campaign_lift(base, row.campaign_id, uplift=_NO_RANKING, smallest=smallest, **arguments)
    except (DataError, ModelError) as error:
        return CampaignRefusal(row.campaign_id, row.name, row.start, row.end, str(error))
