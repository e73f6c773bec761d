"""Who was in a campaign and what came of it: one row per customer, in the engine.

What happened before the campaign is looked at as of the day before its first day. Outcomes are counted from
transactions and contracts, from the first day to the campaign's last day, the as-of date or the last day that has
arrived, whichever is earliest.
Only `converted` is taken as the source states it, once the campaign is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segkit.campaigns.measure.arrived import last_arrived
from segkit.campaigns.measure.assigned_arms import campaign_arms
from segkit.campaigns.measure.campaign_table import chosen_campaign, paid_looks
from segkit.campaigns.measure.drawn import DRAWN_GROUP, DRAWN_GROUP_KNOWN, drawn_group_column, with_drawn_group
from segkit.campaigns.measure.outcomes import read_outcomes, window, with_outcomes
from segkit.campaigns.measure.repeats import Repeats
from segkit.campaigns.records import CampaignFacts, DrawnGroups, LiftMetric, Looks
from segkit.customers import CustomerBase
from segkit.customers.partition import Segmentation
from segkit.data import Dataset
from segkit.errors import DataError
from segkit.segments.kind_registry import fit_segmentation
from segkit.segments.measure.predicted_values import PredictedValues
from segkit.statistics.told import Quoted, Told

_COLUMNS: Final = {
    "campaigns": "campaign_id: …, start: …, end: …, randomised: …, control_arm: …",
    "contacts": "customer_id: …, campaign_id: …, arm: …, time: …",
}
"""Usual columns of a campaign's tables, for the error that names a missing table."""
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class Population:
    """A campaign's customers, kept in the engine.

    Attributes:
        facts: what was run.
        table: columns customer_id, arm, channel, fold, segment_0 …, the metrics' columns and their covariates.
        metrics: outcomes that the data have; the one that decides comes first.
        columns: columns of numbers in the table, with money in minor units.
        money_columns: the columns that are money.
        covariates: columns measured before the campaign.
        segmentations: fitted as of the day before the campaign; the first is the page's.
        channels: names, by index.
        unassigned_arms: how many contacts of the campaign name no arm.
        early_assignments: how many customers were assigned before the campaign's first day.
        contacted_control: how many customers of the control arm were sent a message.
        repeats: customers whom the list names more than once; those of several arms are left out.
        base: the customers as of the day before.
    """

    facts: CampaignFacts
    table: ir.Table
    metrics: tuple[LiftMetric, ...]
    columns: tuple[str, ...]
    money_columns: frozenset[str]
    covariates: tuple[str, ...]
    segmentations: tuple[Segmentation, ...]
    channels: tuple[str, ...]
    unassigned_arms: int
    early_assignments: int
    contacted_control: int
    repeats: Repeats
    base: CustomerBase


