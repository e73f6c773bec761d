"""Measures of campaigns: they take the engine and return documented records."""
