"""Sentences of checks that keep their numbers apart from their words, so that a page can trace each number."""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

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
                return f"{self.value:.1%}".replace(".0%", "%")
            case "difference":
                return f"{self.value:+.3g}"
            case "number":
                return f"{self.value:.12g}"
        return f"{self.value:.3g}"


@dataclass(frozen=True, slots=True)
class Quoted:
    """The user's own words in a sentence: the name of an arm, a segment, a category."""

    text: str


_OWN_OR_NUMBER: Final = re.compile(r"`[^`]*`|\S*[0-9]\S*")


def _figure(text: str, key: str) -> Figure | None:
    """Return the figure that is written so; None where it is no number as figures are written."""
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})*", text):
        return Figure(float(text.replace(",", "")), "count", key)
    share = re.fullmatch(r"([0-9]{1,3}(?:\.[1-9])?)%", text)
    return Figure(float(share.group(1)) / 100, "share", key) if share else None


Part: TypeAlias = "str | Quoted | Figure | dt.date"


class Told(str):
    """A sentence that is plain text by itself, and whose parts a page can trace.

    Attributes:
        parts: in order; a plain `str` is segkit's own words, which hold no digit, or no page shows them.
    """

    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, template: str, **given: Figure | Quoted | dt.date | str) -> Told:
        """Fill `{names}` of a template: figures are numbers, another `Told` is spliced in, a `str` is segkit's own words.

        >>> Told.of("{n} of {arm} have no arm", n=Figure(12, "count"), arm=Quoted("offer 2"))
        '12 of offer 2 have no arm'
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
            elif isinstance(value, Told):
                parts.extend(value.parts)
            else:
                parts.append(value)
        return cls._made(parts)

    @classmethod
    def own(cls, words: str) -> Told:
        """Return a sentence that is the user's own, whatever it says.

        >>> Told.own("Spent 100 EUR.").parts
        (Quoted(text='Spent 100 EUR.'),)
        """
        return words if isinstance(words, Told) else cls._made([Quoted(words)])

    @classmethod
    def read(cls, text: str) -> Told:
        """Return a sentence that was written as plain text: its numbers are figures, and what stands in backticks, or holds
        digits and is no number, is the user's own.

        >>> Told.read("63 rows of 2,569, such as K-10, say `leave_out: {a: [1]}`.").parts[:4]
        (Figure(value=63.0, how='count', key='n1'), ' rows of ', Figure(value=2569.0, how='count', key='n2'), ', such as ')
        """
        if isinstance(text, Told):
            return text
        parts: list[Part] = []
        at = figures = 0
        for found in _OWN_OR_NUMBER.finditer(text):
            token = found.group().rstrip(".,;:!?)")
            start = found.start()
            if token[:1] != "`":
                token, start = token.lstrip("(“"), start + len(token) - len(token.lstrip("(“"))
            if text[at:start]:
                parts.append(text[at:start])
            figure = _figure(token, f"n{figures + 1}")
            figures += figure is not None
            parts.append(figure or Quoted(token))
            at = start + len(token)
        if text[at:]:
            parts.append(text[at:])
        return cls._made(parts)

    @classmethod
    def joined(cls, sentences: Sequence[str], between: str = ", ") -> Told:
        """Join several sentences into one, the figures of each numbered; a plain `str` is segkit's own words.

        >>> Told.joined([Told.of("{n} here", n=Figure(1, "count")), Told.of("{n} there", n=Figure(2, "count"))])
        '1 here, 2 there'
        """
        parts: list[Part] = []
        for at, sentence in enumerate(sentences, 1):
            if at > 1:
                parts.append(between)
            inner = sentence.parts if isinstance(sentence, Told) else (sentence,)
            parts.extend(replace(p, key=f"{p.key}_{at}") if isinstance(p, Figure) else p for p in inner)
        return cls._made(parts)

    def around(self, mark: str) -> tuple[Told, Told]:
        """Return what stands before and after the first such mark among the words.

        >>> Told.of("{plan}: {n} left", plan=Quoted("Flat: M"), n=Figure(2, "count")).around(": ")
        ('Flat: M', '2 left')
        """
        for at, part in enumerate(self.parts):
            if isinstance(part, str) and mark in part:
                before, _, after = part.partition(mark)
                return self._made([*self.parts[:at], before]), self._made([after, *self.parts[at + 1 :]])
        return self, self._made([])

    def capitalised(self) -> Told:
        """Return the sentence with a capital letter at its beginning."""
        first, *rest = self.parts or ("",)
        if isinstance(first, str):
            first = first[:1].upper() + first[1:]
        elif isinstance(first, Quoted):
            first = Quoted(first.text[:1].upper() + first.text[1:])
        return self._made([first, *rest])

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
        made.parts = tuple(_apart(parts))
        return made


def _apart(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the parts, with a key of its own for each figure: sentences that are spliced in may use one key."""
    known: dict[str, Figure] = {}
    for part in parts:
        found, at = part, 1
        while isinstance(part, Figure) and isinstance(found, Figure) and known.setdefault(found.key, found) != found:
            at += 1
            found = replace(part, key=f"{part.key}_{at}")
        yield found


def without_stop(sentence: str) -> str:
    """Return the sentence as a part of another one: without its full stop.

    >>> without_stop("Nobody left."), without_stop(Told.of("{n} left.", n=Figure(2, "count"))).parts[-1]
    ('Nobody left', ' left')
    """
    if not isinstance(sentence, Told):
        return sentence.rstrip(".")
    *before, last = sentence.parts or ("",)
    return Told._made([*before, last.rstrip(".") if isinstance(last, str) else last])


def _plain(part: Part) -> str:
    if isinstance(part, dt.date):
        return f"{part:%Y-%m-%d}"
    return part if isinstance(part, str) else part.text
