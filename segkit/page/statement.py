"""Sentences whose numbers are traced to the metrics they state.

A `Statement` is a template filled with pieces. Each piece is a number (of a `Metric`), a name or words that came
with the data (a segment may be called "<script>" or "Top 10"), a day, or a direction. What is left, the literal
text, has no digit and no word of direction, so nothing can be claimed that no number bears out.
"""

from __future__ import annotations

import datetime as dt
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from segkit.errors import ReportError
from segkit.page.format import Style, write, write_date, write_span
from segkit.page.metric import Metric
from segkit.page.variation import Better, Form, direction_words, forms
from segkit.statistics.normal_variation import Variation

DIGIT: Final = re.compile(r"\d")
_LONG_WORD: Final = 16
_UNSHOWN: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@dataclass(frozen=True, slots=True)
class Number:
    """A metric's number, as written."""

    kind: ClassVar[str] = "number"
    metric: Metric
    style: Style
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """Words that came with the data or from the analyst: a segment's name, a definition, a decision."""

    kind: ClassVar[str] = "name"
    name: str
    text: str

    @property
    def unbreakable(self) -> bool:
        """Whether it has a word so long that a browser has to be allowed to break it anywhere."""
        return any(len(word) > _LONG_WORD for word in self.text.split())


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, or with `until` a stretch of days."""

    kind: ClassVar[str] = "day"
    day: dt.date
    until: dt.date | None
    text: str


@dataclass(frozen=True, slots=True)
class Direction:
    """A word (or arrow) of direction; allowed only where the change is news."""

    kind: ClassVar[str] = "direction"
    metric: Metric
    variation: Variation
    form: Form
    better: Better | None
    text: str


Piece = str | Number | Name | Day | Direction


def number(metric: Metric, style: Style = "plain") -> Number:
    """Make a piece of a statement from a metric's number."""
    return Number(metric, style, write(metric, style))


def name(words: str, longest: int = 80) -> Name:
    """Make a piece from words of the data, shown up to `longest` characters, then with an ellipsis.

    Line breaks and other control characters, which no page can show, become spaces.
    """
    plain = _clean(words)
    return Name(plain, _shortened(plain, longest))


def day(when: dt.date, until: dt.date | None = None) -> Day:
    """Make a piece from a day, or from the stretch up to and including `until`."""
    when = dt.date(when.year, when.month, when.day)
    return Day(when, until, write_date(when) if until is None else write_span(when, until))


def direction(change: Metric, variation: Variation, form: Form = "verb", better: Better | None = None) -> Direction:
    """Make a piece from the direction of a change; inside normal variation it says that the change is normal."""
    return Direction(change, variation, form, better, forms(change.value, variation, form, better))


