"""Every campaign figure that others published or recomputed, from plain arrays and from merged moments alone.

Figures are to six significant digits; sources stand beside them. "Hillstrom" figures were recomputed independently
of this package from the public file.
"""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from segkit.campaigns.models.cuped import adjust
from segkit.campaigns.models.heterogeneity import cochran_q
from segkit.campaigns.models.qini import ranking
from segkit.campaigns.models.sample_ratio import sample_ratio
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments, merge_all

from .conftest import LALONDE_COVARIATES, MENS, METRICS, NONE, WOMENS, Columns
from .oracles import crossing_probability

TABLE = [
    # arm, metric, difference, Welch interval, relative, Fieller interval with the normal quantile
    (MENS, "visit", 0.0765896, 0.0699531, 0.0832260, 0.72140, 0.64093, 0.80712),
    (MENS, "conversion", 0.0068050, 0.0050001, 0.0086099, 1.18842, 0.77953, 1.73877),
    (MENS, "spend", 0.7698272, 0.4851397, 1.0545146, 1.17929, 0.64369, 1.97745),
    (WOMENS, "visit", 0.0452331, 0.0388935, 0.0515727, 0.42606, 0.35648, 0.49997),
    (WOMENS, "conversion", 0.0031111, 0.0014986, 0.0047235, 0.54331, 0.23402, 0.95237),
    (WOMENS, "spend", 0.4244122, 0.1689568, 0.6798676, 0.65015, 0.22417, 1.27494),
]


def printed(value: float, decimals: int) -> object:
    """Equal as printed: half a unit of the last decimal."""
    return pytest.approx(value, abs=0.51 * 10**-decimals)


def from_pieces(data: Columns, arm: str) -> Moments:
    """The arm's moments, merged from shuffled pieces whose sums were taken about stated constants."""
    rows = np.flatnonzero(data["segment"] == arm)
    random = np.random.default_rng(7)
    center = np.array([0.15, 0.01, 1.0])
    pieces = []
    for part in np.array_split(random.permutation(rows), 13):
        shifted = np.column_stack([data[m][part] for m in METRICS]) - center
        pieces.append(
            Moments.from_sums(
                METRICS,
                rows=len(part),
                center=center,
                sums=shifted.sum(axis=0),
                products=shifted.T @ shifted,
                cubes=(shifted**3).sum(axis=0),
                fourths=(shifted**4).sum(axis=0),
            )
        )
    return merge_all(pieces)


@pytest.mark.parametrize("way", ["arrays", "merged sums"])
def test_hillstrom_effects(hillstrom: Columns, hillstrom_arms: dict[str, Moments], way: str) -> None:
    arms = hillstrom_arms if way == "arrays" else {a: from_pieces(hillstrom, a) for a in (NONE, MENS, WOMENS)}
    for arm, metric, difference, lower, upper, relative, relative_lower, relative_upper in TABLE:
        welch = compare_means(arms[arm], arms[NONE], metric)
        normal = compare_means(arms[arm], arms[NONE], metric, distribution="normal")
        assert isinstance(welch, Effect)
        assert isinstance(normal, Effect)
        assert welch.difference == printed(difference, 7)
        assert (welch.lower, welch.upper) == (printed(lower, 7), printed(upper, 7))
        assert normal.lift.value == printed(relative, 5)
        assert (normal.lift.lower, normal.lift.upper) == (printed(relative_lower, 5), printed(relative_upper, 5))


def test_hillstrom_totals(hillstrom_arms: dict[str, Moments]) -> None:
    totals = {arm: [round(m.mean(c) * m.n(c), 2) for c in METRICS] for arm, m in hillstrom_arms.items()}
    assert totals == {
        NONE: [2262, 122, 13908.33],
        MENS: [3894, 267, 30311.69],
        WOMENS: [3238, 189, 23038.11],
    }


