"""The sign between the columns of a text file, found from its first lines where the dataset file does not state it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

SIGNS: Final[Mapping[str, str]] = MappingProxyType({";": "semicolons", ",": "commas", "\t": "tabs", "|": "bars"})
"""The usual delimiters, with their names."""

_MOST_ROWS: Final = 100


def find_delimiter(text: str, quote: str) -> str:
    """Return the sign that cuts a header and the rows below it into the same number of columns, and into most of them.

    A comma if none does. A tie goes to the semicolon, as a comma may stand within numbers.

    >>> find_delimiter("order;paid, in EUR\\n1;9,50\\n2;10,00\\n", '"')
    ';'

    Args:
        text: the first lines, the last of which may be cut.
        quote: what a value with a delimiter stands between.
    """
    counts = {sign: _columns(text, sign, quote) for sign in SIGNS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] > 1 else ","


def _columns(text: str, sign: str, quote: str) -> int:
    """Return how many columns a sign makes; 0 where rows have more or fewer than the header."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, quotechar=quote or None, quoting=quoting)
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _MOST_ROWS:
                break
    except csv.Error:
        return 0
    if len(rows) > 2 and len(rows) <= _MOST_ROWS:
        rows.pop()  # it may be cut
    return len(rows[0]) if rows and all(len(row) == len(rows[0]) for row in rows) else 0
