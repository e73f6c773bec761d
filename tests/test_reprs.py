"""What Python prints of a public object: one to three short lines, the same every time."""

from __future__ import annotations

import dataclasses

import pytest

import segkit as sk
from segkit.campaigns.planning_records import CampaignPlan
from segkit.campaigns.recent_records import RecentCampaigns
from segkit.churn.records import ChurnOutlook
from segkit.page.result import Blocks, Nothing, Result
from segkit.wing import load, wings
from tests.campaigns.views import lift_sample
from tests.churn.views import churn_sample
from tests.customers.worlds import World
from tests.declared import declared
from tests.kpis.views import sample
from tests.segments.views import profile_sample
from tests.value.views import value_sample

MOST_LINES, MOST_CHARACTERS, WIDEST = 3, 400, 190


def made() -> dict[str, object]:
    """Public objects that are made by hand, by what they are."""
    figures = sample.key_figures()
    return {
        "sizes": sample.sizes(),
        "moves": sample.migration(),
        "profile": profile_sample.profile(),
        "quality": profile_sample.quality(),
        "figures": figures,
        "figure": figures[0],
        "concentration": sample.concentration(),
        "value": value_sample.value(),
        "risk": churn_sample.risk(),
        "outlook": ChurnOutlook(churn_sample.risk()),
        "lift": lift_sample.randomised(),
        "chosen": lift_sample.chosen(),
        "recent": RecentCampaigns(sample.END, 28, (lift_sample.randomised(),), 0, asked=True),
        "table": sample.migration().show.table(),
        "chart": sample.sizes().show.bars(),
        "tiles": figures.show.tiles(),
        "show": sample.sizes().show,
        "long show": churn_sample.risk().show,
        "blocks": Blocks(block for block in (figures.show.tiles(),) if block is not None),
        "no blocks": Blocks(),
        "nothing": Nothing("Moves need an earlier period; the data do not reach one."),
        "metric": sk.Metric("new", 12, "customers"),
        "note": sk.page.note("Of these, {n} are new.", n=sk.Metric("new", 12, "customers")),
        "error": sk.ParameterError("periods: 0 is not from 1 to 400."),
    }


