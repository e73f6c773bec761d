"""Candidate models of churn: each is fitted on a sample, recalibrated, and can score a table in the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy import special

from segkit.churn.measure.expressions import recalibrated, with_risk
from segkit.churn.measure.frames import Frames, Sample
from segkit.churn.measure.no_purchase import fit_silence
from segkit.data.scaled import MICRO, micro
from segkit.learning.encoding import Encoding, Feature, fit_encoding
from segkit.learning.learners import Boosted, LearnerName, Logistic, fit_learner
from segkit.learning.scores import Recalibration, ScoreTable, recalibration
from segkit.learning.validation import out_of_fold, tune
from segkit.statistics.told import Told

_FOLDS = 3
_BINS_PER_LOG_ODD = 200.0


@dataclass(frozen=True)
class Scorer:
    """A fitted candidate.

    Attributes:
        name: the model's name.
        score: takes a table as `Frames` gives it and its day; returns the table with `risk`.
        encoding: the encoding of a learner; None for a model of purchases.
        model: the fitted learner; None for a model of purchases.
        note: what readers should know of the fit.
    """

    name: str
    score: Callable[[ir.Table, dt.date], ir.Table]
    encoding: Encoding | None = None
    model: Logistic | Boosted | None = None
    note: str = ""


def fit_candidate(name: str, frames: Frames, sample: Sample, days: list[dt.date], *, errors: bool = True) -> Scorer:
    """Fit one candidate.

    Args:
        name: one of `ChurnOptions.candidates`.
        frames: the customers with their features.
        sample: the training rows of `days`.
        days: the dates to learn from, the latest first; their horizons have passed.
        errors: whether to compute the covariance of the coefficients.

    Raises:
        ModelError: the data do not allow the fit; the message says what is missing.
    """
    if name == "purchases":
        return _purchases(frames, days)
    features: tuple[Feature, ...] = frames.builder.features
    learner: LearnerName = "boosting" if name == "boosting" else "logistic"
    if name == "simple":
        rule = frames.rule.feature
        features = tuple(feature for feature in frames.builder.every_feature() if feature.name == rule)
    encoding, model, change = fitted_on(learner, features, sample, errors=errors)

    def score(table: ir.Table, day: dt.date) -> ir.Table:
        return with_risk(table, encoding, model, change)

    return Scorer(name, score, encoding, model)


def fitted_on(
    learner: LearnerName, features: Sequence[Feature], sample: Sample, *, errors: bool = True
) -> tuple[Encoding, Logistic | Boosted, Recalibration]:
    """Fit a learner to rows, and the recalibration that its predictions for unseen rows need.

    Args:
        learner: its name.
        features: the features that it sees.
        sample: the rows.
        errors: whether to compute the covariance of the coefficients.
    """
    encoding = fit_encoding(features, sample.raw)
    if learner == "boosting":
        tuned = tune(learner, features, sample.raw, sample.labels, count=_FOLDS, customers=sample.customers)
        strength, change = tuned.strength, tuned.calibration
    else:
        strength = 1.0
        odds = out_of_fold(learner, features, sample.raw, sample.labels, count=_FOLDS, customers=sample.customers)
        change = recalibration(ScoreTable.of(special.expit(odds), sample.labels))
    matrix = encoding.matrix(sample.raw)
    model = fit_learner(learner, matrix, sample.labels, customers=sample.customers, strength=strength, errors=errors)
    return encoding, model, change


def _purchases(frames: Frames, days: list[dt.date]) -> Scorer:
    """Fit the model of purchases, and recalibrate it on the latest of the days, scored by a fit as of that day."""
    origin = days[0]
    earlier = fit_silence(frames.base, origin, frames.options)
    told = frames.labelled(origin)
    scored = earlier.with_log_odds(told, origin).mutate(chance=_expit(ibis._.log_odds))
    change = recalibration(score_table(frames, scored.drop("log_odds").rename(risk="chance")))
    last = frames.options.ends(origin)[-1]
    model = fit_silence(frames.base, last, frames.options)

    def score(table: ir.Table, day: dt.date) -> ir.Table:
        return recalibrated(model.with_log_odds(table, day), change)

    return Scorer(
        "purchases", score, note=Told.of("{model}, fitted as of {last}", model=model.model.label, last=last)
    )


def _expit(odds: ir.FloatingValue) -> ir.FloatingValue:
    return 1.0 / (1.0 + (-odds).exp())


def score_table(frames: Frames, scored: ir.Table) -> ScoreTable:
    """Return the risks of a labelled table as counts of customers and leavers, in bins of 0.005 log-odds.

    Only these counts leave the engine.
    """
    binned = _binned(scored)
    sums = binned.group_by("bin").aggregate(
        customers=binned.count(), events=binned.left.sum(), micro=micro(binned.risk).sum()
    )
    frame = frames.base.dataset.engine.collect(sums.order_by("bin"))
    customers = frame["customers"].to_numpy(float)
    return ScoreTable.of(
        np.clip(frame["micro"].to_numpy(float) / MICRO / customers, 0.0, 1.0),
        frame["events"].to_numpy(float),
        customers,
    )


def _binned(scored: ir.Table) -> ir.Table:
    risk = ibis.least(ibis.greatest(scored.risk, 1e-9), 1.0 - 1e-9)
    return scored.mutate(bin=((risk / (1.0 - risk)).ln() * _BINS_PER_LOG_ODD).floor().cast("int64"))
