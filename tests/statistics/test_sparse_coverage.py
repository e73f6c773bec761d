"""How often 95 % intervals hold the truth where hardly anybody bought: shares, counts, money, down to none and one.

The slow suite prints the table that stands in docs/conformance-lift.md: treated and control rate, draws with at most one
buyer in an arm, draws refused, differences covered, draws with a lift, lifts not contradicted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.proportions import compare_proportions

pytestmark = pytest.mark.slow

N, ROUNDS = 1_000, 2_000
RATES = ((0.001, 0.02), (0.003, 0.02), (0.008, 0.02), (0.02, 0.001), (0.02, 0.003), (0.003, 0.003), (0.001, 0.005))
"""(treated, control): shares of customers who buy."""

Record = Callable[[str, object], None]
Amounts = Callable[[np.random.Generator, int], np.ndarray]
KINDS: dict[str, tuple[Amounts, float]] = {
    "share": (lambda _, k: np.ones(k), 1.0),
    "count": (lambda random, k: 1.0 + random.poisson(0.4, k), 1.4),
    "money, one price": (lambda _, k: np.full(k, 20.0), 20.0),
    "money, gamma": (lambda random, k: random.gamma(2, 10, k), 20.0),
    "money, log-normal": (lambda random, k: random.lognormal(3, 0.8, k), float(np.exp(3 + 0.32))),
}
"""What a buyer brings, and its mean."""


def cell(values: np.ndarray) -> Moments:
    """Moments of N customers of whom these bought."""
    mean = float(values.sum()) / N
    gap, none = values - mean, N - len(values)
    second, third, fourth = (float((gap**p).sum() + none * (-mean) ** p) for p in (2, 3, 4))
    one = np.array([[second]])
    return Moments(
        ("x",), N, np.array([[N]]), np.array([[mean]]), one, one, np.array([third]), np.array([fourth])
    )  # fmt: skip


def compared(kind: str, treated: Moments, control: Moments) -> Effect | Refusal:
    if kind == "share":
        return compare_proportions(treated, control, "x")
    return compare_means(treated, control, "x", skewed=kind.startswith("money"), counts=kind == "count")


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_the_truth_down_to_none_and_one(kind: str, record_property: Record) -> None:
    random = np.random.default_rng(20241101)
    draw, mean = KINDS[kind]
    for rate_t, rate_c in RATES:
        truth, relative = (rate_t - rate_c) * mean, rate_t / rate_c - 1
        shown = hits = lifts = lift_hits = few = no_width = 0
        for _ in range(ROUNDS):
            bought = [draw(random, int(random.binomial(N, rate))) for rate in (rate_t, rate_c)]
            few += min(map(len, bought)) <= 1
            found = compared(kind, *map(cell, bought))
            if isinstance(found, Refusal):
                continue
            shown += 1
            hits += found.lower <= truth <= found.upper
            no_width += found.lower == found.upper
            if found.lift.lower is not None and found.lift.upper is not None:
                lifts += 1
                lift_hits += found.lift.lower <= relative <= found.lift.upper
                no_width += found.lift.lower == found.lift.upper
        told = lift_hits + shown - lifts  # a lift that is called not estimable excludes nothing
        row = (
            f"| {kind} | {rate_t:.1%} | {rate_c:.1%} | {few / ROUNDS:.1%} | {1 - shown / ROUNDS:.1%} | "
            f"{hits / shown:.1%} | {lifts / shown:.1%} | {told / shown:.1%} |"
        )
        record_property("figure", f"lift, {ROUNDS:,} draws: {row}")
        assert no_width == 0
        assert hits / shown >= 0.935, (rate_t, rate_c)
        assert told / shown >= 0.945, (rate_t, rate_c)