SNAPSHOTS = {
    "sizes": (
        "SegmentSizes: Lifecycle, 6 segments, 19,995 households, 2017-12-24\n"
        "show.table(), show.bars(), show.value(), show.trend(), show.yields()"
    ),
    "moves": (
        "Migration: Lifecycle, 7 moves shown, 2017-12-17 to 2017-12-24\nshow.table(), show.flows(), show.net()"
    ),
    "profile": (
        "SegmentProfile: Usage, 2 segments, 5 comparisons, 2017-12-24\n"
        "show.table(), show.tiles(), show.traits(), show.index()"
    ),
    "quality": ("SegmentQuality: Usage is sound, 2017-12-24\nshow.table()"),
    "figures": (
        "KeyFigures: active_households, weekly_revenue, share_at_risk, orders_per_household, 2017-12-24\n"
        "show.tiles(), show.changes(), show.plan(), show.control()"
    ),
    "figure": (
        "KeyFigure: active_households (Active households), 11855 customers as of 2017-12-24, 11842 a period earlier, normal"
    ),
    "concentration": (
        "Concentration: revenue, last 12 months of 19,995 households, 2017-12-24\n"
        "show.table(), show.deciles(), show.lorenz()"
    ),
    "value": (
        "CustomerValue: Lifecycle, net revenue of 12 months from 2017-12-24\n"
        "show.table(), show.tiles(), show.deciles(), show.size(), show.by_decile(), show.lorenz(),\n"
        "show.change(), show.change_by_segment(), show.backtest(), show.tracking(), and 3 more: dir(….show)"
    ),
    "risk": (
        "ChurnRisk: Lifecycle, 3 months from 2017-12-24\n"
        "show.table(), show.tiles(), show.definition(), show.against_value(), show.drivers(),\n"
        "show.drivers_table(), show.distribution(), show.losses(), show.save_list(), and 11 more: dir(….show)"
    ),
    "outlook": ("ChurnOutlook: Lifecycle, 3 months from 2017-12-24\nshow.table(), show.note(), show.losses()"),
    "lift": (
        "CampaignLift: The offer, arms control, offer, seen to 2024-10-27\n"
        "show.effects(), show.tiles(), show.checks(), show.comparisons(), show.balance_chart(),\n"
        "show.balance(), show.funnel_chart(), show.funnel(), show.forests(), and 11 more: dir(….show)"
    ),
    "chosen": (
        "CampaignLift: The offer, arms control, offer, seen to 2024-10-27\n"
        "show.effects(), show.tiles(), show.checks(), show.comparisons(), show.balance_chart(),\n"
        "show.balance(), show.funnel_chart(), show.funnel(), show.forests(), and 11 more: dir(….show)"
    ),
    "recent": ("RecentCampaigns: 1 campaigns to 2017-12-24\nshow.table(), show.programmes()"),
    "table": ("Block: table, How households moved between segments, 17 Dec 2017 to 24 Dec 2017 (35 numbers)"),
    "chart": ("Block: figure, Overdue grew by 127 (19 numbers)"),
    "tiles": ("Block: tiles, Active households (24 numbers)"),
    "show": ("SegmentSizes shows:\ntable(), bars(), value(), trend(), yields()"),
    "long show": (
        "ChurnRisk shows:\n"
        "table(), tiles(), definition(), against_value(), drivers(), drivers_table(), distribution(),\n"
        "losses(), save_list(), observed(), cohorts(), retention(), and 8 more: dir(….show)"
    ),
    "blocks": ("1 block"),
    "no blocks": ("no blocks"),
    "nothing": ("Nothing: Moves need an earlier period; the data do not reach one."),
    "metric": ("Metric(key='new', value=12, unit='customers', currency=None, label='')"),
    "note": ("Block: notes, Of these, 12 are new. (1 number)"),
    "error": ("ParameterError('periods: 0 is not from 1 to 400.')"),
}


def short(text: str) -> bool:
    lines = text.splitlines()
    return 1 <= len(lines) <= MOST_LINES and len(text) <= MOST_CHARACTERS and max(map(len, lines)) <= WIDEST


@pytest.mark.parametrize("name", made())
def test_a_repr_is_short_and_as_it_was(name: str) -> None:
    said = repr(made()[name])
    assert short(said), said
    assert said == SNAPSHOTS[name]


def test_every_result_of_every_wing_says_in_a_line_what_it_is() -> None:
    """Each record with views has a repr of its own, not that of a dataclass."""
    named = {name for wing in wings().values() for name in wing.views}
    for place in declared():
        load(place)
    records = {found.__name__: found for found in descendants(Result)}
    assert named <= records.keys()
    for name in named:
        assert records[name].__repr__ is Result.__repr__, name
        assert records[name].describe is not Result.describe, name


def descendants(base: type) -> list[type[Result]]:
    return [one for child in base.__subclasses__() for one in (child, *descendants(child))]


def test_a_base_a_split_and_what_is_measured_of_them(grocery: World) -> None:
    split = sk.segments.assign(grocery.base, "lifecycle")
    assert repr(grocery.base) == ("CustomerBase: households of grocery as of 2017-12-24, 13 weeks\nshow.quality()")
    assert repr(split) == (
        "SegmentedBase: households of grocery as of 2017-12-24, 13 weeks, by Lifecycle: New, Reactivated, Active, "
        "Overdue, Lapsed"
    )
    found = [
        sk.segments.sizes(split), sk.segments.moves(split), sk.segments.returning(split), sk.segments.quality(split),
        sk.segments.cross(split, "value"), sk.kpis.read(split), sk.value.concentration(grocery.base),
        sk.campaigns.plan(split),
    ]  # fmt: skip
    assert [repr(one) for one in found if not short(repr(one))] == []
    assert any(isinstance(one, CampaignPlan) for one in found)


def test_a_long_title_is_cut() -> None:
    long = dataclasses.replace(sample.sizes(), title="Lifecycle " * 60)
    assert short(repr(long))
    assert "…" in repr(long)
