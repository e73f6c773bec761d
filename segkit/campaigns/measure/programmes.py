"""Programmes: all campaigns together, against customers whom chance held out of every one of them.

A programme is measured as one campaign. Its arms are those held out and everybody else who was a customer on the day before
it began, whether or not a message reached them; what its campaigns cost is what they cost together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.campaign_table import CampaignRow, campaign_rows, known_campaigns
from segkit.campaigns.options import ProgrammeOptions
from segkit.campaigns.recent_records import CampaignRefusal, ProgrammeTotal
from segkit.campaigns.records import CampaignLift
from segkit.customers import CustomerBase
from segkit.customers.table import money_columns
from segkit.data import Dataset
from segkit.data.conditions import read_condition
from segkit.errors import DataError, ModelError, ParameterError
from segkit.privacy.suppression import too_few
from segkit.segments.measure.assign import SegmentedBase

HELD_OUT: Final = "held out"
CONTACTED: Final = "all others"


def programme_totals(split: SegmentedBase) -> tuple[ProgrammeTotal, ...]:
    """Return every programme of the dataset file that has begun by the report's date.

    Raises:
        ParameterError: the condition for those held out cannot be read.
    """
    base = split.base
    stated: dict[str, ProgrammeOptions] = base.dataset.spec.section("programmes") or {}
    return tuple(_total(split, name, one) for name, one in stated.items() if one.since <= base.as_of)


def _total(split: SegmentedBase, name: str, stated: ProgrammeOptions) -> ProgrammeTotal:
    base = split.base
    rows = [row for row in programme_campaigns(known_campaigns(base), stated) if row.start <= base.as_of]
    messages = _messages(base.dataset, rows)
    sums: dict[str, ir.Value] = {"reached": messages.sent.sum()}
    if "cost" in messages.columns:
        sums["cost"] = messages.cost.sum()
    found = base.dataset.engine.collect(messages.aggregate(**sums)).fillna(0).iloc[0]
    reached = int(found["reached"])
    title = stated.title or name.replace("_", " ").capitalize()
    return ProgrammeTotal(
        name,
        title,
        stated.since,
        base.unit_name,
        base.dataset.spec.money.currency,
        len(rows),
        None if too_few(reached, base.smallest) else reached,
        int(found["cost"]) / 10**base.dataset.spec.money.decimals if "cost" in sums else None,
        _lift(split, name, title, stated, messages) if stated.held_out else None,
    )


def programme_campaigns(rows: Sequence[CampaignRow], stated: ProgrammeOptions) -> list[CampaignRow]:
    """Return the campaigns of a programme: those that it names, else all that began on its first day or later."""
    if stated.campaigns:
        return [row for row in rows if row.campaign_id in stated.campaigns or row.name in stated.campaigns]
    return [row for row in rows if row.start >= stated.since]


def _messages(dataset: Dataset, rows: Sequence[CampaignRow]) -> ir.Table:
    """Return a row for each customer of these campaigns: whether a message was sent, and what all of them cost.

    Where the data do not say what was sent, whoever was assigned to another arm than the control counts.
    """
    contacts = dataset.tables["contacts"]
    mine = contacts.filter(contacts.campaign_id.cast("string").isin([row.campaign_id for row in rows]))
    sent: ir.BooleanValue = ibis.literal(True)
    if "sent" in mine.columns:
        sent = mine.sent.fill_null(False)
    elif "arm" in mine.columns:
        controls = [(row.campaign_id, row.control_arm) for row in rows if row.control_arm is not None]
        for campaign, arm in controls:
            sent = sent & ~((mine.campaign_id.cast("string") == campaign) & (mine.arm == arm))
    parts: dict[str, ir.Value] = {"sent": sent.ifelse(1, 0).max().cast("int64")}
    if "cost" in mine.columns:
        parts["cost"] = mine.cost.fill_null(0).sum().cast("int64")
    return mine.group_by("customer_id").aggregate(**parts)


def _lift(
    split: SegmentedBase, name: str, title: str, stated: ProgrammeOptions, messages: ir.Table
) -> CampaignLift | CampaignRefusal:
    base = split.base
    row = CampaignRow(name, title, stated.since, None, randomised=True, control_arm=HELD_OUT)
    shares = {}
    if stated.planned_share is not None:
        shares = {HELD_OUT: stated.planned_share, CONTACTED: 1 - stated.planned_share}
    try:
        return campaign_lift(
            _as_one_campaign(base, row, stated, messages),
            name,
            segmentations=(split.segmentation.name,),
            planned_shares=shares,
            margin=stated.margin,
            looks="always-valid",  # a programme has no last day, so that it may be looked at on any
            uplift={"learner": "none"},
        )
    except (DataError, ModelError) as error:
        return CampaignRefusal(name, title, stated.since, None, error.told)


def _as_one_campaign(
    base: CustomerBase, row: CampaignRow, stated: ProgrammeOptions, messages: ir.Table
) -> CustomerBase:
    """Return the customers with the programme for their only campaign, to which everybody was assigned on its first day."""
    dataset = base.dataset
    known = base.on(row.start - dt.timedelta(days=1)).customers()
    if "status" in known.columns:
        known = known.filter(known.status == "active")
    held = _held_out(dataset, row.campaign_id, stated, known)
    arm = held.fill_null(False).ifelse(HELD_OUT, CONTACTED)
    members = known.select("customer_id", arm=arm)
    contacts = members.left_join(messages, "customer_id", rname="{name}_sent").drop("customer_id_sent")
    contacts = contacts.mutate(campaign_id=ibis.literal(row.campaign_id), sent=(contacts.sent.fill_null(0) > 0))
    if "cost" in contacts.columns:
        contacts = contacts.mutate(cost=contacts.cost.fill_null(0))
    none = dataset.tables["campaigns"].filter(ibis.literal(False))
    alone = replace(dataset, tables={**dataset.tables, "campaigns": none, "contacts": contacts})
    return replace(base, dataset=alone, fitted={campaign_rows: (row,)}, _days={})


def _held_out(dataset: Dataset, name: str, stated: ProgrammeOptions, known: ir.Table) -> ir.BooleanValue:
    where = dataset.file.where(("programmes", name, "held_out"))
    return read_condition(
        stated.held_out, known, dataset.spec.money, where, amounts=money_columns(dataset.attributes)
    )


def check_programmes(dataset: Dataset, rows: Sequence[CampaignRow]) -> None:
    """Check the section `programmes` of an opened dataset against its tables.

    Raises:
        ParameterError: a programme names a campaign that the data do not have, began before the data, or there are no
            tables of campaigns; each finding names file and line.
    """
    stated: dict[str, ProgrammeOptions] = dataset.spec.section("programmes") or {}
    if stated and not {"campaigns", "contacts"} <= set(dataset.tables):
        where = dataset.file.where(("programmes",))
        raise ParameterError(f"{where}: a programme needs the tables campaigns and contacts, and one is missing.")
    known = {name for row in rows for name in (row.campaign_id, row.name)}
    problems = []
    for name, one in stated.items():
        where = dataset.file.where(("programmes", name))
        there = ", ".join(row.campaign_id for row in rows) or "none"
        problems += [
            f"{where}: `programmes.{name}.campaigns` names `{wanted}`, which is not in the table campaigns. There are: "
            f"{there}."
            for wanted in one.campaigns
            if wanted not in known
        ]
        if one.held_out and one.since <= dataset.known_from:
            problems.append(
                f"{where}: `programmes.{name}.since` is {one.since}, and customers are known from {dataset.known_from} on. "
                "Write a later day, since those held out are compared as they were the day before."
            )
    if problems:
        raise ParameterError("\n".join(problems))
