"""Hand-made records of churn; every total reconciles."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd

from segkit.churn.measure.departures import ChurnDefinition
from segkit.churn.measure.words import eligible_words, event_words, horizon_words
from segkit.churn.models.group_risk import group_risk
from segkit.churn.records import Candidate, ChurnRisk, Driver, HeldOutChurn, Observed, RetentionCurve, RiskChange
from segkit.churn.snapshot_records import SnapshotRisk
from segkit.news.judgement import Judgement
from segkit.statistics.told import Figure, Quoted, Told
from tests.kpis.views import sample

ENDS = [dt.date(2017, month, 24) for month in range(1, 13)]


def risk(refusal: str | None = None) -> ChurnRisk:
    """Three segments under contract, one too small; four thousand customers, two hundred expected to leave."""
    whole = ChurnRisk(
        title="Lifecycle",
        unit_name="households",
        contractual=True,
        event=event_words(ChurnDefinition(contractual=True), horizon_words(3, "month")),
        eligible=eligible_words(ChurnDefinition(contractual=True)),
        money=sample.MONEY,
        end=sample.END,
        horizon_end=dt.date(2018, 3, 24),
        horizon_words=horizon_words(3, "month"),
        level=0.9,
        smallest=5,
        refusal=None,
        observed=observed(),
        customers=4_000,
        expected=200.4,
        low=150.0,
        high=260.0,
        value=400_000.0,
        at_risk=18_000.0,
        segments=sample.segments()[:3],
        frame=pd.DataFrame(
            {
                "segment": list(sample.NAMES[:3]),
                "customers": pd.array([20, 3_000, 980], "Int64"),
                "risk": [np.nan, 0.04, 0.08],
                "low": [np.nan, 0.03, 0.06],
                "high": [np.nan, 0.05, 0.1],
                "expected": [np.nan, 120.0, 78.4],
                "value": [np.nan, 300_000.0, 98_000.0],
                "at_risk": [np.nan, 12_000.0, 5_900.0],
                "suppressed": [False, False, False],
                "note": pd.Series(
                    [group_risk(20, 0.1, 0.1, learnt_from=100.0, model_error=0.0).refusal, "", ""], dtype=object
                ),
            }
        ),
        distribution=pd.DataFrame(
            {"low": [0.0, 0.1], "high": [0.1, 1.0], "customers": [3_500, 500], "at_risk": [8e3, 1e4]}
        ),
        matrix=pd.DataFrame(
            {
                "risk": np.repeat(["Highest tenth", "Next three tenths", "Lower six tenths"], 3),
                "value": ["Most valuable fifth", "Next three tenths", "Least valuable half"] * 3,
                "customers": pd.array([80, 120, 200, 240, 360, 600, 480, 720, 1_200], "Int64"),
                "at_risk": [5_000.0, 2_000, 1_000, 3_000, 2_000, 1_000, 2_000, 1_500, 500],
            }
        ),
        losses=pd.DataFrame(
            {
                "start": [dt.date(2017, 12, 25), dt.date(2018, 1, 25), dt.date(2018, 2, 25)],
                "end": [dt.date(2018, 1, 24), dt.date(2018, 2, 24), dt.date(2018, 3, 24)],
                "customers": [70.0, 70.0, 60.4],
                "value": [1_000.0, 3_000.0, 5_000.0],
            }
        ),
        held_out=held_out(),
        drivers=(
            Driver(
                "ticket",
                Told.of("Ticket, times in the last {months} months", months=Figure(3, "count")),
                1.0,
                False,
                "",
                1.4,
                1.3,
                1.5,
                0.018,
                0.013,
                0.022,
                None,
                True,
                0.02,
            ),
            Driver(
                "plan", "plan: Prepaid", None, False, "Postpaid", 2.2, 1.9, 2.5, 0.04, 0.03, 0.05, 0.4, True, 0.03
            ),
            Driver(
                "usage",
                Told.of(
                    "{what}, last month against the {months} before", what=Quoted("data"), months=Figure(3, "count")
                ),
                -0.5,
                False,
                "",
                1.5,
                1.2,
                1.9,
                0.02,
                0.01,
                0.03,
                None,
                True,
                0.01,
            ),
            Driver("price", "price", 2.0, True, "", 1.0, 0.9, 1.1, 0.0, -0.01, 0.01, None, False, 0.0),
        ),
        drift=pd.DataFrame({"feature": ["ticket", "plan"], "label": ["ticket", "plan"], "psi": [0.3, 0.01]}),
        score_psi=0.02,
        change=RiskChange(sample.BEFORE, 0.055, 0.0501, beyond_chance=True),
        curves=tuple(
            RetentionCurve(
                name,
                500,
                tuple(range(13)),
                tuple(loss**m for m in range(13)),
                (1.0,) * 13,
                (1.0,) * 13,
                tuple(loss**m for m in range(13)),
                30.5,
                "sBG",
            )
            for name, loss in (("All contracts", 0.97), ("Postpaid", 0.98), ("Prepaid", 0.95))
        ),
        cohort_curves=tuple(
            RetentionCurve(
                name,
                400,
                tuple(range(seen + 1)),
                tuple(loss**m for m in range(seen + 1)),
                tuple(loss**m - 0.02 for m in range(seen + 1)),
                tuple(min(loss**m + 0.02, 1.0) for m in range(seen + 1)),
                tuple(loss**m for m in range(25)) if seen >= 6 else None,
                None,
                "sBG" if seen >= 6 else "",
            )
            for name, loss, seen in (("2016 Q3", 0.98, 15), ("2016 Q4", 0.975, 12), ("2017 Q3", 0.97, 3))
        ),
        unseen=(("town", 12),),
        dropped=(("country", "it is the same for everybody"),),
        method=("Used: logistic regression.",),
        save_customers=150,
        save_profit=2_250.0,
        save_rate=0.25,
        contact_cost=5.0,
    )
    if refusal is None:
        return whole
    kept = {"observed", "curves", "cohort_curves"} | {field.name for field in dataclasses.fields(ChurnRisk)[:12]}
    return ChurnRisk(**{name: getattr(whole, name) for name in kept} | {"refusal": refusal})


def observed() -> Observed:
    """Twelve months, with involuntary ends."""
    left = [60, 62, 58, 61, 63, 60, 59, 62, 61, 60, 62, 80]
    return Observed(
        periods=pd.DataFrame(
            {
                "start": [end - dt.timedelta(days=30) for end in ENDS],
                "end": ENDS,
                "customers": [4_000] * 12,
                "left": left,
                "involuntary": [4] * 12,
                "rate": [n / 4_000 for n in left],
            }
        ),
        judgement=Judgement("news", 0.0152, 0.0125, 0.0182, "lately", periods=36),
        segments=pd.DataFrame(
            {
                "segment": list(sample.NAMES[:3]),
                "customers": pd.array([20, 3_000, 980], "Int64"),
                "left": pd.array([2, 118, 80], "Int64"),
                "rate": [0.1, 118 / 3_000, 80 / 980],
                "suppressed": [False] * 3,
            }
        ),
        cohorts=pd.DataFrame(
            {
                "cohort": ["before 2017 Q1", "2017 Q1"],
                "customers": pd.array([3_000, 1_000], "Int64"),
                "left": pd.array([150, 50], "Int64"),
                "rate": [0.05, 0.05],
                "suppressed": [False, False],
            }
        ),
        sensitivity=pd.DataFrame(
            {"units": [1, 3], "customers": [4_000, 4_000], "left": [60, 200], "rate": [0.015, 0.05]}
        ),
        since=dt.date(2017, 9, 24),
    )


def held_out() -> HeldOutChurn:
    """The readable model wins."""
    return HeldOutChurn(
        origin=dt.date(2017, 9, 24),
        end=sample.END,
        customers=4_000,
        left=200,
        candidates=(
            Candidate("logistic", "logistic regression", 0.71, 0.045, 0.18, 0.97, 0.004, 0.049, 2.9, True),
            Candidate("simple", "simple rule", 0.6, 0.047, 0.195, 0.9, 0.006, 0.05, 1.6, False),
        ),
        beats_simple=True,
        simple="the share that left by months under the contract",
        tenths=pd.DataFrame(
            {
                "tenth": range(1, 11),
                "customers": [400] * 10,
                "predicted": [0.13, 0.09, 0.07, 0.055, 0.045, 0.035, 0.028, 0.02, 0.014, 0.008],
                "observed": [0.145, 0.08, 0.07, 0.06, 0.04, 0.035, 0.025, 0.02, 0.015, 0.01],
                "share": [0.29, 0.16, 0.14, 0.12, 0.08, 0.07, 0.05, 0.04, 0.03, 0.02],
            }
        ),
        model_error=0.12,
        total_error=0.08,
    )


def snapshot(refusal: str | None = None) -> SnapshotRisk:
    """A snapshot of four thousand customers in three segments, a thousand of whom had left."""
    made, nothing = risk(), float("nan")
    whole = SnapshotRisk(
        subject=made.subject,
        title=made.title,
        unit_name=made.unit_name,
        money=made.money,
        taken=dt.date(2017, 11, 30),
        end=made.end,
        smallest=made.smallest,
        valued=True,
        customers=4_000,
        left=1_000,
        segments=made.segments,
        frame=pd.DataFrame(
            {
                "segment": list(sample.NAMES[:3]),
                "customers": pd.array([500, 2_500, 1_000], "Int64"),
                "left": pd.array([200, 500, 300], "Int64"),
                "rate": [0.4, 0.2, 0.3],
                "predicted": [0.39, 0.205, 0.29],
                "there": pd.array([300, 2_000, 700], "Int64"),
                "risk": [0.35, 0.15, 0.25],
                "value": [6_000.0, 40_000.0, 14_000.0],
                "at_risk": [2_000.0, 6_000.0, 3_500.0],
                "suppressed": [False, False, False],
            }
        ),
        mean_risk=0.193,
        value=60_000.0,
        at_risk=11_500.0,
        candidates=made.held_out.candidates if made.held_out else (),
        folds=5,
        beats_simple=True,
        simple=Told.of("the share that left by {what}", what=Quoted("Plan")),
        tenths=pd.DataFrame(
            {
                "tenth": [1, 2],
                "customers": [2_000, 2_000],
                "predicted": [0.4, 0.1],
                "observed": [0.39, 0.11],
                "share": [0.78, 0.22],
            }
        ),
        distribution=pd.DataFrame(
            {"low": [0.0, 0.1], "high": [0.1, 1.0], "customers": [1_200, 1_800], "at_risk": [1_500.0, 10_000.0]}
        ),
        drivers=made.drivers,
        dropped=(("region", Told.of("known of {share} of them only", share=Figure(0.02, "share"))),),
        rows=4_000,
    )
    if refusal is None:
        return whole
    unknown = whole.frame.assign(predicted=nothing, risk=nothing, value=nothing, at_risk=nothing)
    return dataclasses.replace(whole, refusal=refusal, frame=unknown, mean_risk=None, candidates=(), drivers=())
