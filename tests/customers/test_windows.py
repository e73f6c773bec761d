"""Only numbers of equally long stretches are compared: the rule, and every comparison of values over all windows."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from segkit.customers import CustomerBase, customer_base
from segkit.customers.periods import period_ending
from segkit.customers.windows import TimeWindow, ask_like
from segkit.data import open_dataset
from segkit.errors import ReportError
from segkit.kpis.measure.key_figures import read_key_figures
from segkit.segments.measure.assign import segment
from segkit.segments.measure.sizes import segment_sizes
from segkit.segments.views.profile import yield_table

FIRST = dt.date(2017, 1, 1)  # of the grocer's purchases


def test_unlike_windows_are_refused() -> None:
    year = TimeWindow.before(dt.date(2018, 1, 31), 12, FIRST)
    assert (year.start, year.days, year.whole) == (dt.date(2017, 2, 1), 365, True)
    clipped = TimeWindow.before(dt.date(2017, 12, 31), 13, FIRST)
    assert not clipped.whole
    for other in (
        clipped,
        TimeWindow.before(dt.date(2018, 1, 31), 6, FIRST),
        TimeWindow.before(dt.date(2018, 1, 31), 0, FIRST),
    ):
        with pytest.raises(ReportError, match="compared with one of"):
            ask_like(year, other)
    ask_like(year, TimeWindow.before(dt.date(2017, 12, 31), 12, FIRST))


def test_months_are_alike_however_many_days_they_have() -> None:
    february, march = (
        TimeWindow.of_period(period_ending(dt.date(2023, m, d), "month")) for m, d in ((2, 28), (3, 31))
    )
    assert (february.days, march.days) == (28, 31)
    ask_like(march, february)


@pytest.fixture(scope="module")
def bases() -> dict[tuple[str, int], CustomerBase]:
    """The grocer by each period and by windows of value that its data cover, or do not."""
    dataset = open_dataset("grocery", "2017-12-24")
    return {
        (period, months): customer_base(dataset, period=period, periods=3, value_months=months)
        for period in ("week", "month")
        for months in (0, 1, 6, 11, 12, 24)
    }


def test_value_is_compared_exactly_where_both_windows_are_whole(bases: dict[tuple[str, int], CustomerBase]) -> None:
    """By the calendar alone: a window of so many months before the earlier end has to begin in 2017."""
    for (period, months), base in bases.items():
        sizes = segment_sizes(segment(base, "value"))
        assert base.previous is not None
        whole = months in (1, 6) or (months == 11 and period == "week" and base.previous >= dt.date(2017, 12, 1))
        assert (sizes.total_previous_value is not None) is whole, (period, months)
        assert sizes.frame["previous_value"].notna().any() == whole
        assert sizes.total_previous is not None
        shown = yield_table(sizes).html
        assert ("Value is not compared with the period before" in shown) is not whole


def test_key_figures_of_all_periods_count_equal_windows(bases: dict[tuple[str, int], CustomerBase]) -> None:
    for (period, _), base in bases.items():
        for figure in read_key_figures(segment(base, "value")).figures:
            windows = [TimeWindow.of_period(period_ending(end, period)) for end in figure.dates]
            for before, now in pairwise(windows):
                ask_like(now, before)
                assert (now.start - before.end).days == 1
