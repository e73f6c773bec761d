"""All campaigns of a date: which they are, that each says what its own page says, and that it stays quick."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.measure.recent import recent_campaigns
from segkit.campaigns.recent_records import CampaignRefusal, RecentCampaigns
from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.campaign_decisions import recent_decisions
from segkit.campaigns.views.chosen import chosen_comparisons
from segkit.campaigns.views.effect_tables import lift_effects
from segkit.campaigns.views.frame import lift_funnel
from segkit.campaigns.views.lift_by_segment import lift_money
from segkit.campaigns.views.lift_head import lift_tiles
from segkit.campaigns.views.recent import campaigns_table
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.errors import ParameterError
from segkit.page import Block
from segkit.segments.measure.assign import segment
from tests.campaigns.measure.made import END, SHARES, START, UNRANKED, Made, base_of, clean, tables_of
from tests.customers.made import stating

ALONE: dict[str, Any] = {"uplift": UNRANKED, "planned_shares": SHARES}
CHOSEN: dict[str, Any] = {"uplift": UNRANKED, "covariates": ["revenue_before"]}
PARAMS = Path(__file__).resolve().parents[3] / "params"


def rows_of(*rows: tuple[str, dt.date, dt.date | None]) -> pa.Table:
    """The table campaigns, all drawn at random."""
    ids, starts, ends = zip(*rows, strict=True)
    return pa.table(
        {
            "campaign_id": list(ids),
            "name": [f"Campaign {one}" for one in ids],
            "start": pa.array(starts, pa.date32()),
            "end": pa.array(ends, pa.date32()),
            "randomised": [True] * len(ids),
            "control_arm": ["control"] * len(ids),
        }
    )


def base_with(like: Dataset, made: Made, rows: pa.Table | None = None, as_of: dt.date = END) -> CustomerBase:
    """Customers of the made tables, with every campaign of `rows` sent to the same list."""
    tables = tables_of(made)
    if rows is not None:
        tables["campaigns"] = rows
        offer = tables["contacts"].filter(pc.equal(tables["contacts"]["campaign_id"], "offer"))
        column = tables["contacts"].schema.get_field_index("campaign_id")
        tables["contacts"] = pa.concat_tables(
            offer.set_column(column, "campaign_id", pa.array([one] * offer.num_rows))
            for one in rows["campaign_id"].to_pylist()
            if one != "empty"
        )
    return base_of(like, tables, as_of)


def recent(base: CustomerBase, planned: Any = None, **options: Any) -> RecentCampaigns:
    return recent_campaigns(segment(stating(base, campaigns=planned or {}), "city"), **options)


def ids(found: RecentCampaigns) -> list[str]:
    return [c.campaign_id if isinstance(c, CampaignRefusal) else c.facts.campaign_id for c in found.campaigns]


def metrics_of(*blocks: Block | None) -> dict[str, Any]:
    return {m.key: (m.value, m.unit, m.currency) for b in blocks if b is not None for m in b.metrics}


def own_page(lift: CampaignLift) -> dict[str, Any]:
    """The numbers of a campaign's own page that the table can take from it."""
    return metrics_of(
        lift_tiles(lift),
        lift_effects(lift),
        lift_money(lift),
        lift_funnel(lift),
        chosen_comparisons(lift),
    )


def test_running_ones_come_first_then_the_latest_that_ended(like: Dataset) -> None:
    day = dt.timedelta(days=1)
    rows = rows_of(
        ("late", START, END + 30 * day),
        ("soon", START, END + 2 * day),
        ("ended", START, END - 3 * day),
        ("old", START, END - 29 * day),
        ("edge", START, END - 28 * day),
        ("to come", END + day, END + 9 * day),
        ("empty", START, END - day),
    )
    found = recent(base_with(like, clean(n=400), rows), most=4)
    assert ids(found) == ["soon", "late", "empty", "ended"]
    assert found.left_off == 1  # the edge; old and to come are not of this date
    (empty,) = [c for c in found.campaigns if isinstance(c, CampaignRefusal)]
    assert empty.reason == "campaign empty: nobody is in contacts for it by 2024-10-27."
    block = campaigns_table(found)
    assert block is not None
    text = block.html
    assert "Cannot be measured" in text
    assert "Not shown: 1 more" in text


def test_every_number_is_that_of_the_campaigns_own_page(like: Dataset) -> None:
    made = clean(n=3000)
    made.during[made.arm == "offer"] += 900
    options = {"offer": {"planned_shares": SHARES, "segmentations": ["city", "age"], "margin": None}}
    found = recent(base_with(like, made), planned=options, only=["The offer"])
    lift = campaign_lift(base_with(like, made), "offer", segmentations=["city", "age"], **ALONE)
    assert isinstance(found.campaigns[0], CampaignLift)
    assert found.campaigns[0].ranking is None  # learning takes long, and the table has no room for it
    block = campaigns_table(found)
    told, own = metrics_of(block), own_page(lift)
    assert block is not None
    assert len(told) >= 8
    for key, value in told.items():
        if not key.startswith("campaigns_"):  # those are of the table, not of a campaign
            assert own["lift_" + key.removeprefix("campaign_offer_")] == value
    # margin is half of revenue, and a message costs twelve cents: it pays by far
    assert "Clear enough to act on: The offer, offer: send." in [s.text for s in block.statements()]
    assert "campaign_offer_profit_offer" in told


