"""Simulated telecom customers with a known truth."""

from segkit.datasets.telecom.truth import TelecomTruth
from segkit.datasets.telecom.truth_file import load_truth
from segkit.datasets.telecom.write import prepare_telecom

__all__ = ["TelecomTruth", "load_truth", "prepare_telecom"]
