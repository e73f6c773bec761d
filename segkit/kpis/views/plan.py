"""Plan against actual: key figures and segments for which the company has a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segkit.kpis.records import KeyFigure, KeyFigures
from segkit.kpis.target_options import Target
from segkit.kpis.views.figure_reading import read_figure
from segkit.page import Block, Metric, Statement, day, literal, own_name, own_words
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.metric import Unit
from segkit.page.segments import difference, keys, relative
from segkit.segments.records import SegmentSizes
from segkit.segments.views.sizes_reading import read_sizes


@dataclass(frozen=True, slots=True)
class Against:
    """One number beside what is planned of it.

    Attributes:
        actual, plan: the number, and what is planned; the actual has no value where it is not known or not shown.
        gap: actual less plan; in points for a share.
        relative: the gap as a share of the plan; without a value for a share, and where the plan is not positive.
    """

    actual: Metric
    plan: Metric
    gap: Metric
    relative: Metric

    @property
    def stated(self) -> Metric:
        """The gap as a reader wants it: relative where that has a meaning."""
        return self.gap if self.relative.value is None else self.relative


def plan_of(figure: KeyFigure, among: KeyFigures) -> Against | None:
    """Return a key figure beside its target; None where nothing is planned of it, or it is not settled what came of it."""
    target = among.target(figure.key)
    if target is None or figure.is_unsettled:
        return None
    return _against(figure.key, read_figure(figure, among.money.currency).value, target)


def plan_table(figures: KeyFigures, sizes: SegmentSizes | None = None) -> Block | None:
    """Show plan and actual of key figures and segments; None where nothing is planned for the period.

    Args:
        figures: the key figures of the page, with the targets of its period.
        sizes: the sizes of the page's segments, where some have targets.
    """
    by_key = {figure.key: figure for figure in figures.figures}
    rows = []
    for target in figures.targets:
        if target.segment:
            rows += [] if sizes is None else [_of_segment(sizes, target)]
        elif (against := plan_of(by_key[target.metric], figures)) is not None:
            rows.append(_row(target.metric, own_words(by_key[target.metric].label, 60), against))
    if not rows:
        return None
    columns = [
        TableColumn("What is planned", "what", "own"),
        TableColumn("Actual", "actual", "level"),
        TableColumn("Plan", "plan", "level"),
        TableColumn("Actual less plan", "gap", "change", "signed"),
        TableColumn("Of the plan", "relative", "share", "signed"),
    ]
    caption = Statement.of("Plan and actual, {period}", period=day(figures.period.start, figures.period.end))
    notes = [literal("Targets are the company’s own. Whether a gap is more than chance is not asked here.")]
    return table_block(caption, columns, rows, notes=notes)


def _against(key: str, actual: Metric, target: Target) -> Against:
    unit, money = actual.unit, actual.currency
    gap: Unit = "points" if unit == "share" else unit
    return Against(
        actual=actual,
        plan=Metric(f"{key}_plan", target.value, unit, money),
        gap=difference(f"{key}_less_plan", actual.value, target.value, gap, money),
        relative=Metric(f"{key}_of_plan", None, "share")
        if unit == "share"
        else relative(f"{key}_of_plan", actual.value, target.value),
    )


def _of_segment(sizes: SegmentSizes, target: Target) -> Row:
    segment = next(one for one in read_sizes(sizes).segments if one.name == target.segment)
    of_value = target.metric == "value"
    what = Statement.of(
        "{segment}: {what}",
        segment=own_name(segment.name, 40),
        what=literal("value") if of_value else own_name(sizes.unit_name, 30),
    )
    actual = segment.value if of_value else segment.customers
    return _row(actual.key, what, _against(actual.key, actual, target))


def _row(name: str, what: Statement, against: Against) -> Row:
    values: dict[str, Any] = {
        "what": what,
        "actual": against.actual,
        "plan": against.plan,
        "gap": against.gap,
        "relative": against.relative,
    }
    return Row(keys("plan", [name])[0], values)
