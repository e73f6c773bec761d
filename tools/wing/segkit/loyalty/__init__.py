"""How many customers come back regularly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.loyalty.measure.share import share as share

    __all__ = ["share"]
else:
    __getattr__, __dir__, __all__ = lazy(__name__, {"share": "segkit.loyalty.measure.share:share"})
