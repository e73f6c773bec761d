"""The data sets that come along, opened once."""

from tests.customers.worlds import grocery, telecom

__all__ = ["grocery", "telecom"]
