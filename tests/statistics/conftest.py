"""Real data as plain arrays, which the statistics of campaigns are held to as well."""

from tests.campaigns.models.conftest import MENS, NONE, WOMENS, hillstrom, hillstrom_arms

__all__ = ["MENS", "NONE", "WOMENS", "hillstrom", "hillstrom_arms"]
