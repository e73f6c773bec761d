"""Words of direction. A change that is no news has none: the page says why instead."""

from __future__ import annotations

import re
from typing import Final, Literal

from segkit.errors import ReportError
from segkit.news.judgement import Variation

Better = Literal["up", "down"]
"""Which direction is good for the business."""

Form = Literal["verb", "adverb", "arrow", "judgement", "verdict"]
"""`verb` (grew), `adverb` (up), `arrow` (▲), `judgement` (better), `verdict` (what it is, no direction)."""

NORMAL: Final = "within normal variation"
EARLY: Final = "too early to say"
CALENDAR: Final = "explained by the calendar"
FEW: Final = "a few customers make the difference"
MISSING: Final = "not known"
HIDDEN: Final = "not shown: too few customers"
UNSETTLED: Final = "not settled yet"

_NEWS: Final[dict[Form, tuple[str, str, str]]] = {
    "verb": ("grew", "fell", "did not change"),
    "adverb": ("up", "down", "unchanged"),
    "arrow": ("▲", "▼", "="),
    "judgement": ("better", "worse", "unchanged"),
    "verdict": ("outside normal variation",) * 3,
}
_SLOWLY: Final = "a slow change"
_QUIET: Final[dict[Variation, str]] = {
    "normal": NORMAL,
    "early": EARLY,
    "calendar": CALENDAR,
    "few": FEW,
    "missing": MISSING,
    "hidden": HIDDEN,
    "unsettled": UNSETTLED,
}
_ARROWS: Final[dict[Variation, str]] = {
    **dict.fromkeys(("normal", "calendar", "few"), "≈"),
    **dict.fromkeys(("early", "missing", "hidden", "unsettled"), "?"),
}
_VERBS: Final[dict[Variation, str]] = {
    "normal": "stayed " + NORMAL,
    "early": "moved, " + EARLY,
    "calendar": "moved, " + CALENDAR,
    "few": "moved; " + FEW,
    "missing": "is " + MISSING,
    "hidden": "is " + HIDDEN,
    "unsettled": "is " + UNSETTLED,
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
        variation: whether it is news, and why not.
        form: which kind of word.
        better: for `judgement`, which direction is good.
    """
    if form not in _NEWS or (variation not in _QUIET and variation not in ("news", "slow")):
        raise ReportError(f"no word for the variation {variation!r} in the form {form!r}")
    if variation in _QUIET:
        return (_ARROWS if form == "arrow" else _VERBS if form == "verb" else _QUIET)[variation]
    if change is None:
        return _QUIET["missing"]
    if variation == "slow" and form == "verdict":
        return _SLOWLY
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
