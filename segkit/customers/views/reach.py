"""How far the data of a page reach, as the head of the page says it."""

from __future__ import annotations

from segkit.data.coverage import Coverage
from segkit.page import Statement, day, own_name
from segkit.page.data_reach import Reach
from segkit.page.telling import telling


def reach_of(coverage: Coverage | None) -> Reach | None:
    """Return what the head says of coverage; None where nothing is known of it."""
    if coverage is None:
        return None
    return Reach(
        last_day=coverage.last_day,
        next_due=coverage.next_end,
        missing=tuple(telling(said, f"missing_{at}", inside=True) for at, said in enumerate(coverage.sentences(), 1)),
        closed=tuple(
            Statement.of(
                "{which} has sent nothing since {last} and is taken for closed",
                which=own_name(group.label.capitalize(), 60),
                last=day(group.last_day),
            )
            for group in coverage.closed
        ),
    )
