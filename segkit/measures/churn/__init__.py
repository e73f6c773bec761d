"""Churn: what was observed, what is to be expected, how far to trust it, what it would cost, and whom to call."""

from segkit.measures.churn.records import ChurnRisk
from segkit.measures.churn.risk import churn_outlook, churn_risk
from segkit.measures.churn.save import SaveList, save_list

__all__ = ["ChurnRisk", "SaveList", "churn_outlook", "churn_risk", "save_list"]
