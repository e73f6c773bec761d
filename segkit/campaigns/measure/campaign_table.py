"""The table campaigns: which there are, and which one is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis

from segkit.campaigns.records import Looks
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.errors import DataError, ParameterError


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A row of the table campaigns.

    Attributes:
        campaign_id: its id.
        name: its name; the id where it has no name.
        start: first day.
        end: last day on which an outcome counts; None where no end is stated, so that it goes on.
        randomised: whether chance alone decided who got which arm.
        control_arm: its name; None where there is none.
    """

    campaign_id: str
    name: str
    start: dt.date
    end: dt.date | None
    randomised: bool
    control_arm: str | None


def campaign_rows(dataset: Dataset) -> tuple[CampaignRow, ...]:
    """Read the table campaigns. The latest, which still runs or ended last, comes at the end. This takes one query."""
    table = dataset.tables["campaigns"]
    optional = {
        "name": "string",
        "end": "date",
        "randomised": "boolean",
        "control_arm": "string",
    }
    columns = {name: table[name] if name in table.columns else ibis.null(kind) for name, kind in optional.items()}
    frame = dataset.engine.collect(table.select(id=table.campaign_id.cast("string"), start=table.start, **columns))
    rows = [
        CampaignRow(
            str(row["id"]),
            str(row["name"]) if isinstance(row["name"], str) else str(row["id"]),
            dt.date(row["start"].year, row["start"].month, row["start"].day),
            _date(row["end"]),
            row["randomised"] is True or str(row["randomised"]) == "True",
            row["control_arm"] if isinstance(row["control_arm"], str) else None,
        )
        for row in frame.to_dict("records")
    ]
    return tuple(
        sorted(rows, key=lambda row: (min(row.end or dataset.as_of, dataset.as_of), row.start, row.campaign_id))
    )


def paid_looks(row: CampaignRow, looks: Looks) -> Looks:
    """Return how a campaign's weekly looks are paid for: one without an end has no last look to plan for, so that its
    intervals hold however often one looks.
    """
    return "always-valid" if row.end is None and looks == "group-sequential" else looks


def ask_looks(row: CampaignRow, stated: Mapping[str, Any], where: str) -> None:
    """Refuse a plan of looks that is asked for of a campaign without an end.

    Args:
        row: the campaign.
        stated: what the dataset file, or a call, says of it.
        where: what stands before the finding.

    Raises:
        ParameterError: it is.
    """
    if row.end is None and stated.get("looks") == "group-sequential":
        raise ParameterError(
            f"{where}: `looks: group-sequential` plans one look a week up to the campaign's end, and {row.campaign_id} has "
            "none in campaigns.end. Write the end there, or `looks: always-valid`."
        )


def known_campaigns(base: CustomerBase) -> tuple[CampaignRow, ...]:
    """Return `campaign_rows` of a customer base's dataset, which are asked for once."""
    return base.once(campaign_rows, lambda: campaign_rows(base.dataset))


def chosen_campaign(base: CustomerBase, wanted: str) -> CampaignRow:
    """Return the campaign of that id or name; for an empty one the latest, which still runs or ended last.

    Raises:
        ParameterError: no campaign has that id or name.
        DataError: the campaign began outside the data's dates, or none has begun.
    """
    dataset, rows = base.dataset, known_campaigns(base)
    # a list of customers has no day, so that it is taken to hold for any
    listed = base.is_list
    known = [row for row in rows if row.start <= dataset.as_of and (listed or row.start > dataset.known_from)]
    if not wanted:
        if not known:
            since = "" if listed else f"from {dataset.known_from}, when customers are first known, "
            raise DataError(f"no campaign began {since}to {dataset.as_of}.")
        return known[-1]
    for row in rows:
        if wanted in (row.campaign_id, row.name):
            if row not in known:
                raise DataError(
                    f"campaign {wanted} began on {row.start}; the data know customers from {dataset.known_from} "
                    f"to {dataset.as_of}. Ask for a campaign that began after the first and by the last."
                )
            return row
    raise ParameterError(
        f"campaign: `{wanted}` is not in campaigns. There are: {', '.join(r.campaign_id for r in rows) or 'none'}."
        f"{_to_come(dataset)}"
    )


def _to_come(dataset: Dataset) -> str:
    """Say how many campaigns begin after the report's date, and so are not among those that are seen."""
    lines = [line for table in dataset.quality.tables if table.table == "campaigns" for line in table.lines]
    later = sum(line.set_aside for line in lines if "not yet seen" in line.reason)
    return f" {later:,} more begin after {dataset.as_of}, and are not seen on that day." if later else ""


def _date(value: Any) -> dt.date | None:
    return None if value is None or value != value else dt.date(value.year, value.month, value.day)
