"""The head of a page: of all changes the one that matters, and of all decisions the three with most money at stake."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.profit import Profit
from segkit.campaigns.recent_records import RecentCampaigns
from segkit.campaigns.records import CampaignLift, MoneyRow
from segkit.churn.records import ChurnOutlook, ChurnRisk
from segkit.data.coverage import Coverage, TableCoverage
from segkit.errors import ParameterError, ReportError
from segkit.page import Block, Metric, literal
from segkit.page import head as page_head
from segkit.page.decision import Decision, by_stake
from segkit.page.page_head import proposed
from segkit.wing import wings
from tests.campaigns.views import lift_sample
from tests.churn.views import churn_sample
from tests.kpis.views import sample

CALM = ("normal",) * len(sample.NAMES)
QUIET_FIGURES = sample.figures(sample.key_figures()[0], sample.key_figures()[3])


def told(block: Block, field: str) -> str:
    return str(block.fields[field].text).replace("\u202f", " ")


def todos(block: Block) -> list[str]:
    return [found["todo"].text.replace("\u202f", " ") for found in block.fields["decisions"]]


def quiet(*further: object, **options: Any) -> Block:
    """The head of a week in which no segment and no key figure is news."""
    return page_head(sample.sizes(variation=CALM), sample.migration(), QUIET_FIGURES, *further, **options)


def offer(total: float, low: float, high: float, chance: float, repeat: int | None = None) -> CampaignLift:
    """A campaign, drawn at random, that brought so much, and ended on the report's date."""
    decision: Any = "send" if low > 0 else "hold" if high < 0 else "test again"
    brought = Profit(
        total / 1_200, low / 1_200, high / 1_200, total, low, high, chance, 1.0, 0.5, 1_200, decision, repeat
    )
    row = MoneyRow(None, "offer", brought, None, 500.0, None, None)
    facts = dataclasses.replace(lift_sample.FACTS, reachable=15_000)
    return dataclasses.replace(lift_sample.randomised(), facts=facts, money=(row,))


def late(record: Any) -> Any:
    """The same record, of data whose last three days have not arrived."""
    table = TableCoverage("transactions", sample.END - dt.timedelta(days=3), 3, 1e-6, "warned")
    known = Coverage(sample.END, "week", sample.END + dt.timedelta(days=7), (table,))
    if isinstance(record, CampaignLift):
        return dataclasses.replace(record, facts=dataclasses.replace(record.facts, coverage=known))
    if isinstance(record, ChurnOutlook):
        return ChurnOutlook(late(record.risk))
    return dataclasses.replace(record, coverage=known)


def campaigns(*lifts: CampaignLift) -> RecentCampaigns:
    return RecentCampaigns(sample.END, 28, lifts, 0, asked=True)


def risk(customers: int | None, profit: float | None) -> ChurnRisk:
    return dataclasses.replace(
        churn_sample.risk(), save_customers=customers, save_profit=profit, save_rate=0.25, contact_cost=5.0
    )


def test_a_quiet_week_says_so_and_asks_for_nothing() -> None:
    block = quiet()
    assert told(block, "headline") == "Segments stable; 809 households switched, most from Active to Overdue"
    assert told(block, "decision") == "No decision is needed."
    assert todos(block) == []


def test_bad_news_comes_first_with_what_it_is_among_the_periods_before() -> None:
    block = page_head(sample.sizes(), sample.migration(), sample.key_figures())
    assert told(block, "headline").startswith("Revenue, week fell 8.5 % to $85,400, the lowest of 12 weeks")
    assert "Find out why revenue, week fell 8.5 % to $85,400" in todos(block)


def test_a_segment_that_is_news_leads_where_no_key_figure_got_worse() -> None:
    block = page_head(sample.sizes(), sample.migration(), QUIET_FIGURES)
    assert told(block, "headline").startswith("Overdue grew 4.1 % to 3,222 households; they hold $905,000 (14.8 %)")
    assert todos(block) == ["Find out why Overdue grew 4.1 % to 3,222 households"]


