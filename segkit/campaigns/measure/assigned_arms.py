"""Who was assigned to which arm of a campaign: what a run and its check both ask of the contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.campaigns.measure.campaign_table import CampaignRow
from segkit.campaigns.measure.repeats import Repeats, campaign_repeats
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.errors import DataError
from segkit.statistics.told import Quoted, Told

OTHERS: Final = "not contacted"
"""Name of the control where the campaign has no control arm."""


@dataclass(frozen=True)
class AssignedArms:
    """The contacts of a campaign and its arms.

    Attributes:
        listed: all its contacts.
        contacts: those of customers in one arm.
        repeats: customers whom the list names more than once.
        counts: arm (None where there is none) → contacts, those before the first day, and those who were sent a message.
        names: names of the arms, the control first.
    """

    listed: ir.Table
    contacts: ir.Table
    repeats: Repeats
    counts: dict[str | None, tuple[int, int, int]]
    names: tuple[str, ...]


def campaign_arms(base: CustomerBase, row: CampaignRow) -> AssignedArms:
    """Read who was assigned to which arm.

    Raises:
        DataError: the campaign ends before it begins, nobody was assigned, or there is nothing to compare.
    """
    dataset = base.dataset
    if row.end is not None and row.end < row.start:
        raise DataError(
            Told.of(
                "table campaigns, campaign {campaign}: its end, {end}, is before its start, {start}. Write an end "
                "that is not before the start.",
                campaign=Quoted(row.campaign_id),
                end=row.end,
                start=row.start,
            )
        )
    listed = dataset.tables["contacts"]
    contacts = listed = listed.filter(listed.campaign_id.cast("string") == row.campaign_id)
    repeats = campaign_repeats(dataset, listed, row.campaign_id)
    if repeats.customers is not None:
        contacts = listed.anti_join(repeats.customers, "customer_id")
    counts = _arm_counts(dataset, contacts, row.start)
    arms = [arm for arm in counts if arm is not None]
    if not arms:
        raise DataError(
            Told.of(
                "campaign {campaign}: nobody was assigned to an arm by {day}."
                if counts or repeats.customers is not None
                else "campaign {campaign}: nobody is in contacts for it by {day}.",
                campaign=Quoted(row.campaign_id),
                day=base.as_of,
            )
        )
    _unlike(row, arms)
    control = row.control_arm
    if control is not None and control not in arms:
        raise DataError(
            Told.of(
                "campaign {campaign}: its control arm is `{control}`, but its contacts are in {arms}. Write the arm's name "
                "as the contacts have it.",
                campaign=Quoted(row.campaign_id),
                control=Quoted(str(control)),
                arms=Quoted(", ".join(map(repr, arms)) or "no arm"),
            )
        )
    if control is None and OTHERS in arms:
        raise DataError(
            Told.of(
                "campaign {campaign}: name the control arm {others} in {column}.",
                campaign=Quoted(row.campaign_id),
                others=Quoted(repr(OTHERS)),
                column=Quoted("campaigns.control_arm"),
            )
        )
    names = (control or OTHERS, *sorted(arm for arm in arms if arm != control))
    if len(names) < 2:
        raise DataError(
            Told.of(
                "campaign {campaign}: all customers are in the arm {arm}; a comparison needs two.",
                campaign=Quoted(row.campaign_id),
                arm=Quoted(repr(names[0])),
            )
        )
    return AssignedArms(listed, contacts, repeats, counts, names)


def _unlike(row: CampaignRow, arms: Sequence[str]) -> None:
    """Refuse arms that differ in capitals only: they are one arm, written in two ways."""
    written: dict[str, list[str]] = {}
    for arm in arms:
        written.setdefault(arm.casefold().strip(), []).append(arm)
    twice = next((found for found in written.values() if len(found) > 1), None)
    if twice is not None:
        raise DataError(
            Told.of(
                "campaign {campaign}: its contacts are in the arms {arms}, which differ in capitals only. Write each arm "
                "in one way.",
                campaign=Quoted(row.campaign_id),
                arms=Quoted(", ".join(map(repr, twice))),
            )
        )


def _arm_counts(dataset: Dataset, contacts: ir.Table, start: dt.date) -> dict[str | None, tuple[int, int, int]]:
    """Count the contacts of each arm, those assigned before the first day, and those who were sent a message."""
    arm = contacts.arm if "arm" in contacts.columns else ibis.literal("contacted")
    # one day of grace: a list made at midnight in one time zone has the date of the day before in another
    early = (
        (contacts.time.date() < ibis.date(start - dt.timedelta(days=1)))
        if "time" in contacts.columns
        else ibis.literal(False)
    )
    sent = contacts.sent if "sent" in contacts.columns else ibis.literal(False)
    rows = contacts.select(arm=arm, early=early.ifelse(1, 0), sent=sent.fill_null(False).ifelse(1, 0))
    frame = dataset.engine.collect(
        rows.group_by("arm").aggregate(n=rows.count(), early=rows.early.sum(), sent=rows.sent.sum())
    )
    found = {
        row["arm"] if isinstance(row["arm"], str) else None: (int(row["n"]), int(row["early"] or 0), int(row["sent"]))
        for row in frame.to_dict("records")
    }
    return dict(sorted(found.items(), key=lambda item: (item[0] is None, item[0] or "")))
