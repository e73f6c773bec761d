"""The errors segkit raises: one base, one class for each thing that can be at fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

DONE: Final = 0
FAILED: Final = 1
REFUSED: Final = 2
NOTHING_NEW: Final = 3
TRY_LATER: Final = 75
"""Exit codes. 75 is EX_TEMPFAIL of sysexits.h, which mail and cron know as: the same may work later."""

_GRAVEST: Final = (FAILED, REFUSED, TRY_LATER, NOTHING_NEW, DONE)
_LONGEST: Final = 4_000


def gravest(codes: Iterable[int]) -> int:
    """Return the exit code of several runs: 1 before 2 before 75; what never ran at all is done.

    >>> gravest([0, 75, 2]), gravest([])
    (2, 0)
    """
    return min(codes, key=_GRAVEST.index, default=DONE)


class SegkitError(Exception):
    """Base of all errors that segkit raises on purpose.

    The message is meant for a person: what is wrong, where, the value seen, the rule, what to write instead.
    It is bounded, so that hostile or huge values cannot flood a log.

    Attributes:
        exit_code: what the command line ends with: 1 failed, 2 refused (a person must mend), 75 try later.
    """

    exit_code: ClassVar[int] = FAILED

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…")


class ParameterError(SegkitError):
    """A parameter, a dataset file or another setting is wrong. Nothing has run."""

    exit_code = REFUSED


class DataError(SegkitError):
    """The data break a rule that a number on the page would depend on. Nothing is published."""

    exit_code = REFUSED

    @classmethod
    def listing(cls, subject: str, failures: Iterable[str]) -> DataError:
        """One error that carries every failure, so that nobody repairs them one run at a time."""
        found = list(failures)
        lines = "".join(f"\n  {number}. {failure}" for number, failure in enumerate(found, 1))
        noun = "problem" if len(found) == 1 else "problems"
        return cls(f"{subject}: {len(found)} {noun} found.{lines}")


class NotYetError(SegkitError):
    """The data are not there yet, or their source is locked or down. The same run may succeed later."""

    exit_code = TRY_LATER


class ModelError(SegkitError):
    """A model cannot be fitted, or should not be trusted, on the data given; the message says why."""


class ReportError(SegkitError):
    """A page says something that its numbers do not bear out, or cannot be shown as asked."""


class RunError(SegkitError):
    """A run failed after it had started. What was published before stays as it was."""
