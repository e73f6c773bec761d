"""The planted churn drivers are found again from the tables alone, by SQL and a regression of the test's own."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

# One row a contract and month in which it could end: it began in an earlier month and runs when the month begins.
PERSON_MONTHS = """
WITH contract AS (
    SELECT *, row_number() OVER () AS number, date_trunc('month', start)::DATE AS began,
        date_trunc('month', coalesce("end", DATE '2025-12-31'))::DATE AS final
    FROM subscriptions
), risk AS (
    SELECT number, customer_id, plan, start, began, final,
        unnest(range(began + INTERVAL 1 MONTH, final + INTERVAL 1 MONTH, INTERVAL 1 MONTH))::DATE AS month,
        "end" IS NOT NULL AS ended
    FROM contract
), happened AS (
    SELECT customer_id, date_trunc('month', time)::DATE AS month,
        count(*) FILTER (event = 'ticket') AS tickets,
        count(*) FILTER (event = 'late_payment') AS late,
        count(*) FILTER (event = 'balance_low') AS balance_low,
        sum(value) FILTER (event = 'data_gb') AS data
    FROM events
    GROUP BY ALL
), told AS (
    SELECT customer_id, time::DATE AS told FROM events WHERE event = 'price_notice'
), assigned AS (
    SELECT customer_id, any_value(arm) FILTER (campaign_id = 'loyalty') AS loyalty,
        any_value(arm) FILTER (campaign_id = 'save_desk') AS desk
    FROM contacts GROUP BY ALL
), past AS (
    SELECT risk.*,
        sum(coalesce(tickets, 0)) OVER three AS tickets,
        sum(coalesce(late, 0)) OVER three AS late,
        lag(coalesce(balance_low, 0)) OVER months AS balance_low,
        lag(data) OVER months AS a,
        (lag(data, 2) OVER months + lag(data, 3) OVER months + lag(data, 4) OVER months) / 3 AS b
    FROM risk LEFT JOIN happened USING (customer_id, month)
    WINDOW months AS (PARTITION BY number ORDER BY month),
        three AS (PARTITION BY number ORDER BY month ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING)
)
SELECT (ended AND month = final)::INT AS left_now,
    plan = 'Postpaid M' AS rise_plan,
    month >= DATE '2025-10-01' AS last_quarter,
    plan LIKE 'Prepaid%' AS prepaid,
    plan LIKE 'Business%' AS business,
    datediff('month', began, month) < 6 AS tenure_under_6,
    datediff('month', began, month) >= 24 AS tenure_24_plus,
    least(coalesce(tickets, 0), 4) AS tickets,
    least(coalesce(late, 0), 3) AS late_payments,
    CASE WHEN b IS NULL THEN 0 ELSE greatest(-1.5, least(1.5, ln((a + 0.1) / (b + 0.1)))) END AS usage_trend,
    coalesce(past.start <= told AND month > told, FALSE) AS price_notice,
    region = 'Nordrhein-Westfalen' AS support_region,
    app_user,
    acquisition_channel = 'telesales' AS telesales,
    coalesce(loyalty = 'gift', FALSE) AND month BETWEEN DATE '2025-04-01' AND DATE '2025-06-01' AS loyalty_gift,
    coalesce(loyalty = 'upgrade', FALSE) AND month BETWEEN DATE '2025-04-01' AND DATE '2025-06-01' AS loyalty_upgrade,
    coalesce(desk = 'call', FALSE) AND month BETWEEN DATE '2025-09-01' AND DATE '2025-11-01' AS save_desk_call,
    coalesce(gender = 'female', FALSE) AS null_gender,
    coalesce(device_os = 'iOS', FALSE) AS null_device_os,
    coalesce(balance_low, 0) AS null_balance_low
