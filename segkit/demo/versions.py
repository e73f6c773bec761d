"""Versions of the bundled data: raised whenever other bytes would come out of the same options."""

from __future__ import annotations

from typing import Final

TELECOM: Final = "1"
GROCERY: Final = "1"
