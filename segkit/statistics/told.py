"""Sentences of checks that keep their numbers apart from their words, so that a page can trace each number."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

How = Literal["p", "count", "number", "share", "index", "difference"]
"""Kind of a figure: a p-value, a number of things, a number that was set (with every digit), a part of a whole, a number
that was found, or one whose sign matters."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a sentence.

    Attributes:
        value: the number, unrounded.
        how: kind of the number, which decides how it is written.
        key: its name within the sentence.
    """

    value: float
    how: How
    key: str = ""

    @property
    def text(self) -> str:
        """The number in plain text.

        >>> Figure(0.0341, "p").text, Figure(2e-9, "p").text, Figure(3000, "count").text
        ('p = 0.034', 'p < 0.001', '3,000')
        """
        match self.how:
            case "p":
                return f"p = {self.value:.2g}" if float(f"{self.value:.2g}") >= 0.001 else "p < 0.001"
            case "count":
                return f"{self.value:,.0f}"
            case "share":
                return f"{self.value:.1%}"
            case "difference":
                return f"{self.value:+.3g}"
            case "number":
                return f"{self.value:g}"
        return f"{self.value:.3g}"


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of a sentence that come from the data."""

    text: str


Part: TypeAlias = "str | Quoted | Figure | dt.date"


class Told(str):
    """A sentence that is plain text by itself, and whose parts a page can trace.

    Attributes:
        parts: the parts in order. A plain `str` is segkit's own words, which hold no digit.
    """

    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, template: str, **given: Figure | dt.date | str) -> Told:
        """Fill the `{names}` of a template. Figures are numbers, another `Told` is spliced in, and a plain `str` is
        quoted.

        >>> Told.of("{n} of {arm} have no arm", n=Figure(12, "count"), arm="offer")
        '12 of offer have no arm'
        """
        parts: list[Part] = []
        for words, field, _, _ in string.Formatter().parse(template):
            if words:
                parts.append(words)
            if field is None:
                continue
            value = given[field]
            if isinstance(value, Figure):
                parts.append(replace(value, key=field))
            elif isinstance(value, dt.date):
                parts.append(value)
            elif isinstance(value, Told):
                parts.extend(value.parts)
            else:
                parts.append(Quoted(value))
        return cls._made(parts)

    @classmethod
    def joined(cls, sentences: Sequence[Told], between: str = ", ") -> Told:
        """Join several sentences to one, with the figures of each numbered.

        >>> Told.joined([Told.of("{n} here", n=Figure(1, "count")), Told.of("{n} there", n=Figure(2, "count"))])
        '1 here, 2 there'
        """
        parts: list[Part] = []
        for at, sentence in enumerate(sentences, 1):
            if at > 1:
                parts.append(between)
            parts.extend(replace(p, key=f"{p.key}_{at}") if isinstance(p, Figure) else p for p in sentence.parts)
        return cls._made(parts)

    def before(self, mark: str) -> Told:
        """Cut the sentence before the first such mark among its words."""
        parts: list[Part] = []
        for part in self.parts:
            if isinstance(part, str) and mark in part:
                parts.append(part.partition(mark)[0])
                break
            parts.append(part)
        return self._made(parts)

    @classmethod
    def _made(cls, parts: Sequence[Part]) -> Told:
        made = cls("".join(_plain(part) for part in parts))
        made.parts = tuple(parts)
        return made


def _plain(part: Part) -> str:
    if isinstance(part, dt.date):
        return f"{part:%Y-%m-%d}"
    return part if isinstance(part, str) else part.text
