"""The steps of a prediction of churn: look at earlier dates, refuse leaks, test candidates, fit the best, score
customers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.types as ir

from segkit.churn.measure.fitting import Scorer, fit_candidate, score_table
from segkit.churn.measure.frames import Frames, Sample, simple_rule
from segkit.churn.measure.observed import with_segment
from segkit.churn.options import LABELS, ChurnOptions
from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT
from segkit.errors import ModelError, ParameterError
from segkit.learning.features import LOOKBACK_MONTHS, SnapshotFeatures, event_kinds
from segkit.learning.leakage import check_features, refuse_leaking
from segkit.learning.learners import check_labels
from segkit.learning.scores import ScoreTable, log_loss
from segkit.segments.measure.assign import SegmentedBase
from segkit.statistics.told import Figure, Told

_NOW_ROWS = 10_000
_SILENT_TOO_GOOD = 0.95


@dataclass(frozen=True)
class Reckoning:
    """Everything that the record and the save list are made from.

    Attributes:
        base: the customers.
        segmented: the customers with their segments.
        frames: the customers with their features.
        origins: the days that the model learns from; the first one is held out.
        tables: model → its risks on the held-out horizon, the best model first.
        tested: model → the fit that was tested.
        sample: the training rows of the final fit.
        now: the features of a sample of today's customers.
        final: the model that is used.
        scored: customer_id, segment, amount and risk as of the report's date, kept in the engine.
        notes: sentences for the reader.
    """

    base: CustomerBase
    segmented: SegmentedBase
    frames: Frames
    origins: tuple[dt.date, ...]
    tables: dict[str, ScoreTable]
    tested: dict[str, Scorer]
    sample: Sample
    now: Sample
    final: Scorer
    scored: ir.Table
    notes: tuple[str, ...]

    @cached_property
    def readable(self) -> Scorer:
        """The logistic regression of the final rows, which the drivers are read from; fitted on first use."""
        if self.final.name == "logistic":
            return self.final
        return fit_candidate("logistic", self.frames, self.sample, list(self.origins))


def stated(segmented: SegmentedBase) -> dict[str, Any]:
    """Return what the dataset file says under `churn:`."""
    section = segmented.base.dataset.spec.section("churn")
    return {} if section is None else section.model_dump(exclude_unset=True)


def prepare(segmented: SegmentedBase, settings: ChurnOptions) -> Frames:
    """Prepare the customers, so that they can be looked at as of any day.

    Raises:
        ParameterError: an option that does not fit the dataset.
    """
    base = segmented.base
    spec = base.dataset.spec
    contractual = spec.relation == "contractual"
    settings.candidates(contractual)
    if settings.category and not contractual and "category" not in base.dataset.tables["transactions"].columns:
        raise ParameterError(
            "category: the table transactions has no column `category`. Map one, or leave the option out."
        )
    left_out = frozenset(settings.leave_out)
    definition = settings.definition(contractual)
    builder = SnapshotFeatures(
        base, event_kinds(base), left_out, settings.contract_edges, definition.rhythm is not None
    )
    known = {feature.name for feature in builder.every_feature()}
    rule = simple_rule(definition).feature
    for name in settings.leave_out:
        if name not in known:
            raise ParameterError(f"leave_out: `{name}` is no feature. There are {', '.join(sorted(known))}.")
        if name == rule:
            raise ParameterError(f"leave_out: `{name}` is what the simple rule looks at; it has to stay.")
    return Frames(base, settings, definition, builder)


def usable_origins(frames: Frames) -> list[dt.date]:
    """Return the days to learn from, which are at least two.

    Raises:
        ModelError: a history that is too short, or contracts that are a snapshot.
    """
    base, options = frames.base, frames.options
    table = base.dataset.spec.tables.get("subscriptions")
    if frames.definition.contractual and table is not None and table.shape == "snapshot":
        raise ModelError(
            "the contracts are a snapshot, which says who has left but not when. A risk within a horizon needs a table of "
            "contracts with start and end."
        )
    found = frames.origins()
    if len(found) < 2:
        days = (base.as_of - base.dataset.known_from).days + 1
        raise ModelError(
            Told.of(
                "the history covers {days} days. A horizon of {horizon} {unit}s needs {before} months before it and "
                "two horizons after that: one to learn from and one to be tested on. Ask for a shorter horizon.",
                days=Figure(days, "count"),
                horizon=Figure(options.horizon, "count"),
                unit=options.unit,
                before=Figure(LOOKBACK_MONTHS, "count"),
            )
        )
    return found


def reckon(segmented: SegmentedBase, frames: Frames) -> Reckoning:
    """Learn from earlier dates, test the candidates, choose one, fit it again and score the customers.

    Raises:
        ModelError: no prediction is possible; the message says why.
        DataError: features know the future; the message names them.
    """
    base, settings = frames.base, frames.options
    days = usable_origins(frames)
    held, earlier = days[0], days[1:]
    learning = frames.sample(earlier, settings.training_rows)
    horizons = Told.of("the {horizons} horizons to learn from", horizons=Figure(len(earlier), "count"))
    check_labels(learning.labels, horizons)
    now = frames.sample_unlabelled(base.as_of, _NOW_ROWS)
    if not now.rows:
        raise ModelError("nobody is left who could leave.")
    refuse_leaks(frames, learning, now)
    tested, tables, notes = _held_out(frames, learning, earlier, held)
    best = next(iter(tables))
    sample = frames.sample(days, settings.training_rows)
    final = fit_candidate(best, frames, sample, days)
    scored = final.score(frames.unlabelled(base.as_of), base.as_of)
    scored = with_segment(scored.select("customer_id", "amount", "risk"), segmented, base.as_of)
    kept = base.dataset.engine.keep("risk", scored.select("customer_id", SEGMENT, "amount", "risk"))
    return Reckoning(base, segmented, frames, tuple(days), tables, tested, sample, now, final, kept, tuple(notes))


def refuse_leaks(frames: Frames, learning: Sample, now: Sample) -> None:
    """Refuse features that know what they cannot know.

    Raises:
        DataError: features know the future; the message names each and says why.
    """
    attributes = frames.base.dataset.attributes
    features = frames.builder.features
    given = frames.options.too_good
    # silence goes on: features of purchases may predict well without knowing the future
    limit = given if frames.definition.contractual else max(given, _SILENT_TOO_GOOD)
    # the silence that is left until a lapse is part of what a lapse means
    told = [feature for feature in features if not (frames.definition.rhythm and feature.name == frames.rule.feature)]
    checks = check_features(
        told,
        learning.raw,
        learning.labels,
        now.raw,
        dated={feature.name for feature in features} - set(attributes),
        too_good=limit,
    )
    refuse_leaking(checks, "the future")


def _held_out(
    frames: Frames, learning: Sample, earlier: list[dt.date], held: dt.date
) -> tuple[dict[str, Scorer], dict[str, ScoreTable], list[str]]:
    """Test every candidate on the held-out horizon; the best comes first."""
    tested: dict[str, Scorer] = {}
    tables: dict[str, ScoreTable] = {}
    notes: list[str] = []
    told = frames.labelled(held)
    for name in frames.options.candidates(frames.definition.contractual):
        try:
            tested[name] = fit_candidate(name, frames, learning, earlier, errors=False)
            tables[name] = score_table(frames, tested[name].score(told, held))
        except ModelError as error:
            tested.pop(name, None)
            notes.append(Told.of("The {model} was refused: {why}", model=LABELS[name], why=error.told))
    if not tables:
        raise ModelError(Told.joined(notes, " "))
    whole = next(iter(tables.values()))
    if whole.events.sum() in (0, whole.total):
        who = "nobody left" if not whole.events.sum() else "everybody left"
        raise ModelError(Told.of("in the held-out horizon {who}, so that no model can be tested.", who=who))
    order = sorted(tables, key=lambda name: log_loss(tables[name]))
    return tested, {name: tables[name] for name in order}, notes
