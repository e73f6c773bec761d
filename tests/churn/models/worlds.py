"""Worlds of churn as moments: horizons that are moved by shocks, a model that was learnt from them, the next horizon.

Customers differ in what the model knows of them; what it does not know moves all customers of a horizon (a season, a
price) and each of its segments. The model's log-odds are right but for a constant, which is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from segkit.churn.models.group_risk import (
    FEWEST,
    GroupRisk,
    ModelErrors,
    Seen,
    group_risk,
    segment_error,
    whole_error,
)

LEVEL = 0.9


@dataclass(frozen=True)
class Outcome:
    """An interval, that of who knows the truth (the risks, and how far shocks reach), and what came."""

    segment: bool
    low: float
    high: float
    known_low: float
    known_high: float
    came: float

    @property
    def inside(self) -> bool:
        """Whether the interval held."""
        return self.low <= self.came <= self.high

    @property
    def known_inside(self) -> bool:
        """Whether that of who knows the truth held."""
        return self.known_low <= self.came <= self.known_high


def outcomes(worlds: int, *, horizons: int, shocks: float = 0.3, moves: float = 0.2, seed: int = 0) -> list[Outcome]:
    """Of the total and of all segments of at least 30 customers of each world.

    Args:
        worlds: how many.
        horizons: that the model sees: one is held out, and it is learnt from the others.
        shocks, moves: largest standard deviations of what moves a horizon, and a segment of it, in log-odds; a world's
            own are drawn between zero and these.
        seed: of the first world.
    """
    return [
        one
        for number in range(worlds)
        for one in _world(np.random.default_rng(seed + number), horizons, shocks, moves)
    ]


def _world(rng: np.random.Generator, horizons: int, shocks: float, moves: float) -> Iterator[Outcome]:
    customers, segments = int(10 ** rng.uniform(2.7, 4.5)), int(rng.integers(3, 9))
    shock, move = rng.uniform(0, shocks), rng.uniform(0, moves)
    place = rng.choice(segments, customers, p=rng.dirichlet(np.full(segments, 3.0)))
    known = (
        special.logit(rng.uniform(0.05, 0.6)) + rng.normal(0, 0.7, segments)[place] + rng.normal(0, 0.8, customers)
    )
    # the held-out horizon first, then those learnt from; the last is what comes
    left = []
    for _ in range(horizons + 1):
        moved = known + rng.normal(0, shock) + rng.normal(0, move, segments)[place]
        left.append(rng.random(customers) < special.expit(moved))
    tested, final = (_learnt(known, left[since:horizons]) for since in (1, 0))
    sums = [_sums(tested, gone, np.zeros(customers, dtype=int), 1) for gone in left[:horizons]]
    parts = _sums(tested, left[0], place, segments)
    enough = parts[0] >= FEWEST
    errors = ModelErrors(
        whole_error(Seen(*(np.concatenate(column) for column in zip(*sums, strict=True)))),
        horizons,
        segment_error(Seen(*(column[enough] for column in parts))),
        max(int(enough.sum()) - 1, 1),
    )
    sizes = np.bincount(place, minlength=segments) / customers
    for segment in range(-1, segments):
        mine = np.ones(customers, dtype=bool) if segment < 0 else place == segment
        if mine.sum() < FEWEST:
            continue
        reach = errors.reach(LEVEL, segment=segment >= 0)
        ours = _interval(final[mine], reach, float(mine.sum()) * horizons)
        true = special.expit(known[mine])
        spread = np.hypot(shock, move * (1.0 if segment >= 0 else float(np.sqrt((sizes**2).sum()))))
        # a shift of everybody's log-odds moves those of their mean by less
        alike = float((true * (1 - true)).mean() / (true.mean() * (1 - true.mean())))
        theirs = _interval(true, float(spread) * alike, np.inf)
        assert ours.low is not None
        assert ours.high is not None
        assert theirs.low is not None
        assert theirs.high is not None
        came = float(left[horizons][mine].mean())
        yield Outcome(segment >= 0, ours.low, ours.high, theirs.low, theirs.high, came)


def _learnt(known: np.ndarray, left: list[np.ndarray]) -> np.ndarray:
    """Risks whose mean is that of the horizons learnt from."""
    wanted, shift = float(np.mean([gone.mean() for gone in left])), 0.0
    for _ in range(50):
        p = special.expit(known + shift)
        shift -= (p.mean() - wanted) / np.mean(p * (1 - p))
    return special.expit(known + shift)


def _sums(risk: np.ndarray, left: np.ndarray, place: np.ndarray, groups: int) -> list[np.ndarray]:
    return [
        np.bincount(place, weights=w, minlength=groups) for w in (np.ones(risk.size), left, risk, risk * (1 - risk))
    ]


def _interval(risk: np.ndarray, error: float, learnt_from: float) -> GroupRisk:
    return group_risk(
        risk.size,
        float(risk.mean()),
        float((risk * (1 - risk)).mean()),
        learnt_from=learnt_from,
        model_error=error,
        level=LEVEL,
        fewest=1,
    )
