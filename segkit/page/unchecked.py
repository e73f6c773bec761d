"""The mark of an analyst's own output that was not checked: the page shows it, and says so in small print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from segkit.page.statement import DIGIT, Statement, literal, own_words

FIELD: Final = "unchecked"
"""Of a block's fields: whether it shows numbers that are traced to no metric."""
MARK: Final = "Not checked by segkit"


def mark(of: Sequence[Statement] = ()) -> Statement:
    """Return the small print for output that is not checked.

    Args:
        of: the columns that it speaks of, where others are checked; empty for the whole.
    """
    if not of:
        return literal(f"{MARK}.")
    return Statement((f"{MARK}: ", *Statement.join(of).pieces, "."))


def said(text: str | Statement, longest: int = 400) -> Statement:
    """Return an analyst's text as a statement: plain words as they are, a statement with its numbers traced."""
    return text if isinstance(text, Statement) else own_words(text, longest)


def has_typed_number(text: str | Statement) -> bool:
    """Return whether a number was typed, which nothing supports."""
    return isinstance(text, str) and DIGIT.search(text) is not None
