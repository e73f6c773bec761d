"""Each fault of a campaign, put into clean data: the page says so, and where it blocks, no result is on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest
from nbformat import v4

from segkit.campaigns.records import CampaignLift
from segkit.campaigns.views.chosen import chosen_balance, chosen_comparisons
from segkit.campaigns.views.differences import lift_by_segment
from segkit.campaigns.views.effect_tables import lift_checks, lift_effects
from segkit.campaigns.views.frame import lift_funnel, lift_method
from segkit.campaigns.views.lift_by_segment import lift_channels, lift_money, lift_plan, lift_policies
from segkit.campaigns.views.lift_charts import balance_plot, lift_funnel_chart, lift_profit, segment_forest
from segkit.campaigns.views.lift_head import lift_tiles
from segkit.data import Dataset
from segkit.page import head as page_head
from segkit.project.rendering import Page, render
from tests.campaigns.measure.made import CITIES, END, START, Made, clean, lift_of
from tests.kpis.views.notebook import cell, heading

RESULTS = ("what being assigned to an arm changed", "raw and shrunken", "whether it paid", "against sending nothing")


def page_of(lift: CampaignLift) -> Page:
    """The page as the notebook makes it."""
    book = v4.new_notebook()
    book.cells = [
        heading("# Campaign lift\n\nWhat a campaign changed."),
        cell(page_head(lift, subject="Made")),
        cell(lift_tiles(lift)),
        heading("## May the numbers be shown?"),
        cell(lift_checks(lift)),
        heading("## What was found"),
        cell(lift_effects(lift), chosen_comparisons(lift), balance_plot(lift)),
        cell(chosen_balance(lift), lift_funnel_chart(lift), lift_funnel(lift)),
        heading("## For whom"),
        cell(segment_forest(lift), lift_by_segment(lift), lift_profit(lift)),
        cell(lift_money(lift), lift_channels(lift), lift_policies(lift), lift_plan(lift)),
        heading("## Method"),
        cell(lift_method(lift)),
    ]
    return render(book)


def kept(made: Made, mask: np.ndarray) -> Made:
    """Only these customers."""
    return Made(**{name: getattr(made, name)[mask] for name in Made.__dataclass_fields__})


def lost_after_the_draw(made: Made) -> None:
    """A tenth of the offer's customers are no longer in the list."""
    lost = (made.arm == "offer") & (np.arange(made.n) % 8 == 0)
    shorter = kept(made, ~lost)
    for name in Made.__dataclass_fields__:
        setattr(made, name, getattr(shorter, name))


def lost_in_one_city(made: Made) -> None:
    lost = (made.arm == "offer") & (made.city == CITIES[0]) & (np.arange(made.n) % 3 != 0)
    shorter = kept(made, ~lost)
    for name in Made.__dataclass_fields__:
        setattr(made, name, getattr(shorter, name))


def control_contacted(made: Made) -> None:
    made.sent[(made.arm == "control") & (np.arange(made.n) % 6 == 0)] = True


def a_little_contacted(made: Made) -> None:
    made.sent[np.flatnonzero(made.arm == "control")[:3]] = True


def arms_unknown(made: Made) -> None:
    made.arm[np.arange(made.n) % 20 == 0] = None


def good_customers_chosen(made: Made) -> None:
    """Those who spent more were likelier to get the offer."""
    order = np.argsort(np.argsort(made.before.sum(axis=1))) / made.n
    flip = np.random.default_rng(5).random(made.n)
    made.arm[:] = np.where(flip < 0.25 + 0.5 * order, "offer", "control")
    made.sent[:] = made.arm == "offer"


def assigned_early(made: Made) -> None:
    made.when[:] = dt.datetime.combine(START - dt.timedelta(days=20), dt.time(9))


def fades(made: Made) -> None:
    """A strong effect in the first weeks that is gone in the last."""
    offered = made.arm == "offer"
    made.during[offered, :4] += 3_000