def campaign_population(
    base: CustomerBase,
    campaign: str,
    segmentations: Sequence[str],
    *,
    looks: Looks,
    level: float,
    margin: float | None,
    drawn_by: str = "",
) -> Population:
    """Put a campaign's customers, segments, outcomes and covariates side by side in the engine.

    Args:
        base: customers of an opened dataset.
        campaign: its id; empty for the latest, which still runs or ended last by the as-of date.
        segmentations: names in the dataset file, the page's first.
        looks: how repeated looks are paid for; a campaign without an end has no plan of looks, and is always valid.
        level: confidence level of intervals.
        margin: share of revenue that stays as margin, where the data have no margins; None to leave profit out.
        drawn_by: column of the customer table by whose values arms were drawn. If empty, `contacts.drawn_group` says it;
            if no row of the campaign has one, customers were drawn one by one.

    Raises:
        ParameterError: there is no such campaign, segmentation or group.
        DataError: no campaign can be seen by the as-of date, or nobody was assigned.
    """
    dataset = base.dataset
    ask_tables(dataset)
    found = chosen_campaign(base, campaign)
    assigned = campaign_arms(base, found)
    start, end, as_of = found.start, found.end, base.as_of
    last = min(end or as_of, as_of, last_arrived(base))
    if last < start:
        raise DataError(
            Told.of(
                "campaign {campaign}: nothing has arrived since it began, on {day}, so that nothing can be said of it yet.",
                campaign=Quoted(found.campaign_id),
                day=start,
            )
        )
    listed, contacts, counts = assigned.listed, assigned.contacts, assigned.counts
    names, control, repeats = assigned.names, found.control_arm, assigned.repeats
    before = base.on(start - _DAY)
    fitted = tuple(fit_segmentation(before, name, PredictedValues(before)) for name in segmentations)
    members = _members(contacts, listed, names, control, before)
    channels = _channels(dataset, contacts)
    joined = with_outcomes(members, before, contacts, fitted, window(start, last, before))
    outcomes = read_outcomes(joined, dataset.spec.relation, channels, margin, over=end is None or as_of >= end)
    columns = outcomes.table
    drawn = None
    if found.randomised and control is not None:
        drawn = drawn_group_column(drawn_by, contacts, before.customers())
        columns = columns if drawn is None else with_drawn_group(columns, drawn)
    table = dataset.engine.keep("campaign", columns)
    by_arm, groups = _sizes(dataset, table, drawn_by, len(names))
    _all_there(found.campaign_id, names, by_arm, reached_all=control is None, day=start - _DAY)
    seen, planned = (last - start).days + 1, None if end is None else (end - start).days + 1
    facts = CampaignFacts(
        campaign_id=found.campaign_id,
        name=found.name,
        start=start,
        end=end,
        as_of=as_of,
        last=last,
        randomised=bool(found.randomised) and control is not None,
        arms=names,
        customers=by_arm,
        chosen_control=control is None,
        unit_name=base.unit_name,
        money=dataset.spec.money,
        look=max(1, -(-seen // 7)),
        planned_looks=None if planned is None else max(1, -(-planned // 7)),
        looks=paid_looks(found, looks),
        level=level,
        drawn_groups=groups,
        coverage=base.coverage,
        reachable=_reachable(base),
    )
    numbers = tuple(
        c
        for c in table.columns
        if c not in ("customer_id", "arm", "channel", "fold", DRAWN_GROUP, DRAWN_GROUP_KNOWN)
        and not c.startswith("segment_")
    )
    return Population(
        facts, table, outcomes.metrics, numbers, outcomes.money, outcomes.covariates, fitted, channels,
        unassigned_arms=counts.get(None, (0, 0, 0))[0],
        early_assignments=sum(early for _, early, _ in counts.values()),
        contacted_control=counts[control][2] if control is not None else 0,
        repeats=repeats,
        base=before,
    )  # fmt: skip


def _reachable(base: CustomerBase) -> int:
    """Count whom a campaign could be sent to on the report's date; under contract, those who have not left."""
    table = base.customers()
    if "status" in table.columns:
        table = table.filter(table.status == "active")
    return int(base.dataset.engine.collect(table.aggregate(n=table.count()))["n"].iloc[0])


def ask_tables(dataset: Dataset) -> None:
    """Refuse a dataset without the tables of campaigns.

    Raises:
        DataError: it says which one is missing, and what to write.
    """
    for name in ("campaigns", "contacts"):
        if name not in dataset.tables:
            raise DataError(
                f"campaign lift needs the table {name}, which the dataset {dataset.name} does not have. Write, under "
                f"`tables` in its file, `{name}: {{path: …, columns: {{{_COLUMNS[name]}}}}}`."
            )


def _sizes(dataset: Dataset, table: ir.Table, name: str, arms: int) -> tuple[tuple[int, ...], DrawnGroups | None]:
    """Count the customers and the groups of each arm. Groups are None where no customer has one. This takes one
    query.
    """
    counts: dict[str, ir.Value] = {"n": table.count()}
    if DRAWN_GROUP in table.columns:
        counts |= {"groups": table[DRAWN_GROUP].nunique(), "known": table[DRAWN_GROUP_KNOWN].sum()}
    frame = dataset.engine.collect(table.group_by("arm").aggregate(**counts)).set_index("arm")

    def of(column: str) -> tuple[int, ...]:
        return tuple(int(frame[column].get(i, 0)) for i in range(arms))

    customers = of("n")
    if "known" not in frame.columns or not (known := sum(of("known"))):
        return customers, None
    return customers, DrawnGroups(name.replace("_", " ") or "as listed", of("groups"), sum(customers) - known)


def _all_there(campaign: str, arms: Sequence[str], sizes: Sequence[int], *, reached_all: bool, day: dt.date) -> None:
    """Refuse a campaign that leaves nobody to compare with, or that has an arm without customers."""
    if reached_all and not sizes[0]:
        raise DataError(
            Told.of(
                "campaign {campaign}: there is no comparison, as everybody who was a customer on {day} was contacted. What "
                "the campaign changed cannot be told; leave some customers out next time, drawn at random.",
                campaign=Quoted(campaign),
                day=day,
            )
        )
    if empty := [arm for arm, n in zip(arms, sizes, strict=True) if not n]:
        raise DataError(
            Told.of(
                "campaign {campaign}: nobody in the arm {arm} can be compared: none of its contacts was a customer on "
                "{day}, or all of them are in several arms.",
                campaign=Quoted(campaign),
                arm=Quoted(repr(empty[0])),
                day=day,
            )
        )


def _channels(dataset: Dataset, contacts: ir.Table) -> tuple[str, ...]:
    if "channel" not in contacts.columns:
        return ()
    frame = dataset.engine.collect(contacts.filter(contacts.channel.notnull()).select("channel").distinct())
    return tuple(sorted(str(name) for name in frame["channel"]))


def _members(
    contacts: ir.Table, listed: ir.Table, arms: Sequence[str], control: str | None, before: CustomerBase
) -> ir.Table:
    """Return customer_id and arm. Without a control arm, the control is every customer of the day before who is not
    listed.
    """
    arm = contacts.arm if "arm" in contacts.columns else ibis.literal("contacted")
    index = ibis.cases(*((arm == name, i) for i, name in enumerate(arms)), else_=None)
    members = contacts.select(contacts.customer_id, arm=index.cast("int64"))
    members = members.filter(members.arm.notnull())
    if control is not None:
        return members
    known = before.customers()
    if "status" in known.columns:
        known = known.filter(known.status == "active")
    others = known.anti_join(listed, "customer_id").select("customer_id", arm=ibis.literal(0, "int64"))
    inside = members.semi_join(known, "customer_id")
    return ibis.union(inside, others)
