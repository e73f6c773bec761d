"""Does the effect hold together?"""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.agreement import campaign_overlap, novelty, simpson
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import compare_means
from segkit.statistics.moments import Moments


def cell(y: np.ndarray) -> Moments:
    return Moments.from_arrays({"y": y})


def test_simpsons_reversal_is_blocked() -> None:
    """Treated are mostly of the poor segment: worse overall, better in each."""
    random = np.random.default_rng(4)
    rich_t, rich_c = random.normal(52, 5, 200), random.normal(50, 5, 1800)
    poor_t, poor_c = random.normal(12, 5, 1800), random.normal(10, 5, 200)
    overall = compare_means(cell(np.r_[rich_t, poor_t]), cell(np.r_[rich_c, poor_c]), "y")
    segments = {
        "rich": compare_means(cell(rich_t), cell(rich_c), "y"),
        "poor": compare_means(cell(poor_t), cell(poor_c), "y"),
    }
    found = simpson(overall, segments, {"rich": 2000, "poor": 2000})
    assert found.status == "blocked"
    assert "must not be read as the effect" in found.sentence


def test_a_segment_that_goes_the_other_way_is_warned_of() -> None:
    random = np.random.default_rng(5)
    a_t, a_c = random.normal(15, 5, 2000), random.normal(10, 5, 2000)
    b_t, b_c = random.normal(8, 5, 2000), random.normal(10, 5, 2000)
    overall = compare_means(cell(np.r_[a_t, b_t]), cell(np.r_[a_c, b_c]), "y")
    segments = {"a": compare_means(cell(a_t), cell(a_c), "y"), "b": compare_means(cell(b_t), cell(b_c), "y")}
    found = simpson(overall, segments, {"a": 4000, "b": 4000})
    assert found.status == "warn"
    assert "in b the effect goes against" in found.sentence


def test_an_effect_that_fades_is_warned_of() -> None:
    random = np.random.default_rng(6)

    def periods(early: float, late: float) -> Moments:
        loyal = random.normal(0, 1, 4000)
        return Moments.from_arrays(
            {"early": loyal + early + random.normal(0, 1, 4000), "late": loyal + late + random.normal(0, 1, 4000)}
        )

    control = periods(0, 0)
    assert novelty(periods(0.3, 0.3), control, "early", "late").status == "ok"
    fading = novelty(periods(0.4, 0.1), control, "early", "late")
    assert fading.status == "warn"
    assert "fades" in fading.sentence
    assert "strengthens" in novelty(periods(0.1, 0.4), control, "early", "late").sentence
    # twice as long a period with twice the outcome is the same effect a day
    assert novelty(periods(0.2, 0.4), periods(0, 0), "early", "late", late_days=2).status == "ok"


def test_another_campaign_that_reached_one_arm_more_is_warned_of() -> None:
    sizes = {"t": 5000, "c": 5000}
    assert campaign_overlap({"t": 500, "c": 510}, sizes, "spring").status == "ok"
    assert campaign_overlap({"t": 800, "c": 510}, sizes, "spring").status == "warn"
    assert campaign_overlap({"t": 0, "c": 0}, sizes, "spring").status == "ok"
    with pytest.raises(DataError, match="among"):
        campaign_overlap({"t": 9000, "c": 0}, sizes, "spring")
    with pytest.raises(ParameterError, match="members are given"):
        campaign_overlap({"t": 9}, sizes, "spring")