def test_hillstrom_incremental_spend_and_arms_against_each_other(hillstrom_arms: dict[str, Moments]) -> None:
    for arm, total in ((MENS, 16402.71), (WOMENS, 9076.90)):
        effect = compare_means(hillstrom_arms[arm], hillstrom_arms[NONE], "spend")
        assert isinstance(effect, Effect)
        assert effect.difference * effect.treated.n == printed(total, 2)
    each_other = compare_means(hillstrom_arms[MENS], hillstrom_arms[WOMENS], "spend")
    assert isinstance(each_other, Effect)
    assert each_other.difference == printed(0.345415, 6)
    assert each_other.p_value == printed(0.03047, 5)


def test_hillstrom_sample_ratio(hillstrom_arms: dict[str, Moments]) -> None:
    found = sample_ratio({arm: cell.rows for arm, cell in hillstrom_arms.items()})
    assert found.statistic == printed(0.20253, 5)
    assert found.p_value == printed(0.90369, 5)
    assert found.verdict.status == "ok"


@pytest.mark.parametrize(
    ("metric", "arm", "q", "p"),
    [("visit", WOMENS, 97.338, 7.3e-22), ("visit", MENS, 23.237, None), ("spend", WOMENS, 2.142, 0.343)],
)
def test_hillstrom_heterogeneity_by_category(
    hillstrom: Columns, metric: str, arm: str, q: float, p: float | None
) -> None:
    differences, errors = [], []
    for category in ("mens", "womens", "both"):
        cells = [
            Moments.from_arrays(
                {metric: hillstrom[metric][(hillstrom["segment"] == a) & (hillstrom["category"] == category)]}
            )
            for a in (arm, NONE)
        ]
        effect = compare_means(*cells, metric)
        assert isinstance(effect, Effect)
        differences.append(effect.difference)
        errors.append(effect.standard_error)
    found = cochran_q(differences, errors)
    assert found.q == printed(q, 3)
    assert found.df == 2
    if p is not None:
        assert found.p_value == pytest.approx(p, rel=2e-3 if p > 1e-3 else 2e-2)


@pytest.mark.parametrize("shuffled", [False, True])
def test_hillstrom_uplift_ranking(hillstrom: Columns, shuffled: bool) -> None:
    rows = np.flatnonzero(np.isin(hillstrom["segment"], [WOMENS, NONE]))
    outcome = hillstrom["visit"][rows]
    treated = hillstrom["segment"][rows] == WOMENS
    score = hillstrom["womens"][rows] * 10_000 + hillstrom["history"][rows] - 1e-9 * np.arange(len(rows))
    assert len(rows) == 42_693
    order = np.random.default_rng(1).permutation(len(rows)) if shuffled else np.arange(len(rows))
    outcome, treated, score = outcome[order], treated[order], score[order]
    found = ranking(outcome, score, treated)
    assert found.qini == printed(0.0609544, 7)
    assert found.auuc == printed(0.0279539, 7)


def lalonde_arms(data: Columns) -> dict[str, Moments]:
    columns = ("re78", *LALONDE_COVARIATES)
    return {
        name: Moments.from_arrays({c: data[c][data["treat"] == value] for c in columns})
        for name, value in (("treated", 1), ("control", 0))
    }


def least_squares(data: Columns, covariates: tuple[str, ...] = ()) -> sm.regression.linear_model.RegressionResults:
    """statsmodels' regression of later earnings; the first coefficient is that of the programme."""
    design = np.column_stack([data["treat"], np.ones(len(data["treat"])), *(data[c] for c in covariates)])
    return sm.OLS(data["re78"], design).fit()