@dataclass(frozen=True, slots=True)
class Statement:
    """Text made of literal words and traced pieces.

    Attributes:
        pieces: in order; a plain `str` is literal text.
    """

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, template: str, **pieces: Metric | Piece | Statement) -> Statement:
        """Fill `{names}` of a template. A bare `Metric` is written plain; a statement is spliced in.

        >>> Statement.of("{n} customers left", n=Metric("left", 1240, "customers")).text
        '1,240 customers left'
        """
        out: list[Piece] = []
        for literal, field, _, _ in string.Formatter().parse(template):
            if literal:
                out.append(literal)
            if field is None:
                continue
            if field not in pieces:
                raise ReportError(f"statement {template!r}: nothing was given for {{{field}}}")
            piece = pieces[field]
            match piece:
                case Metric():
                    out.append(number(piece))
                case Statement():
                    out.extend(piece.pieces)
                case str():
                    raise ReportError(
                        f"statement {template!r}: {{{field}}} is plain text; pass name(…) for words from the data"
                    )
                case _:
                    out.append(piece)
        return cls(tuple(out))

    @classmethod
    def join(cls, statements: Sequence[Statement], between: str = ", ") -> Statement:
        """Join several statements to one, with literal text between them."""
        pieces: list[Piece] = []
        for position, statement in enumerate(statements):
            if position and between:
                pieces.append(between)
            pieces.extend(statement.pieces)
        return cls(tuple(pieces))

    @property
    def text(self) -> str:
        """What the reader sees."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that the text states, in order of mention."""
        return tuple(piece.metric for piece in self.pieces if isinstance(piece, Number | Direction))

    @property
    def names(self) -> Iterator[Name]:
        """The words that came with the data."""
        return (piece for piece in self.pieces if isinstance(piece, Name))

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def __str__(self) -> str:
        return self.text

    def verify(self, metrics: Mapping[str, Metric]) -> None:
        """Check every piece against the page's metrics.

        Raises:
            ReportError: a digit or a word of direction is not traced, a number is not what its metric is written
                as, or a direction is claimed inside normal variation.
        """
        for piece in self.pieces:
            match piece:
                case str():
                    if found := DIGIT.search(piece) or direction_words(piece):
                        raise ReportError(
                            f"“{_shortened(self.text, 200)}”: {found.group()!r} in it is traced to no metric; "
                            "pass the number as a Metric, the word through direction(…), words of the data "
                            "through name(…)"
                        )
                case Number(metric, style, text):
                    self._same(metrics, metric)
                    self._written(text, write(metric, style), metric)
                case Direction(metric, variation, form, better, text):
                    self._same(metrics, metric)
                    self._written(text, forms(metric.value, variation, form, better), metric)
                case Day(when, until, text):
                    expected = write_date(when) if until is None else write_span(when, until)
                    if text != expected:
                        raise ReportError(f"“{_shortened(self.text, 200)}” says {text!r} for the day {expected}")
                case Name(words, text):
                    if text != words and not (text.endswith("…") and words.startswith(text[:-1])):
                        raise ReportError(f"a name is shown as {text!r}, but is {_shortened(words, 200)!r}")

    def _same(self, metrics: Mapping[str, Metric], metric: Metric) -> None:
        known = metrics.get(metric.key)
        if known is None:
            raise ReportError(f"“{_shortened(self.text, 200)}” states {metric.key}, which the page does not have")
        if (known.value, known.unit, known.currency) != (metric.value, metric.unit, metric.currency):
            raise ReportError(
                f"“{_shortened(self.text, 200)}” states {metric.key} as {metric.value}; the page has {known.value}"
            )

    def _written(self, text: str, expected: str, metric: Metric) -> None:
        if text != expected:
            raise ReportError(
                f"“{_shortened(self.text, 200)}” says {text!r} for {metric.key}, which is written {expected!r}"
            )

    def payload(self) -> list[Any]:
        """Return the statement as plain JSON: literal text as a string, each traced piece as an object."""
        return [_encode(piece) for piece in self.pieces]

    @classmethod
    def from_payload(cls, payload: Sequence[Any], metrics: Mapping[str, Metric]) -> Statement:
        """Read a statement from plain JSON; numbers refer to `metrics` by key."""
        try:
            return cls(tuple(_decode(piece, metrics) for piece in payload))
        except (KeyError, TypeError, ValueError) as error:
            raise ReportError(f"a block carries a statement that cannot be read: {error!r}") from error


def literal(text: str) -> Statement:
    """Make a statement of literal text only, without digits and words of direction."""
    return Statement((text,)) if text else Statement(())


def words(text: str, longest: int = 10_000) -> Statement:
    """Make a statement that is only words from the data or the analyst."""
    return Statement((name(text, longest),))


def _clean(text: str) -> str:
    """Return a text without control and direction-override characters, lone surrogates and runs of white space."""
    kept = (" " if unicodedata.category(c) in _UNSHOWN or c in _OVERRIDES else c for c in text)
    return " ".join("".join(kept).split()) or "–"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _encode(piece: Piece) -> Any:
    match piece:
        case str():
            return piece
        case Number(metric, style, text):
            return {"number": metric.key, "value": metric.value, "style": style, "text": text}
        case Name(given, text):
            return {"name": given, "text": text}
        case Day(when, until, text):
            return {"day": when.isoformat(), "until": until and until.isoformat(), "text": text}
        case Direction(metric, variation, form, better, text):
            return {
                "direction": metric.key,
                "value": metric.value,
                "variation": variation,
                "form": form,
                "better": better,
                "text": text,
            }


def _decode(piece: Any, metrics: Mapping[str, Metric]) -> Piece:
    if isinstance(piece, str):
        return piece
    text = str(piece["text"])
    if "name" in piece:
        return Name(str(piece["name"]), text)
    if "day" in piece:
        until = piece["until"]
        return Day(dt.date.fromisoformat(piece["day"]), dt.date.fromisoformat(until) if until else None, text)
    key = piece["number"] if "number" in piece else piece["direction"]
    metric = metrics.get(key)
    if metric is None or metric.value != piece["value"]:
        raise ReportError(f"a statement says {text!r} for {key}, which its block does not have so")
    if "number" in piece:
        return Number(metric, piece["style"], text)
    return Direction(metric, piece["variation"], piece["form"], piece["better"], text)
