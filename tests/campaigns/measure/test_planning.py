"""A planned campaign: sizes against statsmodels, spreads against numpy, power by simulation."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize

from segkit.campaigns.measure.planning import campaign_plan
from segkit.campaigns.models.cuped import adjust
from segkit.campaigns.planning_records import CampaignPlan, PlannedSegment
from segkit.campaigns.views.planning import campaign_plan_table
from segkit.data import Dataset
from segkit.errors import ParameterError
from segkit.segments.measure.assign import segment
from segkit.statistics.effects import Effect
from segkit.statistics.moments import Moments
from tests.campaigns.measure.made import CITIES, END, Made, base_of, clean, tables_of
from tests.customers.worlds import World


def planned(like: Dataset, made: Made, **options: Any) -> CampaignPlan:
    return campaign_plan(segment(base_of(like, tables_of(made)), "city"), **options)


def by_name(plan: CampaignPlan) -> dict[str, PlannedSegment]:
    return {"all" if r.segment is None else r.segment.name: r for r in plan.rows}


def margins(made: Made) -> tuple[np.ndarray, np.ndarray]:
    """Euros of margin in the eight weeks up to the date, and in the eight before."""
    return (made.during // 2).sum(axis=1) / 100, (made.before // 2).sum(axis=1) / 100


def test_spread_and_what_the_past_explains_are_those_of_the_rows(like: Dataset) -> None:
    made = clean(n=3000)
    found = by_name(planned(like, made))
    during, before = margins(made)
    for name, row in found.items():
        here = np.full(made.n, True) if name == "all" else made.city == name
        n = int(here.sum())
        assert row.customers == n
        assert row.mean == pytest.approx(during[here].mean(), rel=1e-9)
        assert row.deviation == pytest.approx(during[here].std(ddof=1), rel=1e-9)
        r2 = float(np.corrcoef(during[here], before[here])[0, 1]) ** 2
        assert row.explained == pytest.approx(1 - (1 - r2) * (n - 1) / (n - 2), rel=1e-9)
    assert set(found) == {"all", *CITIES}


def test_sizes_are_those_of_statsmodels(like: Dataset) -> None:
    plan = planned(like, clean(n=3000), effect=4.0, looks="once", power=0.9)
    for row in plan.rows:
        assert row.deviation is not None
        size = 4.0 / (row.deviation * math.sqrt(1 - row.explained))
        needed = TTestIndPower().solve_power(size, alpha=0.05, power=0.9)
        assert row.per_arm == math.ceil(needed - 1e-6)
        # what today's customers would find takes just as many as there are
        again = NormalIndPower().solve_power(
            size * (row.detectable or 0.0) / 4.0, alpha=0.05, power=0.9, alternative="two-sided"
        )
        assert 2 * again == pytest.approx(row.customers, rel=1e-3)


def test_shares_are_sized_as_shares(telecom: World) -> None:
    plan = campaign_plan(segment(telecom.base, "plan"), outcome="left", effect=0.01, looks="once")
    whole = plan.rows[0]
    assert plan.metric is not None
    assert (plan.metric.key, whole.explained) == ("left", 0.0)
    assert whole.mean is not None
    assert whole.per_arm is not None
    arcsine = NormalIndPower().solve_power(
        proportion_effectsize(whole.mean, whole.mean - 0.01), alpha=0.05, power=0.8
    )
    assert whole.per_arm == pytest.approx(arcsine, rel=0.02)
    rare = [r for r in plan.rows if r.mean is not None and r.mean <= 0.01]
    assert all(r.per_arm is None and r.reason for r in rare)


def test_looking_every_week_takes_more(like: Dataset) -> None:
    made = clean(n=1500)
    sizes = [
        planned(like, made, looks=looks).rows[0].per_arm for looks in ("once", "group-sequential", "always-valid")
    ]
    assert sizes == sorted(sizes, key=lambda n: n or 0)
    assert len(set(sizes)) == 3


def test_weeks_are_those_until_enough_have_come_and_the_campaigns_own(like: Dataset) -> None:
    made = clean(n=1200)
    tables = tables_of(made)
    first = tables["transactions"].to_pandas()
    # 130 customers of Essen came in the last thirteen weeks, ten a week
    late = np.flatnonzero(made.city == "Essen")[:130]
    new = (first["order_id"] >= 10_000_000) & first["customer_id"].isin(late)
    first.loc[new, "day"] = END - dt.timedelta(days=30)
    first = first[new | ~first["customer_id"].isin(late)]
    tables["transactions"] = type(tables["transactions"]).from_pandas(
        first, schema=tables["transactions"].schema, preserve_index=False
    )
    plan = campaign_plan(segment(base_of(like, tables), "city"), effect=3.0, weeks=4)
    essen = by_name(plan)["Essen"]
    assert essen.weekly == pytest.approx(10.0)
    assert essen.per_arm is not None
    lacking = 2 * essen.per_arm - essen.customers
    assert lacking > 0
    assert essen.waiting == math.ceil(lacking / 10)
    assert essen.weeks == essen.waiting + 4
    bonn = by_name(plan)["Bonn"]
    assert (bonn.weekly, bonn.waiting, bonn.weeks) == (0.0, None, None)  # nobody new: never
    enough = by_name(campaign_plan(segment(base_of(like, tables), "city"), effect=60.0))["Bonn"]
    assert (enough.waiting, enough.weeks) == (0, 8)


def test_small_segments_are_not_shown(like: Dataset) -> None:
    made = clean(n=400)
    made.city[:] = "Aachen"
    made.city[:100], made.city[100:103] = "Bonn", "Celle"
    plan = planned(like, made)
    assert set(by_name(plan)) == {"all", "Aachen"}  # Bonn would give Celle away


def test_data_that_do_not_reach_back_are_refused_in_words(like: Dataset) -> None:
    base = base_of(like, tables_of(clean(n=200)))
    young = replace(base, dataset=replace(base.dataset, known_from=END - dt.timedelta(days=40)))
    plan = campaign_plan(segment(young, "city"))
    assert plan.rows == ()
    block = campaign_plan_table(plan)
    assert "the data do not reach back over" in block.html
    assert campaign_plan(segment(young, "city"), weeks=4).rows[0].explained == 0.0  # four weeks, and none before them


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weeks": 0}, "plan_weeks: 0"),
        ({"effect": -1.0}, "effect: -1.0"),
        ({"outcome": "clicks"}, "`clicks` is not in the data. There are: margin, orders, revenue"),
        ({"looks": "twice"}, "looks: `twice`"),
    ],
)
def test_options_that_cannot_be_are_told(like: Dataset, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        planned(like, clean(n=200), **options)


def test_the_page_says_what_to_do(like: Dataset) -> None:
    block = campaign_plan_table(planned(like, clean(n=3000), effect=14.0))
    texts = [s.text for s in block.statements()]
    assert "Enough today" in texts
    assert texts[0].startswith("To find a difference of $14.00 in margin a customer four times in five")
    keys = {m.key for m in block.metrics}
    assert {"planned_all_customers_per_arm", "planned_aachen_weeks", "planned_effect", "planned_looks"} <= keys


@pytest.mark.slow
def test_the_planned_size_has_the_planned_power(like: Dataset) -> None:
    """2,000 campaigns drawn from the customers' own rows, with the planned effect put in."""
    made = clean(n=4000)
    plan = planned(like, made, effect=5.0, looks="once")
    row = plan.rows[0]
    assert row.per_arm is not None
    during, before = margins(made)
    random = np.random.default_rng(20261123)
    found = 0
    for _ in range(2_000):
        arms = {}
        for name, gain in (("control", 0.0), ("offer", 5.0)):
            at = random.integers(0, made.n, row.per_arm)
            arms[name] = Moments.from_arrays({"margin": during[at] + gain, "before": before[at]})
        effect = adjust(arms, "margin", ("before",)).effect("offer", "control")
        found += isinstance(effect, Effect) and effect.significant
    assert 0.77 <= found / 2_000 <= 0.83
