"""What a page counts, in words: kept beside its metrics, so that the next page can say where it counts differently.

A block states it as `definitions`, a mapping of a word to its meaning, such as churn → the event and who can leave.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from segkit.errors import ReportError
from segkit.page import Block, Statement, day, own_name
from segkit.project.publishing import published_dates, read_manifest

FIELD = "definitions"
"""Of a block, and of a manifest."""
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the previous page said.

    Attributes:
        as_of: its date.
        definitions: word → what it meant.
    """

    as_of: dt.date
    definitions: Mapping[str, str]


def definitions_of(blocks: Iterable[Block]) -> dict[str, str]:
    """Return what the blocks of a page define, by word.

    Raises:
        ReportError: two blocks define a word in two ways.
    """
    found: dict[str, str] = {}
    for block in blocks:
        for word, meaning in block.fields.get(FIELD, {}).items():
            if found.setdefault(word, meaning) != meaning:
                raise ReportError(f"{word} means two things on one page: “{found[word]}” and “{meaning}”")
    return found


def earlier_definitions(folder: Path, as_of: dt.date) -> Earlier | None:
    """Return what the latest page of a run before a date defined; None where there is none."""
    dates = [date for date in published_dates(folder) if date < as_of.isoformat()]
    if not dates:
        return None
    said = read_manifest(folder / dates[-1]).get(FIELD)
    kept = {str(word): str(meaning) for word, meaning in said.items()} if isinstance(said, dict) else {}
    return Earlier(dt.date.fromisoformat(dates[-1]), kept)


def changed_words(blocks: Iterable[Block], earlier: Earlier | None) -> list[str]:
    """Return the words that a page defines differently from the previous one, in the order in which it does."""
    if earlier is None:
        return []
    return [word for word, now in definitions_of(blocks).items() if earlier.definitions.get(word, now) != now]


def banner(blocks: Iterable[Block], earlier: Earlier | None) -> list[Statement]:
    """Return what the head of a page says where it counts otherwise than the previous one; nothing where it does not."""
    words = changed_words(blocks, earlier)
    if earlier is None or not words:
        return []
    return [
        Statement.of(
            "Counted otherwise than in the report of {when}: {words}. Its numbers are not compared with these.",
            when=day(earlier.as_of),
            words=Statement.join([Statement.of("{w}", w=own_name(word, 60)) for word in words]),
        )
    ]


def changed(block: Block, earlier: Earlier | None) -> Block | None:
    """Return what to say below a block that defines a word differently from the previous page; None where none does."""
    if earlier is None:
        return None
    told = [
        Statement.of(
            "Counted otherwise than in the report of {when}. Then, {word}: {old}. Now: {new}. The numbers of that report "
            "are not compared with these; what this page says of earlier periods is counted as now.",
            when=day(earlier.as_of),
            word=own_name(word, 60),
            old=own_name(earlier.definitions[word], _LONGEST),
            new=own_name(meaning, _LONGEST),
        )
        for word, meaning in block.fields.get(FIELD, {}).items()
        if earlier.definitions.get(word, meaning) != meaning
    ]
    return Block.of("notes", {"paragraphs": told, "terms": [], "unfolded": True}) if told else None
