"""Churn risk: who may leave within the horizon, by segment, what is at stake, and how far to trust it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from segkit.churn.measure.curves import cohort_curves, contract_months, retention_curves
from segkit.churn.measure.frames import Frames
from segkit.churn.measure.gaps import usual_gap
from segkit.churn.measure.observed import observe, observe_segments
from segkit.churn.measure.outlook import outlook
from segkit.churn.measure.predicted import predicted
from segkit.churn.measure.reckoning import prepare, reckon, stated, usable_origins
from segkit.churn.measure.snapshot import observe_snapshot
from segkit.churn.measure.words import eligible_words, event_words, horizon_words
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnOutlook, ChurnRisk, Observed
from segkit.data.options import takes
from segkit.errors import ModelError
from segkit.page.result import Nothing
from segkit.segments.measure.assign import SegmentedBase


@takes(ChurnOptions, "churn", stated)
def churn_risk(segmented: SegmentedBase, options: ChurnOptions) -> ChurnRisk:
    """Predict churn risk by segment, and show observed churn beside it, as of the report's date.

    Options that a call leaves out come from `churn:` in the dataset file.

    The dataset's relation decides what leaving is: the end of the last running contract, or no purchase. Where the
    data do not allow a prediction, the record has a `refusal`, a sentence in place of numbers, and shows what was
    observed.

    Args:
        segmented: the customers with their segments.
        options: what counts as leaving, how far ahead, which models compete.

    Raises:
        ParameterError: an option is not known or out of bounds.
        DataError: features know the future (leakage); the message names them.
    """
    frames = prepare(segmented, options)
    record = _record(segmented, frames)
    try:
        days = usable_origins(frames)
    except ModelError as error:
        return dataclasses.replace(record, refusal=error.told, observed=_observed(frames, segmented, None))
    observed = _observed(frames, segmented, days[0])
    record = dataclasses.replace(record, observed=observed)
    if frames.definition.contractual:
        contracts = contract_months(frames.base)
        plans, cohorts = retention_curves(frames.base, contracts), cohort_curves(frames.base, contracts)
        record = dataclasses.replace(record, curves=plans, cohort_curves=cohorts)
    try:
        return predicted(record, reckon(segmented, frames))
    except ModelError as error:
        return dataclasses.replace(record, refusal=error.told)


def churn_outlook(segmented: SegmentedBase) -> ChurnOutlook | Nothing:
    """Predict who may leave, by segment, as `churn_risk` does, without what only the page on churn shows.

    Dates, models and customers are those of `churn_risk`, so the numbers are the same.

    Args:
        segmented: the customers with their segments, of a dataset whose file says under `churn:` what counts as
            leaving.

    Returns:
        The outlook; `Nothing` where the file does not say what counts as leaving. The outlook has a `refusal` where
        the data do not allow a prediction.

    Raises:
        ParameterError: a name is not known, or a value is out of bounds.
        DataError: features know the future (leakage); the message names them.
    """
    spec = segmented.base.dataset.spec
    if spec.section("churn") is None:
        return Nothing(
            "The dataset file does not say what counts as leaving. Write `churn: {horizon: 3, unit: month}`."
        )
    frames = prepare(segmented, ChurnOptions.read(stated(segmented), "churn"))
    record = _record(segmented, frames)
    try:
        days = usable_origins(frames)
        record = dataclasses.replace(record, observed=observe_segments(frames, segmented, days[0]))
        return ChurnOutlook(outlook(record, reckon(segmented, frames)))
    except ModelError as error:
        return ChurnOutlook(dataclasses.replace(record, refusal=error.told))


def _observed(frames: Frames, segmented: SegmentedBase, since: dt.date | None) -> Observed | None:
    table = frames.base.dataset.spec.tables.get("subscriptions")
    if frames.definition.contractual and table is not None and table.shape == "snapshot":
        return observe_snapshot(frames, segmented)
    found = observe(frames, segmented, since)
    return None if found.periods.empty and since is None else found


def _record(segmented: SegmentedBase, frames: Frames) -> ChurnRisk:
    base, options = frames.base, frames.options
    words = horizon_words(options.horizon, options.unit)
    contractual = frames.definition.contractual
    return ChurnRisk(
        subject=base.dataset.spec.title,
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        contractual=contractual,
        leaving="leave" if contractual else "lapse" if frames.definition.rhythm is not None else "stay away",
        event=event_words(frames.definition, words),
        eligible=eligible_words(frames.definition),
        money=base.dataset.spec.money,
        end=base.as_of,
        horizon_end=options.ends(base.as_of)[-1],
        horizon_words=words,
        level=options.level,
        smallest=base.smallest,
        refusal=None,
        observed=None,
        frame=pd.DataFrame(),
        save_rate=options.save_rate,
        contact_cost=options.contact_cost,
        usual_gap=usual_gap(frames),
        coverage=base.coverage,
    )