def test_lalonde_experiment(experiment: Columns) -> None:
    arms = lalonde_arms(experiment)
    welch = compare_means(arms["treated"], arms["control"], "re78")
    assert isinstance(welch, Effect)
    assert (welch.treated.n, welch.control.n) == (185, 260)
    assert welch.difference == printed(1794.3424, 4)
    assert welch.statistic == printed(2.67415, 5)
    assert (welch.lower, welch.upper) == (printed(474.01, 2), printed(3114.67, 2))
    plain = least_squares(experiment)
    assert (plain.params[0], plain.bse[0]) == (printed(1794.3424, 4), printed(632.8534, 4))
    adjusted = least_squares(experiment, LALONDE_COVARIATES)
    from_moments = adjust(arms, "re78", LALONDE_COVARIATES, variance="pooled").effect("treated", "control")
    assert isinstance(from_moments, Effect)
    for value, error in (
        (adjusted.params[0], adjusted.bse[0]),
        (from_moments.difference, from_moments.standard_error),
    ):
        assert (value, error) == (printed(1676.34, 2), printed(638.68, 2))
    assert from_moments.p_value == pytest.approx(adjusted.pvalues[0], rel=1e-9)
    assert from_moments.df == adjusted.df_resid == 435


def test_lalonde_against_cps(against_cps: Columns) -> None:
    assert least_squares(against_cps).params[0] == printed(-8497.516, 3)
    adjusted = least_squares(against_cps, LALONDE_COVARIATES)
    assert (adjusted.params[0], adjusted.bse[0]) == (printed(699.13, 2), printed(547.64, 2))
    moments = adjust(lalonde_arms(against_cps), "re78", LALONDE_COVARIATES, variance="pooled")
    effect = moments.effect("treated", "control")
    assert isinstance(effect, Effect)
    assert (effect.difference, effect.standard_error) == (printed(699.13, 2), printed(547.64, 2))
    assert moments.health.verdict.status == "blocked"


def test_growthbook() -> None:
    """Its own test, from (sum, sum of squares, n); the relative interval is ours, and agrees with the test."""
    control = Moments.from_sums(["v"], rows=3407, center=[0], sums=[1396.87], products=[[52377.9767]])
    treated = Moments.from_sums(["v"], rows=3461, center=[0], sums=[2422.7], products=[[134698.29]])
    effect = compare_means(treated, control, "v")
    assert isinstance(effect, Effect)
    assert effect.difference == printed(0.29, 2)
    assert (effect.lower, effect.upper) == (printed(0.04538, 5), printed(0.53462, 5))
    assert effect.p_value == printed(0.02016, 5)
    normal = compare_means(treated, control, "v", distribution="normal")
    assert isinstance(normal, Effect)
    assert (normal.lift.lower, normal.lift.upper) == (printed(0.0942, 4), printed(1.7084, 4))


def test_tea_tasting() -> None:
    """Its `make_users_data(rng=42)`: users, orders and sum of squared orders of each arm give its own result."""
    control = Moments.from_sums(["orders"], rows=2023, center=[0], sums=[1073], products=[[2073]])
    treated = Moments.from_sums(["orders"], rows=1977, center=[0], sums=[1133], products=[[2121]])
    effect = compare_means(treated, control, "orders")
    assert isinstance(effect, Effect)
    assert effect.difference == pytest.approx(0.04269014577177832, rel=1e-12)
    assert effect.lower == pytest.approx(-0.010800201598205522, rel=1e-10)
    assert effect.upper == pytest.approx(0.09618049314176216, rel=1e-10)
    assert effect.p_value == pytest.approx(0.11773177998716207, rel=1e-10)
    assert effect.lift.value == pytest.approx(0.08048664016431273, rel=1e-12)


def test_peeking_inflates_false_alarms() -> None:
    """19.7 and 25.1 % were found by resampling; the exact values are 19.3 and 24.8 (Armitage et al. 1969,
    table 2)."""
    for looks, exact in ((10, 0.193), (20, 0.248)):
        fractions = [(k + 1) / looks for k in range(looks)]
        assert crossing_probability(fractions, [1.959964] * looks) == printed(exact, 3)
    assert printed(0.64, 2) == 1 - 0.95**20
