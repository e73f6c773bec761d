"""The planted effects are found again by differences of means, by arm, channel and segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

# The segments, from the tables and not from the truth; the behaviour group is not in the tables.
CONTACTS = """
WITH contract AS (
    SELECT campaign_id, subscriptions.customer_id, plan,
        datediff('month', date_trunc('month', subscriptions.start), campaigns.start) AS tenure
    FROM subscriptions JOIN campaigns
    ON subscriptions.start <= campaigns.start AND coalesce(subscriptions.end, DATE '2100-01-01') >= campaigns.start
)
SELECT contacts.campaign_id, contacts.customer_id, arm, channel, converted::INT AS converted, app_user,
    lower(split_part(plan, ' ', 1)) AS family,
    CASE WHEN tenure >= 24 THEN '24 months and more' ELSE 'under 24 months' END AS tenure,
    CASE WHEN age_band IN ('18-24', '25-34') THEN 'under 35' WHEN age_band IN ('35-44', '45-54') THEN '35-54'
        WHEN age_band IS NOT NULL THEN '55+' END AS age,
    behaviour_group AS behaviour, tenure < 6 AS fresh, segment,
    arm_probability, p_control, effect, converted_if_control
FROM contacts JOIN contract USING (customer_id, campaign_id) JOIN customers USING (customer_id)
JOIN truth_customers USING (customer_id) JOIN truth_contacts USING (customer_id, campaign_id)
"""


@pytest.fixture(scope="module")
def contacts(telecom) -> pd.DataFrame:
    found = telecom.sql(CONTACTS)
    assert len(found) == telecom.sql("SELECT count(*) AS n FROM contacts").n[0]
    return found


def difference(treated: pd.Series, control: pd.Series) -> tuple[float, float]:
    """Difference of shares and its standard error."""
    error = np.sqrt(treated.var(ddof=0) / len(treated) + control.var(ddof=0) / len(control))
    return treated.mean() - control.mean(), error


def score(treated: pd.DataFrame, control: pd.DataFrame, effect: float) -> float:
    """The difference of shares less the planted effect, in standard errors that follow from the planted chances.

    Small cells of rare conversions have poor errors of their own.
    """
    variance = sum(
        ((part.p_control + part.effect) * (1 - part.p_control - part.effect)).mean() / len(part)
        for part in (treated, control)
    )
    return (treated.converted.mean() - control.converted.mean() - effect) / np.sqrt(variance)


def test_segments_are_as_stated(telecom, contacts):
    for campaign in telecom.truth.campaigns:
        rows = contacts[contacts.campaign_id == campaign.campaign_id]
        assert (rows[campaign.segment_by] == rows.segment).all()
        assert set(rows.segment) == set(campaign.baseline)
        if campaign.eligible == "app users":
            assert rows.app_user.all()


def test_arms_and_channels_are_drawn_as_stated(telecom, contacts):
    for campaign in telecom.truth.campaigns:
        rows = contacts[contacts.campaign_id == campaign.campaign_id]
        if campaign.randomised:
            # By segment too: chance alone decided.
            for _, part in rows.groupby("segment"):
                seen = part.arm.value_counts().reindex(list(campaign.arms), fill_value=0)
                expected = len(part) * np.array(list(campaign.arms.values()))
                assert stats.chisquare(seen, expected * len(part) / expected.sum()).pvalue > 0.001
        treated = rows[rows.arm != campaign.control_arm]
        seen = treated.channel.value_counts().reindex(list(campaign.channels))
        if len(seen) > 1:
            assert stats.chisquare(seen, len(treated) * np.array(list(campaign.channels.values()))).pvalue > 0.001


def test_effects_by_arm_channel_and_segment(telecom, contacts):
    scores, channel_scores = [], []
    for campaign in telecom.truth.campaigns:
        if not campaign.randomised:
            continue
        rows = contacts[contacts.campaign_id == campaign.campaign_id]
        for segment, part in rows.groupby("segment"):
            control = part[part.arm == campaign.control_arm]
            for arm in set(campaign.arms) - {campaign.control_arm}:
                treated = part[part.arm == arm]
                scores.append(score(treated, control, campaign.effect(arm, segment)))
                for channel, reached in treated.groupby("channel"):
                    channel_scores.append(score(reached, control, campaign.effect(arm, segment, channel)))
    assert len(scores) == 24
    assert len(channel_scores) == 67
    assert np.abs(scores).max() < 3
    assert np.abs(channel_scores).max() < 3.7
    # Neither too far from the truth nor, by an error of this test, too close to it.
    for found in (scores, channel_scores):
        assert 0.5 < np.mean(np.square(found)) < 1.6


def test_effects_differ_by_segment_enough_to_be_seen(telecom, contacts):
    for campaign_id, arm in (("data_pack", "offer"), ("app_bundle", "discount"), ("holiday", "discount")):
        campaign = telecom.truth.campaign(campaign_id)
        rows = contacts[contacts.campaign_id == campaign_id]
        found = [
            difference(part.converted[part.arm == arm], part.converted[part.arm == campaign.control_arm])
            for _, part in rows.groupby("segment")
        ]
        gaps, weights = np.array([gap for gap, _ in found]), np.array([error**-2 for _, error in found])
        heterogeneity = (weights * (gaps - np.average(gaps, weights=weights)) ** 2).sum()
        assert stats.chi2.sf(heterogeneity, len(gaps) - 1) < 0.05, campaign_id


def test_the_campaign_without_an_effect_has_none(telecom, contacts):
    rows = contacts[contacts.campaign_id == "nothing_new"]
    gap, error = difference(rows.converted[rows.arm == "same"], rows.converted[rows.arm == "control"])
    assert abs(gap) < 2.5 * error
    assert (rows.effect == 0).all()
    assert (rows.converted == rows.converted_if_control).all()


def test_potential_outcomes_agree_with_what_is_seen(telecom, contacts):
    for campaign in telecom.truth.campaigns:
        rows = contacts[contacts.campaign_id == campaign.campaign_id]
        untreated = rows[rows.arm == campaign.control_arm]
        assert (untreated.converted == untreated.converted_if_control).all()
        for seen, chance in (
            (rows.converted_if_control, rows.p_control),
            (rows.converted, rows.p_control + rows.effect),
        ):
            assert chance.between(0, 1).all()
            z = (seen.sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())
            assert abs(z) < 3


def test_the_campaign_that_was_not_randomised_misleads_unless_adjusted(telecom, contacts):
    campaign = telecom.truth.campaign("save_desk")
    rows = contacts[contacts.campaign_id == "save_desk"]
    called = rows.arm == "call"
    truth = rows.effect[called].mean()
    naive, error = difference(rows.converted[called], rows.converted[~called])
    confounded = rows.p_control[called].mean() - rows.p_control[~called].mean()
    assert confounded < -0.02
    assert naive < truth - 1.5 * error
    assert naive == pytest.approx(truth + confounded, abs=3 * error)
    # Weights of the odds make the others comparable with those called: the effect on the treated.
    chance = np.where(called, rows.arm_probability, 1 - rows.arm_probability)
    assert chance.min() > 0.05
    assert chance.max() < 0.98
    odds = (chance / (1 - chance))[~called]
    adjusted = rows.converted[called].mean() - np.average(rows.converted[~called], weights=odds)
    spread = np.sqrt(
        rows.converted[called].var() / called.sum()
        + (odds**2 * (rows.converted[~called] - np.average(rows.converted[~called], weights=odds)) ** 2).sum()
        / odds.sum() ** 2
    )
    assert abs(adjusted - truth) < 3 * spread
    # The rule is the stated one, in features that the tables show.
    rule = campaign.selection
    log_odds = np.log(chance / (1 - chance))
    fresh = rows.fresh.to_numpy() * rule["tenure_under_6"]
    family = rows.family.map({"prepaid": rule["prepaid"], "postpaid": 0.0, "business": rule["business"]})
    rest = log_odds - rule["intercept"] - fresh - family.to_numpy()
    tickets = telecom.sql(
        """SELECT contacts.customer_id, count(*) FILTER (event = 'ticket') AS tickets,
            count(*) FILTER (event = 'late_payment') AS late
        FROM contacts LEFT JOIN subscriptions ON subscriptions.customer_id = contacts.customer_id
            AND subscriptions.start < DATE '2025-09-01' AND coalesce("end", DATE '2100-01-01') >= DATE '2025-09-01'
        LEFT JOIN events ON events.customer_id = contacts.customer_id AND events.time >= DATE '2025-06-01'
            AND events.time < DATE '2025-09-01' AND events.time >= subscriptions.start
        WHERE campaign_id = 'save_desk' GROUP BY ALL"""
    )
    counts = rows[["customer_id"]].merge(tickets, on="customer_id", how="left")
    stated = rule["tickets"] * counts.tickets.clip(upper=4) + rule["late_payments"] * counts.late.clip(upper=3)
    np.testing.assert_allclose(rest, stated.to_numpy(), atol=1e-9)
