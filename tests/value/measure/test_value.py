"""Customer value: published parameters through the engine, sums, planted truth, held-out periods, refusals."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.customers import CustomerBase
from segkit.customers.windows import TimeWindow
from segkit.errors import ModelError, ParameterError
from segkit.forecast.contracts import with_month
from segkit.forecast.horizon import Horizon
from segkit.forecast.models.bg_nbd import BGNBD
from segkit.forecast.models.gamma_gamma import GammaGamma
from segkit.forecast.options import ValueOptions
from segkit.forecast.purchases import fit_purchases
from segkit.page import head as page_head
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from segkit.value.measure.value_change import value_change
from segkit.value.measure.value_spread import gini_error
from segkit.value.records import CustomerValue
from segkit.value.views.tables import value_table
from tests.customers.worlds import World
from tests.value.measure.value_worlds import cdnow, online_retail, simulated

CALIBRATION_END = "1997-09-30"


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> CustomerBase:
    """CDNOW as of the end of the literature's calibration period."""
    return cdnow(tmp_path_factory.mktemp("cdnow"), shared_data, CALIBRATION_END)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CustomerBase:
    """Two thousand customers drawn from known models."""
    return simulated(tmp_path_factory.mktemp("made"), 2_000)


@pytest.fixture(scope="module")
def made_value(made: CustomerBase) -> CustomerValue:
    return customer_value(segment(made, "value"), origins=2)


def test_published_parameters_come_out_of_engine_cells(calibration: CustomerBase) -> None:
    options = ValueOptions(models=("BG/NBD",), time_unit="week")
    forecast = fit_purchases(calibration, calibration.as_of, options)
    assert forecast.method.cells == 1016
    assert forecast.purchases.parameters == pytest.approx([0.24259, 4.4136, 0.79292, 2.42591], abs=1e-3)
    fit = forecast.purchases.fit
    assert fit is not None
    assert fit.log_likelihood == pytest.approx(-9582.429, abs=0.01)
    assert fit.standard_errors == pytest.approx([0.0126, 0.378, 0.186, 0.705], rel=0.01)
    assert forecast.spend is not None
    p, q, v = forecast.spend.parameters
    assert (p, q, v / 100) == (
        pytest.approx(6.25, abs=0.02),
        pytest.approx(3.74, abs=0.01),
        pytest.approx(15.44, abs=0.1),
    )
    assert forecast.spend.population_mean / 100 == pytest.approx(35.17, abs=0.03)
    assert forecast.method.spend_correlation == pytest.approx(0.114, abs=0.001)


def test_scores_joined_back_are_those_of_numpy(calibration: CustomerBase) -> None:
    forecast = fit_purchases(calibration, calibration.as_of, ValueOptions(models=("BG/NBD",)))
    customers = calibration.customers()
    scored = forecast.score(customers, Horizon(calibration.as_of, calibration.as_of + dt.timedelta(days=273)))
    rows = calibration.dataset.engine.backend.to_pyarrow(scored.order_by("customer_id")).to_pandas()
    history = (rows["frequency"], rows["recency_days"] / 7, rows["T_days"] / 7)
    expected = forecast.purchases.expected_purchases(39.0, *history)
    np.testing.assert_allclose(rows["expected"], expected, rtol=1e-9)
    np.testing.assert_allclose(rows["risk"], 1 - forecast.purchases.probability_alive(*history), atol=1e-12)
    assert forecast.spend is not None
    known = rows["repeat_revenue"] > 0
    x = np.where(known, rows["frequency"], 0)
    z = np.where(known, np.floor(rows["repeat_revenue"] / rows["frequency"].clip(lower=1) + 0.5), 0)
    value = expected * forecast.spend.expected_spend(x, z)
    assert np.abs(rows["future"] - value).max() <= 0.51
    # what they would bring if they were certain to be there still, less what is expected of them
    alive = forecast.purchases.probability_alive(*history)
    worth = forecast.spend.expected_spend(x, z)
    np.testing.assert_allclose(rows["lost"], expected / alive * (1 - alive) * worth, rtol=1e-6, atol=0.51)
    # published: the point forecast of the 39 weeks is 1,653
    assert rows["expected"].sum() == pytest.approx(1653, abs=1)


