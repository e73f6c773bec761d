"""What segments propose for the head: the change that is news, who moved where, who brings most, and what to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from segkit.customers.views.reach import reach_of
from segkit.page import Metric, Statement, day, direction, literal, name, number, own_name
from segkit.page.decision import Decision
from segkit.page.format import capital
from segkit.page.judged_words import why_news
from segkit.page.lead import CHANGE, FINDING, QUIET, Lead
from segkit.page.segments import SegmentMetrics
from segkit.page.statement import Name
from segkit.page.telling import telling
from segkit.segments.profile_records import SegmentProfile
from segkit.segments.records import Migration, SegmentSizes
from segkit.segments.views.drawn_segments import largest_of
from segkit.segments.views.profile import chosen_segment, trait_label, trait_metrics, trait_words
from segkit.segments.views.size_tables import year_ago_sizes
from segkit.segments.views.sizes_reading import SizesReading, moved_by, read_migration, read_sizes

_LENGTHS: Final = (48, 28, 18)
"""Characters that a name may have in a headline, from the longest on."""
_TIMES: Final = 1.5
"""The multiple at which a headline starts to say how many times."""
_LARGE: Final = 0.8
"""Standard deviations from which a difference is large (Cohen), so that a headline may be about it."""
_A_YEAR: Final = 0.05
"""By how much a segment's share of all customers has to change in a year to be told on a page without news."""
_NONE_STABLE: Final = "no stable segments"


def sizes_leads(sizes: SegmentSizes, about: str = "") -> list[Lead]:
    """Return the segment that changed most beyond normal variation, or that none did."""
    reading, period = read_sizes(sizes), sizes.period
    found: dict[str, Any] = {
        "subject": sizes.subject,
        "kicker": Statement.of(
            "{title} · {period} to {end}", title=own_name(sizes.title), period=name(period.name), end=day(period.end)
        ),
        "as_of": period.end,
        "period": (period.start, period.end),
        "reach": reach_of(sizes.coverage),
    }
    if reading.news:
        segment = reading.news[0]
        clause = _changed(segment, own_name(sizes.unit_name, 28), 28)
        return [Lead(CHANGE, tuple(_news(sizes, segment)), clause, **found)]
    if sizes.listed:
        return [_of_list(sizes, reading, found)]
    if not reading.compared:
        rest = "the first period on record"
    elif sizes.certain_after:
        rest = "segments not settled yet"
    elif _judged(reading):
        rest = "segments stable"
    else:
        rest = "too early to say what changed"
    undecided = literal("No decision is needed.")
    if not (reading.compared and _judged(reading)):
        undecided = literal("No decision can rest on a change yet: it is too early to say what is normal.")
    quiet = Lead(QUIET, tuple(_quiet(sizes, reading, rest)), literal(rest), undecided=undecided, **found)
    return [quiet, *_a_year_on(sizes, reading)]


def _a_year_on(sizes: SegmentSizes, reading: SizesReading) -> list[Lead]:
    """Return which segment has become another part of all customers in a year: what no single period shows."""
    then = {name: count for name, count in (year_ago_sizes(sizes) or {}).items() if count is not None}
    whole, all_then = sizes.total_customers, sum(then.values())
    if not whole or not all_then or len(then) < len(reading.segments):
        return []
    moved = {
        segment.name: segment.customers.value / whole - then[segment.name] / all_then
        for segment in reading.segments
        if segment.customers.value is not None
    }
    most = max(moved, key=lambda name: abs(moved[name]), default=None)
    if most is None or abs(moved[most]) < _A_YEAR:
        return []
    segment = next(one for one in reading.segments if one.name == most)
    ago = Metric(f"{segment.key}_year_ago", then[most], "customers")
    said = Statement.of("{s} {n}, a year ago {ago}", s=own_name(most, 28), n=segment.customers, ago=ago)
    return [Lead(QUIET, clause=said)]


