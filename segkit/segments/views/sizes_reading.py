"""The reading of a segmentation's records as metrics, for all parts of a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segkit.errors import ReportError
from segkit.page import Metric
from segkit.page.segments import SegmentMetrics, difference, keys, records, relative, segment_metrics, slug
from segkit.privacy.suppression import too_few
from segkit.segments.records import Migration, SegmentSizes


@dataclass(frozen=True, slots=True)
class SizesReading:
    """All numbers of a segmentation's sizes as metrics.

    Attributes:
        segments: one per segment, in fixed order.
        customers, previous, change, relative: numbers of customers over all segments.
        value, mean: value over all segments, and its mean per customer.
        smallest: cells with fewer customers are not shown.
        compared: whether there is an earlier period.
    """

    segments: tuple[SegmentMetrics, ...]
    customers: Metric
    previous: Metric
    change: Metric
    relative: Metric
    value: Metric
    mean: Metric
    smallest: Metric
    compared: bool

    @property
    def news(self) -> tuple[SegmentMetrics, ...]:
        """Segments whose number of customers is news, at once or slowly, the largest change first."""
        return by_change(self.segments)


def by_change(segments: Iterable[SegmentMetrics]) -> tuple[SegmentMetrics, ...]:
    """Return the segments whose number of customers is news, at once or slowly, the largest change first."""

    found = [segment for segment in segments if segment.variation in ("news", "slow") and moved_by(segment).value]
    return tuple(sorted(found, key=lambda segment: -abs(moved_by(segment).value or 0)))


def moved_by(segment: SegmentMetrics) -> Metric:
    """Return how far a segment has moved: slowly from what it was before, or from the period before."""
    return segment.slow_change if segment.variation == "slow" else segment.change


def read_sizes(sizes: SegmentSizes) -> SizesReading:
    """Read sizes as metrics.

    Raises:
        ReportError: the rows are not the segments, or add up to more than the whole.
    """
    rows = records(sizes.frame)
    names = [segment.name for segment in sizes.segments]
    if [row["segment"] for row in rows] != names:
        raise ReportError(f"{sizes.title}: the rows of the sizes are not its segments in their order")
    currency = sizes.money.currency
    segments = segment_metrics(sizes.title, currency, rows)
    _reconcile(sizes, segments)
    prefix = keys(sizes.title, ["all"])[0]
    now = sizes.total_customers
    before, value = sizes.total_previous, sizes.total_value
    shown = not sizes.is_of_few
    than = before if shown and before is not None and not too_few(before, sizes.smallest) else None
    return SizesReading(
        segments=segments,
        customers=Metric(f"{prefix}_customers", now if shown else None, "customers"),
        previous=Metric(f"{prefix}_previous_customers", than, "customers"),
        change=difference(f"{prefix}_change", now, than, "customers", None),
        relative=relative(f"{prefix}_change_relative", now, than, counted=True),
        value=Metric(f"{prefix}_value", value if shown else None, "money", currency),
        mean=Metric(f"{prefix}_mean_value", value / now if now and shown else None, "money", currency),
        smallest=Metric(f"{prefix}_smallest_shown", sizes.smallest, "count"),
        compared=before is not None,
    )


def _reconcile(sizes: SegmentSizes, segments: tuple[SegmentMetrics, ...]) -> None:
    known = sum(segment.customers.value or 0 for segment in segments)
    hidden = any(segment.hidden for segment in segments)
    if known > sizes.total_customers or (not hidden and known != sizes.total_customers):
        raise ReportError(
            f"{sizes.title}: its segments have {known:,} {sizes.unit_name}, the whole has {sizes.total_customers:,}"
        )
    if not hidden:
        value = sum(segment.value.value or 0 for segment in segments)
        if abs(value - sizes.total_value) >= 10**-sizes.money.decimals / 2 + 1e-12 * abs(sizes.total_value):
            raise ReportError(
                f"{sizes.title}: its segments are worth {value:,.2f} {sizes.money.currency}, the whole "
                f"{sizes.total_value:,.2f}"
            )


@dataclass(frozen=True, slots=True)
class Balance:
    """One segment's movements as metrics: previous + arrived + moved_in − moved_out = now."""

    name: str
    previous: Metric
    arrived: Metric
    moved_in: Metric
    moved_out: Metric
    now: Metric


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers who moved from one segment to another, and their value now."""

    from_segment: str
    to_segment: str
    customers: Metric
    value: Metric


@dataclass(frozen=True, slots=True)
class MigrationReading:
    """All numbers of a migration as metrics. `total` is the sum over segments."""

    balances: tuple[Balance, ...]
    total: Balance
    flows: tuple[Flow, ...]
    smallest: Metric


_PARTS = ("previous", "arrived", "moved_in", "moved_out", "now")


def read_migration(migration: Migration) -> MigrationReading:
    """Read a migration as metrics.

    Raises:
        ReportError: a row does not balance.
    """
    rows = records(migration.balance)
    names = [str(row["segment"]) for row in rows]
    prefixes = keys(migration.title, names)
    balances = []
    for prefix, row in zip(prefixes, rows, strict=True):
        parts = {part: row[part] for part in _PARTS}
        if None not in parts.values() and (
            parts["previous"] + parts["arrived"] + parts["moved_in"] - parts["moved_out"] != parts["now"]
        ):
            raise ReportError(
                f"{migration.title}, {row['segment']}: {parts['previous']} before + {parts['arrived']} new + "
                f"{parts['moved_in']} in − {parts['moved_out']} out is not {parts['now']} now"
            )
        balances.append(_balance(str(row["segment"]), f"{prefix}_move", parts))
    whole = {
        part: None if any(row[part] is None for row in rows) else sum(row[part] for row in rows) for part in _PARTS
    }
    by_name = dict(zip(names, prefixes, strict=True))
    start = keys(migration.title, ["all"])[0]
    flows = []
    for row in records(migration.flows):
        source, target = str(row["from_segment"]), str(row["to_segment"])
        goal = by_name.get(target, slug(target)).removeprefix(f"{start.removesuffix('_all')}_")
        key = f"{by_name.get(source, start)}_to_{goal}"
        flows.append(
            Flow(
                source,
                target,
                Metric(f"{key}_customers", row["customers"], "customers"),
                Metric(f"{key}_value", row["value"], "money", migration.money.currency),
            )
        )
    return MigrationReading(
        tuple(balances),
        _balance("All", f"{start}_move", whole),
        tuple(flows),
        Metric(f"{start}_smallest_flow_shown", migration.smallest, "count"),
    )


def _balance(name: str, prefix: str, parts: dict[str, float | None]) -> Balance:
    metrics = {part: Metric(f"{prefix}_{part}", parts[part], "customers") for part in _PARTS}
    return Balance(
        name, metrics["previous"], metrics["arrived"], metrics["moved_in"], metrics["moved_out"], metrics["now"]
    )
