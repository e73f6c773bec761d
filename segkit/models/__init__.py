"""Models of customer value and retention: arrays in, numbers out; neither an engine nor a frame in sight.

Each module names its paper. Units of time and money are the caller's: predictions are in those of the fit.
"""

from segkit.models.bdw import BDW, fit_bdw
from segkit.models.bg_nbd import BGNBD, fit_bg_nbd
from segkit.models.cells import PurchaseCells, Requirements
from segkit.models.choice import Choice, choose_purchase_model, choose_retention_model
from segkit.models.contractual import RenewalCells, RetentionModel
from segkit.models.forecast_errors import ForecastErrors, forecast_errors
from segkit.models.gamma_gamma import GammaGamma, fit_gamma_gamma, spend_correlation
from segkit.models.intervals import (
    PredictedTotal,
    draw_totals,
    total_purchases,
    total_value,
)
from segkit.models.mbg_nbd import MBGNBD, fit_mbg_nbd
from segkit.models.nbd import NBD, fit_nbd
from segkit.models.optimise import Fit, Verdict
from segkit.models.pareto_nbd import ParetoNBD, fit_pareto_nbd
from segkit.models.purchase_model import PurchaseModel, continuous_rate
from segkit.models.sbg import SBG, fit_sbg
from segkit.models.value import residual_value

__all__ = [
    "BDW",
    "BGNBD",
    "MBGNBD",
    "NBD",
    "SBG",
    "Choice",
    "Fit",
    "ForecastErrors",
    "GammaGamma",
    "ParetoNBD",
    "PredictedTotal",
    "PurchaseCells",
    "PurchaseModel",
    "RenewalCells",
    "Requirements",
    "RetentionModel",
    "Verdict",
    "choose_purchase_model",
    "choose_retention_model",
    "continuous_rate",
    "draw_totals",
    "fit_bdw",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_mbg_nbd",
    "fit_nbd",
    "fit_pareto_nbd",
    "fit_sbg",
    "forecast_errors",
    "residual_value",
    "spend_correlation",
    "total_purchases",
    "total_value",
]
