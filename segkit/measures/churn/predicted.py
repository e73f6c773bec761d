"""The record of a reckoning: sums of scored customers, which is all that crosses, and what they mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.measures.churn.curves import spans
from segkit.measures.churn.fitting import micro
from segkit.measures.churn.reckoning import Reckoning
from segkit.measures.churn.records import ChurnRisk, RiskChange
from segkit.measures.churn.save import worth_calling
from segkit.measures.churn.testing import held_out
from segkit.measures.churn.words import drivers, method
from segkit.measures.forecasts import whole_money
from segkit.measures.segment_quality import stability_index
from segkit.measures.suppression import hidden_cells
from segkit.models.churn import Feature, counts, group_risk
from segkit.models.churn.encoding import Raw
from segkit.segmentation import SEGMENT

_MICRO = 1e6
RISK_EDGES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Of the bands in which risks are shown."""
_TOP, _NEXT = 0.9, 0.6
_RISK_NAMES = ("Highest tenth", "Next three tenths", "Other six tenths")
_VALUE_NAMES = ("Most valuable fifth", "Next three tenths", "Least valuable half")
_NEWS = 3.0


def predicted(record: ChurnRisk, found: Reckoning) -> ChurnRisk:
    """The record with everything that is predicted."""
    base, options = found.base, found.frames.options
    scale = float(10**base.dataset.spec.money.decimals)
    held = held_out(found)
    sums = _by_segment(found, found.scored)
    segments = found.segmented.segmentation.all_segments
    present = segments if int(sums["customers"].iloc[-1]) else segments[:-1]
    frame = _frame(record, found, sums.iloc[: len(present)], present, held.model_error, scale)
    whole = sums.sum()
    n, expected = int(whole["customers"]), float(whole["risk"]) / _MICRO
    total = group_risk(
        n,
        expected / n,
        max(expected - float(whole["square"]) / _MICRO, 0.0) / n,
        learnt_from=float(found.sample.labels.size),
        model_error=held.total_error,
        level=options.level,
        fewest=1,
    )
    assert total.low is not None
    assert total.high is not None
    at_risk = float(whole["at_risk"]) / scale
    worth = worth_calling(found)
    called = base.dataset.engine.collect(worth.aggregate(n=worth.count(), profit=worth.profit.sum())).fillna(0)
    change, drift_of_scores = _change(found, whole), _score_drift(found)
    then, now = found.sample.raw, found.now.raw
    encoding = found.readable.encoding
    assert encoding is not None
    return dataclasses.replace(
        record,
        customers=n,
        expected=expected,
        low=total.low * n,
        high=total.high * n,
        value=float(whole["amount"]) / scale,
        at_risk=at_risk,
        segments=present,
        frame=frame,
        distribution=_distribution(found, scale),
        matrix=_matrix(found, scale),
        losses=_losses(found, expected, at_risk),
        held_out=held,
        drivers=drivers(found),
        drift=_drift(found.frames.builder.features, then, now),
        score_psi=drift_of_scores,
        change=change,
        unseen=tuple(sorted(encoding.unseen(now).items())),
        dropped=tuple(sorted(encoding.dropped.items())),
        method=method(found),
        save_customers=int(called["n"].iloc[0]),
        save_profit=float(called["profit"].iloc[0]) / scale,
    )


