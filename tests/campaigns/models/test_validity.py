"""Every fault that is injected is found; clean campaigns are left in peace."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.agreement import campaign_overlap, novelty, simpson
from segkit.campaigns.models.sample_ratio import sample_ratio, sample_ratio_by_segment
from segkit.campaigns.models.validity import (
    contamination,
    counted_fault,
    duplicates,
    late_outcomes,
    post_treatment,
    pre_period_balance,
    several_arms,
)
from segkit.campaigns.models.verdict import Verdict, worst
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import compare_means
from segkit.statistics.moments import Moments


def arms(seed: int, shift: float = 0.0, n: int = 3000) -> dict[str, Moments]:
    random = np.random.default_rng(seed)
    return {
        name: Moments.from_arrays(
            {"before": random.gamma(1, 20, n) + (shift if name == "t" else 0.0), "visits": random.poisson(2, n) * 1.0}
        )
        for name in ("t", "c", "d")
    }


def test_arms_that_differed_before_are_found() -> None:
    assert pre_period_balance(arms(1), ["before", "visits"]).status == "ok"
    warned = pre_period_balance(arms(1, 2.5), ["before", "visits"])
    assert warned.status == "warn"
    assert "before differed" in warned.sentence
    assert pre_period_balance(arms(1, 6.0), ["before", "visits"]).status == "blocked"
    with pytest.raises(ParameterError, match="needs a covariate; name at least one column"):
        pre_period_balance(arms(1), [])


def test_a_constant_covariate_that_differs_is_no_chance() -> None:
    cells = {name: Moments.from_arrays({"x": [value] * 5}) for name, value in (("t", 1.0), ("c", 2.0))}
    assert pre_period_balance(cells, ["x"]).status == "blocked"
    same = {name: Moments.from_arrays({"x": [1.0] * 5}) for name in ("t", "c")}
    assert pre_period_balance(same, ["x"]).status == "ok"


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (contamination(0, 1000), "ok"),
        (contamination(3, 1000), "warn"),
        (contamination(80, 1000), "blocked"),
        (several_arms(0, 1000), "ok"),
        (several_arms(5, 1000), "warn"),
        (several_arms(50, 1000), "blocked"),
        (duplicates(0, 10), "ok"),
        (duplicates(1, 1000), "warn"),
        (duplicates(200, 1000), "blocked"),
        (late_outcomes(30, 28), "ok"),
        (late_outcomes(20, 28), "warn"),
        (late_outcomes(0, 28), "blocked"),
        (post_treatment({"history": -1, "visits": 0}), "ok"),
        (post_treatment({"history": -1, "visits": 7}), "blocked"),
    ],
)
def test_counted_faults(verdict: Verdict, status: str) -> None:
    assert verdict.status == status
    assert verdict.sentence
    assert not verdict.sentence.endswith(".")


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(DataError, match="between 0 and the whole"):
        counted_fault("x", 5, 3, what="are", consequence="so", block_above=0.1)
    with pytest.raises(ParameterError, match="above zero"):
        late_outcomes(3, 0)


@pytest.mark.slow
def test_clean_campaigns_are_warned_of_less_than_once_in_a_hundred() -> None:
    """2,000 campaigns without effect, three arms, eight segments, zero-inflated spend; all checks at once."""
    random = np.random.default_rng(20261122)
    rounds, warned = 2000, 0
    names = ("t", "u", "c")
    for _ in range(rounds):
        n = 4000
        arm, segment = random.integers(0, 3, n), random.integers(0, 8, n)
        before = random.gamma(1, 20, n)
        early = np.where(random.random(n) < 0.05, random.lognormal(3, 1, n), 0.0)
        late = np.where(random.random(n) < 0.05, random.lognormal(3, 1, n), 0.0)
        other = random.random(n) < 0.2
        data = {"y": early + late, "early": early, "late": late, "before": before}
        cells = {name: Moments.from_arrays({c: v[arm == k] for c, v in data.items()}) for k, name in enumerate(names)}
        sizes = {name: cells[name].rows for name in names}
        by_segment = {
            f"s{s}": {name: int(((segment == s) & (arm == k)).sum()) for k, name in enumerate(names)}
            for s in range(8)
        }
        overall = compare_means(cells["t"], cells["c"], "y")
        segments = {
            f"s{s}": compare_means(
                *(Moments.from_arrays({"y": data["y"][(segment == s) & (arm == k)]}) for k in (0, 2)), "y"
            )
            for s in range(8)
        }
        verdicts = [
            sample_ratio(sizes).verdict,
            *(found.verdict for found in sample_ratio_by_segment(by_segment).values()),
            pre_period_balance(cells, ["before"]),
            novelty(cells["t"], cells["c"], "early", "late"),
            simpson(overall, segments, {s: sum(c.values()) for s, c in by_segment.items()}),
            campaign_overlap(
                {name: int((other & (arm == k)).sum()) for k, name in enumerate(names)}, sizes, "another"
            ),
        ]
        warned += worst(verdicts) != "ok"
    assert warned / rounds < 0.01
