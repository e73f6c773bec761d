"""Programmes on a page: each with all its campaigns together, against those held out where there are any."""

from __future__ import annotations

from collections.abc import Mapping

from segkit.campaigns.models.profit import Profit
from segkit.campaigns.recent_records import CampaignRefusal, ProgrammeTotal, RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.lift_words import LIKELY, is_shown
from segkit.campaigns.views.recent import campaign_cells
from segkit.page import Block, Metric, Statement, day, literal
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.decision import Decision
from segkit.page.segments import keys
from segkit.page.statement import own_name
from segkit.page.telling import telling


def programmes_table(recent: RecentCampaigns) -> Block | None:
    """Tabulate every programme: its campaigns, whom they reached, what they cost and what they changed together.

    Returns None where the dataset file names none.
    """
    if not recent.programmes:
        return None
    prefixes = keys("programme", [one.key for one in recent.programmes])
    with_cost = any(one.cost is not None for one in recent.programmes)
    columns = [
        TableColumn("Programme", "programme", "own", longest=60),
        TableColumn("Since", "since", "words"),
        TableColumn("Campaigns", "campaigns", "count"),
        TableColumn("Reached", "reached", "customers"),
        *([TableColumn("Cost", "cost", recent.programmes[0].currency)] if with_cost else []),
        TableColumn("Evidence", "evidence", "words"),
        TableColumn("Compared", "assigned", "customers"),
        TableColumn("Outcome a customer", "outcome", "own", longest=60),
        TableColumn("Difference", "difference", "change"),
        *([TableColumn("Net money", "money", "change")] if with_cost else []),
        TableColumn("What it says", "says", "words"),
    ]
    rows = [_row(one, prefix) for one, prefix in zip(recent.programmes, prefixes, strict=True)]
    caption = Statement.of("All campaigns of a programme together, {end}", end=day(recent.as_of))
    notes = [
        literal(
            "Held out are customers whom chance left out of every campaign of the programme. Compared with them is "
            "everybody else who was a customer on the day before it began, reached or not."
        )
    ]
    return table_block(caption, columns, rows, notes=notes)


def _row(one: ProgrammeTotal, prefix: str) -> Row:
    cells: dict[str, object] = {
        "programme": one.title,
        "since": Statement((day(one.since),)),
        "campaigns": one.campaigns,
        "reached": one.reached,
        "cost": one.cost,
    }
    return Row(prefix, {**cells, **_found(one, prefix)}, partial=True)


def _found(one: ProgrammeTotal, prefix: str) -> Mapping[str, Statement]:
    if one.lift is None:
        return {"says": literal("Cannot be judged: nobody is held out of it")}
    if isinstance(one.lift, CampaignRefusal):
        return {
            "says": Statement.of("Cannot be judged: {why}", why=telling(one.lift.reason, f"{prefix}_refused", 300))
        }
    cells, _ = campaign_cells(one.lift, prefix)[0]
    found = {part: cell for part, cell in cells.items() if part not in ("campaign", "look")}
    paid = _profit(one.lift)
    if paid is not None:
        likely = Metric(f"{prefix}_money_chance", paid.probability, "share")
        found["says"] = Statement.of(f"{_verdict(paid)}; {{p}} likely to pay", p=likely)
    return found


def _profit(lift: CampaignLift) -> Profit | None:
    return next((row.profit for row in lift.money if row.segment is None), None) if is_shown(lift) else None


def _verdict(paid: Profit) -> str:
    if paid.decision == "send":
        return "Pays"
    if paid.decision == "hold":
        return "Does not pay"
    return "Likely a loss" if paid.probability <= 1 - LIKELY else "Open"


def programme_decisions(recent: RecentCampaigns) -> list[Decision]:
    """Return what to do with each programme: stop it, or hold customers out of it so that it can be judged at all."""
    found = []
    for one, prefix in zip(recent.programmes, keys("programme", [one.key for one in recent.programmes]), strict=True):
        if one.lift is None and one.campaigns:
            found.append(_hold_out(one, prefix))
        paid = _profit(one.lift) if isinstance(one.lift, CampaignLift) else None
        if paid is not None and (paid.decision == "hold" or paid.probability <= 1 - LIKELY):
            found.append(_stop(one, prefix, paid))
    return found


def _hold_out(one: ProgrammeTotal, prefix: str) -> Decision:
    return Decision(
        key=f"{prefix}_hold_out",
        todo=Statement.of(
            "Hold some {unit} out of all campaigns of {p}, drawn at random",
            unit=own_name(one.unit_name, 30),
            p=own_name(one.title, 40),
        ),
        certainty="descriptive",
        ground=Statement.of(
            "what its {n} campaigns did together cannot be told, since nobody is left out of them",
            n=Metric(f"{prefix}_campaigns", one.campaigns, "count"),
        ),
        source="RecentCampaigns.programmes",
    )


def _stop(one: ProgrammeTotal, prefix: str, paid: Profit) -> Decision:
    return Decision(
        key=f"{prefix}_stop",
        todo=Statement.of("Stop {p}, all its campaigns together", p=own_name(one.title, 40)),
        certainty="randomised",
        ground=Statement.of(
            "{p} likely a loss", p=Metric(f"{prefix}_money_chance_of_loss", 1 - paid.probability, "share")
        ),
        customers=Metric(f"{prefix}_money_customers", paid.customers, "customers"),
        money=Metric(f"{prefix}_money_total", paid.total, "money", one.currency),
        low=Metric(f"{prefix}_money_total_low", paid.total_lower, "money", one.currency),
        high=Metric(f"{prefix}_money_total_high", paid.total_upper, "money", one.currency),
        when="so far",
        stake=abs(paid.total),
        source="RecentCampaigns.programmes",
    )
