"""How far the data of a page reach, as the head of the page says it."""

from __future__ import annotations

from segkit.data.coverage import Coverage, GroupCoverage
from segkit.page import Statement, day, own_name
from segkit.page.data_reach import Reach
from segkit.page.telling import telling


def reach_of(coverage: Coverage | None) -> Reach | None:
    """Return what the head says of coverage; None where nothing is known of it, as of a list, which has no period."""
    if coverage is None or not coverage.tables:
        return None
    return Reach(
        last_day=coverage.last_day,
        next_due=coverage.next_end,
        missing=tuple(telling(said, f"missing_{at}", inside=True) for at, said in enumerate(coverage.sentences(), 1)),
        closed=tuple(_closed(group) for group in coverage.closed),
    )


def _closed(group: GroupCoverage) -> Statement:
    which, last = own_name(group.label.capitalize(), 60), day(group.last_day)
    if group.event:
        event = own_name(group.event, 60)
        return Statement.of(
            "{which} has closed ({event}): its last day was {last}", which=which, event=event, last=last
        )
    return Statement.of("{which} has sent nothing since {last} and is taken for closed", which=which, last=last)
