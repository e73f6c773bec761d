"""The customer table as of a date, and the customer base of a report."""

from segkit.customers.base import CustomerBase, customer_base
from segkit.customers.periods import Period
from segkit.customers.table import CustomerOptions, customer_table

__all__ = ["CustomerBase", "CustomerOptions", "Period", "customer_base", "customer_table"]
