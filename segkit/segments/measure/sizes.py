"""How big each segment is, what it brings, and how that changed since the period before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd

from segkit.customers import CustomerBase
from segkit.customers.happened import happened
from segkit.customers.partition import Segment
from segkit.customers.settling import certain_after
from segkit.customers.timeline import timeline
from segkit.news.judgement import Judgement
from segkit.news.page_judgement import Series, judge_series
from segkit.privacy.suppression import hidden_over_time, too_few
from segkit.segments.measure.assign import SegmentedBase, value_name
from segkit.segments.measure.unsettled_segments import unsettled_places
from segkit.segments.records import SegmentSizes

CHANCE: Final = 0.01
"""Pages without news of a hundred on which a segment is called news: one, beside those of the key figures."""
_COLUMNS: Final = [
    *("segment", "customers", "previous_customers", "share", "value", "previous_value", "value_share"),
    *("mean_value", "variation", "slow_since", "before_slow", "normal_low", "normal_high", "suppressed"),
]
_NUMBERS: Final = ("share", "value", "previous_value", "value_share", "mean_value", "normal_low", "normal_high")


def segment_sizes(segmented: SegmentedBase) -> SegmentSizes:
    """Count customers and sum value by segment, now and one period ago, with their history.

    Args:
        segmented: a segmented customer base.

    Raises:
        DataError: the segments do not add up to the whole.
    """
    base = segmented.base
    money = base.dataset.spec.money
    scale = 10**money.decimals
    totals = segmented.all_totals()
    now = totals[base.as_of]
    before = totals[base.previous] if base.previous is not None else None
    windows = None if base.previous is None else (base.value_window(base.as_of), base.value_window(base.previous))
    compared = windows is not None and (windows[0] is None or windows[1] is None or windows[0].like(windows[1]))
    segments = segmented.present(*totals.values())
    positions = range(len(segments))
    hidden = hidden_over_time(
        {end: [int(frame["customers"][i]) for i in positions] for end, frame in totals.items()}, base.smallest
    )
    suppressed = hidden[base.as_of]
    total_value = int(now["value"].sum())
    judgements = _judged(base, totals, len(segments), hidden)
    unsettled = unsettled_places(segmented)
    rows = []
    for i in positions:
        customers, value = int(now["customers"][i]), int(now["value"][i])
        hide = suppressed[i]
        rows.append(
            {
                "segment": segments[i].name,
                "customers": pd.NA if hide else customers,
                "previous_customers": pd.NA if hide or before is None else int(before["customers"][i]),
                "share": None if hide else _ratio(customers, int(now["customers"].sum())),
                "value": None if hide else value / scale,
                "previous_value": None if hide or before is None or not compared else int(before["value"][i]) / scale,
                "value_share": None if hide or total_value <= 0 else value / total_value,
                "mean_value": None if hide or not customers else value / customers / scale,
                "variation": "unsettled" if i in unsettled else judgements[i].state,
                "slow_since": judgements[i].since if judgements[i].state == "slow" else None,
                "before_slow": pd.NA if judgements[i].before is None else round(judgements[i].before or 0.0),
                "normal_low": None if hide else judgements[i].low,
                "normal_high": None if hide else judgements[i].high,
                "suppressed": hide,
            }
        )
    frame = pd.DataFrame(rows, columns=_COLUMNS).astype(
        {
            "customers": "Int64",
            "previous_customers": "Int64",
            "before_slow": "Int64",
            **dict.fromkeys(_NUMBERS, "float64"),
        }
    )
    return SegmentSizes(
        subject=base.dataset.spec.title,
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        value_name=value_name(base),
        money=money,
        period=base.period,
        previous_end=base.previous,
        segments=segments,
        frame=frame,
        total_customers=int(now["customers"].sum()),
        total_previous=None if before is None else int(before["customers"].sum()),
        total_value=total_value / scale,
        total_previous_value=None if before is None or not compared else int(before["value"].sum()) / scale,
        smallest=base.smallest,
        history=_history(totals, hidden, segments),
        coverage=base.coverage,
        value_window=base.value_window(base.as_of),
        events=happened(base),
        total_left=None if any(suppressed) else _left(base, int(now["customers"].sum())),
        listed=base.is_list,
        certain_after=certain_after(base) if unsettled else 0,
        rule=_rule(base.dataset.spec.segmentations.get(segmented.segmentation.name)),
    )


def _rule(definition: object) -> str:
    """Return what the dataset file says of a segmentation, in a line."""
    if not isinstance(definition, Mapping):
        return ""
    return "; ".join(f"{key}: {value}" for key, value in sorted(definition.items()))


def _left(base: CustomerBase, whole: int) -> int | None:
    table = base.behaviour(base.as_of)
    if "status" not in table.columns:
        return None
    counted = base.dataset.engine.collect(table.aggregate(left=(table.status == "ended").sum()))
    left = counted["left"].fillna(0).astype("int64").tolist()[0]
    return None if too_few(left, base.smallest) or too_few(whole - left, base.smallest) else left


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _judged(
    base: CustomerBase, totals: dict[dt.date, pd.DataFrame], many: int, hidden: dict[dt.date, tuple[bool, ...]]
) -> tuple[Judgement, ...]:
    """Judge each segment by its changes. A move of fewer customers than are shown at all is never news."""
    series = [
        Series(
            tuple(None if hidden[end][i] else float(totals[end]["customers"][i]) for end in base.ends),
            "count",
            stock=True,
            at_least=float(base.smallest),
        )
        for i in range(many)
    ]
    return judge_series(series, timeline(base, base.ends), CHANCE)


def _history(
    totals: dict[dt.date, pd.DataFrame], hidden: dict[dt.date, tuple[bool, ...]], segments: tuple[Segment, ...]
) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "date": end,
                "segment": segment.name,
                "customers": pd.NA if hidden[end][i] else int(frame["customers"][i]),
            }
            for end, frame in totals.items()
            for i, segment in enumerate(segments)
        ],
        columns=["date", "segment", "customers"],
    ).astype({"customers": "Int64"})
