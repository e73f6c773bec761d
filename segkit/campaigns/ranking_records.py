"""Options and records of ranking single customers by uplift.

A gain is an improvement: where less of an outcome is better, as with leaving, it is a fall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from segkit.campaigns.models.targeting import Gain
from segkit.campaigns.models.uplift import LEARNERS
from segkit.data.engine import MOST_SAMPLED
from segkit.data.options import Options

RuleKey = Literal["x", "t", "response", "risk", "value", "predicted", "random"]
RULES: Final[Mapping[RuleKey, str]] = {
    "x": "Predicted uplift, X-learner",
    "t": "Predicted uplift, T-learner",
    "response": "Likely response",
    "risk": "Churn risk",
    "value": "Past value",
    "predicted": "Predicted value",
    "random": "At random",
}
"""Rules of whom to contact first. The first two rank by uplift, the others are the simple rules."""
LEARNT: Final[tuple[RuleKey, ...]] = ("x", "t")
Answer = Literal["more", "no more", "less"]


class RankingOptions(Options):
    """How customers are ranked by uplift."""

    learner: str = Field(default="linear", description="linear (logistic or ridge regression), boosting, or none")
    outcome: str = Field(
        default="",
        description="key of a metric, such as converted or profit; empty for conversion, else what decides",
    )
    arms: tuple[str, ...] = Field(default=(), description="treated arms that are ranked; empty for all")
    shares: tuple[float, ...] = Field(
        default=(0.1, 0.3, 0.5), description="shares of customers contacted at which rules are compared"
    )
    share: float = Field(default=0.3, description="the one of them that decides")
    leave_out: tuple[str, ...] = Field(default=(), description="features that are not used, by name")
    customers: int = Field(default=60_000, description="most customers that may be sampled")
    predicted_value: bool = Field(
        default=True, description="whether predicted value is one of the simple rules; takes as long as the ranking"
    )

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if self.learner not in (*LEARNERS, "none"):
            raise ValueError(f"learner `{self.learner}` is not known. Write {', '.join(LEARNERS)} or none")
        if not all(0 < value < 1 for value in self.shares):
            raise ValueError(
                f"shares: {list(self.shares)} are not all between 0 and 1. Write such as [0.1, 0.3, 0.5]"
            )
        if list(self.shares) != sorted(set(self.shares)) or self.share not in self.shares:
            raise ValueError(
                f"shares: {list(self.shares)} must ascend, and share, which is {self.share!r}, must be one of them. "
                "Write shares: [0.1, 0.3, 0.5] and share: 0.3"
            )
        if not 1_000 <= self.customers <= MOST_SAMPLED // 2:
            raise ValueError(f"customers: {self.customers} is not from 1,000 to {MOST_SAMPLED // 2:,}")
        return self


@dataclass(frozen=True, slots=True)
class RankedRule:
    """A rule of whom to contact first, judged on customers that it was not learnt from.

    Attributes:
        rule: its key, one of `RULES`.
        qini: area between its curve and the random line; None for the random order.
        gains: gain per contacted customer, at each share.
        gap: gain of ranking by uplift (X-learner) less that of this rule, per contacted customer, at the share that
            decides; None for the X-learner itself.
        curve: gain per customer of the whole, at each share of the ranking's `steps`.
    """

    rule: RuleKey
    qini: Gain | None
    gains: tuple[Gain, ...]
    gap: Gain | None
    curve: tuple[Gain, ...]


@dataclass(frozen=True, slots=True)
class Fifth:
    """A fifth of the customers by predicted uplift, the highest first.

    Attributes:
        customers: about how many it holds.
        predicted: mean predicted uplift.
        found: effect that was found among them.
    """

    customers: int
    predicted: float
    found: Gain


@dataclass(frozen=True, slots=True)
class UpliftRanking:
    """The ranking of one arm and the control, by models that had not seen the customers.

    Attributes:
        arm: treated arm.
        outcome: key of the metric that is ranked on.
        treated, control: customers that were sampled.
        refusal: why there is no ranking, as half a sentence; everything below is empty then.
        judged: how many of them are ranked, by models of others; the others are learnt from only.
        average: effect of contacting everybody, a customer; of the judged, as everything below.
        qini, auuc: of the X-learner's ranking, as the page defines them.
        normalised: (Qini, AUUC) of the same ranking as scikit-uplift divides them by those of the perfect ranking;
            None of an outcome that is not 0 or 1.
        steps: shares of the curves.
        rules: those that there are data for, uplift first, random last.
        fifths: of the X-learner's ranking; none where a fifth is too small to be shown.
        answer: at the share that decides: whether ranking by uplift brings more than every simple rule (all
            intervals above zero), less than one of them, or no more than can be told.
        best_simple: the simple rule that brings most there.
        paid: what each of the X-learner's contacts at that share brings in the metric that decides; None where the
            ranking is about that metric itself.
    """

    arm: str
    outcome: str
    treated: int
    control: int
    refusal: str | None = None
    judged: int = 0
    average: Gain | None = None
    qini: Gain | None = None
    auuc: Gain | None = None
    normalised: tuple[float, float] | None = None
    steps: tuple[float, ...] = ()
    rules: tuple[RankedRule, ...] = ()
    fifths: tuple[Fifth, ...] = ()
    answer: Answer | None = None
    best_simple: RuleKey | None = None
    paid: Gain | None = None

    def rule(self, key: RuleKey) -> RankedRule:
        """Return the rule that has this key."""
        return next(found for found in self.rules if found.rule == key)


@dataclass(frozen=True, slots=True)
class UpliftRankings:
    """Rankings by uplift, one per arm.

    Attributes:
        options: how customers were ranked.
        refusal: why there is no ranking at all, as a sentence.
        rankings: one per treated arm.
        parts: how many parts of the customers are ranked, each by models of the parts before.
        features: how many features were known before the campaign.
        left_out: what a reader calls a feature that was not used → why.
        no_forecast: why predicted value is not among the rules; None where it is, or where nobody asked for it.
    """

    options: RankingOptions
    refusal: str | None = None
    rankings: tuple[UpliftRanking, ...] = ()
    parts: int = 0
    features: int = 0
    left_out: Mapping[str, str] | None = None
    no_forecast: str | None = None
