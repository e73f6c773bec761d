"""Words of direction. A change inside normal variation has none: the page says that it is normal instead."""

from __future__ import annotations

import re
from typing import Final, Literal

from segkit.errors import ReportError
from segkit.statistics.normal_variation import Variation

Better = Literal["up", "down"]
"""Which direction is good for the business."""

Form = Literal["verb", "adverb", "arrow", "judgement", "verdict"]
"""`verb` (grew), `adverb` (up), `arrow` (▲), `judgement` (better), `verdict` (whether it is normal, no direction)."""

NORMAL: Final = "within normal variation"
UNKNOWN: Final = "too little history to judge"

_NEWS: Final[dict[Form, tuple[str, str, str]]] = {
    "verb": ("grew", "fell", "did not change"),
    "adverb": ("up", "down", "unchanged"),
    "arrow": ("▲", "▼", "="),
    "judgement": ("better", "worse", "unchanged"),
    "verdict": ("outside normal variation",) * 3,
}
_QUIET: Final[dict[Form, tuple[str, str]]] = {
    "verb": ("stayed " + NORMAL, "moved, with " + UNKNOWN),
    "adverb": (NORMAL, UNKNOWN),
    "arrow": ("≈", "?"),
    "judgement": (NORMAL, UNKNOWN),
    "verdict": (NORMAL, UNKNOWN),
}
_WORDS: Final = re.compile(
    r"\b(?:up(?! to\b)|(?<!put )down|grew|grow(?:s|n|ing)?|fell|fall(?:s|en|ing)?|rose|ris(?:e|es|en|ing)|shrank|shrunk"
    r"|increas(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|improv(?:e|es|ed|ing)"
    r"|better|worse(?:n|ns|ned|ning)?|higher|lower)\b|[▲▼↑↓]",
    re.IGNORECASE,
)


def forms(change: float | None, variation: Variation, form: Form, better: Better | None = None) -> str:
    """Return the words for a change.

    >>> forms(127, "news", "verb"), forms(127, "normal", "verb")
    ('grew', 'stayed within normal variation')
    >>> forms(-3, "news", "judgement", better="up")
    'worse'

    Args:
        change: the difference, in any unit; None where there is no earlier period.
        variation: whether it is news.
        form: which kind of word.
        better: for `judgement`, which direction is good.
    """
    if form not in _NEWS or variation not in ("news", "normal", "unknown"):
        raise ReportError(f"no word for the variation {variation!r} in the form {form!r}")
    if variation == "normal":
        return _QUIET[form][0]
    if variation == "unknown" or change is None:
        return _QUIET[form][1]
    up, down, still = _NEWS[form]
    if change == 0:
        return still
    rising = change > 0
    if form == "judgement":
        if better is None:
            raise ReportError("neither direction is better here, so a change is neither better nor worse")
        rising = rising == (better == "up")
    return up if rising else down


def direction_words(text: str) -> re.Match[str] | None:
    """Return the first word or sign of direction in a text, or None."""
    return _WORDS.search(text)
