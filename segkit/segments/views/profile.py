"""Blocks on who the segments are: what sets them apart, and what they bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from segkit.data.specfile import suggestion
from segkit.errors import ParameterError
from segkit.page import Block, Metric, Statement, day, literal, number, own_name, own_words, words
from segkit.page.columns import Row, TableColumn, table_block, values_of
from segkit.page.format import small
from segkit.page.metric import Unit
from segkit.page.segments import SegmentMetrics, keys, records
from segkit.page.table_cells import DASH
from segkit.page.telling import telling
from segkit.page.tile import plain_tile
from segkit.segments.profile_records import SegmentProfile
from segkit.segments.records import SegmentSizes
from segkit.segments.views.sizes_reading import read_sizes

_SHOWN: Final = 3
_MOST_OPEN: Final = 7
"""Segments that are listed whatever is known of them; of more, those that nothing sets apart are folded."""
_DETAIL: Final = 12
_HIGH: Final = 1.2
"""How many times the mean value a segment must bring to yield much."""
_UNITS: Final[Mapping[str, Unit]] = {"money": "money", "share": "share", "days": "days", "number": "index"}


def trait_metrics(profile: SegmentProfile, segment: str) -> list[tuple[dict[str, Any], dict[str, Metric]]]:
    """Return a segment's traits that can be shown and are not its definition, strongest first, with their metrics."""
    prefix = dict(zip((s.name for s in profile.segments), _keys(profile), strict=True))[segment]
    found = []
    for place, r in enumerate(records(profile.frame[profile.frame["segment"] == segment])):
        if r["suppressed"] or r["defining"] or r["effect"] is None:
            continue
        unit = _UNITS[r["unit"]]
        currency = profile.money.currency if unit == "money" else None
        metrics = {part: Metric(f"{prefix}_{place}_{part}", r[part], unit, currency) for part in ("value", "rest")}
        for part in ("index", "low", "high", "effect"):
            metrics[part] = Metric(f"{prefix}_{place}_{part}", r[part], "index")
        found.append((r, metrics))
    return found


def chosen_segment(profile: SegmentProfile, segment: str = "") -> str | None:
    """Return the segment that the page looks at: the one given, else the one that brings most beyond its share of
    customers.

    Raises:
        ParameterError: there is no such segment.
    """
    names = [s.name for s in profile.segments]
    if segment:
        if segment not in names:
            raise ParameterError(f"segment: `{segment}` is not in {profile.title}.{suggestion(segment, names)}")
        return segment
    read = [s for s in read_sizes(profile.sizes).segments if s.name in names and s.share.value is not None]
    return max(read, key=lambda s: (s.value_share.value or 0.0) - (s.share.value or 0.0)).name if read else None


def trait_words(r: Mapping[str, Any], m: Mapping[str, Metric], *, inside: bool = False) -> Statement:
    """Write a trait such as `Data 31.2 against 9.8` or `Plan: Postpaid L 62 % against 11 %`."""
    return Statement.of("{label} {v} against {q}", label=trait_label(r, 40, inside=inside), v=m["value"], q=m["rest"])


def trait_label(r: Mapping[str, Any], longest: int, *, inside: bool = False) -> Statement:
    """Name a trait: the column, and of a category its value; `inside` a sentence it begins small."""
    feature = str(r["feature"])
    what = own_name(small(feature) if inside else feature, longest)
    if not r["answer"]:
        return Statement.of("{f}", f=what)
    return Statement.of("{f}: {a}", f=what, a=own_name(_answer(r["answer"]), longest))


def _answer(answer: str) -> str:
    return {"true": "yes", "false": "no"}.get(answer, answer)


def profile_tiles(profile: SegmentProfile) -> Block:
    """Show the verdict, and the numbers that it rests on, as tiles."""
    sizes, quality = profile.sizes, profile.quality
    prefix = keys(f"quality {quality.title}", ["all"])[0]
    held = sum(1 for s in sizes.segments if s.name != "Unassigned")
    separation = Metric(f"{prefix}_separation", quality.separation, "share")
    tiles: list[tuple[str, Statement | Metric, Statement]] = [
        (
            "Verdict",
            words(quality.verdict.capitalize(), 40),
            literal("of size, stability and drift"),
        ),
        (
            "Segments",
            Metric(f"{prefix}_segments", held, "count"),
            Statement.of("of {n} {unit}", n=read_sizes(sizes).customers, unit=own_name(sizes.unit_name, 30)),
        ),
        (
            "In no segment",
            Metric(f"{prefix}_unassigned", quality.unassigned, "share"),
            Statement.of("of {unit}", unit=own_name(sizes.unit_name, 30)),
        ),
        *(
            [("Value told apart", separation, literal("of its variance lies between segments"))]
            if sizes.valued
            else []
        ),
    ]
    return Block.of("tiles", {"tiles": [plain_tile(literal(label), value, note) for label, value, note in tiles]})


