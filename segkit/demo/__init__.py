"""Two data sets that come along: grocery (real) and telecom (simulated, its truth known)."""

from segkit.demo.registry import BUNDLED, BundledDataset, Option, bundled_folder, bundled_tables

__all__ = ["BUNDLED", "BundledDataset", "Option", "bundled_folder", "bundled_tables"]
