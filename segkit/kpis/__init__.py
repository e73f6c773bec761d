"""Key figures: what they are, what changed, and whether that is news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.kpis.measure.key_figures import read_key_figures as read
    from segkit.kpis.records import KeyFigure as KeyFigure

    __all__ = ["KeyFigure", "read"]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "read": "segkit.kpis.measure.key_figures:read_key_figures",
            "KeyFigure": "segkit.kpis.records:KeyFigure",
        },
    )
