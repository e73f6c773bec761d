"""The held-out test: what models that knew nothing of the last horizon predicted for it, against what happened."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.expr.types.groupby import GroupedTable

from segkit.churn.measure.fitting import Scorer
from segkit.churn.measure.observed import with_segment
from segkit.churn.measure.reckoning import Reckoning
from segkit.churn.models.group_risk import FEWEST, ModelErrors, Seen, segment_error, whole_error
from segkit.churn.options import LABELS
from segkit.churn.records import Candidate, HeldOutChurn
from segkit.customers.partition import SEGMENT
from segkit.data.scaled import MICRO, micro
from segkit.errors import ModelError
from segkit.learning.scores import (
    Bin,
    ScoreTable,
    auc,
    bins,
    brier,
    calibration_error,
    lift_at,
    log_loss,
    recalibration,
)
from segkit.privacy.suppression import too_few
from segkit.statistics.told import Figure, Told


def held_out(found: Reckoning, errors: ModelErrors) -> HeldOutChurn:
    """Return how all candidates did on the held-out horizon, with the model's errors in terms of the risk itself.

    Raises:
        ModelError: so few left or stayed that their number must not be shown.
    """
    origin = found.origins[0]
    candidates = tuple(
        candidate_as_tested(name, table, used=name == found.final.name) for name, table in found.tables.items()
    )
    best = candidates[0]
    simple = next((c for c in candidates if c.name == "simple"), None)
    whole = found.tables[best.name]
    # errors of log-odds become relative errors of the risk
    of_whole = errors.whole * (1 - whole.mean_score)
    of_segments = math.hypot(errors.whole, errors.segments) * (1 - whole.mean_score)
    left, least = int(whole.events.sum()), found.base.smallest
    if too_few(left, least) or too_few(int(whole.total) - left, least):
        raise ModelError(
            Told.of(
                "of the customers on whom predictions are tested, fewer than {least} left, or stayed; nothing of so "
                "few is shown. Write a longer horizon.",
                least=Figure(least, "count"),
            )
        )
    return HeldOutChurn(
        origin=origin,
        end=found.frames.options.ends(origin)[-1],
        customers=int(whole.total),
        left=left,
        candidates=candidates,
        beats_simple=simple is not None
        and best.name != "simple"
        and best.log_loss < simple.log_loss
        and best.auc > simple.auc,
        simple=found.frames.rule.words,
        tenths=_tenths(whole, least),
        model_error=of_segments,
        total_error=of_whole,
        horizons=errors.horizons,
    )


def candidate_as_tested(name: str, table: ScoreTable, *, used: bool) -> Candidate:
    """Return how a model did, from its risks of customers whom it had not seen."""
    return Candidate(
        name=name,
        label=LABELS[name],
        auc=auc(table),
        brier=brier(table),
        log_loss=log_loss(table),
        slope=recalibration(table).slope,
        error=calibration_error(table),
        mean=table.mean_score,
        lift=lift_at(table),
        used=used,
    )


def _tenths(table: ScoreTable, smallest: int) -> pd.DataFrame:
    """Return tenths of customers, the highest risk first; no rows where a tenth is too small.

    Sizes differ a little where customers share a score.
    """
    found = list(reversed(bins(table)))
    if any(too_few(b.customers, smallest) for b in found):
        found = []
    return tenths_frame(found, float(table.events.sum()))


def tenths_frame(found: Sequence[Bin], left: float) -> pd.DataFrame:
    """Return tenths of customers by rank, with what was predicted and seen, and each one's share of all who left."""
    return pd.DataFrame(
        {
            "tenth": range(1, len(found) + 1),
            "customers": [int(b.customers) for b in found],
            "predicted": [b.predicted for b in found],
            "observed": [b.observed for b in found],
            "share": [b.events / left for b in found],
        }
    )


def model_errors(found: Reckoning) -> ModelErrors:
    """Measure how far the model's risks were off beyond chance.

    The error of the whole is measured over all dates, held out or learnt from: what moves all customers of a period
    alike shows once in each. What segments miss beyond it is measured on the held-out horizon.
    """
    scorer, frames, engine = found.tested[found.final.name], found.frames, found.base.dataset.engine
    whole = engine.collect(_sums(_scored_origins(found, scorer).group_by("at")).order_by("at")).astype("float64")
    origin = found.origins[0]
    scored = scorer.score(frames.labelled(origin), origin)
    told = with_segment(scored.select("customer_id", "left", "risk"), found.segmented, origin)
    parts = engine.collect(_sums(told.group_by(SEGMENT)).order_by(SEGMENT)).astype("float64")
    parts = parts[parts["customers"] >= FEWEST]
    return ModelErrors(
        whole=whole_error(_seen(whole)),
        horizons=len(whole),
        segments=segment_error(_seen(parts)),
        compared=max(len(parts) - 1, 1),
    )


def _scored_origins(found: Reckoning, scorer: Scorer) -> ir.Table:
    """Return the rows of all dates with `at` (the date's number from 0), left and risk."""
    frames = found.frames
    told = [
        frames.labelled(origin).mutate(at=ibis.literal(number, "int64"))
        for number, origin in enumerate(found.origins)
    ]
    if scorer.encoding is not None:
        # a learner's score does not depend on the date: one long expression instead of one for each date
        scored = scorer.score(ibis.union(*told) if len(told) > 1 else told[0], found.origins[0])
        return scored.select("at", "left", "risk")
    parts = [
        scorer.score(table, origin).select("at", "left", "risk")
        for table, origin in zip(told, found.origins, strict=True)
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _sums(scored: ir.Table | GroupedTable) -> ir.Table:
    return scored.aggregate(
        customers=ibis._.count(),
        left=ibis._.left.sum(),
        risk=micro(ibis._.risk).sum(),
        square=micro(ibis._.risk * ibis._.risk).sum(),
    )


def _seen(sums: pd.DataFrame) -> Seen:
    expected = sums["risk"] / MICRO
    return Seen(sums["customers"], sums["left"], expected, ((sums["risk"] - sums["square"]) / MICRO).clip(lower=0))
