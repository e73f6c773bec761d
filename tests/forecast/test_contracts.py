"""Months to come of contracts: counts against plain SQL, and the truth where hazards are known, at every age."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segkit.customers import CustomerBase
from segkit.forecast.contracts import ALL, ContractForecast, fit_contracts
from segkit.forecast.horizon import Horizon
from segkit.forecast.options import ValueOptions
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value
from tests.forecast.contract_worlds import AS_OF, bathtub, months_to_come, written

NEXT_YEAR = Horizon(AS_OF, dt.date(2026, 6, 30))


@pytest.fixture(scope="module")
def half_a_year(tmp_path_factory: pytest.TempPathFactory) -> CustomerBase:
    """Contracts up to ten years old, of which ends are known since January."""
    folder = tmp_path_factory.mktemp("half_a_year")
    return written(folder, bathtub(), 400, kept_from=dt.date(2025, 1, 1), seed=4)


def by_sql(path: Path) -> dict[int, tuple[int, int]]:
    """Under observation and gone at each renewal, in whole months, by plain SQL over the file.

    Where fewer than a hundred ends are old, those of the last week may yet be followed: its days count for nobody.
    """
    rows = duckdb.execute(
        """
        WITH days AS (
            SELECT s, e, (year(s) - 2000) * 12.0 + month(s) - 1.0 + (day(s) - 1) / day(last_day(s)) AS since,
                   (year(e) - 2000) * 12.0 + month(e) - 1.0 + (day(e) - 1) / day(last_day(e)) AS until
            FROM (SELECT start AS s, "end" AS e FROM read_parquet($1))
        ),
        facts AS (
            SELECT min(e) AS known, min(until) AS known_place,
                CASE WHEN count(e) FILTER (e > DATE '2025-06-23') > 0 AND count(e) FILTER (e <= DATE '2025-06-23') < 100
                THEN 25 * 12.0 + 5.0 + 22 / 30 ELSE 25 * 12.0 + 5.0 + 29 / 30 END AS last_place
            FROM days
        ),
        c AS (
            SELECT floor(last_place - since) AS complete,
                   CASE WHEN e IS NULL THEN complete + 1 ELSE floor(until - since) + 1 END AS left_at,
                   CASE WHEN s < known THEN ceil(known_place - since) ELSE 0 END AS entry
            FROM days, facts
        )
        SELECT n, count(*) FILTER (entry < n AND n <= least(left_at, complete)),
                  count(*) FILTER (entry < n AND n = left_at AND left_at <= complete)
        FROM c, range(1, 200) AS t(n) GROUP BY n ORDER BY n
        """,
        [str(path)],
    ).fetchall()
    return {n: (there, gone) for n, there, gone in rows if there}


def fitted(base: CustomerBase) -> ContractForecast:
    return fit_contracts(base, base.as_of, ValueOptions())


def test_counts_are_those_of_plain_sql(half_a_year: CustomerBase, tmp_path: Path) -> None:
    for base in (half_a_year, written(tmp_path, bathtub(), 20, years=4)):
        path = Path(base.dataset.spec.tables["subscriptions"].path)
        found = fitted(base).models[ALL]
        wanted = by_sql(path)
        assert found.counted == max(wanted)
        for month, (there, gone) in wanted.items():
            assert (found.at_risk[month - 1], found.gone[month - 1]) == (there, gone), month


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), years=st.integers(1, 6), kept=st.integers(3, 60))
def test_counts_of_random_worlds(tmp_path_factory: pytest.TempPathFactory, seed: int, years: int, kept: int) -> None:
    rng = np.random.default_rng(seed)
    hazard = np.concatenate([[0.0], rng.beta(1.0, 12.0, 400)])
    since = dt.date(2025, 6, 30) - dt.timedelta(days=30 * kept)
    base = written(tmp_path_factory.mktemp("random"), hazard, 40, years=years, kept_from=since, seed=seed)
    found = fitted(base).models[ALL]
    wanted = by_sql(Path(base.dataset.spec.tables["subscriptions"].path))
    assert {
        month: (found.at_risk[month - 1], found.gone[month - 1])
        for month in range(1, found.counted + 1)
        if found.at_risk[month - 1]
    } == wanted
    for month, (there, gone) in wanted.items():
        # never further from the count than chance allows
        error = np.sqrt(max(gone, 1.0) * max(there - gone, 1.0) / there) / there
        assert abs(float(found.hazard(month)) - gone / there) < 4 * error


def test_the_next_year_is_right_at_every_age(half_a_year: CustomerBase) -> None:
    forecast = fitted(half_a_year)
    scored = forecast.score(half_a_year.customers(), NEXT_YEAR)
    running = scored.filter(scored.status == "active")
    by = running.group_by(made=running.tenure.floor().cast("int64")).aggregate(
        n=running.count(),
        expected=running.expected.mean(),
        risk=running.risk.mean(),
        part=(running.tenure - running.tenure.floor()).mean(),
    )
    rows = half_a_year.dataset.engine.collect(by.order_by("made"))
    truth = bathtub()
    # contracts that began this month are in their first
    assert {int(made) for made in rows["made"]} == set(range(120))
    said = rows["expected"].to_numpy(float)
    parts = rows["part"].to_numpy(float)
    wanted = np.array([months_to_come(truth, int(m), 12, p) for m, p in zip(rows["made"], parts, strict=True)])
    np.testing.assert_allclose(said, wanted, rtol=0.12)
    weight = rows["n"].to_numpy(float)
    assert said @ weight == pytest.approx(wanted @ weight, rel=0.015)
    stay = np.concatenate([[0.0], np.cumsum(np.log1p(-truth[1:]))])
    place = rows["made"].to_numpy(float) + parts
    stays = np.exp(np.interp(place + 12, np.arange(stay.size), stay) - np.interp(place, np.arange(stay.size), stay))
    assert rows["risk"].to_numpy(float) @ weight == pytest.approx((1 - stays) @ weight, rel=0.05)


def test_the_naive_rate_is_of_the_months_in_which_ends_are_known(half_a_year: CustomerBase) -> None:
    path = half_a_year.dataset.spec.tables["subscriptions"].path
    (leavers, days) = duckdb.execute(
        """SELECT count("end"), sum(coalesce("end", DATE '2025-06-30') - greatest(start, known))
        FROM read_parquet($1), (SELECT min("end") AS known FROM read_parquet($1))
        WHERE coalesce("end", DATE '2025-06-30') >= known""",
        [str(path)],
    ).fetchone() or (0, 1)
    assert fitted(half_a_year).churn == pytest.approx(leavers / (days / 30.4375), rel=0.01)


def test_half_a_year_of_known_ends_is_tested_within_it(half_a_year: CustomerBase) -> None:
    """Dates from which no end is known yet cannot test anything; there are some from which one can."""
    value = customer_value(segment(half_a_year, "value"))
    assert value.refusal is None
    assert value.backtest is not None
    assert all(period.start >= dt.date(2025, 1, 1) for period in value.backtest.periods)
    truth = bathtub()
    rows = half_a_year.dataset.engine.collect(
        half_a_year.customers()
        .filter(lambda t: t.status == "active")
        .group_by(made=lambda t: t.tenure.floor().cast("int64"))
        .aggregate(n=lambda t: t.count(), part=lambda t: (t.tenure - t.tenure.floor()).mean())
    )
    monthly = 1.1 ** (1 / 12)
    weight = monthly ** -(np.arange(1, 13) - 0.5)
    wanted = sum(
        n * 10.0 * float(np.cumprod(1 - truth[int(m) + 1 : int(m) + 13]) @ weight) / (1 - truth[int(m) + 1]) ** part
        for m, n, part in zip(rows["made"], rows["n"], rows["part"], strict=True)
    )
    assert value.future == pytest.approx(wanted, rel=0.03)
    assert value.low <= wanted <= value.high
