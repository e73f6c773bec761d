"""tea-tasting and scikit-uplift as oracles, where they are right: complete data, positive control means, no ties."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from segkit.campaigns.models.cuped import adjust
from segkit.campaigns.models.qini import ranking
from segkit.campaigns.models.sample_ratio import sample_ratio
from segkit.statistics.effects import Effect, compare_means, compare_ratios
from segkit.statistics.moments import Moments


@pytest.fixture(scope="module")
def users() -> pd.DataFrame:
    """Zero-inflated revenue with its value before, 3,000 users of two arms."""
    draw = np.random.default_rng(12)
    n = 3_000
    variant = draw.integers(0, 2, n)
    before = draw.lognormal(2, 1, n) * (draw.random(n) < 0.3)
    orders = draw.poisson(0.8 + 0.2 * variant)
    revenue = orders * draw.lognormal(2, 0.5, n) + 0.5 * before
    return pd.DataFrame({"variant": variant, "orders": orders, "revenue": revenue, "before": before})


def arms_of(users: pd.DataFrame) -> dict[str, Moments]:
    """Control "0" and treated "1"."""
    return {
        str(v): Moments.from_arrays({c: part[c].to_numpy(float) for c in ("orders", "revenue", "before")})
        for v, part in users.groupby("variant")
    }


def test_tea_tasting_agrees_on_means_ratios_and_the_sample_ratio(users: pd.DataFrame) -> None:
    tt = pytest.importorskip("tea_tasting", reason="tea-tasting is an oracle of the test group")
    arms = arms_of(users)
    theirs = tt.Experiment(
        mean=tt.Mean("revenue"),
        ratio=tt.RatioOfMeans("revenue", "orders"),
        sizes=tt.SampleRatio(method="norm", correction=False),
    ).analyze(users)
    mean = compare_means(arms["1"], arms["0"], "revenue")
    ratio = compare_ratios(arms["1"], arms["0"], "revenue", "orders")
    for ours, name in ((mean, "mean"), (ratio, "ratio")):
        assert isinstance(ours, Effect)
        found = theirs[name]
        assert ours.difference == pytest.approx(found.effect_size, rel=1e-9)
        assert (ours.lower, ours.upper) == pytest.approx(
            (found.effect_size_ci_lower, found.effect_size_ci_upper), rel=1e-6
        )
        assert ours.p_value == pytest.approx(found.pvalue, rel=1e-6)
        assert ours.lift.value == pytest.approx(found.rel_effect_size, rel=1e-9)
    sizes = sample_ratio({name: cell.rows for name, cell in arms.items()})
    assert sizes.p_value == pytest.approx(theirs["sizes"].pvalue, rel=1e-6)


def test_tea_tasting_agrees_on_cuped_up_to_the_slopes_own_error(users: pd.DataFrame) -> None:
    """It takes one slope over the mixture of arms and its error for none: the last digits differ by design."""
    tt = pytest.importorskip("tea_tasting", reason="tea-tasting is an oracle of the test group")
    theirs = tt.Experiment(mean=tt.Mean("revenue", "before")).analyze(users)["mean"]
    ours = adjust(arms_of(users), "revenue", ("before",)).effect("1", "0")
    assert isinstance(ours, Effect)
    assert ours.difference == pytest.approx(theirs.effect_size, rel=1e-3)
    width = theirs.effect_size_ci_upper - theirs.effect_size_ci_lower
    assert ours.upper - ours.lower == pytest.approx(width, rel=2e-3)


def test_scikit_uplift_agrees_without_ties() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metrics = pytest.importorskip("sklift.metrics", reason="scikit-uplift is an oracle of the test group")
    draw = np.random.default_rng(3)
    n = 5_000
    treated = draw.integers(0, 2, n)
    score = draw.permutation(n) / n
    outcome = (draw.random(n) < 0.2 + 0.2 * treated * score).astype(int)
    found = ranking(outcome, score, treated)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found.qini == pytest.approx(metrics.qini_auc_score(outcome, score, treated), rel=1e-9)
        assert found.auuc == pytest.approx(metrics.uplift_auc_score(outcome, score, treated), rel=1e-9)
