"""Random and adversarial cases: parameters over many orders of magnitude, histories up to 5,000 purchases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Case:
    """One customer under one set of parameters."""

    r: float
    alpha: float
    a: float
    b: float
    s: float
    beta: float
    x: int
    t_x: float
    T: float
    horizon: float


def cases(number: int, seed: int) -> Iterator[Case]:
    """As many cases, the same for the same seed; about a third of them at some singularity or edge."""
    rng = np.random.default_rng(seed)

    def spread(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    for _ in range(number):
        r, a, b, s = (spread(0.01, 100.0) for _ in range(4))
        alpha, beta = spread(1e-3, 1e3), spread(1e-3, 1e3)
        edge = int(rng.integers(0, 18))
        if edge == 0:
            a = 1.0
        elif edge == 1:
            a = 1.0 + float(rng.normal()) * 1e-9
        elif edge == 2:
            a = rng.uniform(0.01, 0.99)
            b = 1.0 - a
        elif edge == 3:
            alpha = spread(1e-12, 1e-6)
        elif edge == 4:
            beta = spread(1e-12, 1e-6)
        elif edge == 5:
            s = 1.0 + float(rng.choice([0.0, 1e-12, -1e-7]))
        elif edge == 6:
            alpha = beta
        x = int(rng.choice([0, 0, 1, 2, int(spread(1.0, 5000.0))]))
        if rng.random() < 0.02:
            x = 5000
        T = spread(0.05, 2000.0)
        t_x = 0.0 if x == 0 else float(rng.choice([rng.uniform(0.001, 1.0), 1.0])) * T
        if edge == 7:
            x, t_x, T = 0, 0.0, 0.0
        yield Case(r, alpha, a, b, s, beta, x, t_x, T, horizon=spread(0.01, 2000.0))
