"""Sentences whose numbers are traced to the metrics they state.

A `Statement` is a template filled with pieces: a number (of a `Metric`), a day, a direction, or a name. A name is one
of segkit's own (`name`), which has no digit, one of the user's (`own_name`: a segment may be called "<script>" or
"Top 10"), or a work that is cited. What is left, the literal text, has no digit and no word of direction either, so
nothing can be claimed that no number bears out.
"""

from __future__ import annotations

import datetime as dt
import re
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from segkit.errors import ReportError
from segkit.news.judgement import Variation
from segkit.page.format import Style, write, write_date, write_span
from segkit.page.metric import KEY, Metric
from segkit.page.variation import Better, Form, direction_words, forms

DIGIT: Final = re.compile(r"\d")
_LONG_WORD: Final = 16
_UNSHOWN: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_CITED: Final = re.compile(r"[A-Z][A-Za-z]+(?: and [A-Z][A-Za-z]+| et al\.)? (?:19|20)\d\d")
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@dataclass(frozen=True, slots=True)
class Number:
    """A metric's number, as written."""

    kind: ClassVar[str] = "number"
    metric: Metric
    style: Style
    text: str
    places: int | None = None
    """Decimals, where they are those of a column."""


Whose = Literal["segkit", "user", "author"]
"""Who words a name: segkit, the user (with the data, or as the analyst), the author of a work that is cited."""


@dataclass(frozen=True, slots=True)
class Name:
    """Words that are chosen as the page is made: a segment's name, what a model is called, a decision."""

    kind: ClassVar[str] = "name"
    name: str
    text: str
    whose: Whose = "segkit"

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


@dataclass(frozen=True, slots=True)
class Report:
    """Words for another report; they lead to its page of the same date where there is one."""

    kind: ClassVar[str] = "report"
    report: str
    text: str


Piece = str | Number | Name | Day | Direction | Report


def number(metric: Metric, style: Style = "plain") -> Number:
    """Make a piece of a statement from a metric's number."""
    return Number(metric, style, write(metric, style))


def name(words: str, longest: int = 80) -> Name:
    """Return words of segkit's own as a piece; they hold no digit, or the page is refused.

    They are shown up to `longest` characters, then with an ellipsis.
    """
    return _named(words, longest, "segkit")


def own_name(words: str, longest: int = 80) -> Name:
    """Return the user's own words as a piece; they may hold any digit.

    They are the names of segments, campaigns, columns and categories, what is quoted from files, and what the analyst
    writes. Line breaks and other control characters, which no page can show, become spaces.
    """
    return _named(words, longest, "user")


def cited(work: str) -> Name:
    """Return a work of the literature as a piece: its authors and its year, such as `Radcliffe 2007`."""
    return _named(work, 80, "author")


def page_of(report: str, words: str) -> Report:
    """Return words for another report as a piece, such as `page on churn risk` for `churn_risk`."""
    return Report(report, words)


def _named(words: str, longest: int, whose: Whose) -> Name:
    plain = _clean(words)
    return Name(plain, _shortened(plain, longest), whose)


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
                        f"statement {template!r}: {{{field}}} is plain text; pass own_name(…) for words of the user’s"
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
        """The words that were chosen as the page was made."""
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
                            "pass the number as a Metric, the word through direction(…), the user’s own words "
                            "through own_name(…)"
                        )
                case Number(metric, style, text, places):
                    self._same(metrics, metric)
                    self._written(text, write(metric, style, places), metric)
                case Direction(metric, variation, form, better, text):
                    self._same(metrics, metric)
                    self._written(text, forms(metric.value, variation, form, better), metric)
                case Day(when, until, text):
                    expected = write_date(when) if until is None else write_span(when, until)
                    if text != expected:
                        raise ReportError(f"“{_shortened(self.text, 200)}” says {text!r} for the day {expected}")
                case Report(report, text):
                    if not KEY.fullmatch(report) or DIGIT.search(text):
                        raise ReportError(
                            f"{text!r} for the report {report!r}: write its name, and words without a digit"
                        )
                case Name(words, text, whose):
                    self._traced(words, whose)
                    if text != words and not (text.endswith("…") and words.startswith(text[:-1])):
                        raise ReportError(f"a name is shown as {text!r}, but is {_shortened(words, 200)!r}")

    def _traced(self, words: str, whose: Whose) -> None:
        """Refuse a number in words that are not the user's."""
        if whose == "author" and not _CITED.fullmatch(words):
            raise ReportError(
                f"{words!r} is cited, but is no work; write its authors and year, such as Radcliffe 2007"
            )
        if whose == "segkit" and (found := DIGIT.search(words)):
            raise ReportError(
                f"“{_shortened(self.text, 200)}”: {found.group()!r} in {_shortened(words, 200)!r} is traced to no "
                "metric; pass the number as a Metric, or the user’s own words through own_name(…)"
            )

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
    """Return a statement that is nothing but words of segkit's own, without a digit."""
    return Statement((name(text, longest),))


def own_words(text: str, longest: int = 10_000) -> Statement:
    """Return a statement that is nothing but the user's own words."""
    return Statement((own_name(text, longest),))


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
        case Number(metric, style, text, places):
            said = {"number": metric.key, "value": metric.value, "style": style, "text": text}
            return said if places is None else {**said, "places": places}
        case Name(given, text, whose):
            return {"name": given, "text": text, "whose": whose}
        case Report(report, text):
            return {"report": report, "text": text}
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
    if "report" in piece:
        return Report(str(piece["report"]), text)
    if "name" in piece:
        return Name(str(piece["name"]), text, piece["whose"])
    if "day" in piece:
        until = piece["until"]
        return Day(dt.date.fromisoformat(piece["day"]), dt.date.fromisoformat(until) if until else None, text)
    key = piece["number"] if "number" in piece else piece["direction"]
    metric = metrics.get(key)
    if metric is None or metric.value != piece["value"]:
        raise ReportError(f"a statement says {text!r} for {key}, which its block does not have so")
    if "number" in piece:
        return Number(metric, piece["style"], text, piece.get("places"))
    return Direction(metric, piece["variation"], piece["form"], piece["better"], text)
