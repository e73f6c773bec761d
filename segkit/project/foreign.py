"""Tables that an analyst's own code shows (pandas' HTML), rebuilt with only their text and a sound structure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Final

from segkit.errors import ReportError
from segkit.page.own_table import MOST_ROWS

_NUMBER: Final = re.compile(r"[−+-]?[^\w\s]?\d[\d,.  ]*(?:\D{0,3})?")
_MISSING: Final = frozenset({"nan", "NaN", "NaT", "<NA>", "None", "inf", "-inf"})


@dataclass
class _Cell:
    heading: bool
    across: int
    down: int
    text: str = ""


@dataclass
class _Reader(HTMLParser):
    """The cells of the first table of some HTML; text elsewhere (styles, pandas' "3 rows × 2 columns") is dropped."""

    head: list[list[_Cell]] = field(default_factory=list)
    body: list[list[_Cell]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._in_head = False
        self._cell: _Cell | None = None
        self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._done:
            return
        if tag == "thead":
            self._in_head = True
        elif tag == "tr":
            (self.head if self._in_head else self.body).append([])
        elif tag in ("td", "th"):
            found = dict(attrs)
            rows = self.head if self._in_head else self.body
            if rows:
                self._cell = _Cell(tag == "th", _span(found.get("colspan")), _span(found.get("rowspan")))
                rows[-1].append(self._cell)

    def handle_endtag(self, tag: str) -> None:
        if tag == "thead":
            self._in_head = False
        elif tag in ("td", "th"):
            self._cell = None
        elif tag == "table":
            self._done = True

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._done:
            self._cell.text += data


def rebuilt_table(markup: str, caption: str) -> str:
    """Rebuild the first table of some HTML as the page's own: caption, scopes, no empty heading, no foreign style.

    Raises:
        ReportError: it has more rows than a page should show.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    if len(reader.body) > MOST_ROWS:
        raise ReportError(
            f"a table of {len(reader.body)} rows is too long to read: show at most {MOST_ROWS}, e.g. with .head()"
        )
    numeric = _numeric_columns(reader.body)
    head = "".join("<tr>" + "".join(_heading(cell, "col") for cell in row) + "</tr>" for row in reader.head)
    body = []
    for row in reader.body:
        cells = [
            _heading(cell, "row") if cell.heading else _value(cell, at in numeric) for at, cell in enumerate(row)
        ]
        body.append("<tr>" + "".join(cells) + "</tr>")
    top = f"<thead>{head}</thead>" if head else ""
    return (
        f'<div class="table foreign" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>{top}<tbody>{''.join(body)}</tbody></table></div>"
    )


def _numeric_columns(rows: list[list[_Cell]]) -> set[int]:
    columns: dict[int, list[str]] = {}
    for row in rows:
        for at, cell in enumerate(row):
            columns.setdefault(at, []).append(cell.text.strip())
    return {
        at
        for at, texts in columns.items()
        if all(_NUMBER.fullmatch(t) or t in _MISSING or not t for t in texts) and any(texts)
    }


def _heading(cell: _Cell, scope: str) -> str:
    text = cell.text.strip()
    spans = _spans(cell)
    if not text:
        return f"<td{spans}></td>"
    return f'<th scope="{scope}"{spans}>{escape(text)}</th>'


def _value(cell: _Cell, numeric: bool) -> str:
    text = cell.text.strip()
    # words from the data may look like anything; what is missing or a number has to be fit to be shown
    shown = escape(text) if numeric or text in _MISSING or _NUMBER.match(text) else f"<bdi>{escape(text)}</bdi>"
    side = "" if numeric else ' class="t"'
    return f"<td{_spans(cell)}{side}>{shown}</td>"


def _spans(cell: _Cell) -> str:
    across = f' colspan="{cell.across}"' if cell.across > 1 else ""
    return across + (f' rowspan="{cell.down}"' if cell.down > 1 else "")


def _span(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isdigit() else 1