def _of_list(sizes: SegmentSizes, reading: SizesReading, found: dict[str, Any]) -> Lead:
    """Return how many there are and what the largest segment is: a list of customers tells no change."""
    shown = [segment for segment in reading.segments if segment.customers.value is not None]
    if sizes.is_of_few:
        return Lead(QUIET, tuple(_quiet(sizes, reading, "")), **found)
    alike = largest_of(shown)
    largest = alike[0] if len(alike) == 1 else None
    what, said = telling(sizes.value_name, "value", inside=True), []
    for longest in _LENGTHS:
        whole = Statement.of("{n} {unit}", n=reading.customers, unit=own_name(sizes.unit_name, longest))
        held = Statement.of("{whole} hold {value} of {what}", whole=whole, value=reading.value, what=what)
        for lead in (held, whole) if sizes.valued else (whole,):
            if largest is not None:
                where = own_name(largest.name, longest)
                said.append(
                    Statement.of("{lead}; {s} of them are in {where}", lead=lead, s=largest.share, where=where)
                )
            said.append(lead)
    kicker = Statement.of("{title} · list of {end}", title=own_name(sizes.title), end=day(sizes.period.end))
    undecided = literal("No decision can rest on a change: a list of customers knows no earlier state.")
    return Lead(QUIET, tuple(said), undecided=undecided, **found | {"kicker": kicker})


def _judged(reading: SizesReading) -> bool:
    return any(segment.variation in ("normal", "slow") for segment in reading.segments)


def _quiet(sizes: SegmentSizes, reading: SizesReading, rest: str) -> Iterator[Statement]:
    what = telling(sizes.value_name, "value", inside=True)
    if sizes.is_of_few:
        few = Statement.of("fewer than {n} {unit}", n=reading.smallest, unit=own_name(sizes.unit_name, 28))
        yield Statement.of("Too few to show: {few}", few=few)
        return
    for longest in _LENGTHS:
        whole: dict[str, Any] = {"n": reading.customers, "unit": own_name(sizes.unit_name, longest)}
        if sizes.total_left:
            # the value is of those who have left, too
            whole["n"] = Metric("customers_present", sizes.total_customers - sizes.total_left, "customers")
            yield Statement.of("{n} {unit}; " + rest, **whole)
            continue
        if sizes.valued:
            yield Statement.of("{n} {unit} hold {value} of {what}; " + rest, what=what, value=reading.value, **whole)
            yield Statement.of("{n} {unit} hold {value}; " + rest, value=reading.value, **whole)
        yield Statement.of("{n} {unit}; " + rest, **whole)
    yield literal(capital(rest))


def _news(sizes: SegmentSizes, segment: SegmentMetrics) -> Iterator[Statement]:
    what = telling(sizes.value_name, "value", inside=True)
    for longest in _LENGTHS:
        said = _changed(segment, own_name(sizes.unit_name, longest), longest)
        if sizes.valued and segment.value.value is not None:
            held: dict[str, Any] = {"said": said, "value": segment.value, "what": what}
            if segment.value_share.value is not None:
                share = segment.value_share
                yield Statement.of("{said}; they hold {value} ({share}) of {what}", share=share, **held)
            yield Statement.of("{said}; they hold {value} of {what}", **held)
        yield said


def _changed(segment: SegmentMetrics, unit: Name, longest: int) -> Statement:
    if segment.variation == "slow" and segment.since is not None:
        by = segment.slow_change if segment.slow_relative.value is None else segment.slow_relative
        return Statement.of(
            "{segment} {moved} {by} since {day}, to {now} {unit}",
            segment=own_name(segment.name, longest),
            moved=direction(segment.slow_change, "slow"),
            by=number(by, "size"),
            day=day(segment.since),
            now=segment.customers,
            unit=unit,
        )
    by = segment.change if segment.relative.value is None else segment.relative
    return Statement.of(
        "{segment} {moved} {by} to {now} {unit}",
        segment=own_name(segment.name, longest),
        moved=direction(segment.change, segment.variation),
        by=number(by, "size"),
        now=segment.customers,
        unit=unit,
    )


def sizes_decisions(sizes: SegmentSizes, about: str = "") -> list[Decision]:
    """Return what to find out: why the segments changed whose change is news."""
    unit = own_name(sizes.unit_name, 28)
    return [
        Decision(
            key=f"why_{segment.key}",
            todo=Statement.of("Find out why {said}", said=_changed(segment, unit, 40)),
            certainty="descriptive",
            ground=why_news(segment.variation),
            customers=segment.customers,
            stake=abs((moved_by(segment).value or 0.0) * (segment.mean.value or 0.0)),
            source="SegmentSizes.table",
        )
        for segment in read_sizes(sizes).news
    ]


