"""What customers have brought and will bring, and how their value is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.value.measure.concentrations import concentration as concentration
    from segkit.value.measure.customer_values import customer_value as forecast

    __all__ = ["concentration", "forecast"]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "forecast": "segkit.value.measure.customer_values:customer_value",
            "concentration": "segkit.value.measure.concentrations:concentration",
        },
    )
