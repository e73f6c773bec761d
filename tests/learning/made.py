"""Customers whose log-odds of leaving are known, as arrays."""

from __future__ import annotations

import numpy as np
from scipy import special

from segkit.learning.encoding import Feature

FEATURES = (
    Feature("tickets", "tickets"),
    Feature("usage", "usage", log=True),
    Feature("months", "months", edges=(6.0, 24.0)),
    Feature("plan", "plan", "category"),
    Feature("noise", "noise"),
)
PLANTED = {"tickets": 0.4, "months_new": 0.6, "months_old": -0.45, "prepaid": 0.8}


def world(n: int, seed: int = 1) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Raw features, labels, and the true probabilities."""
    rng = np.random.default_rng(seed)
    tickets = rng.poisson(0.8, n).astype(float)
    months = rng.uniform(0, 48, n)
    plan = rng.choice(["postpaid", "prepaid", "business"], n, p=[0.5, 0.3, 0.2])
    odds = -2.5 + 0.4 * tickets + 0.6 * (months < 6) - 0.45 * (months >= 24) + 0.8 * (plan == "prepaid")
    p = special.expit(odds)
    raw = {
        "tickets": tickets,
        "usage": rng.lognormal(2, 1, n),
        "months": months,
        "plan": plan,
        "noise": rng.normal(size=n),
    }
    return raw, (rng.random(n) < p).astype(float), p
