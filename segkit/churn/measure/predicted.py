"""What a page on churn says beyond the outlook: how risks are spread, what goes with leaving, drift and change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.churn.measure.outlook import by_segment, outlook
from segkit.churn.measure.reckoning import Reckoning
from segkit.churn.measure.words import drivers, method
from segkit.churn.records import ChurnRisk, RiskChange
from segkit.data.scaled import MICRO, micro
from segkit.forecast.horizon import whole_money
from segkit.learning.drift import counts
from segkit.learning.encoding import Feature, Raw
from segkit.privacy.suppression import hidden_cells, too_few
from segkit.segments.measure.segment_quality import stability_index

RISK_EDGES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Edges of the bands in which risks are shown."""
_TOP, _NEXT = 0.9, 0.6
_RISK_NAMES = ("Highest tenth", "Next three tenths", "Lower six tenths")
_VALUE_NAMES = ("Most valuable fifth", "Next three tenths", "Least valuable half")
_NEWS = 3.0


def predicted(record: ChurnRisk, found: Reckoning) -> ChurnRisk:
    """Return the record with everything that is predicted: the outlook, and what only a page on churn says."""
    scale = float(10**found.base.dataset.spec.money.decimals)
    whole = by_segment(found, found.scored).sum()
    change, drift_of_scores = _change(found, whole), _score_drift(found)
    then, now = found.sample.raw, found.now.raw
    encoding = found.readable.encoding
    assert encoding is not None
    return dataclasses.replace(
        outlook(record, found),
        distribution=_distribution(found, scale),
        matrix=_matrix(found, scale),
        drivers=drivers(found),
        drift=_drift(found.frames.builder.features, then, now),
        score_psi=drift_of_scores,
        change=change,
        unseen=tuple(
            (encoding.called[category], None if too_few(n, found.base.smallest) else n)
            for category, n in sorted(encoding.unseen(now).items())
        ),
        dropped=tuple((encoding.called[feature], why) for feature, why in sorted(encoding.dropped.items())),
        method=method(found),
    )


def band_of(value: ir.FloatingValue, edges: Sequence[float]) -> ir.IntegerValue:
    """Return the place of a value among ascending edges, from 0."""
    place = ibis.literal(0, "int64")
    for edge in edges:
        place = place + (value >= float(edge)).ifelse(1, 0)
    return place


def _distribution(found: Reckoning, scale: float) -> pd.DataFrame:
    banded = found.scored.mutate(band=band_of(found.scored.risk, RISK_EDGES))
    by = banded.group_by("band").aggregate(
        customers=banded.count(), at_risk=whole_money(banded.risk * banded.amount.cast("float64")).sum()
    )
    bounds = (0.0, *RISK_EDGES, 1.0)
    frame = found.base.dataset.engine.collect(by).set_index("band").reindex(range(len(bounds) - 1)).fillna(0)
    hidden = hidden_cells([int(n) for n in frame["customers"]], found.base.smallest)
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
    """Return risk by value: who is both likely to leave and worth keeping."""
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
        risk_band=2 - band_of(table.risk, (float(edges["next"]), float(edges["top"]))),
        value_band=2 - band_of(table.amount.cast("float64"), (float(edges["fair"]), float(edges["rich"]))),
    )
    by = placed.group_by("risk_band", "value_band").aggregate(
        customers=placed.count(), at_risk=whole_money(placed.risk * placed.amount.cast("float64")).sum()
    )
    frame = engine.collect(by).set_index(["risk_band", "value_band"])
    rows = [(r, v) for r in range(3) for v in range(3)]
    n = [int(frame["customers"].get(cell, 0)) for cell in rows]
    hidden = hidden_cells(n, found.base.smallest)
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
        mean = risk / MICRO / n
        return mean, max(square / MICRO / n - mean**2, 0.0) / n

    then, error_then = moments(float(sums["n"]), float(sums["risk"]), float(sums["square"]))
    now, error_now = moments(float(whole["customers"]), float(whole["risk"]), float(whole["square"]))
    news = abs(now - then) > _NEWS * float(np.sqrt(error_then + error_now))
    return RiskChange(previous, then, now, bool(news))


def _drift(features: Sequence[Feature], then: Raw, now: Raw) -> pd.DataFrame:
    rows = []
    for feature in features:
        before, after = counts(feature, then[feature.name], now[feature.name])
        psi = float(np.sum(stability_index(before, after))) if len(before) > 1 else 0.0
        rows.append({"feature": feature.name, "label": feature.label, "psi": round(psi, 6)})
    frame = pd.DataFrame(rows)
    frame["label"] = pd.Series([row["label"] for row in rows], dtype=object)  # a string type would lose its numbers
    return frame.sort_values(["psi", "feature"], ascending=[False, True]).reset_index(drop=True)


def _score_drift(found: Reckoning) -> float:
    """Measure how far today's risks are from those that the same model gives customers of the held-out date."""
    engine, day = found.base.dataset.engine, found.origins[0]
    # scored once and kept, since the expression of a score is long
    then = engine.keep("risk", found.final.score(found.frames.labelled(day), day).select("risk"))
    edges = engine.collect(then.aggregate(**{f"q{at}": then.risk.quantile(at / 10) for at in range(1, 10)})).iloc[0]
    cuts = sorted({float(v) for v in edges})
    found_counts = []
    for table in (then, found.scored):
        banded = table.mutate(band=band_of(table.risk, cuts))
        by = banded.group_by("band").aggregate(n=banded.count())
        frame = engine.collect(by).set_index("band")["n"].reindex(range(len(cuts) + 1)).fillna(0)
        found_counts.append([int(n) for n in frame])
    return float(np.sum(stability_index(found_counts[0], found_counts[1])))
