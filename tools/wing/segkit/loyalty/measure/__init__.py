"""Measures: the engine in, records out."""
