"""Who was in a campaign and what came of it: a row a customer, in the engine.

Everything before the first day is known as of the day before; outcomes are counted from transactions and contracts
between the first day and the earlier of the campaign's last day and the as-of date. Only `converted` comes as the
source states it, and is used once the campaign is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from segkit.campaigns.measure.drawn import CLUSTER, CLUSTER_KNOWN, cluster_column, with_cluster
from segkit.campaigns.measure.outcomes import read_outcomes, window, with_outcomes
from segkit.campaigns.measure.repeats import Repeats, campaign_repeats
from segkit.campaigns.records import CampaignFacts, DrawnClusters, LiftMetric, Looks
from segkit.customers import CustomerBase
from segkit.customers.partition import Segmentation
from segkit.data import Dataset
from segkit.errors import DataError, ParameterError
from segkit.segments.measure.predicted_values import PredictedValues
from segkit.segments.registry import fit_segmentation

OTHERS: Final = "not contacted"
"""Name of the control where the campaign has no control arm."""

_COLUMNS: Final = {
    "campaigns": "campaign_id: …, start: …, end: …, randomised: …, control_arm: …",
    "contacts": "customer_id: …, campaign_id: …, arm: …, time: …",
}
"""What a campaign's tables are usually made of, for who has none."""
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class Population:
    """A campaign's customers, kept in the engine.

    Attributes:
        facts: what was run.
        table: columns customer_id, arm, channel, fold, segment_0 …, the metrics' columns and their covariates.
        metrics: outcomes that the data have, the one that decides first.
        columns: columns of numbers in the table, money ones in minor units.
        money_columns: which of them are money.
        covariates: columns measured before.
        segmentations: fitted as of the day before the campaign; the first is the page's.
        channels: names, by index.
        unassigned_arms: contacts of the campaign that name no arm.
        early_assignments: customers assigned before the campaign's first day.
        contacted_control: customers of the control arm to whom a message left.
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
    cluster: str = "",
) -> Population:
    """Put a campaign's customers, segments, outcomes and covariates side by side in the engine.

    Parameters:
        base: customers of an opened dataset.
        campaign: its id; empty for the one that ended last, or runs, by the as-of date.
        segmentations: names in the dataset file, the page's first.
        looks, level: for the facts.
        margin: share of revenue that stays, where the data have no margins; None to leave profit out.
        cluster: column of the customer table by whose values arms were drawn; empty for `contacts.cluster`, and for
            customers drawn one by one where no row of the campaign has one.

    Raises:
        ParameterError: there is no such campaign, segmentation or cluster.
        DataError: no campaign can be seen by the as-of date, or nobody was assigned.
    """
    dataset = base.dataset
    for name in ("campaigns", "contacts"):
        if name not in dataset.tables:
            raise DataError(
                f"campaign lift needs the table {name}, which the dataset {dataset.name} does not have. Write, under "
                f"`tables` in its file, `{name}: {{path: …, columns: {{{_COLUMNS[name]}}}}}`."
            )
    found = chosen_campaign(dataset, campaign)
    start, end, as_of = found.start, found.end, base.as_of
    last = min(end, as_of)
    before = base.on(start - _DAY)
    listed = dataset.tables["contacts"]
    contacts = listed = listed.filter(listed.campaign_id.cast("string") == found.campaign_id)
    repeats = campaign_repeats(dataset, listed, found.campaign_id)
    if repeats.customers is not None:
        contacts = listed.anti_join(repeats.customers, "customer_id")
    counts = _arm_counts(dataset, contacts, start)
    arms = [arm for arm in counts if arm is not None]
    control = found.control_arm
    if control is not None and control not in arms:
        raise DataError(
            f"campaign {found.campaign_id}: its control arm is `{control}`, but its contacts are in "
            f"{', '.join(map(repr, arms)) or 'no arm'}. Write the arm's name as the contacts have it."
        )
    if not arms:
        raise DataError(f"campaign {found.campaign_id}: nobody was assigned to an arm by {as_of}.")
    if control is None and OTHERS in arms:
        raise DataError(f"campaign {found.campaign_id}: name the control arm {OTHERS!r} in campaigns.control_arm.")
    names = (control or OTHERS, *sorted(arm for arm in arms if arm != control))
    if len(names) < 2:
        raise DataError(
            f"campaign {found.campaign_id}: all customers are in the arm {names[0]!r}; a comparison needs two."
        )
    fitted = tuple(fit_segmentation(before, name, PredictedValues(before)) for name in segmentations)
    members = _members(contacts, listed, names, control, before)
    channels = _channels(dataset, contacts)
    joined = with_outcomes(members, before, contacts, fitted, window(start, last, before))
    outcomes = read_outcomes(joined, dataset.spec.relation, channels, margin, over=as_of >= end)
    columns = outcomes.table
    drawn = None
    if found.randomised and control is not None:
        drawn = cluster_column(cluster, contacts, before.customers())
        columns = columns if drawn is None else with_cluster(columns, drawn)
    table = dataset.engine.keep("campaign", columns)
    by_arm, clusters = _sizes(dataset, table, cluster, len(names))
    _all_there(found.campaign_id, names, by_arm, reached_all=control is None, day=start - _DAY)
    seen, planned = (last - start).days + 1, (end - start).days + 1
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
        planned_looks=max(1, -(-planned // 7)),
        looks=looks,
        level=level,
        clusters=clusters,
        coverage=base.coverage,
    )
    numbers = tuple(
        c
        for c in table.columns
        if c not in ("customer_id", "arm", "channel", "fold", CLUSTER, CLUSTER_KNOWN) and not c.startswith("segment_")
    )
    return Population(
        facts, table, outcomes.metrics, numbers, outcomes.money, outcomes.covariates, fitted, channels,
        unassigned_arms=counts.get(None, (0, 0, 0))[0],
        early_assignments=sum(early for _, early, _ in counts.values()),
        contacted_control=counts[control][2] if control is not None else 0,
        repeats=repeats,
        base=before,
    )  # fmt: skip


def _sizes(dataset: Dataset, table: ir.Table, name: str, arms: int) -> tuple[tuple[int, ...], DrawnClusters | None]:
    """Customers of each arm, and its clusters; None where no customer of the campaign has one. One query."""
    counts: dict[str, ir.Value] = {"n": table.count()}
    if CLUSTER in table.columns:
        counts |= {"clusters": table[CLUSTER].nunique(), "known": table[CLUSTER_KNOWN].sum()}
    frame = dataset.engine.collect(table.group_by("arm").aggregate(**counts)).set_index("arm")

    def of(column: str) -> tuple[int, ...]:
        return tuple(int(frame[column].get(i, 0)) for i in range(arms))

    customers = of("n")
    if "known" not in frame.columns or not (known := sum(of("known"))):
        return customers, None
    return customers, DrawnClusters(name.replace("_", " ") or "as listed", of("clusters"), sum(customers) - known)


def _all_there(campaign: str, arms: Sequence[str], sizes: Sequence[int], *, reached_all: bool, day: dt.date) -> None:
    """Refuse a campaign without anybody to compare with, or with an arm of nobody."""
    if reached_all and not sizes[0]:
        raise DataError(
            f"campaign {campaign}: there is no comparison, as everybody who was a customer on {day} was contacted. What "
            "the campaign changed cannot be told; leave some customers out next time, drawn at random."
        )
    if empty := [arm for arm, n in zip(arms, sizes, strict=True) if not n]:
        raise DataError(
            f"campaign {campaign}: nobody in the arm {empty[0]!r} can be compared: none of its contacts was a customer on "
            f"{day}, or all of them are in several arms."
        )


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A row of the table campaigns.

    Attributes:
        campaign_id, name: the name is the id where there is none.
        start, end: first day, and last day on which an outcome counts; the as-of date where no end is stated.
        randomised: whether chance alone decided who got which arm.
        control_arm: name; None where there is none.
    """

    campaign_id: str
    name: str
    start: dt.date
    end: dt.date
    randomised: bool
    control_arm: str | None