def test_where_the_money_is_open_the_row_tells_what_customers_did(like: Dataset) -> None:
    made = clean(n=3000)
    made.cost[:] = 1  # what it costs is no more than chance
    found = recent(base_with(like, made), only=["offer"])
    block = campaigns_table(found)
    assert block is not None
    assert "campaign_offer_converted_offer" in metrics_of(block)
    # a test that could settle it needs more customers than the company has, so no number of them is asked for
    assert "campaign_offer_money_offer_repeat" not in metrics_of(block)
    assert "cannot be settled with your customers" in block.html.lower()
    assert "Clear enough" not in block.html


def test_what_is_likely_a_loss_is_said_so_in_the_table_as_in_the_head(like: Dataset) -> None:
    """An offer that changes nothing and costs a euro: its interval holds zero, the chance of a loss is above nine in ten."""
    made = clean(n=3000)
    made.cost[made.sent] = 60
    found = recent(base_with(like, made), only=["offer"])
    (decided,) = recent_decisions(found)
    assert decided.todo.text == "Do not repeat offer of The offer"
    assert "Likely a loss: do not repeat" in campaigns_table(found).html


def test_a_campaign_that_a_check_blocks_has_a_reason_and_no_result(like: Dataset) -> None:
    made = clean(n=3000)
    made.sent[made.arm == "control"] = True
    found = recent(base_with(like, made), only=["offer"])
    block = campaigns_table(found)
    assert block is not None
    assert "Cannot be judged: " in block.html
    assert set(metrics_of(block)) == {
        "campaigns_shown",
        "campaign_offer_look",
        "campaign_offer_planned_looks",
        "campaign_offer_funnel_offer_assigned",
        "campaign_offer_reason_found",
        "campaign_offer_reason_of",
        "campaign_offer_reason_part",
    }


def test_recipients_who_were_chosen_are_adjusted_and_no_word_claims_more(like: Dataset) -> None:
    made = clean(n=3000)
    tables = tables_of(made)
    campaigns = tables["campaigns"]
    place = campaigns.schema.get_field_index("randomised")
    tables["campaigns"] = campaigns.set_column(place, "randomised", pa.array([False, False]))
    options = {"offer": {"covariates": ["revenue_before"]}}
    found = recent(base_of(like, tables), planned=options, only=["offer"])
    lift = campaign_lift(base_of(like, tables), "offer", segmentations="city", **CHOSEN)
    block = campaigns_table(found)
    assert block is not None
    assert "Adjusted" in block.html
    told, own = metrics_of(block), own_page(lift)
    key = "chosen_profit_doubly_robust"
    assert told[f"campaign_offer_{key}"] == own[f"lift_{key}"]
    for word in ("incremental", "caused", "uplift", "send", "hold"):
        assert word not in block.html.lower()


def test_a_campaign_takes_a_dozen_queries_at_most(like: Dataset) -> None:
    base = base_with(like, clean(n=400), rows_of(*((str(i), START, END) for i in range(5))))
    usage, split = base.dataset.engine.usage, segment(base, "city")
    before, kept = usage.queries, usage.kept_tables
    assert len(recent_campaigns(split, most=2).campaigns) == 2
    assert usage.queries - before <= 1 + 2 * 12
    assert usage.kept_tables - kept <= 2 + 2 * 2  # purchases and customers of the day before are shared


def test_the_table_of_campaigns_is_read_once(like: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the dataset file says how each was planned; that, too, costs no query more a campaign."""
    base = base_with(like, clean(n=400), rows_of(*((str(i), START, END) for i in range(3))))
    planned = {str(i): {"level": 0.9} for i in range(3)}
    split, engine = segment(stating(base, campaigns=planned), "city"), base.dataset.engine
    asked: list[str] = []
    collect = type(engine).collect

    def told(self: Any, expr: Any) -> Any:
        if set(expr.columns) == {"id", "name", "start", "end", "randomised", "control_arm"}:
            asked.append(str(expr.columns))
        return collect(self, expr)

    monkeypatch.setattr(type(engine), "collect", told)
    before = engine.usage.queries
    found = recent_campaigns(split, most=2)
    assert [lift.facts.level for lift in found.campaigns if isinstance(lift, CampaignLift)] == [0.9, 0.9]
    assert len(asked) == 1
    assert engine.usage.queries - before <= 1 + 2 * 11


def test_nothing_is_said_where_there_is_nothing_to_say(like: Dataset) -> None:
    base = base_with(like, clean(n=200))
    assert campaigns_table(recent(base, days=0)) is None
    long_ago = recent(base_with(like, clean(n=200), rows_of(("old", START, START + dt.timedelta(days=7)))))
    block = campaigns_table(long_ago)
    assert block is not None
    assert "none ended in the last" in block.html
    tables = {name: table for name, table in tables_of(clean(n=200)).items() if name not in ("campaigns", "contacts")}
    assert campaigns_table(recent(base_of(like, tables))) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"days": -1}, "campaign_days: -1"),
        ({"only": ["nope"]}, "`nope` is not in campaigns"),
        ({"planned": {"nope": {}}}, "`campaigns.nope` is not in the table campaigns"),
    ],
)
def test_what_does_not_exist_is_told(like: Dataset, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        recent(base_with(like, clean(n=200)), **options)
