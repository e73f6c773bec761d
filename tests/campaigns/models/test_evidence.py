"""Which words a difference bears."""

from __future__ import annotations

import pytest

from segkit.campaigns.models.evidence import Badge, evidence, forbidden_words, require_words
from segkit.campaigns.models.verdict import Verdict
from segkit.errors import ReportError


def test_groups_that_are_not_comparable_cannot_be_published_as_an_effect() -> None:
    naive = evidence(randomised=False)
    assert naive.badge is Badge.DESCRIPTIVE
    assert not naive.publishable
    apart = Verdict("Balance", "blocked", "re75 differs by 1.6 standard deviations", 1.6)
    found = evidence(randomised=False, adjusted=True, balance=[apart])
    assert found.badge is Badge.DESCRIPTIVE
    assert not found.publishable
    assert found.reasons == (apart.sentence,)
    with pytest.raises(ReportError, match="Write difference or change"):
        require_words("The programme caused a loss of 8,497 dollars.", found.badge)


def test_badges_are_earned() -> None:
    bad = Verdict("Sample ratio", "blocked", "the arms are not of the planned sizes", 0.0)
    warned = Verdict("Novelty", "warn", "the effect fades", 0.0)
    assert evidence(randomised=True, validity=[warned]).badge is Badge.RANDOMISED
    blocked = evidence(randomised=True, validity=[bad])
    assert (blocked.badge, blocked.publishable, blocked.reasons) == (Badge.DESCRIPTIVE, False, (bad.sentence,))
    adjusted = evidence(randomised=False, adjusted=True, balance=[warned])
    assert (adjusted.badge, adjusted.publishable) == (Badge.ADJUSTED, True)


@pytest.mark.parametrize(
    ("text", "randomised", "adjusted", "descriptive"),
    [
        ("incremental revenue", (), ("incremental",), ("incremental",)),
        ("The mail Caused it", (), ("caused",), ("caused",)),
        ("the estimated effect", (), (), ("effect",)),
        ("a lift of 3 %", (), ("lift",), ("lift",)),
        ("the difference was 3 EUR", (), (), ()),
        ("an effective offer, uncaused", (), (), ()),
    ],
)
def test_words(text: str, randomised: tuple[str], adjusted: tuple[str], descriptive: tuple[str]) -> None:
    assert forbidden_words(text, Badge.RANDOMISED) == randomised
    assert forbidden_words(text, Badge.ADJUSTED) == adjusted
    assert forbidden_words(text, Badge.DESCRIPTIVE) == descriptive
    for badge in Badge:
        for word in badge.words:
            assert forbidden_words(word, badge) == ()
        assert badge.meaning
