"""The planted groups are found again by methods of the test's own, and the survey's weights are right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

USAGE = """
SELECT customer_id, behaviour_group,
    ln(0.1 + avg(value) FILTER (event = 'data_gb')) AS data,
    ln(1 + avg(value) FILTER (event = 'voice_minutes')) AS voice,
    ln(1 + avg(value) FILTER (event = 'sms')) AS sms,
    sum(value) FILTER (event = 'weekend_data_gb') / greatest(0.01, sum(value) FILTER (event = 'data_gb')) AS weekend
FROM events JOIN truth_customers USING (customer_id)
GROUP BY ALL HAVING count(*) FILTER (event = 'data_gb') >= 3
"""


def test_behaviour_groups_are_well_separated(telecom):
    usage = telecom.sql(USAGE)
    scaled = StandardScaler().fit_transform(usage[["data", "voice", "sms", "weekend"]])
    found = KMeans(4, n_init=5, random_state=0).fit_predict(scaled)
    assert adjusted_rand_score(usage.behaviour_group, found) > 0.95


def test_behaviour_groups_have_the_planted_medians_and_shares(telecom):
    full = telecom.sql(
        """SELECT behaviour_group, event, median(value) AS median, count(*) AS n FROM events
        JOIN truth_customers USING (customer_id) JOIN subscriptions USING (customer_id)
        WHERE time::DATE = last_day(time::DATE) AND date_trunc('month', start) < date_trunc('month', time)
        AND ("end" IS NULL) AND event IN ('data_gb', 'voice_minutes', 'sms', 'app_sessions') GROUP BY ALL"""
    ).set_index(["behaviour_group", "event"])
    shares = telecom.sql(
        """SELECT behaviour_group, customer_type, count(*) AS n FROM truth_customers
        JOIN customers USING (customer_id) GROUP BY ALL"""
    ).pivot(index="behaviour_group", columns="customer_type", values="n")
    shares = shares / shares.sum()
    for group in telecom.truth.behaviour_groups:
        for event in ("voice_minutes", "sms", "app_sessions"):
            median = full.loc[(group.name, event), "median"]
            # Whole messages and sessions: half a one is the rounding.
            assert median == pytest.approx(getattr(group, event), rel=0.05, abs=0.5), (group.name, event)
        # Growth over two years lifts data by a tenth on average, dips take a little.
        assert full.loc[(group.name, "data_gb"), "median"] == pytest.approx(1.1 * group.data_gb, rel=0.06)
        assert shares.consumer[group.name] == pytest.approx(group.share, abs=0.012)
        assert shares.business[group.name] == pytest.approx(group.share_business, abs=0.035)


def latent_classes(indicator: np.ndarray, classes: int, seed: int) -> tuple[float, np.ndarray]:
    """Expectation-maximisation for a mixture of independent categories; missing answers are all zeros."""
    rng = np.random.default_rng(seed)
    profile = rng.uniform(0.3, 0.7, (classes, indicator.shape[1]))
    share = np.full(classes, 1 / classes)
    groups = np.arange(indicator.shape[1]) // 3
    for _ in range(60):
        for question in range(groups.max() + 1):
            columns = groups == question
            profile[:, columns] /= profile[:, columns].sum(axis=1, keepdims=True)
        joint = np.log(share) + indicator @ np.log(profile.T + 1e-9)
        top = joint.max(axis=1, keepdims=True)
        weight = np.exp(joint - top)
        likelihood = float((np.log(weight.sum(axis=1)) + top[:, 0]).sum())
        weight /= weight.sum(axis=1, keepdims=True)
        share = weight.mean(axis=0)
        profile = weight.T @ indicator + 0.5
    return likelihood, weight.argmax(axis=1)


@pytest.fixture(scope="module")
def answers(telecom) -> pd.DataFrame:
    long = telecom.sql("SELECT customer_id, question, answer FROM survey")
    return long.pivot(index="customer_id", columns="question", values="answer")[list(telecom.truth.survey.questions)]


def test_need_groups_are_well_separated(telecom, answers):
    indicator = np.hstack(
        [
            np.column_stack([answers[question] == answer for answer in choices])
            for question, choices in zip(telecom.truth.survey.questions, telecom.truth.survey.answers, strict=True)
        ]
    ).astype(float)
    planted = telecom.sql("SELECT customer_id, need_group FROM truth_customers").set_index("customer_id")
    fits = [latent_classes(indicator, 4, seed) for seed in range(8)]
    found = max(fits, key=lambda fit: fit[0])[1]
    assert adjusted_rand_score(planted.need_group[answers.index], found) > 0.9


def test_answers_follow_the_planted_probabilities(telecom, answers):
    survey = telecom.truth.survey
    assert answers.isna().to_numpy().mean() == pytest.approx(survey.missing, abs=0.006)
    planted = telecom.sql("SELECT customer_id, need_group FROM truth_customers").set_index("customer_id")
    group_of = planted.need_group[answers.index].to_numpy()
    for group in telecom.truth.need_groups:
        rows = answers[group_of == group.name]
        for place, question in enumerate(survey.questions):
            share = (rows[question].dropna() == survey.answers[place][group.favourite[place]]).mean()
            assert share == pytest.approx(survey.favourite_probability, abs=0.06)


def test_attitudes_tell_the_need_group(telecom):
    people = telecom.sql(
        """SELECT need_group, attitude_price, attitude_quality, attitude_service, attitude_digital FROM customers
        JOIN truth_customers USING (customer_id)"""
    )
    ratings = people.drop(columns="need_group")
    assert ratings.isna().all(axis=1).mean() == pytest.approx(1 / 3, abs=0.012)
    known = people.dropna()
    assert known.drop(columns="need_group").isin([1, 2, 3, 4, 5]).all(axis=None)
    half = len(known) // 2
    features = known.drop(columns="need_group").to_numpy()
    model = LogisticRegression(max_iter=1_000).fit(features[:half], known.need_group[:half])
    assert 0.8 < model.score(features[half:], known.need_group[half:]) < 0.99


def test_survey_weights_are_unbiased(telecom):
    population = telecom.sql(
        f"""SELECT customer_id, app_user, customer_type, age_band, need_group, behaviour_group FROM customers
        JOIN truth_customers USING (customer_id) JOIN subscriptions USING (customer_id)
        WHERE start <= DATE '{telecom.truth.survey.start}' AND coalesce("end", DATE '2100-01-01') >=
        DATE '{telecom.truth.survey.start}'"""
    ).set_index("customer_id")
    weights = telecom.sql(
        "SELECT customer_id, any_value(weight) AS weight, count(DISTINCT weight) AS n FROM survey GROUP BY 1"
    )
    assert (weights.n == 1).all()
    weight = weights.set_index("customer_id").weight
    respondents = population.loc[weight.index]
    assert 0.12 < len(weight) / len(population) < 0.18
    features = pd.get_dummies(population[["app_user", "customer_type", "age_band", "need_group", "behaviour_group"]])
    features["all"] = True
    gap, error, plain = {}, {}, {}
    for name in features.columns:
        values = features.loc[respondents.index, name].to_numpy(dtype=float)
        gap[name] = (weight * values).sum() - features[name].sum()
        # Poisson sampling: variance of the Horvitz-Thompson total, estimated from the respondents.
        error[name] = np.sqrt(((weight**2 - weight) * values).sum())
        plain[name] = values.mean() - features[name].mean()
    z = pd.Series(gap) / pd.Series(error)
    assert z.abs().max() < 3.3
    # Without weights app users and the old are seen too often.
    assert plain["app_user"] > 0.02
    assert plain["age_band_18-24"] < -0.01
