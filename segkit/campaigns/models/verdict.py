"""The verdict of a check: go on, go on with care, or show no number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "blocked"]

RARE = 0.001
"""The p-value below which something is taken for a fault rather than for chance."""

_ORDER: dict[Status, int] = {"ok": 0, "warn": 1, "blocked": 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check.

    Attributes:
        check: what was checked, in two or three words, for the page's list.
        status: "ok"; "warn": the effect is shown beside the sentence; "blocked": no effect is shown.
        sentence: what was found, without a full stop, fit for the page; a `Told` where it has numbers.
        value: the number that the verdict rests on (a p-value, a share, a count); None where there is none.
    """

    check: str
    status: Status
    sentence: str
    value: float | None


def worst(verdicts: Iterable[Verdict]) -> Status:
    """Return the gravest status of the verdicts; "ok" where there are none.

    >>> worst([Verdict("a", "ok", "fine", None), Verdict("b", "warn", "look", None)])
    'warn'
    """
    return max((v.status for v in verdicts), key=_ORDER.__getitem__, default="ok")
