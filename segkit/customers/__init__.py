"""The customer table as of a date, and the customer base of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segkit.lazy import lazy

if TYPE_CHECKING:
    from segkit.customers.base import CustomerBase as CustomerBase
    from segkit.customers.base import customer_base as customer_base
    from segkit.customers.periods import Period as Period
    from segkit.customers.table import CustomerOptions as CustomerOptions
    from segkit.customers.table import customer_table as customer_table

    __all__ = ["CustomerBase", "CustomerOptions", "Period", "customer_base", "customer_table"]
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "CustomerBase": "segkit.customers.base:CustomerBase",
            "CustomerOptions": "segkit.customers.table:CustomerOptions",
            "Period": "segkit.customers.periods:Period",
            "customer_base": "segkit.customers.base:customer_base",
            "customer_table": "segkit.customers.table:customer_table",
        },
    )
