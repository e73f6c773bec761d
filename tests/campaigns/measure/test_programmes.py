"""Programmes: all campaigns together, against customers held out of every one of them, recomputed from the raw columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from segkit.campaigns.measure.programmes import check_programmes
from segkit.campaigns.measure.recent import recent_campaigns
from segkit.campaigns.recent_records import CampaignRefusal, ProgrammeTotal, RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.campaign_decisions import recent_decisions
from segkit.campaigns.views.compared_together import page_family
from segkit.campaigns.views.programmes import programmes_table
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.errors import ParameterError
from segkit.segments.measure.assign import segment
from segkit.statistics.effects import Effect
from tests.campaigns.measure.made import END, START, Made, base_of, clean, tables_of
from tests.customers.made import stating

MAIL: dict[str, Any] = {"since": START, "held_out": "age < 30", "planned_share": 12 / 62, "title": "Mail"}
SECOND = START + dt.timedelta(days=14)


def held_out(made: Made) -> np.ndarray:
    return np.asarray(made.age < 30)


def base_with(like: Dataset, made: Made, *, tampered: bool = False) -> CustomerBase:
    """Two campaigns, drawn among all but those held out; or, tampered, among all."""
    tables = tables_of(made)
    offer = tables["contacts"].filter(pc.equal(tables["contacts"]["campaign_id"], "offer"))
    if not tampered:
        offer = offer.filter(pa.array(~held_out(made)))
    column = tables["contacts"].schema.get_field_index("campaign_id")
    both = [offer.set_column(column, "campaign_id", pa.array([one] * offer.num_rows)) for one in ("one", "two")]
    tables["contacts"] = pa.concat_tables(both)
    tables["campaigns"] = pa.table(
        {
            "campaign_id": ["one", "two"],
            "name": ["First", "Second"],
            "start": pa.array([START, SECOND], pa.date32()),
            "end": pa.array([END, END], pa.date32()),
            "randomised": [True, True],
            "control_arm": ["control", "control"],
        }
    )
    return base_of(like, tables)


def recent(base: CustomerBase, **programmes: Any) -> RecentCampaigns:
    return recent_campaigns(segment(stating(base, programmes=programmes), "city"))


def only(found: RecentCampaigns) -> ProgrammeTotal:
    (one,) = found.programmes
    return one


def says(found: RecentCampaigns) -> str:
    block = programmes_table(found)
    assert block is not None
    assert [row["cells"][0].text for row in block.fields["rows"]] == [one.title for one in found.programmes]
    return str(block.fields["rows"][0]["cells"][-1].text)


def test_sums_and_difference_are_those_of_the_raw_columns(like: Dataset) -> None:
    made = clean(n=3000)
    out = held_out(made)
    made.during[~out & (made.arm == "offer")] += 9_000
    found = recent(base_with(like, made), mail=MAIL)
    one = only(found)
    assert (one.campaigns, one.reached) == (2, int((made.sent & ~out).sum()))
    assert one.cost == pytest.approx(2 * made.cost[~out].sum() / 100)
    assert isinstance(one.lift, CampaignLift)
    assert one.lift.facts.customers == (int(out.sum()), int((~out).sum()))
    margin = (made.during // 2).sum(axis=1)
    profit = (margin - 2 * np.where(out, 0, made.cost)) / 100
    first = next(c for c in one.lift.comparisons if c.metric.key == "profit")
    assert isinstance(first.plain, Effect)
    assert first.plain.difference == pytest.approx(profit[~out].mean() - profit[out].mean())
    assert says(found).startswith("Pays; ")
    # the programme and the first campaign are one family; the second was assigned before it began, which blocks it
    assert set(page_family(found).chances) == {("one", "offer"), ("mail", "all others")}


def test_a_programme_that_changes_nothing_is_to_be_stopped_as_a_whole(like: Dataset) -> None:
    made = clean(n=3000)
    made.cost[made.sent] = 20_000
    found = recent(base_with(like, made), mail=MAIL)
    assert says(found).startswith("Does not pay; ")
    (stop,) = [one for one in recent_decisions(found) if one.key == "programme_mail_stop"]
    assert stop.todo.text == "Stop Mail, all its campaigns together"
    assert stop.certainty == "randomised"
    assert stop.money is not None
    assert (stop.money.value or 0) < 0


def test_whoever_was_held_out_and_got_a_message_is_found(like: Dataset) -> None:
    one = only(recent(base_with(like, clean(n=3000), tampered=True), mail=MAIL))
    assert isinstance(one.lift, CampaignLift)
    assert "Clean control" in [check.check for check in one.lift.checks if check.status == "blocked"]


def test_without_anybody_held_out_the_sums_stand_and_a_group_is_asked_for(like: Dataset) -> None:
    made = clean(n=400)
    found = recent(base_with(like, made), mail={"since": START, "campaigns": ["Second"]})
    one = only(found)
    assert (one.title, one.campaigns, one.lift) == ("Mail", 1, None)
    assert one.cost == pytest.approx(made.cost[~held_out(made)].sum() / 100)
    assert says(found) == "Cannot be judged: nobody is held out of it"
    assert [d.todo.text for d in recent_decisions(found) if d.key == "programme_mail_hold_out"] == [
        f"Hold some {found.programmes[0].unit_name} out of all campaigns of Mail, drawn at random"
    ]


def test_nobody_held_out_is_a_refusal_in_words_and_a_programme_to_come_is_left_out(like: Dataset) -> None:
    base = base_with(like, clean(n=400))
    nobody = recent(base, mail={"since": START, "held_out": "city = 'Nowhere'"})
    assert isinstance(only(nobody).lift, CampaignRefusal)
    assert says(nobody).startswith("Cannot be judged: ")
    later = recent(base, mail={"since": END + dt.timedelta(days=1)})
    assert later.programmes == ()
    assert programmes_table(later) is None


def test_a_programme_of_what_is_not_there_is_refused(like: Dataset) -> None:
    base = base_with(like, clean(n=400))

    def refused(**given: Any) -> str:
        dataset = stating(base, programmes={"mail": {"since": START, **given}}).dataset
        with pytest.raises(ParameterError) as error:
            check_programmes(dataset, ())
        return str(error.value)

    assert "`programmes.mail.campaigns` names `Third`, which is not in the table campaigns" in refused(
        campaigns="Third"
    )
    early = refused(since="1999-01-01", held_out="age > 40")
    assert "`programmes.mail.since` is 1999-01-01, and customers are known from" in early
    with pytest.raises(ParameterError, match="agee"):
        recent(base, mail={"since": START, "held_out": "agee > 40"})
