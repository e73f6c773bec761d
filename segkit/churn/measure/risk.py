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
from segkit.churn.measure.snapshot_risk import snapshot_risk
from segkit.churn.measure.words import eligible_words, event_words, horizon_words
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnOutlook, ChurnRisk, Observed
from segkit.churn.snapshot_records import SnapshotRisk
from segkit.data.options import takes
from segkit.errors import ModelError
from segkit.page.result import Nothing
from segkit.segments.measure.assign import SegmentedBase, value_column

_LIST = (
    "The data are a list of customers, which does not say who left. Write `relation: contractual` and the list as a "
    "snapshot (`subscriptions: {shape: snapshot, as_of: …, ended_when: …}`) if a column says so, or add a table of "
    "transactions or contracts."
)


@takes(ChurnOptions, "churn", stated)
def churn_risk(segmented: SegmentedBase, options: ChurnOptions) -> ChurnRisk | SnapshotRisk:
    """Predict churn risk by segment, and show observed churn beside it, as of the report's date.

    Options that a call leaves out come from `churn:` in the dataset file.

    The dataset's relation decides what leaving is: the end of the last running contract, or no purchase. Where the
    data do not allow a prediction, the record has a `refusal`, a sentence in place of numbers, and shows what was
    observed.

    Contracts that are a snapshot say who has left, and not when. Of them the record is a `SnapshotRisk`: who had left
    by its day, and how like them those are who are still there.

    Args:
        segmented: the customers with their segments.
        options: what counts as leaving, how far ahead, which models compete.

    Raises:
        ParameterError: an option is not known or out of bounds.
        DataError: features know the future (leakage); the message names them.
    """
    if segmented.base.is_list:
        return _of_list(segmented, options)
    frames = prepare(segmented, options)
    if _is_snapshot(frames):
        return snapshot_risk(segmented, frames)
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


def churn_outlook(segmented: SegmentedBase) -> ChurnOutlook | SnapshotRisk | Nothing:
    """Predict who may leave, by segment, as `churn_risk` does, without what only the page on churn shows.

    Dates, models and customers are those of `churn_risk`, so the numbers are the same.

    Args:
        segmented: the customers with their segments, of a dataset whose file says under `churn:` what counts as
            leaving.

    Returns:
        The outlook; of a snapshot, what `churn_risk` gives; `Nothing` where the file does not say what counts as
        leaving. The outlook has a `refusal` where the data do not allow a prediction.

    Raises:
        ParameterError: a name is not known, or a value is out of bounds.
        DataError: features know the future (leakage); the message names them.
    """
    spec = segmented.base.dataset.spec
    if segmented.base.is_list:
        return Nothing(_LIST)
    contracts = spec.tables.get("subscriptions")
    if spec.section("churn") is None and (contracts is None or contracts.shape != "snapshot"):
        return Nothing(
            "The dataset file does not say what counts as leaving. Write `churn: {horizon: 3, unit: month}`."
        )
    frames = prepare(segmented, ChurnOptions.read(stated(segmented), "churn"))
    if _is_snapshot(frames):
        return snapshot_risk(segmented, frames)
    record = _record(segmented, frames)
    try:
        days = usable_origins(frames)
        record = dataclasses.replace(record, observed=observe_segments(frames, segmented, days[0]))
        return ChurnOutlook(outlook(record, reckon(segmented, frames)))
    except ModelError as error:
        return ChurnOutlook(dataclasses.replace(record, refusal=error.told))


def _observed(frames: Frames, segmented: SegmentedBase, since: dt.date | None) -> Observed | None:
    found = observe(frames, segmented, since)
    return None if found.periods.empty and since is None else found


def _of_list(segmented: SegmentedBase, options: ChurnOptions) -> ChurnRisk:
    """Return the record of a list of customers: nothing but the reason why it says nothing."""
    base = segmented.base
    return ChurnRisk(
        subject=base.dataset.spec.title,
        title=segmented.segmentation.title,
        unit_name=base.unit_name,
        contractual=False,
        event="not known: a list of customers does not say who left",
        eligible="nobody is known to have left",
        money=base.dataset.spec.money,
        end=base.as_of,
        horizon_end=options.ends(base.as_of)[-1],
        horizon_words=horizon_words(options.horizon, options.unit),
        level=options.level,
        smallest=base.smallest,
        refusal=_LIST,
        observed=None,
        coverage=base.coverage,
        valued=False,
    )


def _is_snapshot(frames: Frames) -> bool:
    table = frames.base.dataset.spec.tables.get("subscriptions")
    return frames.definition.contractual and table is not None and table.shape == "snapshot"


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
        valued=value_column(base.behaviour(base.as_of)) is not None,
    )
