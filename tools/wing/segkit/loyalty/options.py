"""Section `loyalty` of a dataset file: what the company means by coming back regularly."""

from __future__ import annotations

from pydantic import Field

from segkit.data.options import Options


class Loyalty(Options):
    """What counts as coming back regularly."""

    least: int = Field(default=3, ge=1, description="repeat purchase days from which a customer counts as regular")
