"""When a campaign ends: never where the data state no end, and not before its outcomes have arrived."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from segkit.campaigns.measure.arrived import last_arrived
from segkit.campaigns.measure.asked_campaigns import check_run_campaigns
from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.compare import reference
from segkit.campaigns.measure.recent import check_campaigns, recent_campaigns
from segkit.campaigns.models.sequential import AlwaysValid
from segkit.campaigns.views.effect_tables import lift_checks, lift_effects
from segkit.campaigns.views.lift_head import lift_tiles
from segkit.campaigns.views.recent import campaigns_table
from segkit.customers import CustomerBase
from segkit.customers.periods import stretch_of
from segkit.data import Dataset
from segkit.data.arrivals import coverage
from segkit.errors import DataError, ParameterError
from segkit.page import Block
from segkit.page import head as page_head
from segkit.segments.measure.assign import segment
from tests.campaigns.measure.made import END, SHARES, START, UNRANKED, base_of, clean, tables_of
from tests.customers.made import stating

MADE: dict[str, Any] = {"segmentations": "city", "planned_shares": SHARES, "uplift": UNRANKED}
WEEK = dt.timedelta(days=7)


def endless(like: Dataset, as_of: dt.date) -> CustomerBase:
    """The customers of a campaign whose end stands in no table."""
    tables = tables_of(clean(n=1_000))
    column = tables["campaigns"].schema.get_field_index("end")
    none = pa.array([None, END], pa.date32())
    return base_of(like, tables | {"campaigns": tables["campaigns"].set_column(column, "end", none)}, as_of)


def stopped(like: Dataset, last: dt.date) -> CustomerBase:
    """The customers of a campaign that is over, of which no purchase after `last` has arrived."""
    tables = tables_of(clean(n=1_000))
    bought = tables["transactions"]
    base = base_of(like, tables | {"transactions": bought.filter(pc.less_equal(bought["day"], pa.scalar(last)))})
    return replace(base, coverage=coverage(base.dataset, stretch_of(base.period)))


def words(*blocks: Block | None) -> str:
    return re.sub("<[^>]*>", "", " ".join(block.html for block in blocks if block is not None))


@pytest.mark.parametrize("look", [1, 3, 8])
def test_no_look_at_a_campaign_without_an_end_is_its_last(like: Dataset, look: int) -> None:
    """Intervals hold at any look, and the page invents neither an end nor a number of looks."""
    base = endless(like, START + look * WEEK - dt.timedelta(days=1))
    lift = campaign_lift(base, "offer", **MADE)
    held = reference(lift.facts)
    assert isinstance(held, AlwaysValid)
    assert (lift.facts.end, lift.facts.planned_looks, lift.facts.look) == (None, None, look)
    said = words(lift_effects(lift), lift_tiles(lift), lift_checks(lift), page_head(lift, subject="Made"))
    assert "however often one looks" in said
    assert "no planned end" in said
    assert "the campaign has no end: outcomes are counted up to" in said.replace("The campaign", "the campaign")
    assert f"{look} of {look}" not in said
    row = words(campaigns_table(recent_campaigns(segment(base, "city"), only=["offer"])))
    assert "without an end" in row
    assert ", ended" not in row


def test_limits_of_later_looks_at_a_campaign_without_an_end_grow_no_cheaper_than_one_look(like: Dataset) -> None:
    """A constant limit would be crossed by chance in the end: this one goes by a length that is fixed beforehand."""
    facts = campaign_lift(endless(like, END), "offer", **MADE).facts
    limits = [
        held.critical(0.95)
        for k in (13, 52, 520)
        if isinstance(held := reference(replace(facts, look=k)), AlwaysValid)
    ]
    assert limits == sorted(limits)
    assert min(limits) > 2.5


def test_a_plan_of_looks_without_an_end_is_refused(like: Dataset, tmp_path: Path) -> None:
    base = stating(endless(like, END), campaigns={"offer": {"looks": "group-sequential"}})
    for asked in (lambda: check_campaigns(base.dataset), lambda: campaign_lift(base, "offer", **MADE)):
        with pytest.raises(ParameterError, match=r"looks: group-sequential.*offer has none in campaigns\.end"):
            asked()


def test_outcomes_are_not_in_where_the_data_stop_before_the_end(like: Dataset) -> None:
    last = START + 2 * WEEK
    base = stopped(like, last)
    assert last_arrived(base) == last
    lift = campaign_lift(base, "offer", **MADE)
    assert (lift.facts.last, lift.facts.look, lift.facts.planned_looks) == (last, 3, 8)
    (check,) = [one for one in lift.checks if one.check == "Outcomes are in"]
    assert check.status == "warn"
    assert "nothing has arrived after" in str(check.sentence)
    assert "2–16 Sep 2024, nothing has arrived since" in page_head(lift, subject="Made").html
    assert "data to 16 Sep 2024" in words(campaigns_table(recent_campaigns(segment(base, "city"), only=["offer"])))


def test_a_week_that_is_stamped_on_its_first_day_is_whole(like: Dataset) -> None:
    """Purchases of every Monday: six silent days at the end are as usual."""
    base = stopped(like, END)
    assert last_arrived(base) == END
    lift = campaign_lift(base, "offer", **MADE)
    assert next(one.status for one in lift.checks if one.check == "Outcomes are in") == "ok"


def test_nothing_since_the_first_day_is_a_refusal(like: Dataset) -> None:
    with pytest.raises(DataError, match="nothing has arrived since it began"):
        campaign_lift(stopped(like, START - dt.timedelta(days=1)), "offer", **MADE)


def test_an_end_before_the_start_is_told_with_table_and_campaign(like: Dataset) -> None:
    tables = tables_of(clean(n=400))
    column = tables["campaigns"].schema.get_field_index("end")
    early = pa.array([START - WEEK, END], pa.date32())
    base = base_of(like, tables | {"campaigns": tables["campaigns"].set_column(column, "end", early)})
    said = "table campaigns, campaign offer: its end, 2024-08-26, is before its start, 2024-09-02"
    for asked in (
        lambda: check_run_campaigns(base, {"campaign": "offer"}),
        lambda: campaign_lift(base, "offer", **MADE),
    ):
        with pytest.raises(DataError, match=said):
            asked()


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ({"offer": "Offer"}, "in the arms 'Offer', 'offer', which differ in capitals only"),
        ({"control": "others"}, "its control arm is `control`, but its contacts are in 'offer', 'others'"),
    ],
)
def test_the_check_refuses_the_arms_that_a_run_refuses(like: Dataset, arms: dict[str, str], said: str) -> None:
    made = clean(n=400)
    half = np.arange(made.n) % 2 == 0 if "offer" in arms else np.ones(made.n, dtype=bool)
    made.arm = np.where(half, [arms.get(arm, arm) for arm in made.arm], made.arm).astype(object)
    base = base_of(like, tables_of(made))
    for asked in (
        lambda: check_run_campaigns(base, {"campaign": "offer"}),
        lambda: campaign_lift(base, "offer", **MADE),
    ):
        with pytest.raises(DataError, match=re.escape(said)):
            asked()