def reversed_mix(made: Made) -> None:
    """The offer helps in every city, but went to the city whose customers spend least."""
    draw = np.random.default_rng(8).random(made.n)
    poor = np.isin(made.city, CITIES[:2])
    made.arm[:] = np.where(draw < np.where(poor, 0.75, 1 / 3), "offer", "control")
    made.sent[:] = made.arm == "offer"
    made.during[~poor] += 20_000
    made.during[made.arm == "offer"] += 1_500


def another_campaign(made: Made) -> None:
    """Another campaign reached the offer's customers, and few of the control."""
    made.others[:] = np.where(made.arm == "offer", np.arange(made.n) % 2 == 0, np.arange(made.n) % 10 == 0)


BLOCKS: list[tuple[Callable[[Made], None], str]] = [
    (lost_after_the_draw, "Sample ratio"),
    (lost_in_one_city, "Sample ratio in Aachen"),
    (control_contacted, "Clean control"),
    (arms_unknown, "Arm known"),
    (good_customers_chosen, "Balance before"),
    (assigned_early, "Covariates from before"),
    (reversed_mix, "Whole against segments"),
]
WARNS: list[tuple[Callable[[Made], None], str]] = [
    (a_little_contacted, "Clean control"),
    (fades, "Novelty"),
    (another_campaign, "Overlap with Another one"),
]


@pytest.mark.parametrize(("tamper", "check"), BLOCKS, ids=lambda v: getattr(v, "__name__", None))
def test_a_fault_blocks_the_page(like: Dataset, tamper: Callable[[Made], None], check: str) -> None:
    made = clean(n=3000)
    tamper(made)
    lift = lift_of(like, made)
    assert check in {v.check for v in lift.checks if v.status == "blocked"}
    assert not lift.evidence.publishable
    assert (lift.comparisons, lift.by_segment, lift.money, lift.channels, lift.policies) == ((), (), (), None, None)
    page = page_of(lift)
    assert "Blocks" in page.html
    assert "No result is shown" in page.html
    assert "forbids to show" in page.headline
    for words in RESULTS:
        assert words not in page.html
    ours = ("lift_customers", "lift_arms", "lift_look", "lift_planned", "lift_funnel", "funnel_")
    for key in page.metrics:
        # the checks' own numbers, which say why, and no result
        assert key.startswith((*ours, "lift_check_", "lift_checks_passed", "lift_reason_"))
        assert "converted" not in key


@pytest.mark.parametrize(("tamper", "check"), WARNS, ids=lambda v: getattr(v, "__name__", None))
def test_a_fault_warns_on_the_page(like: Dataset, tamper: Callable[[Made], None], check: str) -> None:
    made = clean(n=3000)
    tamper(made)
    lift = lift_of(like, made)
    assert check in {v.check for v in lift.checks if v.status == "warn"}
    page = page_of(lift)
    assert ">Look<" in page.html
    assert page.html.index(">Look<") < page.html.index(">Passed<")  # what was found comes first


def test_outcomes_that_are_still_to_come_warn_and_conversion_waits(like: Dataset) -> None:
    lift = lift_of(like, clean(n=3000), as_of=END - dt.timedelta(days=20))
    assert {v.check: v.status for v in lift.checks}["Outcomes are in"] == "warn"
    assert "converted" not in {metric.key for metric in lift.metrics}  # it knows the future
    assert (lift.facts.look, lift.facts.planned_looks) == (6, 8)
    assert "20 of 56 days" in page_of(lift).html


def test_shares_that_nobody_stated_warn(like: Dataset) -> None:
    lift = lift_of(like, clean(n=3000), planned_shares={})
    assert {v.check: v.status for v in lift.checks}["Sample ratio"] == "warn"


def test_a_clean_campaign_passes_and_shows_its_results(like: Dataset) -> None:
    lift = lift_of(like, clean(n=3000))
    assert {v.status for v in lift.checks} == {"ok"}
    page = page_of(lift)
    for words in RESULTS:
        assert words in page.html
    assert "Yes: every check passed" in page.html
