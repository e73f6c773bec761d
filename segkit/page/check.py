"""The last check of a finished page: no machinery shows, nothing runs, and nothing is fetched.

Words that came with the data are exempt from the first rule: a segment may be called `prepaid_basic`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Final

from segkit.errors import ReportError

_RULES: Final = (
    (re.compile(r"\d(?:\.\d+)?e[+-]\d+"), "a number in exponent notation; format it"),
    (re.compile(r"\b(?:Text|Figure|Axes|Line2D|DataFrame|Series|Decimal|Timestamp)\("), "the repr of an object"),
    (re.compile(r"<[a-z_.]+(?:\.[a-z_]+)* (?:object )?at 0x[0-9a-f]+>", re.I), "the repr of an object"),
    (re.compile(r"(?<![\w-])(?:nan|NaN|NaT|<NA>|-?inf)(?![\w-])"), "a missing value; write – or leave it out"),
    (re.compile(r"Traceback \(most recent call last\)"), "a traceback"),
    (re.compile(r"\b\w+(?:Error|Warning|Exception): "), "an error or a warning"),
    (re.compile(r"(?<![\w/])(?:~|\.{1,2})?/[\w.-]+/[\w./-]+|\b[A-Za-z]:\\\S+|\bfile:\S+"), "a file path"),
    (re.compile(r"\b[A-Za-z][A-Za-z0-9]*_\w+"), "a name from code; write it in words"),
)
_FORBIDDEN_TAGS: Final = frozenset(
    {"script", "iframe", "object", "embed", "link", "base", "form", "video", "audio", "foreignobject"}
)
_FETCHING: Final = frozenset({"src", "srcset", "poster", "data", "background", "action", "formaction", "ping"})
_SPOKEN: Final = frozenset({"alt", "aria-label", "title", "data-label"})
_UNREAD: Final = frozenset({"style"})


class _Reader(HTMLParser):
    def __init__(self, links: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._links = links
        self.texts: list[str] = []
        self.faults: list[str] = []
        self._unread = 0
        self._given = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        if tag == "bdi":
            self._given += 1
        if tag in _FORBIDDEN_TAGS:
            self.faults.append(f"has a <{tag}>, which a page may not have")
        for key, value in attrs:
            self._attribute(tag, key, (value or "").strip())

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread -= 1
        if tag == "bdi":
            self._given -= 1

    def handle_data(self, data: str) -> None:
        if not self._unread and not self._given and data.strip():
            self.texts.append(data)

    def _attribute(self, tag: str, key: str, value: str) -> None:
        if key.startswith("on"):
            self.faults.append(f"has the handler {key} on a <{tag}>")
        if key in _FETCHING and not value.startswith("data:image/"):
            self.faults.append(f"would fetch {value[:100]!r} for a <{tag}>")
        if key in ("href", "xlink:href") and tag != "a" and not value.startswith(("#", "data:image/")):
            self.faults.append(f"would fetch {value[:100]!r} for a <{tag}>")
        leads_out = not value.startswith(("#", "https:", "http:", "mailto:")) and value not in self._links
        if key in ("href", "xlink:href") and tag == "a" and leads_out:
            self.faults.append(f"links to {value[:100]!r}")
        if key in ("style", "fill", "stroke", "clip-path", "filter") and re.search(r"url\((?!['\"]?#)", value):
            self.faults.append(f"would fetch {value[:100]!r} for a <{tag}>")
        if key in _SPOKEN:
            self.texts.append(value)


def check_page(html: str, names: Iterable[str] = (), links: Iterable[str] = ()) -> None:
    """Read the page as a visitor would, and refuse it where the machinery shows.

    Args:
        html: the finished page.
        names: words from the data as they are shown, excused from the rules where they stand.
        links: files beside it that the page may lead to.

    Raises:
        ReportError: lists everything found.
    """
    reader = _Reader(frozenset(links))
    reader.feed(html)
    reader.close()
    given = sorted(set(names), key=len, reverse=True)
    faults = list(reader.faults)
    for text in reader.texts:
        faults += _faults(text, given)
    if faults:
        shown = list(dict.fromkeys(faults))
        more = f"\n  … and {len(shown) - 20} more" if len(shown) > 20 else ""
        raise ReportError("the page cannot be published:" + "".join(f"\n  it {f}" for f in shown[:20]) + more)


def _faults(text: str, names: Sequence[str]) -> Iterator[str]:
    for rule, what in _RULES:
        for found in rule.finditer(text):
            if not _excused(text, found.span(), names):
                around = text[max(0, found.start() - 30) : found.end() + 30].strip()
                yield f"shows {found.group()[:60]!r} in “{around}”: {what}"


def _excused(text: str, span: tuple[int, int], names: Sequence[str]) -> bool:
    """Return whether the finding lies within a name from the data."""
    for name in names:
        if len(name) < span[1] - span[0]:
            return False
        at = text.find(name)
        while at >= 0:
            if at <= span[0] and span[1] <= at + len(name):
                return True
            at = text.find(name, at + 1)
    return False
