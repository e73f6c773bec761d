"""Sizes, moves, profiles and quality of segments: the engine in, documented records out."""
