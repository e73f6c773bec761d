"""A randomised campaign by segment: whether segments differ, and what it changed in each."""

from __future__ import annotations

from segkit.campaigns.records import CampaignLift, SegmentEffect, SegmentEffects
from segkit.campaigns.views.lift_by_segment import segment_keys
from segkit.campaigns.views.lift_words import arm_key, change_of, ends_of, is_shown, metric_key, reading, unit_of
from segkit.page import Block, Metric, Statement, literal, name, number, own_name
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.segments import keys
from segkit.page.table_cells import between
from segkit.statistics.estimate import Refusal

_DIFFER = 0.05


def lift_by_segment(lift: CampaignLift) -> Block | None:
    """Tabulate effects on the outcome that decides: over all and, where segments differ, raw and shrunken ones by
    segment.

    Where nothing shows that segments differ, readers should look at the whole, and the rows of segments are folded.
    """
    if not is_shown(lift) or not lift.by_segment:
        return None
    of = segment_keys(lift)
    rows: list[Row] = []
    folded: list[Row] = []
    notes = []
    for effects in lift.by_segment:
        base = f"{metric_key(effects.metric)}_{arm_key(lift, effects.arm)}"
        differ = effects.test is not None and effects.test.p_value < _DIFFER
        rows.append(_whole_row(lift, effects, base))
        (rows if differ else folded).extend(
            _segment_row(lift, effects, r, f"{base}_{of[r.segment]}") for r in effects.rows
        )
        if differ and effects.best is not None:
            notes.append(_best_note(lift, effects, base))
    notes.append(literal("A segment’s interval is that of its shrunken estimate."))
    notes += [
        _elsewhere(lift, effects)
        for effects in lift.elsewhere
        if effects.metric == lift.metrics[0] and effects.test is not None
    ]
    columns = [
        TableColumn("Outcome, arm, segment", "what", "words"),
        TableColumn("Customers", "customers", "customers"),
        TableColumn("Raw", "raw", "change", "signed"),
        TableColumn("Shrunken", "shrunken", "change", "signed"),
        TableColumn("Interval", ("shrunken_low", "shrunken_high"), "change", "signed"),
        TableColumn("Smallest detectable", "detectable", "change"),
        TableColumn("Reading of the raw one", "reading", "words"),
    ]
    caption = Statement.of(
        "{badge}: differences by {segmentation}, raw and shrunken towards the whole",
        badge=name(lift.evidence.badge.value),
        segmentation=own_name(lift.segmentation, 60),
    )
    more = Statement.of(
        "{n} rows by segment, where there is no sign that segments differ",
        n=Metric("lift_alike", len(folded), "count"),
    )
    return table_block(caption, columns, rows, notes=notes, folded=folded, folded_title=more)


def _whole_row(lift: CampaignLift, effects: SegmentEffects, base: str) -> Row:
    low, high = ends_of(lift, effects.metric, base, effects.total)
    values = {
        "what": Statement.of("{m}, {arm}: all", m=own_name(effects.metric.label, 40), arm=own_name(effects.arm, 24)),
        "customers": Metric("lift_customers", sum(lift.facts.customers), "customers"),
        "raw": change_of(lift, effects.metric, base, effects.total.difference),
        "shrunken_low": low,
        "shrunken_high": high,
        "reading": _heterogeneity(effects, base),
    }
    return Row(f"lift_{base}", values, strong=("reading",), partial=True)


def _segment_row(lift: CampaignLift, effects: SegmentEffects, r: SegmentEffect, key: str) -> Row:
    label = Statement.of(
        "{m}, {arm}: {s}",
        m=own_name(effects.metric.label, 40),
        arm=own_name(effects.arm, 24),
        s=own_name(r.segment.name, 60),
    )
    values = {"what": label, "customers": r.customers, "reading": reading(lift, effects.metric, key, r.raw)}
    if isinstance(r.raw, Refusal) or r.shrunken is None:
        return Row(f"lift_{key}", values, partial=True)
    values |= {
        "raw": change_of(lift, effects.metric, key, r.raw.difference),
        "shrunken": r.shrunken,
        "shrunken_low": r.lower,
        "shrunken_high": r.upper,
        "detectable": r.reading.detectable if r.reading else None,
    }
    return Row(f"lift_{key}", values, unit=unit_of(lift, effects.metric), colour=r.segment.colour)


def _heterogeneity(effects: SegmentEffects, base: str) -> Statement:
    if effects.test is None:
        return literal("Too few segments can be measured to tell whether they differ")
    p = Metric(f"lift_{base}_heterogeneity", effects.test.p_value, "index")
    shown_p = (
        Statement.of("p < {n}", n=Metric("lift_p_least", 0.001, "index"))
        if effects.test.p_value < 0.001
        else Statement.of("p = {p}", p=p)
    )
    if effects.test.p_value >= _DIFFER:
        return Statement.of("No sign that segments differ ({p})", p=shown_p)
    return Statement.of("Segments differ ({p})", p=shown_p)


def _best_note(lift: CampaignLift, effects: SegmentEffects, base: str) -> Statement:
    assert effects.best is not None
    segment, won = effects.best
    return Statement.of(
        "{m}, {arm}: the best segment, {s}, was measured at {raw}; corrected for having been picked as the best it is {d} "
        "({i}).",
        m=own_name(effects.metric.label, 40),
        arm=own_name(effects.arm, 24),
        s=own_name(segment.name, 40),
        raw=number(change_of(lift, effects.metric, f"{base}_best_raw", won.raw), "signed"),
        d=number(change_of(lift, effects.metric, f"{base}_best", won.corrected), "signed"),
        i=between(
            change_of(lift, effects.metric, f"{base}_best_low", won.lower),
            change_of(lift, effects.metric, f"{base}_best_high", won.upper),
            "signed",
        ),
    )


def _elsewhere(lift: CampaignLift, effects: SegmentEffects) -> Statement:
    assert effects.test is not None
    key = f"lift_{keys('by', [effects.segmentation])[0]}_{metric_key(effects.metric)}_{arm_key(lift, effects.arm)}_p"
    verdict = "segments differ" if effects.test.p_value < _DIFFER else "no sign that segments differ"
    return Statement.of(
        "By {s}, {arm}: {v} (p = {p}).",
        s=own_name(effects.segmentation, 40),
        arm=own_name(effects.arm, 24),
        v=literal(verdict),
        p=Metric(key, max(effects.test.p_value, 0.001), "index"),
    )