def test_value_at_risk_is_what_their_like_bring_who_are_still_there() -> None:
    """Customers of a known model, whose leaving is known: of those of one history, as many as left times what the others
    bring."""
    rng = np.random.default_rng(11)
    model, n, end, ahead = BGNBD(0.9, 6.0, 0.6, 3.0), 200_000, 80.0, 40.0
    rate, leave = rng.gamma(0.9, 1 / 6.0, n), rng.beta(0.6, 3.0, n)
    frequency, last, alive = np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    now, there = np.zeros(n), np.arange(n)
    while there.size:
        now[there] += rng.exponential(1 / rate[there])
        there = there[now[there] <= end]
        frequency[there] += 1
        last[there] = now[there]
        leaves = rng.random(there.size) < leave[there]
        alive[there[leaves]] = False
        there = there[~leaves]
    # while there, a customer buys (1 − e^(−λ p h)) / p times in a horizon
    would = -np.expm1(-rate * leave * ahead) / leave
    history = (frequency, last, np.full(n, end))
    chance = model.probability_alive(*history)
    said = model.expected_purchases(ahead, *history) / chance * (1 - chance)
    twice = model.expected_purchases(ahead, *history) * (1 - chance)  # a forecast that knows it already
    _, like = np.unique(np.stack([frequency, np.floor(last / 4.0)]), axis=1, return_inverse=True)
    there, gone, brought = (np.bincount(like.ravel(), w) for w in (alive * 1.0, ~alive * 1.0, would * alive))
    told = (there >= 100) & (gone >= 20)
    mine = told[like.ravel()]
    wanted = (gone * brought / np.maximum(there, 1))[told].sum()
    assert said[mine].sum() == pytest.approx(wanted, rel=0.03)
    assert twice[mine].sum() < 0.8 * wanted


def test_segments_sum_to_the_whole(made_value: CustomerValue) -> None:
    assert made_value.refusal is None
    frame = made_value.frame
    for column, whole in (("past", made_value.past), ("future", made_value.future), ("total", made_value.total)):
        assert frame[column].sum() == pytest.approx(whole, abs=0.005)
    assert int(frame["customers"].sum()) == made_value.customers == 2000
    assert made_value.past + made_value.future == pytest.approx(made_value.total, abs=0.005)
    assert (frame["low"] <= frame["future"]).all()
    assert (frame["future"] <= frame["high"]).all()
    change = made_value.change
    assert change is not None
    assert change.size + change.mix + change.rate == pytest.approx(change.now - change.previous, abs=1e-6)
    assert change.now == pytest.approx(made_value.future, abs=0.005)
    assert made_value.spread is not None
    assert made_value.spread.deciles["total"].sum() == pytest.approx(made_value.total, abs=0.005)


def test_no_customer_crosses(made: CustomerBase, made_value: CustomerValue) -> None:
    assert made_value.method is not None
    assert made_value.method.cells < 2_000
    assert "customer_id" not in made_value.frame


@given(st.lists(st.tuples(*[st.integers(0, 10**6), st.integers(-(10**9), 10**12)] * 2), min_size=1, max_size=12))
def test_size_mix_and_rate_sum_to_the_change(rows: list[tuple[int, int, int, int]]) -> None:
    n0, v0, n1, v1 = (np.array(part) for part in zip(*rows, strict=True))
    v0, v1 = np.where(n0 > 0, v0, 0), np.where(n1 > 0, v1, 0)
    change = value_change(
        [str(at) for at in range(len(rows))],
        (n0, v0),
        (n1, v1),
        windows=(
            TimeWindow.after(dt.date(2024, 1, 1), dt.date(2025, 1, 1), 12),
            TimeWindow.after(dt.date(2024, 2, 1), dt.date(2025, 2, 1), 12),
        ),
        scale=100,
        hidden=(False,) * len(rows),
    )
    whole = change.now - change.previous
    assert change.size + change.mix + change.rate == pytest.approx(whole, rel=1e-9, abs=0.01)
    parts = change.frame["size_and_mix"] + change.frame["rate"]
    assert parts.sum() == pytest.approx(whole, rel=1e-9, abs=0.01)


