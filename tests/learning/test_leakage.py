"""Planted leaks are caught and named; honest features are not."""

from __future__ import annotations

import numpy as np

from segkit.learning.encoding import Feature
from segkit.learning.leakage import check_features
from tests.learning.made import FEATURES, world


def test_what_is_known_only_after_the_event_is_named() -> None:
    raw, labels, _ = world(8_000)
    now, _, _ = world(4_000, seed=5)
    rng = np.random.default_rng(1)
    # filled in for most of those who left, and for nobody who is still there
    reason = np.where((labels == 1) & (rng.random(8_000) < 0.9), "moved away", "")
    # half of the leavers only: alone it is not too good, but it disappears at the date of the report
    survey = np.where((labels == 1) & (rng.random(8_000) < 0.5), 1.0, 0.0)
    # a constant of everybody to be scored, and a copy of the label with noise
    raw |= {"reason": reason, "survey": survey, "copy": labels + rng.normal(0, 0.2, 8_000)}
    now |= {"reason": np.full(4_000, ""), "survey": np.zeros(4_000), "copy": rng.normal(0, 0.2, 4_000)}
    planted = (Feature("reason", "r", "category"), Feature("survey", "s"), Feature("copy", "c"))
    checks = {c.name: c for c in check_features((*FEATURES, *planted), raw, labels, now)}
    assert {name for name, check in checks.items() if check.leak} == {"reason", "survey", "copy"}
    assert "too good" in str(checks["copy"].leak)
    assert "after they have left" in str(checks["survey"].leak)
    assert abs(checks["noise"].auc - 0.5) < 0.03


def test_a_dated_feature_may_change() -> None:
    raw, labels, _ = world(8_000)
    now, _, _ = world(4_000, seed=5)
    now["tickets"] = np.zeros(4_000)
    raw["tickets"] = raw["tickets"] + 3 * labels * (np.arange(8_000) % 2)
    (check,) = (c for c in check_features(FEATURES, raw, labels, now, dated={"tickets"}) if c.name == "tickets")
    assert check.leak is None
    (check,) = (c for c in check_features(FEATURES, raw, labels, now) if c.name == "tickets")
    assert check.leak is not None
