"""Measures of segments (sizes, moves, profiles, quality): they take the engine and return documented records."""
