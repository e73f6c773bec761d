"""Randomised, adjusted or descriptive: how much a difference may be said to mean, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from segkit.campaigns.models.verdict import Verdict, worst
from segkit.errors import ReportError


class Badge(Enum):
    """The word that stands beside every difference on a page."""

    RANDOMISED = "Randomised"
    ADJUSTED = "Adjusted"
    DESCRIPTIVE = "Descriptive"

    @property
    def words(self) -> tuple[str, ...]:
        """The words for the difference that this badge allows."""
        return _WORDS[self]

    @property
    def meaning(self) -> str:
        """The meaning of the badge, in one sentence for the reader."""
        return _MEANING[self]


_WORDS = {
    Badge.RANDOMISED: ("incremental", "caused", "effect", "lift"),
    Badge.ADJUSTED: ("estimated effect", "adjusted difference"),
    Badge.DESCRIPTIVE: ("difference", "change"),
}
_MEANING = {
    Badge.RANDOMISED: "customers were drawn at random, so that the difference was caused by the campaign",
    Badge.ADJUSTED: "recipients were chosen; known differences between them and the others "
    "are taken out as far as the page lists them, unknown are not",
    Badge.DESCRIPTIVE: "what was observed; it does not say what the campaign did",
}

_CAUSAL = r"incremental(?:ly|ity)?|caus(?:e|es|ed|al|ally|ing)|uplift|lift(?:s|ed)?|drove|thanks to|because of"
_EFFECT = r"effects?(?! size)"
_FORBIDDEN = {
    Badge.RANDOMISED: None,
    Badge.ADJUSTED: re.compile(rf"\b(?:{_CAUSAL})\b", re.IGNORECASE),
    Badge.DESCRIPTIVE: re.compile(rf"\b(?:{_CAUSAL}|{_EFFECT})\b", re.IGNORECASE),
}


def forbidden_words(text: str, badge: Badge) -> tuple[str, ...]:
    """Return words of the text that say more than the badge allows: in lower case, in order, each once.

    >>> forbidden_words("The mailing caused 12 % incremental sales.", Badge.ADJUSTED)
    ('caused', 'incremental')
    """
    pattern = _FORBIDDEN[badge]
    return () if pattern is None else tuple(dict.fromkeys(found.lower() for found in pattern.findall(text)))


def require_words(text: str, badge: Badge) -> None:
    """Refuse a sentence about a difference that claims more than its badge allows.

    Raises:
        ReportError: a word of the sentence says too much; the words that are allowed are named.
    """
    if found := forbidden_words(text, badge):
        raise ReportError(
            f"the sentence {text!r} says {', '.join(repr(w) for w in found)} of a difference that is {badge.value}: "
            f"{badge.meaning}. Write {' or '.join(badge.words)} instead."
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The badge of a comparison, and why it has no better one.

    Attributes:
        badge: Randomised, Adjusted or Descriptive.
        reasons: sentences of the checks that took a better badge away; empty where nothing did.
        publishable: whether an effect may be shown at all; False where a check of a randomised campaign blocks.
    """

    badge: Badge
    reasons: tuple[str, ...]
    publishable: bool


def evidence(
    *,
    randomised: bool,
    validity: Iterable[Verdict] = (),
    adjusted: bool = False,
    balance: Iterable[Verdict] = (),
) -> Evidence:
    """Decide which badge a comparison earns.

    Args:
        randomised: whether arms were drawn at random.
        validity: checks of the draw (`campaigns.models.validity`). One that blocks leaves Descriptive, and no effect
            is shown.
        adjusted: whether the numbers are adjusted for what is known of the customers.
        balance: checks of comparability after adjustment. One that blocks leaves Descriptive.

    Returns:
        The badge with its reasons. A comparison of before and after alone is neither randomised nor adjusted, and so
        Descriptive.
    """
    checks = tuple(validity)
    if randomised:
        blocked = tuple(v.sentence for v in checks if v.status == "blocked")
        return Evidence(Badge.DESCRIPTIVE if blocked else Badge.RANDOMISED, blocked, not blocked)
    if not adjusted:
        return Evidence(Badge.DESCRIPTIVE, ("recipients were chosen, and nothing was adjusted",), False)
    after = (*checks, *balance)
    if worst(after) == "blocked":
        return Evidence(Badge.DESCRIPTIVE, tuple(v.sentence for v in after if v.status == "blocked"), False)
    return Evidence(Badge.ADJUSTED, ("recipients were chosen, not drawn",), True)
