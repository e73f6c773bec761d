"""What others say of a page: the index, an e-mail, a chat. Taken from its blocks, so that all of them say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from segkit.page import Block, Metric
from segkit.page.statement import Number, Statement


@dataclass(frozen=True, slots=True)
class ToldDecision:
    """A decision as others say it: what to do, who by when, for what money, and on what ground."""

    todo: str
    by: str
    money: str
    ground: str


@dataclass(frozen=True, slots=True)
class ToldTile:
    """A key figure as others say it; `trend` is the path of its line, "" for none."""

    label: str
    value: str
    change: str
    beside: str
    trend: str


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A page in brief.

    Attributes:
        title: of the document.
        kicker: what stands small above the headline.
        headline: the first sentence.
        banner: what is missing, sentence by sentence.
        decision: the line before the decisions, or what stands in their place.
        decisions: what to decide.
        tiles: the key figures.
        lines: heading and line of each section that speaks on the first screen.
        metrics: every number that these state, by key.
    """

    title: str
    kicker: str = ""
    headline: str = ""
    banner: tuple[str, ...] = ()
    decision: str = ""
    decisions: tuple[ToldDecision, ...] = ()
    tiles: tuple[ToldTile, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    metrics: tuple[Metric, ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the page in brief as plain JSON, without its metrics, which stand in metrics.json."""
        found = asdict(replace(self, metrics=()))
        del found["metrics"]
        return found

    @classmethod
    def from_payload(cls, said: Mapping[str, Any]) -> PageSummary:
        """Read a page in brief from plain JSON.

        Raises:
            KeyError, TypeError: it was damaged by hand.
        """
        return cls(
            title=str(said["title"]),
            kicker=str(said["kicker"]),
            headline=str(said["headline"]),
            banner=tuple(said["banner"]),
            decision=str(said["decision"]),
            decisions=tuple(ToldDecision(**one) for one in said["decisions"]),
            tiles=tuple(ToldTile(**one) for one in said["tiles"]),
            lines=tuple((heading, line) for heading, line in said["lines"]),
        )


def summary_of(blocks: Sequence[Block], title: str, lines: Sequence[tuple[str, Statement]] = ()) -> PageSummary:
    """Return a page in brief.

    Args:
        blocks: of the page.
        title: of the document.
        lines: heading and line of each section that speaks on the first screen.
    """
    head: Mapping[str, Any] = next((block.fields for block in blocks if block.kind == "header"), {})
    tiles: Mapping[str, Any] = next((block.fields for block in blocks if block.kind == "tiles"), {})
    stated = [statement for block in blocks if block.kind in ("header", "tiles") for statement in block.statements()]
    known = [head[name].text for name in ("kicker", "known") if name in head]
    return PageSummary(
        title=title,
        kicker=" · ".join(known),
        headline=head["headline"].text if head else title,
        banner=tuple(one.text for one in head.get("banner", ())),
        decision=head["decision"].text if head else "",
        decisions=tuple(_decision(one) for one in head.get("decisions", ())),
        tiles=tuple(_tile(one) for one in tiles.get("tiles", ())),
        lines=tuple((heading, line.text) for heading, line in lines),
        metrics=tuple(metric for one in (*stated, *(line for _, line in lines)) for metric in one.metrics),
    )


def said_of(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return what the index says of a page: its decision, how much its headline matters, its first key figure."""
    found: dict[str, Any] = {}
    for block in blocks:
        if block.kind == "header":
            todo = [one["todo"].text for one in block.fields["decisions"]]
            found["decision"] = f"To decide: {todo[0]}" if todo else block.fields["decision"].text
            found["importance"] = int(block.fields.get("importance", 0))
        elif block.kind == "tiles" and "leading" not in found and block.fields["tiles"]:
            counted = [tile for tile in block.fields["tiles"] if _number(tile) is not None]
            found["leading"] = _leading((counted or block.fields["tiles"])[0])
    return found


def _decision(fields: Mapping[str, Any]) -> ToldDecision:
    ground = f"{fields['certainty'].text}: {fields['ground'].text}."
    return ToldDecision(fields["todo"].text, fields["by"].text, fields["money"].text, ground)


def _tile(fields: Mapping[str, Any]) -> ToldTile:
    change = [fields[name].text for name in ("change", "versus") if fields.get(name)]
    beside = [fields[name].text for name in ("range", "limits") if fields.get(name)]
    trend = fields.get("spark") or {}
    return ToldTile(
        fields["label"].text,
        fields["value"].text,
        " ".join(change),
        "; ".join([*beside, *(one.text for one in fields.get("beside", ()))]),
        str(trend.get("line", "")),
    )


def _leading(tile: Mapping[str, Any]) -> dict[str, Any]:
    number = _number(tile)
    return {
        "label": tile["label"].text,
        "value": tile["value"].text,
        "change": tile["change"].text if tile.get("change") else "",
        "key": None if number is None else number.metric.key,
        "number": None if number is None else number.metric.value,
    }


def _number(tile: Mapping[str, Any]) -> Number | None:
    return next((piece for piece in tile["value"].pieces if isinstance(piece, Number)), None)
