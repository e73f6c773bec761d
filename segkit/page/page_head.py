"""The head of every page, composed of all its results: the headline, what is to be decided, and how sure that is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from segkit.errors import ParameterError, ReportError
from segkit.page.action_table import checked_actions, overdue
from segkit.page.analyst_notes import told_notes
from segkit.page.block import Block
from segkit.page.data_reach import Reach
from segkit.page.decision import Decision, by_stake
from segkit.page.lead import NONE_NEEDED, QUIET, Lead
from segkit.page.metric import Metric
from segkit.page.result import Nothing, Result
from segkit.page.statement import Statement, day, literal, name, number, own_name, own_words
from segkit.wing import load, wing_of

LONGEST: Final = 120
"""Characters that a headline may have."""
MOST: Final = 3
"""Decisions that the head shows; it counts the others and links to them."""


def head(
    *results: object,
    about: str = "",
    subject: str = "",
    decision: str | None = None,
    actions: Sequence[Mapping[str, Any]] | None = None,
    notes: Sequence[Mapping[str, Any]] | None = None,
) -> Block:
    """Show the first lines of a page, composed of all that its results propose; it stands first wherever it is made.

    The headline is the most important one that a result proposes, of several alike that of the result given first.
    Below it stand up to three decisions, those with the most money at stake first, and the chart of what the headline is
    about. Where data are missing, that is the headline, and there is nothing to decide.

    Args:
        results: the results that the page shows, the one that it is about first.
        about: the segment that the page looks at, where it looks at one.
        subject: whom the page is about; empty for the dataset's title.
        decision: what the reader has to decide, in the analyst's words; it stands above the decisions of the sections.
        actions: what was decided, as `actions` takes it. One that `answers` a decision gives it an owner and a day; one
            whose day has passed without an outcome is asked for.
        notes: what a person has to say, each with `as_of`, `by` and `text`; those of the report's date are shown, marked
            as that person's words.

    Raises:
        ParameterError: no result proposes a headline, or an action or a note cannot be read.
        ReportError: no headline is short enough.
    """
    known = [result for result in results if isinstance(result, Result) and not isinstance(result, Nothing)]
    each = [(result, lead) for result in known for lead in proposed(result, "leads", about)]
    leads = [lead for _, lead in each]
    if not any(lead.sentences for lead in leads):
        given = ", ".join(type(result).__name__ for result in results) or "nothing"
        raise ParameterError(
            f"head: none of these results has a headline: {given}. Give the one that the page is about."
        )
    first = next(lead for lead in leads if lead.as_of is not None and lead.period is not None)
    assert first.as_of is not None
    assert first.period is not None
    rows = checked_actions(actions)
    reach = _reach(leads)
    late = reach is not None and bool(reach.missing)
    decided = [] if late else by_stake(one for result in known for one in proposed(result, "decisions", about))
    whom = subject or next((lead.subject for lead in leads if lead.subject), "")
    top = _top(leads)
    headed = next(result for result, lead in each if lead is top)
    drawn = None if late else _series([headed, *known], about)
    return Block.of(
        "header",
        {
            "headline": _headline(leads),
            "importance": top.importance,
            "kicker": Statement.join([Statement.of("{subject}", subject=own_name(whom)), first.kicker], " · "),
            "decision": _told(decision, decided, (top, first)),
            "decisions": [_shown(one, rows) for one in decided[:MOST]],
            "further": [{"todo": one.todo, "source": one.source} for one in decided[MOST:]],
            "further_title": _more(len(decided[MOST:])),
            "notes": told_notes(notes, first.as_of),
            "asked": [_asked(row) for row in overdue(rows, first.as_of)],
            "subject": own_words(whom),
            "as_of": Statement.of("{end}", end=day(first.as_of)),
            "period": Statement.of("{period}", period=day(*first.period)),
            **({} if drawn is None else {"series": drawn.fields}),
            **({} if reach is None else reach.fields()),
            **(_late(reach) if reach is not None and late else {}),
        },
        also=() if drawn is None else drawn.metrics,
    )


def _series(results: Sequence[Result], about: str) -> Block | None:
    """Return the chart of what the headline is about: of the first result that can draw one."""
    drawn = (draws(result, about) for result in results if (draws := _declared(result, "series")) is not None)
    return next((block for block in drawn if block is not None), None)


def proposed(result: Result, what: str, about: str = "") -> Iterator[Any]:
    """Return what a result proposes for the head: its `leads`, or its `decisions`, as its wing declares them."""
    proposes = _declared(result, what)
    if proposes is not None:
        yield from proposes(result, about)


def _declared(result: Result, what: str) -> Callable[[Result, str], Any] | None:
    """Return the function that the wing of a record declares for it; None where it declares none."""
    for base in type(result).__mro__:
        wing = wing_of(base.__module__)
        if wing is not None and base.__name__ in (found := getattr(wing, what)):
            declared: Callable[[Result, str], Any] = load(found[base.__name__])
            return declared
    return None


def _reach(leads: Sequence[Lead]) -> Reach | None:
    """Return how far the data reach: of a result whose data are missing, else of the first that knows."""
    known = [lead.reach for lead in leads if lead.reach is not None]
    return next((reach for reach in known if reach.missing), known[0] if known else None)


def _late(reach: Reach) -> dict[str, Any]:
    """Return what stands in place of headline and decision where data are missing."""
    return {
        "headline": Statement.of("Not complete: {what}", what=reach.missing[0]),
        "decision": literal(
            "Nothing is compared with earlier periods, and no decision can rest on this page, until the data are there."
        ),
    }


def _top(leads: Sequence[Lead]) -> Lead:
    """Return the most important lead that has a sentence, of several alike the first."""
    return max((lead for lead in leads if lead.sentences), key=lambda lead: lead.importance)


def _headline(leads: Sequence[Lead]) -> Statement:
    """Return the headline of the most important lead, with the clause of another where both fit."""
    top = _top(leads)
    others = sorted((lead for lead in leads if lead is not top and lead.clause), key=lambda lead: -lead.importance)
    both = [
        Statement.of("{sentence}; {clause}", sentence=sentence, clause=other.clause)
        for sentence in (reversed(top.sentences) if top.importance == QUIET else top.sentences)
        for other in others
    ]
    alone = list(top.sentences)
    if top.importance == QUIET:
        tried = [*both, *alone]
    else:
        # its own context says more than half a sentence about something else
        each = len(others)
        tried = [one for at, own in enumerate(alone) for one in (*both[at * each : (at + 1) * each], own)]
    fitting = next((one for one in tried if len(one.text) <= LONGEST), None)
    if fitting is not None:
        return fitting
    raise ReportError(
        f"no headline of {LONGEST} characters can be made of “{top.sentences[-1].text[:200]}”: shorten the names in it"
    )


def _told(given: str | None, decided: Sequence[Decision], leads: Sequence[Lead]) -> Statement:
    """Return the line before the list: the analyst's words, or what stands where there is nothing to decide."""
    if given and given.strip():
        return Statement.of("Decision needed: {given}", given=own_name(given.strip(), 400))
    if not decided:
        return next((lead.undecided for lead in leads if lead.undecided != NONE_NEEDED), NONE_NEEDED)
    return literal("To decide:")


