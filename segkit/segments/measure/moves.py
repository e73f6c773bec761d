"""Who moved between segments since the period before: previous + arrived + in − out = now."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from segkit.customers.partition import SEGMENT
from segkit.customers.settling import certain_after
from segkit.errors import DataError
from segkit.page.result import Nothing
from segkit.privacy.suppression import hidden_flows, hidden_over_time, hidden_with, which_too_few
from segkit.segments.measure.assign import SegmentedBase, value_column
from segkit.segments.measure.unsettled_segments import unsettled_places
from segkit.segments.records import Migration

_ARRIVED = -1


def migration(segmented: SegmentedBase) -> Migration | Nothing:
    """Count the moves between segments from the previous period end to this one; None where the data do not reach
    back.

    Args:
        segmented: a segmented customer base.

    Raises:
        DataError: a customer of the previous period is missing now, so the moves cannot add up.
    """
    base = segmented.base
    if base.previous is None:
        return Nothing("Moves need an earlier period; the data do not reach one.")
    now, before = segmented.assigned(), segmented.assigned(base.previous)
    value = value_column(now)
    left = now.select("customer_id", to=now[SEGMENT], value=now[value] if value else ibis.literal(0, "int64"))
    right = before.select(was_id=before.customer_id, was=before[SEGMENT])
    joined = left.join(right, left.customer_id == right.was_id, how="outer")
    flows = joined.group_by(source=joined.was.fill_null(_ARRIVED), target=joined.to.fill_null(_ARRIVED)).aggregate(
        customers=joined.count(), value=joined.value.sum().fill_null(0)
    )
    frame = base.dataset.engine.collect(flows).astype("int64")
    lost = frame[frame["target"] == _ARRIVED]
    if len(lost):
        raise DataError(
            f"{int(lost['customers'].sum()):,} customers of {base.previous} are missing as of {base.as_of}. "
            "Customers do not vanish: the data differ between the two dates."
        )
    segments = segmented.present(*segmented.all_totals((base.previous, base.as_of)).values())
    names = [segment.name for segment in segments]
    balance = _balance(frame, names)
    scale = 10**base.dataset.spec.money.decimals
    moves = frame[(frame["source"] != frame["target"]) & (frame["source"] != _ARRIVED)]
    square = np.zeros((len(segments), len(segments)), dtype=np.int64)
    square[moves["source"], moves["target"]] = moves["customers"]
    hidden, sums = hidden_flows(square, base.smallest)
    shown = moves[~hidden[moves["source"], moves["target"]]].sort_values(
        ["customers", "source", "target"], ascending=[False, True, True]
    )
    return Migration(
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        money=base.dataset.spec.money,
        previous_end=base.previous,
        end=base.as_of,
        segments=segments,
        balance=_suppressed(balance, (base.previous, base.as_of), sums, base.smallest),
        flows=pd.DataFrame(
            {
                "from_segment": [names[i] for i in shown["source"]],
                "to_segment": [names[i] for i in shown["target"]],
                "customers": shown["customers"].to_numpy(),
                "value": shown["value"].to_numpy() / scale if value else np.nan,
            }
        ),
        smallest=base.smallest,
        certain_after=certain_after(base) if unsettled_places(segmented) else 0,
    )


def _balance(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    rows = []
    for i, name in enumerate(names):
        stayed = frame[(frame["source"] == i) & (frame["target"] == i)]["customers"].sum()
        came = frame[(frame["target"] == i) & (frame["source"] != i)]
        arrived = int(came[came["source"] == _ARRIVED]["customers"].sum())
        moved_in = int(came[came["source"] != _ARRIVED]["customers"].sum())
        moved_out = int(frame[(frame["source"] == i) & (frame["target"] != i)]["customers"].sum())
        previous = int(stayed) + moved_out
        rows.append((name, previous, arrived, moved_in, moved_out, int(stayed) + arrived + moved_in))
    columns = ["segment", "previous", "arrived", "moved_in", "moved_out", "now"]
    balance = pd.DataFrame(rows, columns=columns)
    sums = balance["previous"] + balance["arrived"] + balance["moved_in"] - balance["moved_out"]
    if not (sums == balance["now"]).all() or balance["moved_in"].sum() != balance["moved_out"].sum():
        raise AssertionError("previous + arrived + in − out must equal now")
    return balance


def _suppressed(
    balance: pd.DataFrame, ends: tuple[dt.date, dt.date], sums: tuple[bool, ...], smallest: int
) -> pd.DataFrame:
    """Hide the rows of segments that the size table hides as well, and sums of moves.

    A sum is hidden if it would give a move away, if it counts too few customers itself, or if it would give such a
    sum away: the two totals tell how many customers are new in all.
    """
    counts = dict(zip(ends, (balance["previous"].tolist(), balance["now"].tolist()), strict=True))
    hidden = hidden_over_time(counts, smallest)[ends[-1]]
    numbers = [column for column in balance.columns if column != "segment"]
    shown = balance.astype(dict.fromkeys(numbers, "Int64"))
    shown.loc[list(hidden), numbers] = pd.NA
    few = which_too_few(balance[["arrived", "moved_in", "moved_out"]], smallest).any(axis=1) | np.array(
        sums, dtype=bool
    )
    if which_too_few(balance["arrived"], smallest).any() and balance["arrived"].sum() >= smallest:
        few |= np.array(hidden_with(balance["arrived"].tolist(), list(few | np.array(hidden)), smallest))
    shown.loc[few, ["arrived", "moved_in", "moved_out"]] = pd.NA
    return shown
