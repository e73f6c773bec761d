"""The data sets that come along, opened once."""

from tests.customers.worlds import grocery

__all__ = ["grocery"]
