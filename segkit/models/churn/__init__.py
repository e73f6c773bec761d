"""Churn risk: encodings, learners, calibration, validation, leaks, drivers, retention curves. Arrays in, numbers out."""

from segkit.models.churn.drift import counts
from segkit.models.churn.drivers import Effect, Importance, effects, importance
from segkit.models.churn.encoding import Encoding, Feature, fit_encoding
from segkit.models.churn.group_risk import GroupRisk, group_risk, model_error
from segkit.models.churn.leakage import FeatureCheck, check_features
from segkit.models.churn.learners import Boosted, Logistic, fit_learner
from segkit.models.churn.retention import Curve, kaplan_meier, product_limit
from segkit.models.churn.scores import (
    Recalibration,
    ScoreTable,
    auc,
    brier,
    calibration_error,
    log_loss,
    recalibration,
)
from segkit.models.churn.validation import Nested, Tuned, nested, out_of_fold, tune

__all__ = [
    "Boosted",
    "Curve",
    "Effect",
    "Encoding",
    "Feature",
    "FeatureCheck",
    "GroupRisk",
    "Importance",
    "Logistic",
    "Nested",
    "Recalibration",
    "ScoreTable",
    "Tuned",
    "auc",
    "brier",
    "calibration_error",
    "check_features",
    "counts",
    "effects",
    "fit_encoding",
    "fit_learner",
    "group_risk",
    "importance",
    "kaplan_meier",
    "log_loss",
    "model_error",
    "nested",
    "out_of_fold",
    "product_limit",
    "recalibration",
    "tune",
]