def profile_table(profile: SegmentProfile) -> Block:
    """Tabulate each segment: how many, their share of customers and of value, and what sets them apart most. Of many
    segments, those that nothing sets apart for certain are folded.
    """
    by_name = {s.name: s for s in read_sizes(profile.sizes).segments}
    rows: list[Row] = []
    alike: list[Row] = []
    for segment in profile.segments:
        found = by_name[segment.name]
        traits = [trait_words(r, m) for r, m in trait_metrics(profile, segment.name) if r["distinct"]][:_SHOWN]
        said = Statement.join(traits, "; ") if traits else literal("nothing that is certain")
        values = {**values_of(found), "traits": DASH if found.hidden else said}
        told = rows if traits or len(profile.segments) <= _MOST_OPEN else alike
        told.append(Row(found.key, values, colour=segment.colour, quiet=found.hidden))
    if not rows:
        rows, alike = alike, []
    caption = Statement.of(
        "Who they are: each segment of {title} against all other {unit}, {end}",
        title=own_name(profile.title, 60),
        unit=own_name(profile.unit_name, 40),
        end=day(profile.end),
    )
    columns = [
        TableColumn("Segment", "name", "own"),
        TableColumn(own_words(profile.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Share", "share", "share"),
        *([TableColumn("Value share", "value_share", "share")] if profile.sizes.valued else []),
        TableColumn("What sets them apart most", "traits", "words"),
    ]
    terms = [
        (own_words(s.name, 200), telling(s.definition, f"{by_name[s.name].key}_defined", 10_000, inside=True))
        for s in profile.segments
    ]
    return table_block(
        caption,
        columns,
        rows,
        folded=alike,
        folded_title=Statement.of(
            "{n} further segments, which nothing sets apart for certain",
            n=Metric(f"{keys(f'profile {profile.title}', ['all'])[0]}_alike", len(alike), "count"),
        ),
        notes=_notes(profile),
        terms=terms,
        terms_title="How each segment is defined",
    )


def _notes(profile: SegmentProfile) -> list[Statement]:
    prefix = keys(f"profile {profile.title}", ["all"])[0]
    notes = [
        Statement.of(
            "Descriptive: who is in the segments, not why. Means and shares of those of whom it is known; shown are "
            "differences of {d} standard deviations or more whose p-value, corrected for all {n} comparisons (Holm), is "
            "below {a}.",
            d=Metric("profile_notable_effect", 0.2, "index"),
            n=Metric(f"{prefix}_comparisons", profile.comparisons, "count"),
            a=Metric(f"{prefix}_alpha", round(1 - profile.level, 9), "index"),
        )
    ]
    defining = list(dict.fromkeys(profile.frame.loc[profile.frame["defining"], "feature"]))
    if defining:
        notes.append(
            Statement.of(
                "Left out, because the segments are made from them: {f}.",
                f=own_name(", ".join(map(str, defining)), 300),
            )
        )
    if profile.left_out:
        left = Metric(f"{prefix}_left_out", profile.left_out, "count")
        notes.append(Statement.of("{n} smaller segments are left out.", n=left))
    if profile.frame["suppressed"].any():
        notes.append(
            Statement.of(
                "Groups of fewer than {n} {unit} are not shown, nor what would give them away.",
                n=Metric(f"{prefix}_smallest_shown", profile.smallest, "count"),
                unit=own_name(profile.unit_name, 40),
            )
        )
    return notes


def traits_table(profile: SegmentProfile, segment: str = "") -> Block | None:
    """Tabulate one segment's strongest traits with intervals; return None where nothing can be shown.

    Args:
        profile: the profile of one segmentation.
        segment: its name; if empty, the one that brings most beyond its share of customers.
    """
    which = chosen_segment(profile, segment)
    traits = trait_metrics(profile, which)[:_DETAIL] if which is not None else []
    if which is None or not traits:
        return None
    rows = [
        Row(
            "",
            {**m, "trait": trait_label(r, 60)},
            strong=("index",) if r["distinct"] else (),
            quiet=not r["distinct"],
        )
        for r, m in traits
    ]
    caption = Statement.of(
        "What sets {segment} apart from all other {unit}, {end}",
        segment=own_name(which, 60),
        unit=own_name(profile.unit_name, 40),
        end=day(profile.end),
    )
    prefix = keys(f"profile {profile.title}", ["all"])[0]
    notes = [
        Statement.of(
            "Times is the segment over all others; From and To hold it at {level} each. Effect is in standard "
            "deviations. Bold ones are certain after correction for all comparisons.",
            level=Metric(f"{prefix}_level", profile.level, "share"),
        )
    ]
    columns = [
        TableColumn("Trait", "trait", "own"),
        TableColumn("Segment", "value", "level"),
        TableColumn("All others", "rest", "level"),
        TableColumn("Times", "index", "index"),
        TableColumn("From", "low", "index"),
        TableColumn("To", "high", "index"),
        TableColumn("Effect", "effect", "index", "signed"),
    ]
    line = Statement.of("{s}: {trait}", s=own_name(which, 40), trait=trait_words(*traits[0]))
    return table_block(caption, columns, rows, notes=notes, line=line)


def yield_table(sizes: SegmentSizes) -> Block | None:
    """Tabulate which segments yield much and which have potential: size, growth, and value per customer against the
    mean. Return None where the data hold no amounts.
    """
    if not sizes.valued:
        return None
    reading = read_sizes(sizes)
    before = {str(r["segment"]): r for r in records(sizes.frame)}
    overall = _growth(reading.mean.value, sizes.total_previous_value, sizes.total_previous)
    rows = []
    for segment, found in zip(sizes.segments, reading.segments, strict=True):
        old = before[found.name]
        index = None
        if found.share.value and found.value_share.value is not None:
            index = found.value_share.value / found.share.value
        growth = _growth(found.mean.value, old["previous_value"], old["previous_customers"])
        told = {"mean_growth": growth, "value_index": index, "reading": _reading(found, index, growth, overall)}
        rows.append(Row(found.key, {**values_of(found), **told}, colour=segment.colour, quiet=found.hidden))
    caption = Statement.of(
        "Size and growth against value a customer ({value}), {end}",
        value=telling(sizes.value_name, "value", inside=True),
        end=day(sizes.period.end),
    )
    notes = [
        Statement.of(
            "Times the mean is value a customer over that of all. High yield: {h} times or more. Potential: below the "
            "mean, with no fewer customers than before, and a change of value a customer above that of all ({g}).",
            g=number(Metric(f"{reading.mean.key}_growth", overall, "share"), "signed"),
            h=Metric("profile_high_yield", _HIGH, "index"),
        )
    ]
    if sizes.total_previous is not None and sizes.total_previous_value is None:
        notes.append(
            literal(
                "Value is not compared with the period before: the data do not reach back far enough for two stretches "
                "of the same length."
            )
        )
    columns = [
        TableColumn("Segment", "name", "own"),
        TableColumn(own_words(sizes.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Δ %", "relative", "share", "signed"),
        TableColumn("Mean value", "mean", sizes.money.currency),
        TableColumn("Mean value Δ %", "mean_growth", "share", "signed"),
        TableColumn("Times the mean", "value_index", "index"),
        TableColumn("Reading", "reading", "words"),
    ]
    return table_block(caption, columns, rows, notes=notes)


def _growth(mean: float | None, value_before: float | None, customers_before: float | None) -> float | None:
    """Return the change of value per customer as a share of the previous value; None where that was not positive."""
    if mean is None or value_before is None or not customers_before or value_before <= 0:
        return None
    return mean / (value_before / customers_before) - 1


def _reading(found: SegmentMetrics, index: float | None, growth: float | None, overall: float | None) -> Statement:
    if index is None:
        return DASH
    if index >= _HIGH:
        return literal("high yield")
    keeps = growth is not None and growth > max(overall or 0.0, 0.0) and (found.change.value or 0) >= 0
    return literal("potential") if index < 1 and keeps else DASH


def _keys(profile: SegmentProfile) -> tuple[str, ...]:
    return keys(f"profile {profile.title}", [s.name for s in profile.segments])
