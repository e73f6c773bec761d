"""The sample of a campaign's customers for a ranking: features of the day before, outcomes and arms, without ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Floats
from segkit.campaigns.measure.population import Population
from segkit.campaigns.models.uplift import part_of
from segkit.churn.measure.frames import raw_column
from segkit.errors import ModelError
from segkit.learning.encoding import Feature, Raw, fit_encoding
from segkit.learning.features import SnapshotFeatures
from segkit.learning.sampling import customer_code, sampled
from segkit.segments.kinds.by_predicted_value import VALUED, ForecastOptions
from segkit.segments.measure.assign import value_column
from segkit.segments.measure.predicted_values import PredictedValues
from segkit.statistics.reference import Normal

VALUE: Final = "value"
"""Column of what a customer had brought by the day before."""
PREDICTED: Final = "predicted_value"
"""Column of what a customer was expected to bring on the day before."""
_UNBALANCED: Final = 0.001
"""The chance that any sound attribute is left out because it happens to differ between arms."""


@dataclass(frozen=True, eq=False)
class CampaignSample:
    """A campaign's sampled customers. Every array has one place per customer.

    Attributes:
        raw: features.
        arm: place in the campaign's arms; 0 is the control.
        part: the customer's part, which follows from the customer's own number.
        columns: name → outcomes in major units or 0/1, and `VALUE` and `PREDICTED` where there are such; NaN is
            unknown.
        no_forecast: why there is no `PREDICTED`; None where there is, or it was not asked for.
    """

    raw: Raw
    arm: NDArray[np.int64]
    part: NDArray[np.int64]
    columns: Mapping[str, Floats]
    no_forecast: str | None = None


def campaign_sample(
    population: Population, builder: SnapshotFeatures, most: int, *, predicted: bool = False
) -> CampaignSample:
    """Draw a campaign's customers: all of them, or about `most`. The order of rows changes nothing.

    Args:
        population: the campaign.
        builder: builds the features; its base is the population's.
        most: customers wanted.
        predicted: whether to add predicted value.
    """
    base, engine = population.base, population.base.dataset.engine
    names = [feature.name for feature in builder.features]
    table = population.table
    kept = tuple(dict.fromkeys(m.key for m in population.metrics if m.over is None))
    outcomes = {f"outcome_{c}": table[c].cast("float64") for c in kept}
    members = table.select("arm", member=table.customer_id, code=customer_code(table.customer_id), **outcomes)
    drawn = sampled(members, sum(population.facts.customers), most)
    known = builder.at(base.customers().semi_join(drawn, [("customer_id", "member")]), base.as_of)
    # features get names that no outcome has
    own = {f"feature_{name}": known[name] for name in names}
    if (past := value_column(known)) is not None:
        own[f"worth_{VALUE}"] = known[past].cast("float64")
    joined = drawn.left_join(known.select(who=known.customer_id, **own), [("member", "who")])
    no_forecast = None
    if predicted:
        try:
            forecast = PredictedValues(base).values(base.customers(), base.as_of, ForecastOptions())
        except ModelError as error:
            no_forecast = error.told
        else:
            told = forecast.select(
                whose=forecast[VALUED], **{f"worth_{PREDICTED}": forecast[PREDICTED].cast("float64")}
            )
            joined = joined.left_join(told, [("member", "whose")])
    worth = [c for c in joined.columns if c.startswith("worth_")]
    columns = ["code", "arm", *outcomes, *worth, *(c for c in own if c not in worth)]
    rows = joined.select(*columns)
    found = engine.sample(rows.order_by(*columns), most=2 * most)
    kinds = {feature.name: feature.kind for feature in builder.features}
    scale = 10.0**-population.facts.money.decimals
    numbers = {
        c: raw_column(found.column(f"outcome_{c}"), "number") * (scale if c in population.money_columns else 1.0)
        for c in kept
    }
    return CampaignSample(
        {name: raw_column(found.column(f"feature_{name}"), kinds[name]) for name in names},
        found.column("arm").to_numpy().astype(np.int64),
        part_of(found.column("code").to_numpy().astype(np.int64)),
        numbers | {c.removeprefix("worth_"): np.nan_to_num(raw_column(found.column(c), "number")) for c in worth},
        no_forecast,
    )


def balanced_features(
    features: Sequence[Feature], undated: set[str], drawn: CampaignSample
) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """Drop the attributes that differ between arms. Return the other features, and why each one was dropped.

    A dataset knows an attribute only as it is today. Chance made the arms alike before the campaign. An attribute in
    which they differ by more than chance was changed by the campaign since, and nothing may be learnt from it.

    Args:
        features: all features.
        undated: names of the features that are known only as of today.
        drawn: the sampled customers.
    """
    suspects = [f for f in features if f.name in undated]
    encoding = fit_encoding(suspects, drawn.raw)
    arms = [arm for arm in np.unique(drawn.arm) if arm > 0 and (drawn.arm == arm).sum() > 1]
    if not encoding.columns or not arms or (drawn.arm == 0).sum() < 2:
        return tuple(features), {}
    matrix = encoding.matrix(drawn.raw)
    limit = Normal().critical(1 - _UNBALANCED / (len(encoding.columns) * len(arms)))
    none = matrix[drawn.arm == 0]
    faulty: dict[str, str] = {}
    for arm in arms:
        mine = matrix[drawn.arm == arm]
        error = np.sqrt(mine.var(0, ddof=1) / len(mine) + none.var(0, ddof=1) / len(none))
        gap = np.abs(mine.mean(0) - none.mean(0))
        faulty |= {
            encoding.columns[at].feature: "it differs between the arms, so that the campaign may have changed it"
            for at in np.flatnonzero(gap > limit * error)
        }
    return tuple(f for f in features if f.name not in faulty), faulty
