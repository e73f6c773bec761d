"""The days on which nothing need arrive: public holidays of the company's country, and the turn of the year."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache


@cache
def public_holidays(country: str, first: int, last: int) -> frozenset[dt.date]:
    """Return the public holidays of some years: those of the whole country, or of half its parts at least.

    >>> dt.date(2011, 4, 25) in public_holidays("GB", 2011, 2011)  # Easter Monday, but not in Scotland
    True
    """
    if not country:
        return frozenset()
    import holidays

    years = range(first, last + 1)
    whole = holidays.country_holidays(country, years=years)
    parts = whole.subdivisions
    of_parts = Counter(day for part in parts for day in holidays.country_holidays(country, subdiv=part, years=years))
    return frozenset(whole) | {day for day, many in of_parts.items() if 2 * many >= len(parts)}


def turn_of_the_year(day: dt.date) -> bool:
    """Say whether a day is one of those from Christmas Eve to the first days of January, when many pause.

    >>> turn_of_the_year(dt.date(2017, 12, 24)), turn_of_the_year(dt.date(2017, 12, 23))
    (True, False)
    """
    return (day.month == 12 and day.day >= 24) or (day.month == 1 and day.day <= 3)
