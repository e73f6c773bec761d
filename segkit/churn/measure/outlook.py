"""The outlook: who may leave, by segment, and what is at stake. Only sums of scored customers leave the engine.

The pages on churn and on segments both use this one function, so that they cannot differ.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.churn.measure.curves import spans
from segkit.churn.measure.reckoning import Reckoning
from segkit.churn.measure.save import worth_calling
from segkit.churn.measure.testing import held_out, model_errors
from segkit.churn.models.group_risk import group_risk
from segkit.churn.records import ChurnRisk
from segkit.customers.partition import SEGMENT
from segkit.data.scaled import MICRO, micro
from segkit.forecast.horizon import whole_money
from segkit.privacy.suppression import hidden_cells, too_few


def outlook(record: ChurnRisk, found: Reckoning) -> ChurnRisk:
    """Return the record with what is expected, of all customers and by segment.

    This adds intervals, losses, and where the save list is cut.
    """
    base, options = found.base, found.frames.options
    scale = float(10**base.dataset.spec.money.decimals)
    errors = model_errors(found)
    sums = by_segment(found, found.scored)
    segments = found.segmented.segmentation.all_segments
    present = segments if int(sums["customers"].iloc[-1]) else segments[:-1]
    whole = sums.sum()
    n, expected = int(whole["customers"]), float(whole["risk"]) / MICRO
    total = group_risk(
        n,
        expected / n,
        max(expected - float(whole["square"]) / MICRO, 0.0) / n,
        learnt_from=float(found.sample.labels.size),
        model_error=errors.reach(options.level, segment=False),
        level=options.level,
        fewest=1,
    )
    assert total.low is not None
    assert total.high is not None
    at_risk = float(whole["at_risk"]) / scale
    worth = worth_calling(found)
    called = base.dataset.engine.collect(worth.aggregate(n=worth.count(), profit=worth.profit.sum())).fillna(0)
    few = too_few(int(called["n"].iloc[0]), base.smallest)
    return dataclasses.replace(
        record,
        customers=n,
        expected=expected,
        low=total.low * n,
        high=total.high * n,
        value=float(whole["amount"]) / scale,
        at_risk=at_risk,
        segments=present,
        frame=_frame(found, sums.iloc[: len(present)], present, errors.reach(options.level, segment=True), scale),
        losses=_losses(found, expected, at_risk),
        held_out=held_out(found, errors),
        save_customers=None if few else int(called["n"].iloc[0]),
        save_profit=None if few else float(called["profit"].iloc[0]) / scale,
    )


def by_segment(found: Reckoning, scored: ir.Table) -> pd.DataFrame:
    """Sum up scored customers by segment position.

    The columns are customers, risk and its square (in millionths), amount and at_risk (in minor units).
    """
    by = scored.group_by(SEGMENT).aggregate(
        customers=scored.count(),
        risk=micro(scored.risk).sum(),
        square=micro(scored.risk * scored.risk).sum(),
        amount=scored.amount.sum(),
        at_risk=whole_money(scored.risk * scored.amount.cast("float64")).sum(),
    )
    places = range(len(found.segmented.segmentation.all_segments))
    return found.base.dataset.engine.collect(by).set_index(SEGMENT).reindex(places).fillna(0).astype("int64")


def _frame(
    found: Reckoning, sums: pd.DataFrame, segments: Sequence[object], error: float, scale: float
) -> pd.DataFrame:
    options = found.frames.options
    hidden = hidden_cells([int(n) for n in sums["customers"]], found.base.smallest)
    everyone = max(int(sums["customers"].sum()), 1)
    rows = []
    for at, segment in enumerate(segments):
        n, risk = int(sums["customers"].iloc[at]), float(sums["risk"].iloc[at]) / MICRO
        mean = risk / n if n else 0.0
        one = group_risk(
            n,
            mean,
            max(risk - float(sums["square"].iloc[at]) / MICRO, 0.0) / max(n, 1),
            learnt_from=found.sample.labels.size * n / everyone,
            model_error=error,
            level=options.level,
        )
        shown = not hidden[at] and one.mean is not None
        rows.append(
            {
                "segment": getattr(segment, "name", ""),
                "customers": pd.NA if hidden[at] else n,
                "risk": one.mean if shown else None,
                "low": one.low if shown else None,
                "high": one.high if shown else None,
                "expected": risk if shown else None,
                "value": float(sums["amount"].iloc[at]) / scale if shown else None,
                "at_risk": float(sums["at_risk"].iloc[at]) / scale if shown else None,
                "suppressed": hidden[at],
                "note": "" if hidden[at] or one.refusal is None or not n else one.refusal,
            }
        )
    numbers = dict.fromkeys(("risk", "low", "high", "expected", "value", "at_risk"), "float64")
    frame = pd.DataFrame(rows).astype({"customers": "Int64", **numbers})
    frame["note"] = pd.Series([row["note"] for row in rows], dtype=object)  # a string type would lose its numbers
    return frame


def _losses(found: Reckoning, expected: float, at_risk: float) -> pd.DataFrame:
    """Divide the expected losses among the units of the horizon, in the proportions of past horizons.

    A customer who leaves in a unit brings half of what the unit would bring, and nothing in later units.
    """
    options, day = found.frames.options, found.base.as_of
    pairs = spans(day, options.ends(day))
    if not found.frames.definition.contractual:
        return pd.DataFrame({"start": [pairs[0][0]], "end": [pairs[-1][1]], "customers": expected, "value": at_risk})
    parts = []
    for origin in found.origins:
        told = found.frames.labelled(origin)
        parts.append(told.filter(told.left == 1).group_by("period").aggregate(n=told.filter(told.left == 1).count()))
    union = ibis.union(*parts) if len(parts) > 1 else parts[0]
    by = union.group_by("period").aggregate(n=union.n.sum())
    frame = found.base.dataset.engine.collect(by).set_index("period")["n"].reindex(range(1, len(pairs) + 1)).fillna(0)
    share = frame.to_numpy(float) / max(float(frame.sum()), 1.0)
    gone = np.concatenate([[0.0], np.cumsum(share)[:-1]]) + share / 2
    return pd.DataFrame(
        {
            "start": [first for first, _ in pairs],
            "end": [last for _, last in pairs],
            "customers": expected * share,
            "value": at_risk / len(pairs) * gone,
        }
    )
