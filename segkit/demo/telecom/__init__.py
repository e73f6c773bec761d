"""Simulated telecom customers with a known truth."""

from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.truth_file import load_truth
from segkit.demo.telecom.write import prepare_telecom

__all__ = ["TelecomTruth", "load_truth", "prepare_telecom"]