def test_the_gini_interval_agrees_with_a_bootstrap(made: CustomerBase) -> None:
    values = made.customers().select("customer_id", value="revenue")
    x = np.sort(made.dataset.engine.backend.to_pyarrow(values)["value"].to_numpy().astype(float))
    rng = np.random.default_rng(1)

    def gini(sample: np.ndarray) -> float:
        n = sample.size
        return float((2 * np.arange(1, n + 1) - n - 1) @ np.sort(sample) / (n * sample.sum()))

    drawn = [gini(rng.choice(x, x.size)) for _ in range(400)]
    assert gini_error(made, values) == pytest.approx(np.std(drawn), rel=0.12)


def test_discounting_by_half_years_is_near_enough(made: CustomerBase) -> None:
    forecast = fit_purchases(made, made.as_of, ValueOptions(models=("BG/NBD",)))
    history = (np.array([0.0, 3.0, 20.0]), np.array([0.0, 30.0, 95.0]), np.array([40.0, 50.0, 100.0]))
    horizon = Horizon(made.as_of, made.as_of + dt.timedelta(days=365), annual_rate=0.1)
    _, counted = forecast._discounted(history, horizon)
    rate = np.log(1.1) / (365.25 / 7)
    exact = forecast.purchases.discounted_purchases(*history, rate=float(rate), horizon=365 / 7)
    np.testing.assert_allclose(counted, exact, rtol=1e-3)


def test_models_of_the_other_relation_are_refused(made: CustomerBase, telecom: World) -> None:
    with pytest.raises(ModelError, match="fall silent"):
        customer_value(segment(made, "value"), models=("sBG",))
    with pytest.raises(ModelError, match="contract"):
        customer_value(segment(telecom.base, "lifecycle"), models=("BG/NBD",))
    with pytest.raises(ModelError, match="no model of segkit"):
        customer_value(segment(made, "value"), models=("prophet",))


@pytest.mark.parametrize(
    ("customers", "days", "says"), [(60, 728, "too few|at least"), (500, 20, "too short|at least")]
)
def test_too_little_data_is_refused_in_words(tmp_path: Path, customers: int, days: int, says: str) -> None:
    value = customer_value(segment(simulated(tmp_path, customers, days=days), "value"))
    assert value.refusal is not None
    assert pd.Series([value.refusal]).str.contains(says).all()
    assert value.method is None
    # what they have brought is known all the same
    (past, bought) = duckdb.execute(
        "SELECT sum(amount), count(DISTINCT customer_id) FROM read_parquet($1) WHERE time::date <= DATE '2024-12-31'",
        [str(tmp_path / "log.parquet")],
    ).fetchone() or (0.0, 0)
    assert value.past == pytest.approx(past, abs=0.005)
    assert value.customers == bought
    assert value.frame["past"].sum() == pytest.approx(past, abs=0.005)
    assert value.frame["share"].sum() == pytest.approx(1.0)
    assert value.frame[["future", "low", "high", "total", "mean", "risk_value"]].isna().all(axis=None)
    table = value_table(value)
    shown = re.sub("<[^>]*>", "", table.html).replace("\u00a0", " ")
    assert value.refusal[1:] in shown  # a sentence of the page begins with a capital letter
    assert [row["cells"][0].text for row in table.fields["rows"]][-1] == "All"
    head = page_head(value, subject="Made").fields["headline"].text
    assert "have brought €" in head
    assert "cannot be told" in head


