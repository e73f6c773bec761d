"""The gate on simulated pages: how often it calls news what is none, and finds what is. `tox -e slow`, `tox -e soak`."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

from segkit.news.feasts import Mark
from segkit.news.page_judgement import Series, Timeline, judge_series
from tests.news.simulation import (
    FIGURES,
    HISTORIES,
    NULLS,
    POWER,
    SLOW_YEARLY,
    SUSTAINED,
    WHOLE,
    Pages,
    false_alarms,
    found_at_once,
    found_within,
    normals,
    rejected,
    slow_entries,
    wandering,
    week_spans,
    white,
    whole_page_alarms,
)

PAGES: Final = 5_000 if os.environ.get("SEGKIT_SOAK") else 500
SEED: Final = 7
STEADY: Final = {"white noise": white, "autocorrelation .3": wandering(0.3)}
Record = Callable[[str, object], None]


def told(share: float) -> str:
    """A share of the pages, and how many these are."""
    return f"{share * 100:.1f} % of {PAGES:,} pages"


def error(share: float) -> float:
    """Two standard errors of a share of so many pages."""
    return 2 * float(np.sqrt(share * (1 - share) / PAGES))


@pytest.mark.slow
@pytest.mark.parametrize("n", HISTORIES)
@pytest.mark.parametrize("world", NULLS)
def test_pages_without_news_have_none(world: str, n: int, record_property: Record) -> None:
    made, target = NULLS[world]
    found = false_alarms(made, PAGES, n, SEED)
    record_property("figure", f"news where there is none: {world}, {n} weeks: {told(found)} (target {target:.0%})")
    assert found <= target + error(target)


@pytest.mark.slow
@pytest.mark.parametrize("n", HISTORIES)
def test_a_whole_page_has_one_error_rate_its_segments_included(n: int, record_property: Record) -> None:
    found = whole_page_alarms(PAGES, n, SEED)
    record_property("figure", f"news of figures or segments where there is none: {n} weeks: {told(found)}")
    assert found <= WHOLE + error(WHOLE)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), POWER.items())
def test_a_step_of_four_deviations_is_found_in_its_first_week(n: int, share: float, record_property: Record) -> None:
    found = found_at_once(white, PAGES, n, 4.0, SEED)
    record_property(
        "figure", f"a step of four deviations found at once: {n} weeks: {told(found)} (wanted {share:.0%})"
    )
    assert found >= share - error(share)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), SUSTAINED.items())
def test_a_step_of_two_that_lasts_is_told_within_eight_weeks(n: int, share: float, record_property: Record) -> None:
    found = found_within(PAGES, n, 2.0, 8, SEED)
    record_property("figure", f"a step of two told within eight weeks: {n} weeks: {told(found)} (wanted {share:.0%})")
    assert found >= share - error(share)


@pytest.mark.slow
@pytest.mark.parametrize("world", STEADY)
@pytest.mark.parametrize("n", SUSTAINED)
def test_few_slow_changes_are_told_where_there_is_none(world: str, n: int, record_property: Record) -> None:
    many = PAGES // 5
    found = slow_entries(STEADY[world], many, n, SEED)
    record_property("figure", f"slow changes a year without one: {world}, {n} weeks: {found:.2f}, {many} pages")
    assert found <= SLOW_YEARLY + 2 * np.sqrt(SLOW_YEARLY / many)


def test_a_page_is_judged_as_the_simulation_judges_it() -> None:
    """The rows that are simulated together, and `judge_series`, which reports call, come to the same verdicts and limits."""
    rng = np.random.default_rng(3)
    values = normals(rng, 8, 31)
    values[3, -1] += 9
    calendar: tuple[Mark | None, ...] = (None,) * 31
    found = Pages(values, "number", 1.0, calendar=calendar).judged()
    told = rejected(found.p).ravel()
    spans = week_spans(dt.date(2024, 6, 2), 31)
    for page in range(8):
        rows = values[page * FIGURES : (page + 1) * FIGURES]
        judgements = judge_series([Series(tuple(row), "number") for row in rows], Timeline(spans, "week", calendar))
        for at, judgement in enumerate(judgements):
            assert (judgement.state == "news") == bool(told[page * FIGURES + at])
            assert judgement.low is not None
            assert judgement.high is not None
            inside = judgement.low <= rows[at, -1] <= judgement.high
            assert inside == (judgement.state != "news")