def _by_segment(found: Reckoning, scored: ir.Table) -> pd.DataFrame:
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
    record: ChurnRisk, found: Reckoning, sums: pd.DataFrame, segments: Sequence[object], error: float, scale: float
) -> pd.DataFrame:
    options = found.frames.options
    hidden = hidden_cells([int(n) for n in sums["customers"]], options.smallest)
    everyone = max(int(sums["customers"].sum()), 1)
    rows = []
    for at, segment in enumerate(segments):
        n, risk = int(sums["customers"].iloc[at]), float(sums["risk"].iloc[at]) / _MICRO
        mean = risk / n if n else 0.0
        one = group_risk(
            n,
            mean,
            max(risk - float(sums["square"].iloc[at]) / _MICRO, 0.0) / max(n, 1),
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
    return pd.DataFrame(rows).astype({"customers": "Int64", **numbers})


def _band(value: ir.FloatingValue, edges: Sequence[float]) -> ir.IntegerValue:
    """Place among ascending edges, from 0."""
    place = ibis.literal(0, "int64")
    for edge in edges:
        place = place + (value >= float(edge)).ifelse(1, 0)
    return place


def _distribution(found: Reckoning, scale: float) -> pd.DataFrame:
    banded = found.scored.mutate(band=_band(found.scored.risk, RISK_EDGES))
    by = banded.group_by("band").aggregate(
        customers=banded.count(), at_risk=whole_money(banded.risk * banded.amount.cast("float64")).sum()
    )
    bounds = (0.0, *RISK_EDGES, 1.0)
    frame = found.base.dataset.engine.collect(by).set_index("band").reindex(range(len(bounds) - 1)).fillna(0)
    hidden = hidden_cells([int(n) for n in frame["customers"]], found.frames.options.smallest)
    return pd.DataFrame(
        {
            "low": bounds[:-1],
            "high": bounds[1:],
            "customers": pd.array(
                [pd.NA if h else int(n) for n, h in zip(frame["customers"], hidden, strict=True)], "Int64"
            ),
            "at_risk": [
                float("nan") if h else float(v) / scale for v, h in zip(frame["at_risk"], hidden, strict=True)
            ],
        }
    )


def _matrix(found: Reckoning, scale: float) -> pd.DataFrame:
    """Risk × value: who is both likely to leave and worth keeping."""
    table, engine = found.scored, found.base.dataset.engine
    edges = engine.collect(
        table.aggregate(
            top=table.risk.quantile(_TOP),
            next=table.risk.quantile(_NEXT),
            rich=table.amount.cast("float64").quantile(0.8),
            fair=table.amount.cast("float64").quantile(0.5),
        )
    ).iloc[0]
    placed = table.mutate(
        risk_band=2 - _band(table.risk, (float(edges["next"]), float(edges["top"]))),
        value_band=2 - _band(table.amount.cast("float64"), (float(edges["fair"]), float(edges["rich"]))),
    )
    by = placed.group_by("risk_band", "value_band").aggregate(
        customers=placed.count(), at_risk=whole_money(placed.risk * placed.amount.cast("float64")).sum()
    )
    frame = engine.collect(by).set_index(["risk_band", "value_band"])
    rows = [(r, v) for r in range(3) for v in range(3)]
    n = [int(frame["customers"].get(cell, 0)) for cell in rows]
    hidden = hidden_cells(n, found.frames.options.smallest)
    return pd.DataFrame(
        {
            "risk": [_RISK_NAMES[r] for r, _ in rows],
            "value": [_VALUE_NAMES[v] for _, v in rows],
            "customers": pd.array([pd.NA if h else k for k, h in zip(n, hidden, strict=True)], "Int64"),
            "at_risk": [
                float("nan") if h else float(frame["at_risk"].get(cell, 0)) / scale
                for cell, h in zip(rows, hidden, strict=True)
            ],
        }
    )


def _losses(found: Reckoning, expected: float, at_risk: float) -> pd.DataFrame:
    """Expected losses in each unit of the horizon, spread as those of the dates learnt from were.

    Who leaves in a unit brings half of it, and nothing of the later ones.
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


def _change(found: Reckoning, whole: pd.Series) -> RiskChange | None:
    previous = found.base.previous
    if previous is None:
        return None
    before = found.final.score(found.frames.unlabelled(previous), previous)
    sums = found.base.dataset.engine.collect(
        before.aggregate(
            n=before.count(), risk=micro(before.risk).sum(), square=micro(before.risk * before.risk).sum()
        )
    ).iloc[0]
    if not int(sums["n"]):
        return None

    def moments(n: float, risk: float, square: float) -> tuple[float, float]:
        mean = risk / _MICRO / n
        return mean, max(square / _MICRO / n - mean**2, 0.0) / n

    then, error_then = moments(float(sums["n"]), float(sums["risk"]), float(sums["square"]))
    now, error_now = moments(float(whole["customers"]), float(whole["risk"]), float(whole["square"]))
    news = abs(now - then) > _NEWS * float(np.sqrt(error_then + error_now))
    return RiskChange(previous, then, now, "news" if news else "normal")


def _drift(features: Sequence[Feature], then: Raw, now: Raw) -> pd.DataFrame:
    rows = []
    for feature in features:
        before, after = counts(feature, then[feature.name], now[feature.name])
        psi = float(np.sum(stability_index(before, after))) if len(before) > 1 else 0.0
        rows.append({"feature": feature.name, "label": feature.label, "psi": round(psi, 6)})
    return pd.DataFrame(rows).sort_values(["psi", "feature"], ascending=[False, True]).reset_index(drop=True)


def _score_drift(found: Reckoning) -> float:
    """Of risks, against those that the same model gives the customers of the held-out date."""
    engine, day = found.base.dataset.engine, found.origins[0]
    # scored once and kept: the expression of a score is long
    then = engine.keep("risk", found.final.score(found.frames.labelled(day), day).select("risk"))
    edges = engine.collect(then.aggregate(**{f"q{at}": then.risk.quantile(at / 10) for at in range(1, 10)})).iloc[0]
    cuts = sorted({float(v) for v in edges})
    found_counts = []
    for table in (then, found.scored):
        banded = table.mutate(band=_band(table.risk, cuts))
        by = banded.group_by("band").aggregate(n=banded.count())
        frame = engine.collect(by).set_index("band")["n"].reindex(range(len(cuts) + 1)).fillna(0)
        found_counts.append([int(n) for n in frame])
    return float(np.sum(stability_index(found_counts[0], found_counts[1])))
