"""Which complaints of a database pass by themselves: it is locked, down, starting, or has gone away in mid-query."""

from __future__ import annotations

import re
from typing import Final

_PASSING: Final = re.compile(
    r"could not set lock on file|database is locked|connection refused|connection reset|connection timed out"
    r"|timeout expired|connect timeout|no route to host|network is unreachable|temporary failure in name resolution"
    r"|server closed the connection|terminating connection|connection is (?:lost|closed|bad)|the connection is closed"
    r"|connection already closed|server is starting up|database system is (?:starting up|shutting down|in recovery)"
    r"|too many (?:clients|connections)|remaining connection slots are reserved|consuming input failed",
    re.IGNORECASE,
)


def passes(said: str) -> bool:
    """Return whether the same may work later, as against a mistake that a person has to mend.

    >>> passes("IO Error: Could not set lock on file"), passes("password authentication failed for user shop")
    (True, False)
    """
    return _PASSING.search(said) is not None
