"""How long customers usually wait before they buy again, compared with the horizon after which they count as lost."""

from __future__ import annotations

import math
from typing import Final

from segkit.churn.measure.departures import eligible, purchase_rows
from segkit.churn.measure.frames import Frames
from segkit.churn.models.group_risk import FEWEST
from segkit.churn.records import UsualGap
from segkit.privacy.suppression import too_few

_UNIT_DAYS: Final = {"week": 7.0, "month": 30.4375}


def usual_gap(frames: Frames) -> UsualGap | None:
    """Measure the mean days between the purchase days of customers who bought on two days or more and could be lost.

    None where customers end a contract or lapse by their own rhythm, and where they are too few to be shown.
    """
    definition, base, options = frames.definition, frames.base, frames.options
    if definition.contractual or definition.rhythm is not None:
        return None
    rows = purchase_rows(base, definition)
    rows = rows.filter(rows.day <= base.as_of).select("customer_id", "day").distinct()
    rows = rows.semi_join(eligible(base, definition, base.as_of), "customer_id")
    by = rows.group_by("customer_id").aggregate(first=rows.day.min(), last=rows.day.max(), n=rows.count())
    by = by.filter(by.n > 1)
    gaps = by.select(gap=by["last"].delta(by["first"], unit="day").cast("float64") / (by.n - 1).cast("float64"))
    horizon = (options.ends(base.as_of)[-1] - base.as_of).days
    sums = base.dataset.engine.collect(
        gaps.aggregate(
            n=gaps.count(),
            longer=(gaps.gap > float(horizon)).ifelse(1, 0).sum(),
            half=gaps.gap.quantile(0.5),
            most=gaps.gap.quantile(0.9),
        )
    ).iloc[0]
    n, least = int(sums["n"]), base.smallest
    if n < max(FEWEST, least):  # without customers the other sums are null
        return None
    longer = int(sums["longer"])
    if too_few(longer, least):
        return None
    if too_few(n - longer, least):
        longer = n - least  # a bound: the share would otherwise reveal a group that is too small
    return UsualGap(
        customers=n,
        days=float(sums["half"]),
        horizon=horizon,
        longer=longer / n,
        enough=math.ceil(float(sums["most"]) / _UNIT_DAYS[options.unit]),
    )
