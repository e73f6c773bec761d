"""Tests of segkit.models, and the published figures that they are held to."""