def test_good_news_alone_needs_no_decision() -> None:
    good = dataclasses.replace(sample.key_figures()[1], better="down")
    block = page_head(sample.sizes(variation=CALM), sample.figures(good))
    assert told(block, "headline").startswith("Revenue, week fell")
    assert told(block, "decision") == "No decision is needed."


def test_too_early_is_said_and_nothing_is_called_stable() -> None:
    block = page_head(sample.sizes(compared=False), sample.migration(), QUIET_FIGURES)
    assert "stable" not in told(block, "headline")
    assert "too early to say" in told(block, "decision")


def test_a_campaign_that_loses_money_is_to_be_stopped_and_nothing_else_changes() -> None:
    losing = quiet(campaigns(offer(-2_790.0, -6_090.0, 530.0, 0.04, repeat=17_601)))
    assert told(losing, "headline") == told(quiet(), "headline")
    (only,) = losing.fields["decisions"]
    assert only["todo"].text == "Do not repeat offer of The offer"
    assert only["money"].text == "−€2,790 so far (−€6,090 to +€530)"
    assert (only["certainty"].text, only["ground"].text) == ("Randomised", "96\u202f% likely a loss")


def test_a_test_that_takes_more_customers_than_there_are_is_not_advised() -> None:
    (only,) = quiet(campaigns(offer(-1_450.0, -4_650.0, 1_750.0, 0.176, repeat=61_452))).fields["decisions"]
    assert only["todo"].text == "Leave offer of The offer, or pool it with the next campaign"
    assert "cannot be settled with your customers" in only["ground"].text
    (again,) = quiet(campaigns(offer(-1_450.0, -4_650.0, 1_750.0, 0.176, repeat=14_000))).fields["decisions"]
    assert again["todo"].text == "Test offer of The offer again, with 14,000 customers in all arms"


def test_a_campaign_that_pays_goes_on_until_its_last_day() -> None:
    (only,) = quiet(campaigns(offer(4_000.0, 1_000.0, 7_000.0, 0.999))).fields["decisions"]
    assert only["todo"].text == "Repeat offer of The offer"
    running = offer(4_000.0, 1_000.0, 7_000.0, 0.999)
    facts = dataclasses.replace(running.facts, end=dt.date(2024, 11, 30))
    (only,) = quiet(campaigns(dataclasses.replace(running, facts=facts))).fields["decisions"]
    assert only["todo"].text == "Go on with offer of The offer"
    assert only["by"].text == "by 30 Nov 2024"


def test_campaigns_that_cannot_be_judged_ask_for_a_control_group_once() -> None:
    second = dataclasses.replace(
        lift_sample.chosen(), facts=dataclasses.replace(lift_sample.chosen().facts, campaign_id="second")
    )
    (only,) = quiet(campaigns(lift_sample.chosen(), second)).fields["decisions"]
    assert only["todo"].text == "Draw a control group at random for the next campaign"
    assert "2 of the campaigns" in only["ground"].text


def test_calls_that_pay_name_their_assumption_and_what_becomes_of_them_without_it() -> None:
    """614 calls at €5 cost €3,070; they save €12,560 at a rate of a quarter, €6,280 at an eighth: €3,210 are left.

    They pay for themselves at 25 % × 3,070 ÷ 12,560 = 6.1 %.
    """
    (only,) = quiet(ChurnOutlook(risk(614, 9_490.0))).fields["decisions"]
    said = {part: only[part].text.replace("\u202f", " ") for part in ("todo", "certainty", "ground", "where_wrong")}
    assert said["todo"].endswith("for $3,070")
    assert said["todo"].startswith("Call 614 ")
    assert said["certainty"] == "Assumed"
    assert said["ground"].startswith("25 % of those who would leave are kept by a call, which nobody has tested")
    assert said["where_wrong"] == "If half as many are kept, the calls bring $3,210; they pay from a rate of 6.1 % on"
    assert only["money"].text.startswith("+$9,490 expected (")


