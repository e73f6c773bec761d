"""The errors segkit raises: one base, one class for each thing that can be at fault."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 4_000


class SegkitError(Exception):
    """Base of all errors that segkit raises on purpose.

    The message is meant for a person: what is wrong, where, the value seen, the rule, what to write instead.
    It is bounded, so that hostile or huge values cannot flood a log.

    Attributes:
        told: the message as it was given; a sentence whose numbers a page can trace is kept as such.
    """

    def __init__(self, message: str) -> None:
        self.told = message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"
        super().__init__(str(self.told))


class ParameterError(SegkitError):
    """A parameter, a dataset file or another setting is wrong. Nothing has run."""


class DataError(SegkitError):
    """The data break a rule that a number on the page would depend on. Nothing is published."""

    @classmethod
    def listing(cls, subject: str, failures: Iterable[str]) -> DataError:
        """Make one error that carries every failure, so that nobody has to repair them one run at a time."""
        found = list(failures)
        lines = "".join(f"\n  {number}. {failure}" for number, failure in enumerate(found, 1))
        noun = "problem" if len(found) == 1 else "problems"
        return cls(f"{subject}: {len(found)} {noun} found.{lines}")


class ModelError(SegkitError):
    """A model cannot be fitted, or should not be trusted, on the data given; the message says why."""


class ReportError(SegkitError):
    """A page says something that its numbers do not bear out, or cannot be shown as asked."""


class RunError(SegkitError):
    """A run failed after it had started. What was published before stays as it was."""