FROM past
JOIN customers USING (customer_id)
LEFT JOIN told USING (customer_id)
LEFT JOIN assigned USING (customer_id)
WHERE month >= DATE '2024-01-01'
"""


@pytest.fixture(scope="module")
def person_months(telecom):
    return telecom.sql(PERSON_MONTHS).astype(float)


@pytest.fixture(scope="module")
def fitted(person_months):
    features = sm.add_constant(person_months.drop(columns=["left_now", "rise_plan", "last_quarter"]))
    return sm.GLM(person_months.left_now, features, family=sm.families.Binomial()).fit()


def test_planted_log_odds_lie_within_the_intervals(telecom, fitted):
    churn = telecom.truth.churn
    planted = {driver.name: driver.log_odds for driver in churn.drivers}
    planted["const"] = churn.intercept
    for campaign in telecom.truth.campaigns:
        for arm, log_odds in campaign.churn_log_odds.items():
            planted[f"{campaign.campaign_id}_{arm}"] = log_odds
    drivers = [name for name in fitted.params.index if not name.startswith("null_")]
    assert set(planted) == set(drivers)
    gap = fitted.params[drivers] - np.array([planted[name] for name in drivers])
    z = gap / fitted.bse[drivers]
    assert z.abs().max() < 3.3
    # All together: the Wald statistic of the planted values.
    covariance = fitted.cov_params().loc[drivers, drivers]
    assert gap @ np.linalg.solve(covariance, gap) < stats.chi2.ppf(0.999, len(drivers))
    # The intervals are narrow enough to mean something.
    assert fitted.bse[drivers].max() < 0.11


def test_what_only_looks_like_a_driver_has_no_effect(fitted):
    null = [name for name in fitted.params.index if name.startswith("null_")]
    assert len(null) == 3
    assert (fitted.params[null] / fitted.bse[null]).abs().max() < 3


def test_the_price_rise_raised_churn_in_the_last_quarter(person_months):
    rate = person_months[person_months.rise_plan == 1].groupby("last_quarter").left_now.agg(["mean", "size"])
    gap = rate["mean"][1] - rate["mean"][0]
    error = np.sqrt((rate["mean"] * (1 - rate["mean"]) / rate["size"]).sum())
    assert gap > 4 * error


def test_true_probabilities_agree_with_what_happened_afterwards(telecom):
    after = telecom.sql(
        """SELECT p_churn_1_month AS one, p_churn_3_months AS three, churn_log_odds AS log_odds,
        coalesce(future_end <= DATE '2026-01-31', FALSE) AS left_one, future_end IS NOT NULL AS left_three
        FROM truth_customers WHERE p_churn_1_month IS NOT NULL"""
    )
    running = telecom.sql('SELECT count(*) AS n FROM subscriptions WHERE "end" IS NULL').n[0]
    assert len(after) == running
    np.testing.assert_allclose(after.one, 1 / (1 + np.exp(-after.log_odds)), rtol=1e-12)
    assert (after.three > after.one).all()
    for chance, left in ((after.one, after.left_one), (after.three, after.left_three)):
        tenth = np.argsort(np.argsort(chance)) * 10 // len(chance)
        expected, seen = chance.groupby(tenth).sum(), left.groupby(tenth).sum()
        spread = (chance * (1 - chance)).groupby(tenth).sum()
        assert ((seen - expected) ** 2 / spread).sum() < stats.chi2.ppf(0.999, 10)
    outside = telecom.sql(
        "SELECT count(*) AS n FROM truth_customers WHERE p_churn_1_month IS NULL AND future_end IS NOT NULL"
    )
    assert outside.n[0] == 0


def test_late_payers_are_cut_off(telecom):
    ended = telecom.sql(
        """SELECT plan LIKE 'Prepaid%' AS prepaid, end_reason, count(DISTINCT time) AS late FROM subscriptions
        LEFT JOIN (SELECT customer_id, time FROM events WHERE event = 'late_payment') AS late
        ON late.customer_id = subscriptions.customer_id AND time::DATE
        BETWEEN date_trunc('month', "end") - INTERVAL 3 MONTH
            AND date_trunc('month', "end") - INTERVAL 1 DAY AND time::DATE > start
        WHERE "end" >= DATE '2024-04-01' GROUP BY subscriptions.customer_id, start, prepaid, end_reason"""
    )
    assert not (ended.prepaid & (ended.end_reason == "payment failed")).any()
    billed = ended[~ended.prepaid]
    for late, planted in enumerate(telecom.truth.churn.payment_failed[:2]):
        failed = billed.end_reason[billed.late == late] == "payment failed"
        assert failed.mean() == pytest.approx(planted, abs=3 * np.sqrt(planted * (1 - planted) / len(failed)))


def test_customers_come_back_at_the_planted_rate(telecom):
    away = telecom.sql(
        """WITH contract AS (SELECT *, lead(start) OVER (PARTITION BY customer_id ORDER BY start) AS back,
            row_number() OVER (PARTITION BY customer_id ORDER BY start) AS number FROM subscriptions)
        SELECT count(back) AS returns,
            sum(greatest(0, datediff('month', "end", coalesce(back, DATE '2025-12-31')) - 2)) AS months
        FROM contract WHERE number = 1 AND "end" IS NOT NULL"""
    ).iloc[0]
    rate = telecom.truth.churn.monthly_return
    assert away.returns / away.months == pytest.approx(rate, abs=3 * np.sqrt(rate / away.months))