@pytest.mark.parametrize(("customers", "profit"), [(0, 0.0), (None, None)])
def test_calls_that_do_not_pay_ask_for_nothing(customers: int | None, profit: float | None) -> None:
    assert todos(quiet(ChurnOutlook(risk(customers, profit)))) == []
    assert told(page_head(risk(customers, profit)), "decision").startswith("No decision is needed")


def test_the_three_with_most_money_at_stake_are_shown_and_the_others_counted() -> None:
    lifts = [
        dataclasses.replace(found, facts=dataclasses.replace(found.facts, campaign_id=f"c{at}", name=f"Offer {at}"))
        for at, found in enumerate(offer(-gain, -2 * gain, -1.0, 0.01) for gain in (100.0, 9_000.0, 300.0))
    ]
    block = quiet(campaigns(*lifts), ChurnOutlook(risk(614, 2_000.0)))
    assert todos(block) == [
        "Do not repeat offer of Offer 1",
        todos(quiet(ChurnOutlook(risk(614, 2_000.0))))[0],
        "Do not repeat offer of Offer 2",
    ]
    assert [found["todo"].text for found in block.fields["further"]] == ["Do not repeat offer of Offer 0"]
    assert told(block, "further_title") == "1 more to decide"


@given(stakes=st.lists(st.floats(0, 1e9), max_size=8))
def test_decisions_are_ordered_by_stake_and_each_stands_once(stakes: list[float]) -> None:
    made = [
        Decision(f"one_{at}", literal("Do it"), "descriptive", literal("seen"), stake=stake)
        for at, stake in enumerate(stakes)
    ]
    ordered = by_stake([*made, *made])
    assert [one.stake for one in ordered] == sorted(stakes, reverse=True)
    assert len({one.key for one in ordered}) == len(stakes)


def test_every_number_of_the_head_is_traced() -> None:
    block = quiet(campaigns(offer(-2_790.0, -6_090.0, 530.0, 0.04)), ChurnOutlook(risk(614, 9_490.0)))
    metrics = {metric.key: metric for metric in block.metrics}
    assert metrics["churn_save_profit"].value == 9_490.0
    assert metrics["campaign_offer_money_offer_total"].value == -2_790.0
    Block.from_payload(block.payload()).verify(metrics)
    with pytest.raises(ReportError, match="traced to no metric"):
        literal("Call 614 of them").verify(metrics)


def test_an_assumption_says_what_becomes_of_the_decision_without_it() -> None:
    with pytest.raises(ReportError, match="rests on an assumption"):
        Decision("calls", literal("Call"), "assumed", literal("one in four is kept"))
    with pytest.raises(ReportError, match="is not one of randomised"):
        Decision("calls", literal("Call"), "sure", literal("seen"))  # type: ignore[arg-type]
    with pytest.raises(ReportError, match="snake_case"):
        Decision("Call them", literal("Call"), "descriptive", literal("seen"))
    with pytest.raises(ReportError, match="0 or more"):
        Decision("calls", literal("Call"), "descriptive", literal("seen"), stake=-1.0)


ACTION = {"action": "Call the list", "owner": "Ann", "due": "2017-12-20", "effect": "fewer leave"}


def test_an_action_that_is_due_without_an_outcome_is_asked_for() -> None:
    (asked,) = quiet(actions=[ACTION]).fields["asked"]
    assert asked.text == "What came of “Call the list”? It was due on 20 Dec 2017; Ann answers for it."
    assert quiet(actions=[{**ACTION, "outcome": "12 stayed"}]).fields["asked"] == []
    assert quiet(actions=[{**ACTION, "due": "2018-01-05"}]).fields["asked"] == []
    assert quiet(actions=[{**ACTION, "due": "next spring"}]).fields["asked"] == []


