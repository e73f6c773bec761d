"""An analyst's own sentences, with their numbers traced like all others."""

from __future__ import annotations

from segkit.page import Block, Metric, Statement
from segkit.page.statement import Piece


def note(template: str, **pieces: Metric | Piece | Statement) -> Block:
    """A paragraph from a template with `{names}`; every number in it has to come as a `Metric`.

    >>> note("Of these, {n} are new.", n=Metric("new", 12, "customers")).fields["paragraphs"][0].text
    'Of these, 12 are new.'

    Raises:
        ReportError: a digit or a word of direction is typed into the template.
    """
    return Block.of("notes", {"paragraphs": [Statement.of(template, **pieces)], "terms": []})