def moves_leads(moves: Migration, about: str = "") -> list[Lead]:
    """Return who moved where, in half a sentence after the headline of another result."""
    reading = read_migration(moves)
    if not reading.flows or moves.certain_after:
        return []
    most = reading.flows[0]
    ends = {"a": own_name(most.from_segment, 28), "b": own_name(most.to_segment, 28)}
    unit = own_name(moves.unit_name, 28)
    if reading.total.moved_in.value is None:
        said = "most {unit} who switched, {n}, went from {a} to {b}"
        return [Lead(QUIET, clause=Statement.of(said, n=most.customers, unit=unit, **ends))]
    said = "{n} {unit} switched, most from {a} to {b}"
    return [Lead(QUIET, clause=Statement.of(said, n=reading.total.moved_in, unit=unit, **ends))]


def profile_leads(profile: SegmentProfile, about: str = "") -> list[Lead]:
    """Return what the segment that matters most brings, and what sets it apart besides what it was made from."""
    which = chosen_segment(profile, about)
    unit = own_name(profile.unit_name, 30)
    found: dict[str, Any] = {
        "subject": profile.sizes.subject,
        "kicker": Statement.of("{title} · who they are, {end}", title=own_name(profile.title), end=day(profile.end)),
        "as_of": profile.end,
        "period": (profile.sizes.period.start, profile.sizes.period.end),
        "reach": reach_of(profile.sizes.coverage),
    }
    if profile.quality.verdict == _NONE_STABLE or which is None:
        sentence = Statement.of(
            "No stable segments: {title} tells no groups of {unit} apart",
            title=own_name(profile.title, 40),
            unit=unit,
        )
        undecided = literal("No decision can rest on these segments: the data show none that would hold.")
        return [Lead(QUIET, (sentence,), undecided=undecided, **found)]
    return [Lead(FINDING, tuple(_profile_sentences(profile, which)), **found)]


def _profile_sentences(profile: SegmentProfile, which: str) -> Iterator[Statement]:
    """Return the sentences, from the richest to the shortest."""
    segment = next((s for s in read_sizes(profile.sizes).segments if s.name == which), None)
    traits = [(r, m) for r, m in trait_metrics(profile, which) if r["distinct"]]
    short, unit = own_name(which, 28), own_name(profile.unit_name, 30)
    lead = Statement.of("{s}: too few to be shown", s=short)
    if segment is not None and segment.share.value is not None:
        lead = Statement.of("{s} are {n} of {unit}", s=short, n=segment.share, unit=unit)
        if segment.value_share.value is not None:
            lead = Statement.of(
                "{s}, {n} of {unit}, bring {v} of the value",
                s=short,
                n=segment.share,
                unit=unit,
                v=segment.value_share,
            )
    for r, m in traits:
        # the sentence already says how much value
        if (m["index"].value or 0) >= _TIMES and r["unit"] != "money":
            yield Statement.of(
                "{lead}; {what} {n} times that of others",
                lead=lead,
                what=trait_label(r, 28, inside=True),
                n=m["index"],
            )
            if r["answer"]:
                answer = own_name(str(r["answer"]), 28)
                yield Statement.of("{lead}; {a} {n} times as often", lead=lead, a=answer, n=m["index"])
            break
    for r, m in [one for one in traits if abs(one[1]["effect"].value or 0.0) >= _LARGE][:1]:
        yield Statement.of("{lead}; {trait}", lead=lead, trait=trait_words(r, m, inside=True))
    yield lead


def profile_decisions(profile: SegmentProfile, about: str = "") -> list[Decision]:
    """Return what the segment that matters most is to be offered; or, where segments do not hold, whether to use them."""
    which, verdict = chosen_segment(profile, about), profile.quality.verdict
    if which is None or verdict == _NONE_STABLE:
        return []
    segment = next(s for s in read_sizes(profile.sizes).segments if s.name == which)
    if verdict != "sound":
        return [
            Decision(
                key="segments_use",
                todo=Statement.of("Settle whether to act on these segments at all; they are {v}", v=name(verdict)),
                certainty="descriptive",
                ground=literal("how stable, how separate and how steady in size they are"),
                source="SegmentQuality.table",
            )
        ]
    if segment.value_share.value is None:
        return []
    return [
        Decision(
            key="segment_offer",
            todo=Statement.of(
                "Settle what {segment} are offered: {n} {unit} with {share} of the value",
                segment=own_name(which, 40),
                n=segment.customers,
                unit=own_name(profile.unit_name, 30),
                share=segment.value_share,
            ),
            certainty="descriptive",
            ground=literal("who they are was measured; what an offer would change was not"),
            customers=segment.customers,
            source="SegmentProfile.table",
        )
    ]
