"""A page is a list of blocks. In a notebook a block shows itself; on the page the renderer draws it again.

A block travels in the notebook's output as `application/vnd.segkit.block+json`: kind, fields, and the metrics that
its statements are traced to. The `text/html` beside it is for the analyst's eyes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any, Final, Literal, get_args

from segkit.errors import ReportError
from segkit.page.locale import DEFAULT, known_locale, locale_in_force, written_in
from segkit.page.metric import Metric, union
from segkit.page.statement import Statement

MIME: Final = "application/vnd.segkit.block+json"
VERSION: Final = 1
SAID: Final = 180

BlockKind = Literal["header", "tiles", "bullets", "table", "figure", "actions", "notes", "quality"]


@dataclass(frozen=True, repr=False)
class Block:
    """One piece of a page.

    Attributes:
        kind: what it is; decides how it is drawn.
        fields: what it says. Texts are `Statement`s; the rest is plain JSON (colours, SVG, alignments).
        metrics: every number that its statements state, and any other for metrics.json.
        source: the view that made it, as `Record.view`, so that the head can link to where it stands; "" for none.
        locale: in which its numbers and dates are written.
    """

    kind: BlockKind
    fields: Mapping[str, Any]
    metrics: tuple[Metric, ...] = field(default=())
    source: str = ""
    locale: str = field(default_factory=locale_in_force)

    @classmethod
    def of(cls, kind: BlockKind, fields: Mapping[str, Any], also: Iterable[Metric] = ()) -> Block:
        """Return a block with the metrics that its statements state and `also`, after checking it.

        Raises:
            ReportError: a statement says something else than its metrics.
        """
        stated = (statement.metrics for statement in _statements(fields))
        metrics = union([*stated, also])
        block = cls(kind, fields, tuple(metrics.values()))
        block.verify(metrics)
        return block

    def statements(self) -> Iterator[Statement]:
        """Return every statement in the block."""
        return _statements(self.fields)

    def verify(self, metrics: Mapping[str, Metric]) -> None:
        """Check every statement against the page's metrics."""
        with written_in(self.locale):
            for statement in self.statements():
                statement.verify(metrics)

    def payload(self) -> dict[str, Any]:
        """Return the block as plain JSON, with a version."""
        return {
            "version": VERSION,
            "kind": self.kind,
            "fields": _encode(self.fields),
            "metrics": [metric.payload() for metric in self.metrics],
            "source": self.source,
            **({} if self.locale == DEFAULT else {"locale": self.locale}),
        }

    @classmethod
    def from_payload(cls, payload: Any) -> Block:
        """Read a block from plain JSON.

        Raises:
            ReportError: another version, another kind, or a payload that is damaged.
        """
        if not isinstance(payload, Mapping) or payload.get("version") != VERSION:
            seen = payload.get("version") if isinstance(payload, Mapping) else type(payload).__name__
            raise ReportError(
                f"a block of version {seen!r} cannot be drawn; this segkit draws version {VERSION}: run the "
                "notebook again"
            )
        kind: Any = payload.get("kind")
        if kind not in get_args(BlockKind):
            raise ReportError(f"a block of the kind {kind!r} is not one of {', '.join(get_args(BlockKind))}")
        metrics = tuple(Metric.from_payload(metric) for metric in payload.get("metrics", ()))
        try:
            locale = known_locale(str(payload.get("locale", DEFAULT)))
        except ValueError as error:
            raise ReportError(
                f"a block of the locale {str(payload['locale'])[:60]!r} cannot be drawn: it {error}"
            ) from None
        fields = _decode(payload.get("fields", {}), union([metrics]))
        return cls(kind, fields, metrics, str(payload.get("source", "")), locale)

    def __repr__(self) -> str:
        """Return what the block is, the first thing that it says, and how many numbers it states."""
        named = (self.fields.get(key) for key in ("title", "caption", "sentence"))
        first = next((said for said in named if isinstance(said, Statement)), None) or next(self.statements(), None)
        said = shorten(first.text, SAID, placeholder=" …") if first is not None else ""
        many = len(self.metrics)
        return f"Block: {self.kind}{', ' if said else ''}{said} ({many} number{'' if many == 1 else 's'})"

    @property
    def html(self) -> str:
        """The block's HTML, as on the page; every text escaped."""
        from segkit.page.drawing import draw

        return draw(self.kind, self.fields)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Return what Jupyter shows and stores."""
        from segkit.page.drawing import draw_for_notebook

        return {
            MIME: self.payload(),
            "text/html": draw_for_notebook(self.kind, self.fields),
            "text/plain": repr(self),
        }


def _statements(value: Any) -> Iterator[Statement]:
    match value:
        case Statement():
            yield value
        case Mapping():
            for item in value.values():
                yield from _statements(item)
        case list() | tuple():
            for item in value:
                yield from _statements(item)


def _encode(value: Any) -> Any:
    match value:
        case Statement():
            return {"statement": value.payload()}
        case Mapping():
            return {str(key): _encode(item) for key, item in value.items()}
        case list() | tuple():
            return [_encode(item) for item in value]
        case None | str() | bool() | int() | float():
            return value
    raise ReportError(f"a block's field holds a {type(value).__name__}; write a Statement or plain JSON")


def _decode(value: Any, metrics: Mapping[str, Metric]) -> Any:
    match value:
        case Mapping() if set(value) == {"statement"}:
            return Statement.from_payload(value["statement"], metrics)
        case Mapping():
            return {str(key): _decode(item, metrics) for key, item in value.items()}
        case list() | tuple():
            return [_decode(item, metrics) for item in value]
    return value
