"""What others say of a page: the index, a message. Taken from its blocks, so that all of them say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from segkit.page import Block
from segkit.page.statement import Number


def said_of(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return what the index says of a page: its decision, how much its headline matters, its first key figure."""
    found: dict[str, Any] = {}
    for block in blocks:
        if block.kind == "header":
            todo = [one["todo"].text for one in block.fields["decisions"]]
            found["decision"] = todo[0] if todo else block.fields["decision"].text
            found["importance"] = int(block.fields.get("importance", 0))
        elif block.kind == "tiles" and "leading" not in found and block.fields["tiles"]:
            found["leading"] = _leading(block.fields["tiles"][0])
    return found


def _leading(tile: Mapping[str, Any]) -> dict[str, Any]:
    number = next((piece for piece in tile["value"].pieces if isinstance(piece, Number)), None)
    return {
        "label": tile["label"].text,
        "value": tile["value"].text,
        "change": tile["change"].text if tile.get("change") else "",
        "key": None if number is None else number.metric.key,
        "number": None if number is None else number.metric.value,
    }
