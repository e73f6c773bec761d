"""CUPED from moments is the regression that it stands for, and says when it must not be used."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.cuped import adjust
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments

Columns = dict[str, np.ndarray]


def campaign(seed: int, sizes: tuple[int, ...] = (300, 260), effect: float = 2.0) -> dict[str, Columns]:
    random = np.random.default_rng(seed)
    arms = {}
    for number, n in enumerate(sizes):
        before = random.gamma(2, 10, n)
        visits = random.poisson(3, n) + 0.05 * before
        spend = 5 + effect * number + 0.6 * before - 0.8 * visits + random.normal(0, 4, n)
        arms[f"arm {number}"] = {"spend": spend, "before": before, "visits": visits}
    return arms


def least_squares(arms: dict[str, Columns], covariates: tuple[str, ...]) -> tuple[float, float]:
    """Coefficient and classical standard error of the second arm, by another road."""
    names = list(arms)
    y = np.concatenate([arms[a]["spend"] for a in names])
    d = np.concatenate([np.full(len(arms[a]["spend"]), float(k)) for k, a in enumerate(names)])
    x = np.column_stack([np.ones(len(y)), d, *(np.concatenate([arms[a][c] for a in names]) for c in covariates)])
    b, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    variance = rest[0] / (len(y) - x.shape[1]) * np.linalg.inv(x.T @ x)
    return float(b[1]), float(np.sqrt(variance[1, 1]))


def moments(arms: dict[str, Columns]) -> dict[str, Moments]:
    return {name: Moments.from_arrays(columns) for name, columns in arms.items()}


@given(seed=st.integers(0, 5_000), covariates=st.sampled_from([("before",), ("before", "visits")]))
def test_pooled_is_ordinary_least_squares(seed: int, covariates: tuple[str, ...]) -> None:
    arms = campaign(seed)
    effect = adjust(moments(arms), "spend", covariates, variance="pooled").effect("arm 1", "arm 0")
    assert isinstance(effect, Effect)
    value, error = least_squares(arms, covariates)
    assert effect.difference == pytest.approx(value, rel=1e-8)
    assert effect.standard_error == pytest.approx(error, rel=1e-8)
    assert effect.df == 560 - 2 - len(covariates)


def test_separate_variances_give_nearly_the_same() -> None:
    arms = campaign(1)
    pooled = adjust(moments(arms), "spend", ["before"], variance="pooled").effect("arm 1", "arm 0")
    separate = adjust(moments(arms), "spend", ["before"]).effect("arm 1", "arm 0")
    assert isinstance(pooled, Effect)
    assert isinstance(separate, Effect)
    assert separate.difference == pooled.difference
    assert separate.standard_error == pytest.approx(pooled.standard_error, rel=0.05)


def test_it_narrows_the_interval_as_much_as_its_health_says() -> None:
    arms = moments(campaign(2, (4000, 4000)))
    adjusted = adjust(arms, "spend", ["before", "visits"])
    effect, plain = adjusted.effect("arm 1", "arm 0"), compare_means(arms["arm 1"], arms["arm 0"], "spend")
    assert isinstance(effect, Effect)
    assert isinstance(plain, Effect)
    ratio = (effect.standard_error / plain.standard_error) ** 2
    assert ratio == pytest.approx(adjusted.health.variance_kept, rel=0.02)
    assert 0.1 < ratio < 0.3
    assert adjusted.health.correlation**2 == pytest.approx(1 - ratio, abs=0.02)
    assert adjusted.health.verdict.status == "ok"
    assert adjusted.slopes == (pytest.approx(0.6, abs=0.03), pytest.approx(-0.8, abs=0.1))
    assert adjusted.health.correlations["before"] > 0


def test_a_missing_covariate_leaves_the_customer_unadjusted() -> None:
    """It is exactly the adjustment of arrays in which the missing value was filled with the mean over all arms."""
    arms = campaign(3)
    random = np.random.default_rng(3)
    for columns in arms.values():
        columns["before"][random.random(len(columns["before"])) < 0.3] = np.nan
        columns["visits"][random.random(len(columns["visits"])) < 0.2] = np.nan
    means = {c: np.nanmean(np.concatenate([a[c] for a in arms.values()])) for c in ("before", "visits")}
    filled = {
        name: {c: np.where(np.isnan(v), means.get(c, 0.0), v) for c, v in columns.items()}
        for name, columns in arms.items()
    }
    adjusted = adjust(moments(arms), "spend", ["before", "visits"], variance="pooled")
    effect = adjusted.effect("arm 1", "arm 0")
    assert isinstance(effect, Effect)
    value, error = least_squares(filled, ("before", "visits"))
    assert effect.difference == pytest.approx(value, rel=1e-9)
    assert effect.standard_error == pytest.approx(error, rel=1e-9)
    assert adjusted.health.missing["before"] == pytest.approx(0.3, abs=0.05)


def test_a_missing_outcome_with_one_covariate_is_the_regression_of_those_who_have_it() -> None:
    arms = campaign(4)
    for columns in arms.values():
        columns["spend"][:40] = np.nan
    present = {name: {c: v[40:] for c, v in columns.items()} for name, columns in arms.items()}
    effect = adjust(moments(arms), "spend", ["before"], variance="pooled").effect("arm 1", "arm 0")
    assert isinstance(effect, Effect)
    value, error = least_squares(present, ("before",))
    assert (effect.difference, effect.standard_error) == (pytest.approx(value), pytest.approx(error))
    assert effect.nulls == 80
    with pytest.raises(DataError, match="fill the nulls with 0"):
        adjust(moments(arms), "spend", ["before", "visits"])


def test_three_arms_share_one_slope_and_every_pair_is_comparable() -> None:
    adjusted = adjust(moments(campaign(5, (500, 500, 500))), "spend", ["before"])
    first = adjusted.effect("arm 2", "arm 0")
    second = adjusted.effect("arm 2", "arm 1")
    assert isinstance(first, Effect)
    assert isinstance(second, Effect)
    assert first.difference == pytest.approx(4, abs=4 * first.standard_error)
    assert second.difference == pytest.approx(2, abs=4 * second.standard_error)


def test_a_covariate_that_the_campaign_changed_is_blocked() -> None:
    arms = campaign(6, (2000, 2000))
    arms["arm 1"]["before"] += 5  # "measured before", but it was not
    health = adjust(moments(arms), "spend", ["before"]).health
    assert health.verdict.status == "blocked"
    assert health.imbalance_p < 1e-6
    assert health.imbalance["before"] > 0.2


def test_slopes_of_opposite_sign_are_warned_of() -> None:
    arms = campaign(7, (1000, 1000))
    arms["arm 1"]["spend"] = 40 - arms["arm 1"]["spend"]
    health = adjust(moments(arms), "spend", ["before"]).health
    assert health.sign_flips == ("before",)
    assert health.verdict.status == "warn"


def test_a_covariate_without_variation_or_doubled_changes_nothing() -> None:
    arms = campaign(8)
    for columns in arms.values():
        columns["same"] = np.full(len(columns["spend"]), 7.0)
        columns["twice"] = 2 * columns["before"]
    plain = adjust(moments(arms), "spend", ["before"]).effect("arm 1", "arm 0")
    more = adjust(moments(arms), "spend", ["before", "same", "twice"]).effect("arm 1", "arm 0")
    assert isinstance(plain, Effect)
    assert isinstance(more, Effect)
    assert more.difference == pytest.approx(plain.difference, rel=1e-9)
    assert more.standard_error == pytest.approx(plain.standard_error, rel=0.01)


def test_a_useless_covariate_is_said_to_be_one() -> None:
    random = np.random.default_rng(9)
    arms = {a: {"spend": random.normal(0, 1, 200), "before": random.normal(0, 1, 200)} for a in ("t", "c")}
    health = adjust(moments(arms), "spend", ["before"]).health
    assert health.correlation < 0.15
    assert health.verdict.status in ("ok", "warn")


def test_what_cannot_be_adjusted_is_refused() -> None:
    arms = moments(campaign(10))
    with pytest.raises(ParameterError, match="two arms and one covariate"):
        adjust({"one": arms["arm 0"]}, "spend", ["before"])
    with pytest.raises(ParameterError, match="its own covariate"):
        adjust(arms, "spend", ["spend"])
    copied = {a: Moments.from_arrays({"y": [1.0, 2.0, 4.0], "x": [2.0, 4.0, 8.0]}) for a in ("t", "c")}
    assert isinstance(adjust(copied, "y", ["x"]).effect("t", "c"), Refusal)
    single = {a: Moments.from_arrays({"y": [1.0], "x": [2.0]}) for a in ("t", "c")}
    with pytest.raises(DataError, match="too few to adjust"):
        adjust(single, "y", ["x"])


def test_against_tea_tasting() -> None:
    """The same adjusted means as tea-tasting's CUPED, up to its slope, which is of the mixture of both arms."""
    tt = pytest.importorskip("tea_tasting", reason="tea-tasting is not installed; it is an oracle only")
    arms = campaign(11, (3000, 3000), effect=0.0)
    table = {
        "variant": np.repeat([0, 1], 3000),
        **{c: np.concatenate([arms["arm 0"][c], arms["arm 1"][c]]) for c in ("spend", "before")},
    }
    pa = pytest.importorskip("pyarrow")
    result = tt.Experiment(spend=tt.Mean("spend", covariate="before")).analyze(pa.table(table))["spend"]
    effect = adjust(moments(arms), "spend", ["before"]).effect("arm 1", "arm 0")
    assert isinstance(effect, Effect)
    assert effect.difference == pytest.approx(result.effect_size, abs=0.02 * effect.standard_error)
    assert effect.standard_error == pytest.approx(
        (result.effect_size_ci_upper - result.effect_size_ci_lower) / 2 / 1.9604, rel=1e-2
    )


@pytest.mark.slow
def test_adjusted_intervals_cover() -> None:
    random = np.random.default_rng(12)
    hits, rounds = 0, 4000
    for _ in range(rounds):
        arms = {}
        for name, n, shift in (("t", 60, 1.0), ("c", 90, 0.0)):
            x = random.gamma(1.0, 5.0, n)
            y = shift + 0.5 * x + random.normal(0, 2 + (name == "t"), n)
            arms[name] = Moments.from_arrays({"y": y, "x": x})
        effect = adjust(arms, "y", ["x"]).effect("t", "c")
        assert isinstance(effect, Effect)
        hits += effect.lower <= 1.0 <= effect.upper
    assert 0.94 <= hits / rounds <= 0.96
