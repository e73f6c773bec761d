"""Sentences under a table or between sections: an analyst's own, and what a dash in a table means."""

from __future__ import annotations

from typing import Any

from segkit.page.block import Block
from segkit.page.metric import Metric
from segkit.page.statement import Piece, Statement, own_name


def note(template: str, **pieces: Metric | Piece | Statement) -> Block:
    """Show a paragraph from a template with `{names}`; every number in it must be a `Metric`.

    >>> note("Of these, {n} are new.", n=Metric("new", 12, "customers")).fields["paragraphs"][0].text
    'Of these, 12 are new.'

    Raises:
        ReportError: a digit or a word of direction is typed into the template.
    """
    return paragraphs(Statement.of(template, **pieces))


def paragraphs(*told: Statement, **further: Any) -> Block:
    """Return sentences that stand by themselves, a paragraph each; `further` are fields of the block besides."""
    return Block.of("notes", {"paragraphs": list(told), "terms": [], **further})


def hidden_note(smallest: Metric, unit: str, *, also: str = "") -> Statement:
    """Say what a dash in a table stands for.

    Args:
        smallest: the fewest that a shown number may be of.
        unit: what is counted, e.g. households.
        also: other tables from which a hidden number could otherwise be worked out.
    """
    end = f", also from {also}." if also else "."
    return Statement.of(
        "– is not shown: fewer than {n} {unit}, or hidden so that such a number cannot be worked out" + end,
        n=smallest,
        unit=own_name(unit, 40),
    )


def unsettled_note(key: str, days: int) -> Statement:
    """Say why segments that depend on who has left are compared with nothing.

    Args:
        key: the beginning of the number's key.
        days: how many days must pass before it is certain that a contract has ended.
    """
    return Statement.of(
        "Contracts that ended less than {n} days before still count as running, since others may follow them. Until "
        "that is settled, segments that depend on it are compared with nothing.",
        n=Metric(f"{key}_certain_after", days, "count"),
    )