def campaign_rows(dataset: Dataset) -> tuple[CampaignRow, ...]:
    """The table campaigns, the one that ended last, or runs, at the end. One query."""
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
            _date(row["end"]) or dataset.as_of,
            row["randomised"] is True or str(row["randomised"]) == "True",
            row["control_arm"] if isinstance(row["control_arm"], str) else None,
        )
        for row in frame.to_dict("records")
    ]
    return tuple(sorted(rows, key=lambda row: (min(row.end, dataset.as_of), row.start, row.campaign_id)))


def chosen_campaign(dataset: Dataset, wanted: str) -> CampaignRow:
    """The campaign of that id or name; for an empty one that which ended last, or runs.

    Raises:
        ParameterError: there is none of that name.
        DataError: it began outside the data, or none had begun.
    """
    rows = campaign_rows(dataset)
    known = [row for row in rows if row.start <= dataset.as_of and row.start > dataset.known_from]
    if not wanted:
        if not known:
            raise DataError(f"no campaign had begun by {dataset.as_of}, or only before the data do.")
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
        f"campaign: `{wanted}` is not in campaigns. There are: {', '.join(r.campaign_id for r in rows)}."
    )


def _date(value: Any) -> dt.date | None:
    return None if value is None or value != value else dt.date(value.year, value.month, value.day)


def _arm_counts(dataset: Dataset, contacts: ir.Table, start: dt.date) -> dict[str | None, tuple[int, int, int]]:
    """Arm → contacts, those assigned before the first day, those to whom a message left."""
    arm = contacts.arm if "arm" in contacts.columns else ibis.literal("contacted")
    # a day's grace: a list that was made at midnight in one zone is of the day before in another
    early = (contacts.time.date() < ibis.date(start - _DAY)) if "time" in contacts.columns else ibis.literal(False)
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


def _channels(dataset: Dataset, contacts: ir.Table) -> tuple[str, ...]:
    if "channel" not in contacts.columns:
        return ()
    frame = dataset.engine.collect(contacts.filter(contacts.channel.notnull()).select("channel").distinct())
    return tuple(sorted(str(name) for name in frame["channel"]))


def _members(
    contacts: ir.Table, listed: ir.Table, arms: Sequence[str], control: str | None, before: CustomerBase
) -> ir.Table:
    """customer_id and arm; where the campaign has no control arm, all customers of the day before who are not listed."""
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
