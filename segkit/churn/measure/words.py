"""Drivers, definition and method of churn, in words."""

from __future__ import annotations

from collections.abc import Mapping

from segkit.churn.measure.departures import ChurnDefinition
from segkit.churn.measure.reckoning import Reckoning
from segkit.churn.models.drivers import DriverEffect, effects, importance
from segkit.churn.options import LABELS
from segkit.churn.records import Driver
from segkit.learning.encoding import Encoding, Raw, band_name
from segkit.learning.learners import Logistic
from segkit.statistics.told import Figure, Quoted, Told

_ROWS = 10_000


def drivers(found: Reckoning) -> tuple[Driver, ...]:
    """Return the drivers of the readable model, those of the most important feature first.

    Importance is measured on held-out rows. A driver that is true of too few customers is left out.
    """
    encoding, model = found.readable.encoding, found.readable.model
    assert encoding is not None, "a logistic regression has an encoding"
    assert model is not None
    assert isinstance(model, Logistic)
    people = found.sample.labels.size / len(found.origins)  # of one date, since a customer has rows of several dates
    return drivers_of(encoding, model, found.sample.raw, _importances(found), people, found.base.smallest)


def drivers_of(
    encoding: Encoding, model: Logistic, raw: Raw, weights: Mapping[str, float], people: float, smallest: int
) -> tuple[Driver, ...]:
    """Return the drivers that a logistic regression shows, those of the most important feature first.

    Args:
        encoding, model: as fitted.
        raw: features of the rows over which differences are averaged.
        weights: feature → its importance.
        people: how many customers are behind the rows.
        smallest: a driver that is true of fewer is left out.
    """
    few = {name: values[:_ROWS] for name, values in raw.items()}
    labels = {feature.name: feature.label for feature in encoding.features}
    rows = [
        _driver(effect, labels[effect.column.feature], encoding.reference, weights.get(effect.column.feature, 0.0))
        for effect in effects(encoding, model, few)
        if effect.column.op == "value" or effect.column.share * people >= smallest
    ]
    return tuple(sorted(rows, key=lambda d: (-d.importance, d.feature, -abs(d.difference), d.label)))


def _importances(found: Reckoning) -> dict[str, float]:
    """Return the importance of each feature: that of the best learner, as tested on the held-out horizon."""
    name = next((n for n in found.tables if n in ("logistic", "boosting") and n in found.tested), None)
    if name is None:
        return {}
    scorer = found.tested[name]
    assert scorer.encoding is not None
    assert scorer.model is not None
    held = found.frames.sample([found.origins[0]], _ROWS)
    matrix = scorer.encoding.matrix(held.raw)
    return {one.feature: one.drop for one in importance(scorer.encoding, scorer.model, matrix, held.labels)}


def _driver(effect: DriverEffect, label: str, reference: object, weight: float) -> Driver:
    column = effect.column
    against = dict(reference).get(column.feature, "") if isinstance(reference, dict) else ""
    value: Quoted | str | None = None
    if column.op == "level":
        value = Quoted(str(column.levels[0]))
    elif column.op == "other":
        value = "another"
    elif column.op == "unknown":
        value, against = "not known", "known"
    elif column.op == "band":
        value = Quoted(band_name(column.low, column.high))
    name = Told.of("{label}", label=label) if value is None else Told.of("{label}: {value}", label=label, value=value)
    step = None if column.op != "value" else effect.step
    return Driver(
        feature=column.feature,
        label=name.capitalised(),
        step=step,
        doubling=effect.doubling,
        against=against if step is None else "",
        odds_ratio=effect.odds_ratio,
        odds_low=effect.odds_low,
        odds_high=effect.odds_high,
        difference=effect.difference,
        low=effect.low,
        high=effect.high,
        share=None if step is not None else column.share,
        clear=effect.clear,
        importance=weight,
    )


def horizon_words(horizon: int, unit: str) -> Told:
    """Return how far ahead a horizon looks, such as "3 months"."""
    return Told.of(f"{{horizon}} {unit}{'' if horizon == 1 else 's'}", horizon=Figure(horizon, "number"))


def event_words(definition: ChurnDefinition, horizon: str) -> Told:
    """Return in words what counts as leaving."""
    if definition.contractual:
        if not definition.voluntary_only:
            return Told.of("the customer ends the last running contract within {horizon}", horizon=horizon)
        return Told.of(
            "the customer chooses to end the last running contract within {horizon} (ends for {forced} do not count)",
            horizon=horizon,
            forced=Quoted(", ".join(definition.involuntary)) if definition.involuntary else "no reason",
        )
    what = Told.of("no purchase")
    if definition.category:
        what = Told.of("no purchase of {category}", category=Quoted(definition.category))
    if definition.rhythm is not None:
        return Told.of(
            "after {horizon} there has been {what} for longer than {multiple} times the customer’s own usual gap between "
            "purchases ({single_gap} days for who has bought once)",
            horizon=horizon,
            what=what,
            multiple=Figure(definition.rhythm.multiple, "number"),
            single_gap=Figure(definition.rhythm.single_gap, "number"),
        )
    return Told.of("the customer makes {what} within {horizon}", what=what, horizon=horizon)


def eligible_words(definition: ChurnDefinition) -> Told:
    """Return in words who can leave."""
    if definition.contractual:
        return Told.of("customers under contract at the end of the as-of day")
    if definition.rhythm is not None:
        return Told.of("customers who have bought and are not silent for as long at the end of the as-of day")
    return Told.of(
        "customers who bought in the {active_days} days up to the as-of day",
        active_days=Figure(definition.active_days, "number"),
    )


def method(found: Reckoning) -> tuple[str, ...]:
    """Return how the risk was computed, a sentence for each step."""
    options = found.frames.options
    used = Told.of("{used}", used=LABELS[found.final.name])
    if found.final.note:
        used = Told.of("{used}, {note}", used=used, note=found.final.note)
    return (
        Told.of(
            "Used: {used}. Of the candidates it had the least log loss on the horizon after {origin}, which none of them "
            "had seen.",
            used=used,
            origin=found.origins[0],
        ),
        Told.of(
            f"Learnt from {{dates}} earlier dates, {{horizon}} {options.unit}s apart, with what was known on each and who "
            f"had left {{horizon}} {options.unit}s later: {{rows}} of {{all}} rows, drawn by customer, the same at every "
            "run. All customers are scored where the data are.",
            dates=Figure(len(found.origins), "count"),
            horizon=Figure(options.horizon, "number"),
            rows=Figure(found.sample.labels.size, "count"),
            all=Figure(found.sample.rows, "count"),
        ),
        Told.of(
            "Probabilities are recalibrated on rows that the fit had not seen (three folds, a customer's rows "
            "together)."
        ),
        Told.of(
            "Attributes are those of today; only what has a date is known as it was. Each feature alone was checked for "
            "predicting too well, and attributes for telling leavers apart only after they have left."
        ),
        *found.notes,
    )
