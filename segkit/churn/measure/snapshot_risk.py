"""Risk from a snapshot: a model of who had left by its day, tested on customers whom it had not seen.

Every customer is scored by a model that was fitted without them, the search for its settings and its recalibration
included (nested validation). Customers fall into folds by their id, so that an engine finds the same ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.arrays import Floats
from segkit.churn.measure.expressions import with_risk
from segkit.churn.measure.fitting import fitted_on
from segkit.churn.measure.frames import Frames, Sample, raw_column
from segkit.churn.measure.observed import with_segment
from segkit.churn.measure.predicted import RISK_EDGES, band_of
from segkit.churn.measure.snapshot import observe_snapshot
from segkit.churn.measure.testing import candidate_as_tested, tenths_frame
from segkit.churn.measure.words import drivers_of
from segkit.churn.models.drivers import importance
from segkit.churn.models.group_risk import FEWEST
from segkit.churn.snapshot_records import SnapshotRisk
from segkit.customers.partition import SEGMENT
from segkit.data.scaled import MICRO, micro
from segkit.errors import ModelError
from segkit.forecast.horizon import whole_money
from segkit.learning.encoding import Encoding, Feature
from segkit.learning.leakage import check_features, refuse_leaking
from segkit.learning.learners import Boosted, LearnerName, Logistic, check_labels
from segkit.learning.sampling import customer_code, sampled
from segkit.learning.scores import Recalibration, ScoreTable, bins, log_loss
from segkit.privacy.suppression import hidden_cells, hidden_rows, too_few
from segkit.segments.measure.assign import SegmentedBase
from segkit.statistics.told import Figure, Quoted, Told

PARTS: Final = 5
_TESTED: Final = 10_000

FittedFold = tuple[Encoding, Logistic | Boosted, Recalibration]


@dataclass(frozen=True)
class _Learnt:
    """What the snapshot's customers taught: the rows, the features, and each candidate's fits without one fold each."""

    sample: Sample
    features: tuple[Feature, ...]
    rule: Feature
    fits: Mapping[str, tuple[FittedFold, ...]]
    tables: Mapping[str, ScoreTable]


def snapshot_risk(segmented: SegmentedBase, frames: Frames) -> SnapshotRisk:
    """Return who had left by the snapshot's day, by segment, and the risk of those who are still there.

    Raises:
        DataError: features know who has left (leakage); the message names them.
    """
    base, spec = frames.base, frames.base.dataset.spec
    taken = spec.tables["subscriptions"].as_of
    assert taken is not None
    seen = observe_snapshot(frames, segmented).segments
    table = _table(segmented, frames)
    facts = base.dataset.engine.collect(table.aggregate(n=table.count(), left=table.left.sum())).iloc[0]
    n, left = int(facts["n"]), int(facts["left"])
    few = too_few(left, base.smallest) or too_few(n - left, base.smallest)
    nothing = pd.Series(float("nan"), index=seen.index)
    record = SnapshotRisk(
        subject=spec.title,
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        money=spec.money,
        taken=taken,
        end=base.as_of,
        smallest=base.smallest,
        coverage=base.coverage,
        valued="recurring_amount" in base.dataset.tables["subscriptions"].columns,
        customers=n,
        left=None if few else left,
        segments=segmented.segmentation.all_segments[: len(seen)],
        frame=seen.assign(
            there=seen["customers"] - seen["left"],
            predicted=nothing,
            risk=nothing,
            value=nothing,
            at_risk=nothing,
        ),
    )
    try:
        if few:
            raise ModelError(
                Told.of(
                    "fewer than {least} customers had left, or were still there; nothing of so few is shown.",
                    least=Figure(base.smallest, "count"),
                )
            )
        return _predicted(record, table, _learnt(frames, table), frames)
    except ModelError as error:
        return dataclasses.replace(record, refusal=error.told)


_HELPERS: Final = frozenset(("customer_id", "fold", "code", "left", "amount", "risk", SEGMENT))
"""Columns of the table that is learnt from; an attribute of such a name gets another one in it."""


def _features(frames: Frames) -> dict[str, Feature]:
    """Return what is known of customers in the snapshot itself, by its column there. What has a date is left out.

    Nobody knows when those who left did so, and what they did shortly before and after would tell it.
    """
    attributes, known = frames.base.dataset.attributes, frames.base.behaviour(frames.base.as_of).columns
    found: dict[str, Feature] = {}
    for feature in frames.builder.features:
        name = feature.name
        if name == "contract_months" and "tenure" in known:
            found[name] = Feature(name, "months a customer", log=True)
        elif name in ("plan", "monthly_amount") or name in attributes:
            called = f"{name}_of_customer" if name in _HELPERS else name
            found[name] = dataclasses.replace(feature, name=called)
    return found


def _table(segmented: SegmentedBase, frames: Frames) -> ir.Table:
    """Return a row for each customer: customer_id, fold, code, left, amount (minor units a month), segment, features."""
    base = frames.base
    taken = base.dataset.spec.tables["subscriptions"].as_of
    assert taken is not None
    # as of a later day, those who are there would be older customers than those who left, for no other reason
    customers = base.customers() if taken == base.as_of else base.on(taken).customers()
    amount: ir.Value = ibis.literal(0, "int64")
    if "last_recurring_amount" in customers.columns:
        amount = customers.last_recurring_amount.fill_null(0)
    columns: dict[str, ir.Value] = {}
    for column, feature in _features(frames).items():
        value = customers[column] if column in customers.columns else None
        if column == "contract_months":
            value = customers.tenure
        elif column == "monthly_amount":
            scale = float(10**base.dataset.spec.money.decimals)
            value = customers.last_recurring_amount.cast("float64") / scale
        assert value is not None
        columns[feature.name] = value.cast("string" if feature.kind == "category" else "float64")
    told = customers.select(
        "customer_id",
        code=customer_code(customers.customer_id),
        left=(customers.status == "ended").ifelse(1, 0).cast("int64"),
        amount=amount,
        **columns,
    )
    placed = with_segment(told.mutate(fold=told.code % PARTS), segmented, base.as_of)
    return base.dataset.engine.keep("snapshot", placed)


def _learnt(frames: Frames, table: ir.Table) -> _Learnt:
    """Refuse leaks, and fit every candidate without each of the folds.

    Raises:
        ModelError: nothing can be learnt.
        DataError: a feature knows who has left.
    """
    features = tuple(_features(frames).values())
    if not features:
        raise ModelError(
            "nothing is known of the customers but whether they left. Add the table customers with their attributes, or "
            "map `plan`, `tenure` or `recurring_amount`."
        )
    sample = _sample(frames, table, features)
    check_labels(sample.labels, "the snapshot")
    _refuse_leaks(frames, features, sample)
    rule = next((f for name in ("plan", "contract_months") for f in features if f.name == name), features[0])
    names = [name for name in frames.options.candidates(contractual=True) if name != "purchases"]
    fits: dict[str, tuple[FittedFold, ...]] = {}
    tables: dict[str, ScoreTable] = {}
    fold = sample.customers % PARTS
    for name in names:
        learner: LearnerName = "boosting" if name == "boosting" else "logistic"
        told = (rule,) if name == "simple" else features
        risks = np.zeros(sample.labels.size)
        found: list[FittedFold] = []
        try:
            for at in range(PARTS):
                one = fitted_on(learner, told, _part(sample, fold != at), errors=False)
                found.append(one)
                risks[fold == at] = _risks(one, _part(sample, fold == at))
        except ModelError:
            if name == "simple":
                continue  # a rule on one feature that hardly varies is no rule
            raise
        fits[name], tables[name] = tuple(found), ScoreTable.of(np.clip(risks, 0.0, 1.0), sample.labels)
    order = sorted(tables, key=lambda name: log_loss(tables[name]))
    return _Learnt(sample, features, rule, fits, {name: tables[name] for name in order})


def _sample(frames: Frames, table: ir.Table, features: Sequence[Feature]) -> Sample:
    engine, wanted = frames.base.dataset.engine, frames.options.training_rows
    rows = int(engine.collect(table.aggregate(rows=table.count()))["rows"].iloc[0])
    drawn = sampled(table, rows, wanted).select("code", "left", *(feature.name for feature in features))
    found = engine.sample(drawn.order_by(*drawn.columns), most=max(2 * wanted, 2_000))
    return Sample(
        {feature.name: raw_column(found.column(feature.name), feature.kind) for feature in features},
        found.column("left").to_numpy().astype(np.float64),
        found.column("code").to_numpy().astype(np.int64),
        rows,
    )


def _part(sample: Sample, rows: np.ndarray) -> Sample:
    raw = {name: values[rows] for name, values in sample.raw.items()}
    return Sample(raw, sample.labels[rows], sample.customers[rows], sample.rows)


def _risks(fit: FittedFold, rows: Sample) -> Floats:
    encoding, model, change = fit
    if not rows.labels.size:
        return np.zeros(0)
    return change.applied(model.log_odds(encoding.matrix(rows.raw)))


def _refuse_leaks(frames: Frames, features: Sequence[Feature], sample: Sample) -> None:
    checks = check_features(features, sample.raw, sample.labels, too_good=frames.options.too_good)
    refuse_leaking(checks, "who has left")


def _predicted(record: SnapshotRisk, table: ir.Table, learnt: _Learnt, frames: Frames) -> SnapshotRisk:
    engine, smallest = frames.base.dataset.engine, frames.base.smallest
    scale = float(10**record.money.decimals)
    best = next(iter(learnt.tables))
    parts = []
    for at, (encoding, model, change) in enumerate(learnt.fits[best]):
        scored = with_risk(table.filter(table.fold == at), encoding, model, change)
        parts.append(scored.select("left", "amount", SEGMENT, "risk"))
    scored = engine.keep("risk", ibis.union(*parts))
    stay = scored.left == 0
    sums = engine.collect(
        scored.group_by(SEGMENT).aggregate(
            n=scored.count(),
            risk=micro(scored.risk).sum(),
            there=scored.count(where=stay),
            stay_risk=micro(scored.risk).sum(where=stay),
            value=scored.amount.sum(where=stay),
            at_risk=whole_money(scored.risk * scored.amount.cast("float64")).sum(where=stay),
        )
    )
    by = sums.set_index(SEGMENT).reindex(range(len(record.frame))).fillna(0).astype("int64")
    whole = by.sum()
    shown = ~record.frame["suppressed"].to_numpy(dtype=bool) & (by["there"].to_numpy() >= FEWEST)
    nothing = float("nan")

    def told(values: pd.Series, over: pd.Series) -> list[float]:
        rows = zip(values, over, shown, strict=True)
        return [float(value) / float(many) if visible and many else nothing for value, many, visible in rows]

    ones = pd.Series(scale, index=by.index)
    held = engine.collect(
        scored.group_by(bin=(scored.risk * 2_000.0).floor().cast("int64"))
        .aggregate(n=scored.count(), left=scored.left.sum(), risk=micro(scored.risk).sum())
        .order_by("bin")
    ).astype("float64")
    scores = ScoreTable.of((held["risk"] / MICRO / held["n"]).clip(0.0, 1.0), held["left"], held["n"])
    candidates = tuple(candidate_as_tested(name, one, used=name == best) for name, one in learnt.tables.items())
    simple = next((one for one in candidates if one.name == "simple"), None)
    encoding, model, _ = fitted_on("logistic", learnt.features, learnt.sample)
    assert isinstance(model, Logistic)
    return dataclasses.replace(
        record,
        frame=record.frame.assign(
            predicted=told(by["risk"] / MICRO, by["n"]),
            risk=told(by["stay_risk"] / MICRO, by["there"]),
            value=told(by["value"], ones) if record.valued else nothing,
            at_risk=told(by["at_risk"], ones) if record.valued else nothing,
        ),
        mean_risk=float(whole["stay_risk"]) / MICRO / float(whole["there"]),
        value=float(whole["value"]) / scale,
        at_risk=float(whole["at_risk"]) / scale,
        candidates=candidates,
        folds=PARTS,
        beats_simple=simple is not None
        and best != "simple"
        and candidates[0].log_loss < simple.log_loss
        and candidates[0].auc > simple.auc,
        simple=Told.of("the share that left by {what}", what=Quoted(learnt.rule.label)),
        tenths=_tenths(scores, smallest),
        distribution=_distribution(frames, scored.filter(stay), scale),
        drivers=drivers_of(encoding, model, learnt.sample.raw, _weights(learnt), learnt.sample.labels.size, smallest),
        dropped=tuple((encoding.called[feature], why) for feature, why in sorted(encoding.dropped.items())),
        rows=int(learnt.sample.labels.size),
    )


def _tenths(table: ScoreTable, smallest: int) -> pd.DataFrame:
    """Return tenths of all customers, the highest risk first; no rows where one would show too few."""
    found = list(reversed(bins(table)))
    groups = [(int(b.events), int(b.customers - b.events)) for b in found]
    if any(hidden_rows(groups, hidden_cells([int(b.customers) for b in found], smallest), smallest)):
        found = []
    return tenths_frame(found, float(table.events.sum()))


def _distribution(frames: Frames, there: ir.Table, scale: float) -> pd.DataFrame:
    banded = there.mutate(band=band_of(there.risk, RISK_EDGES))
    by = banded.group_by("band").aggregate(
        customers=banded.count(), at_risk=whole_money(banded.risk * banded.amount.cast("float64")).sum()
    )
    bounds = (0.0, *RISK_EDGES, 1.0)
    frame = frames.base.dataset.engine.collect(by).set_index("band").reindex(range(len(bounds) - 1)).fillna(0)
    hidden = hidden_cells([int(n) for n in frame["customers"]], frames.base.smallest)
    cells = list(zip(frame["customers"], frame["at_risk"], hidden, strict=True))
    return pd.DataFrame(
        {
            "low": bounds[:-1],
            "high": bounds[1:],
            "customers": pd.array([pd.NA if hide else int(n) for n, _, hide in cells], "Int64"),
            "at_risk": [float("nan") if hide else float(value) / scale for _, value, hide in cells],
        }
    )


def _weights(learnt: _Learnt) -> dict[str, float]:
    """Return the importance of each feature to the best learner, on customers whom its fit had not seen."""
    name = next((n for n in learnt.tables if n in ("logistic", "boosting")), None)
    if name is None:
        return {}
    encoding, model, _ = learnt.fits[name][0]
    unseen = _part(learnt.sample, learnt.sample.customers % PARTS == 0)
    rows = np.arange(min(unseen.labels.size, _TESTED))
    unseen = _part(unseen, rows)
    if unseen.labels.sum() in (0, unseen.labels.size):
        return {}
    return {one.feature: one.drop for one in importance(encoding, model, encoding.matrix(unseen.raw), unseen.labels)}
