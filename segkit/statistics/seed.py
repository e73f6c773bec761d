"""The seed of random numbers, so that the same data give the same page."""

from __future__ import annotations

from typing import Final

SEED: Final = 20_260_101
