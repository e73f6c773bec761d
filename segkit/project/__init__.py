"""Runs: parameters, execution, rendering, publishing. They know notebooks and pages, never a measure."""