def _shown(decision: Decision, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the head says of a decision: what to do, for what money, how sure it is, who answers for it."""
    answer = next((row for row in rows if row.get("answers") == decision.key), None)
    money = literal("")
    if decision.money is not None:
        money = Statement.of("{m} {when}", m=number(decision.money, "signed"), when=name(decision.when))
        if decision.low is not None and decision.high is not None and decision.low.value is not None:
            money = Statement.of(
                "{m} {when} ({low} to {high})",
                when=name(decision.when),
                m=number(decision.money, "signed"),
                low=number(decision.low, "signed"),
                high=number(decision.high, "signed"),
            )
    by = literal("")
    if answer is not None:
        by = Statement.of("{owner}, by {due}", owner=own_name(str(answer["owner"]), 60), due=_due(answer["due"]))
    elif decision.until is not None:
        by = Statement.of("by {until}", until=day(decision.until))
    return {
        "key": decision.key,
        "todo": decision.todo,
        "by": by,
        "money": money,
        "certainty": Statement((name(decision.badge),)),
        "ground": decision.ground,
        "where_wrong": decision.where_wrong,
        "source": decision.source,
    }


def _more(many: int) -> Statement:
    if not many:
        return literal("")
    return Statement.of("{n} more to decide", n=Metric("decisions_further", many, "count"))


def _due(due: object) -> Statement:
    return Statement((day(due),)) if isinstance(due, dt.date) else own_words(str(due), 60)


def _asked(row: Mapping[str, Any]) -> Statement:
    return Statement.of(
        "What came of “{action}”? It was due on {due}; {owner} answers for it.",
        action=own_name(str(row["action"]), 200),
        due=_due(row["due"]),
        owner=own_name(str(row["owner"]), 60),
    )
