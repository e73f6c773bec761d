"""The probability of no purchase within the horizon, by the models of customer value.

The models are fitted on cells of purchase histories, and their scores are joined back to customers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import special

from segkit.churn.options import ChurnOptions
from segkit.customers import CustomerBase
from segkit.forecast.models.choice import choose_purchase_model
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.purchase_cells import collect_cells, joined_scores, time_between, with_mean_spend
from segkit.learning.scores import EDGE


@dataclass(frozen=True)
class SilenceModel:
    """A fitted model of purchases that gives the probability of silence.

    Attributes:
        base: the customers.
        options: the options of the run.
        model: the model, fitted on what was known at the end of a day.
    """

    base: CustomerBase
    options: ChurnOptions
    model: PurchaseModel

    def with_log_odds(self, table: ir.Table, day: dt.date) -> ir.Table:
        """Add `log_odds` of no purchase in the horizon after the day to a table with the columns of `HISTORY`."""
        cells = collect_cells(self.base.dataset.engine, table, unit="week")
        length = time_between(day, self.options.ends(day)[-1], "week")
        history = (cells.frame[name].to_numpy(float) for name in ("frequency", "recency", "T"))
        silent = self.model.probability_no_purchase(length, *history)
        odds = special.logit(np.clip(silent, EDGE, 1 - EDGE))
        return joined_scores(table, cells, pd.DataFrame({"log_odds": odds}))


def fit_silence(base: CustomerBase, day: dt.date, options: ChurnOptions) -> SilenceModel:
    """Choose a model of purchases and fit it on what was known at the end of a day.

    Raises:
        ModelError: the data do not allow a fit; the message says what is missing.
    """
    cells = collect_cells(base.dataset.engine, with_mean_spend(base.at(day)), unit="week")
    x, t_x, end = (cells.frame[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    weight = cells.frame["customers"].to_numpy(float)
    choice = choose_purchase_model(x, t_x, end, weight, candidates=("BG/NBD", "MBG/NBD"))
    return SilenceModel(base, options, choice.model)