def test_an_action_that_answers_a_decision_gives_it_an_owner_and_a_day() -> None:
    answer = {**ACTION, "due": dt.date(2018, 1, 5), "answers": "churn_calls"}
    (only,) = quiet(ChurnOutlook(risk(614, 9_490.0)), actions=[answer]).fields["decisions"]
    assert only["by"].text == "Ann, by 5 Jan 2018"


def test_the_analysts_words_stand_above_the_decisions_of_the_sections() -> None:
    block = quiet(ChurnOutlook(risk(614, 9_490.0)), decision="Spend $10k more?")
    assert told(block, "decision") == "Decision needed: Spend $10k more?"
    assert len(todos(block)) == 1


@given(names=st.lists(st.text(min_size=1, max_size=300), min_size=6, max_size=6, unique=True))
def test_the_headline_fits_whatever_the_names(names: list[str]) -> None:
    block = page_head(sample.sizes(names), sample.migration(names), sample.key_figures())
    assert len(block.fields["headline"].text) <= 120


ADVICE = {
    "ChurnRisk": lambda: risk(614, 9_490.0),
    "ChurnOutlook": lambda: ChurnOutlook(risk(614, 9_490.0)),
    "CampaignLift": lambda: offer(4_000.0, 1_000.0, 7_000.0, 0.999),
    "RecentCampaigns": lambda: campaigns(offer(4_000.0, 1_000.0, 7_000.0, 0.999)),
}


def test_no_view_that_says_what_to_do_stands_on_a_page_of_late_data() -> None:
    """A save list of customers whose last purchases have not arrived would be acted on as if it were today's."""
    declared = {view for wing in wings().values() for view in wing.advice}
    assert {view.split(".")[0] for view in declared} == set(ADVICE)
    for record, _, view in (name.partition(".") for name in declared):
        found = ADVICE[record]()
        assert "Not shown: the data" not in getattr(getattr(found.show, view)(), "html", "")
        said = getattr(late(found).show, view)()
        assert [p.text for p in said.fields["paragraphs"]] == [
            "Not shown: the data of the period are not complete, and no decision can rest on them."
        ]
        assert said.metrics == ()


def test_where_data_are_missing_that_is_the_headline_and_nothing_is_to_be_decided() -> None:
    figures = late(sample.key_figures())
    assert not figures.coverage.complete
    block = quiet(
        ChurnOutlook(risk(614, 9_490.0)),
        figures,
        decision="Spend $10k more?",
    )
    assert told(block, "headline").startswith("Not complete: ")
    assert "no decision can rest on this page" in told(block, "decision")
    assert (todos(block), block.fields["further"], block.fields["complete"]) == ([], [], False)
    assert 'class="banner"' in block.html
    assert "Spend" not in block.html


def test_key_figures_alone_make_a_head_in_a_quiet_week() -> None:
    block = page_head(QUIET_FIGURES)
    assert told(block, "headline") == "No key figure left its normal range"
    assert told(block, "decision") == "No decision is needed."


def test_a_page_without_a_headline_is_refused() -> None:
    with pytest.raises(ParameterError, match="none of these results has a headline: ChurnOutlook"):
        page_head(ChurnOutlook(risk(614, 9_490.0)))


def test_the_old_name_is_refused_with_the_new_one() -> None:
    with pytest.raises(AttributeError, match=r"sk\.page\.head"):
        _ = churn_sample.risk().show.head


def test_what_a_record_proposes_is_made_of_its_numbers() -> None:
    (lead,) = proposed(churn_sample.risk(), "leads")
    assert {metric.value for metric in lead.sentences[0].metrics} >= {200}
    assert list(proposed(sample.concentration(), "leads")) == []
    heavy = dataclasses.replace(sample.concentration(), top_shares={0.01: 0.449})
    (only,) = proposed(heavy, "decisions")
    assert only.customers == Metric(only.customers.key, 200, "customers")
    assert "44.9\u202f% of the value" in only.todo.text