@pytest.mark.parametrize("wrong", [{"horizon_months": 0}, {"margin": 2.0}, {"annual_rate": -0.1}, {"level": 1.0}])
def test_options_out_of_bounds(made: CustomerBase, wrong: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        customer_value(segment(made, "value"), **wrong)


def test_under_contract(telecom: World) -> None:
    value = customer_value(segment(telecom.base, "lifecycle"), origins=1)
    assert value.refusal is None
    assert value.method is not None
    assert set(value.method.models) <= {"sBG", "BdW"}
    by_name = value.frame.set_index("segment")
    assert by_name.loc["Churned", "future"] == 0
    assert value.backtest is not None
    assert value.backtest.model_error < 0.15
    # what leaves with those who leave: all months of the year, less those that are expected
    months = with_month(telecom.base.customers(), telecom.base.as_of)
    (amount,) = telecom.base.dataset.engine.collect(months.aggregate(a=months.month_amount.sum()))["a"]
    whole = float(amount) / 100 * sum(1.1 ** -((month - 0.5) / 12) for month in range(1, 13)) * value.margin_share
    assert value.future + value.risk_value == pytest.approx(whole, rel=1e-4)
    assert by_name.loc["Churned", "risk_value"] == 0


def test_a_lost_backtest_uses_the_naive_number(tmp_path: Path, shared_data: Path) -> None:
    """On Online Retail the quarter before Christmas is nearer to the quarter before it than to the model."""
    base = online_retail(tmp_path, shared_data)
    value = customer_value(segment(base, "value"), origins=1)
    assert value.backtest is not None
    assert value.backtest.used == "baseline"
    assert value.backtest.baseline_error < value.backtest.model_error
    # the same as the last twelve months, by plain SQL, discounted to the middle of the year
    (last_year,) = duckdb.execute(
        "select sum(Quantity * UnitPrice) from read_csv(?) where CustomerID is not null "
        "and InvoiceDate::date between date '2010-12-09' and date '2011-12-08'",
        [str(shared_data / "online_retail" / "online_retail.csv.gz")],
    ).fetchone() or (0.0,)
    assert value.future == pytest.approx(float(last_year) * 1.1**-0.5, rel=0.005)


@pytest.mark.slow
def test_planted_truth_is_forecast(tmp_path: Path) -> None:
    whole = simulated(tmp_path, 20_000)
    value = customer_value(segment(whole, "value"))
    assert value.backtest is not None
    assert value.method is not None
    # each interval is widened by the other periods only, and is to hold nine times in ten
    assert sum(bool(held.covered) for held in value.backtest.periods) >= 3
    assert abs(value.backtest.bias) < 0.03
    planted = dict(zip(("p", "q"), GammaGamma(6.0, 4.0, 15.0).parameters[:2], strict=True))
    planted |= dict(zip(("r", "alpha", "a", "b"), BGNBD(0.9, 6.0, 0.6, 3.0).parameters, strict=True))
    if "BG/NBD" in value.method.models:
        for parameter in value.method.parameters:
            if parameter.name in planted and parameter.standard_error is not None:
                # days are whole, so that purchases of one day are one: a slight lean, beside the sampling error
                assert (
                    abs(parameter.estimate - planted[parameter.name])
                    < 4 * parameter.standard_error + 0.08 * planted[parameter.name]
                )


@pytest.mark.slow
@pytest.mark.parametrize("which", ["cdnow", "online_retail"])
def test_held_out_totals_of_real_data(tmp_path: Path, shared_data: Path, which: str) -> None:
    """The total of the latest held-out period lies in the interval that the earlier periods alone call for."""
    base = cdnow(tmp_path, shared_data, "1998-06-30") if which == "cdnow" else online_retail(tmp_path, shared_data)
    value = customer_value(segment(base, "value"))
    assert value.refusal is None
    assert value.backtest is not None
    latest = value.backtest.periods[0]
    assert latest.rank_correlation is not None
    assert latest.rank_correlation > (0.35 if which == "cdnow" else 0.45)
    assert latest.low <= latest.actual <= latest.high
    assert all(held.covered for held in value.backtest.periods)
    assert {"predicted", "actual"} <= set(value.backtest.by_decile.columns)
    by_decile = value.backtest.by_decile
    assert len(by_decile) == 10
    # who is said to bring most brings most
    assert by_decile["actual"].iloc[0] == by_decile["actual"].max()
    if which == "online_retail":
        # the quarter before Christmas brought 46 % more than the quarter before, and no year before tells of it
        assert value.backtest.used == "baseline"
        assert latest.actual > 1.4 * latest.baseline
        assert value.high > 1.4 * value.future
