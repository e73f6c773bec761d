"""Assignment by group: whole households or stores are drawn into an arm, and each counts once.

Customers of one group are alike, so that a hundred customers of two stores say little more than two numbers.
Effects stay per customer. Their variance is that of group totals (delta method; Deng, Knoblich & Lu 2018, section
3), and Student's t with the groups' degrees of freedom judges them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

from scipy import special

from segkit.campaigns.models.verdict import Verdict
from segkit.errors import ParameterError
from segkit.statistics.effects import Distribution, Effect, compare_drawn_groups, compare_ratios
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Reference
from segkit.statistics.sparse import FAR
from segkit.statistics.told import Figure, Quoted, Told

LEAST: Final = 5
"""How many groups an arm needs for an interval."""

FEW: Final = 20
"""With fewer groups than this in an arm the interval holds, but rests on few, and the page says so."""


def members(column: str) -> str:
    """Return the name of the column that counts a group's customers with a value of `column`."""
    return f"members_{column}"


@dataclass(frozen=True, slots=True, eq=False)
class GroupedMoments(Moments):
    """Moments of customers, beside those of the groups that they were drawn by.

    Attributes:
        groups: moments over groups. A group's value in a column is the total over its customers, beside how
            many have a value (`members`); null where none has one.
    """

    groups: Moments

    @classmethod
    def of(cls, customers: Moments, groups: Moments) -> GroupedMoments:
        """Put the moments of customers and those of their groups side by side."""
        return cls(**{f.name: getattr(customers, f.name) for f in fields(Moments)}, groups=groups)


@dataclass(frozen=True, slots=True)
class SmallSample:
    """The limit of another reference, moved from the normal distribution to Student's t at the same tail probability.

    Limits of repeated looks assume a normal statistic. With few groups the statistic follows Student's t.

    Attributes:
        base: the reference for large samples.
        df: degrees of freedom of the variance.
    """

    base: Reference
    df: float

    @property
    def name(self) -> str:
        """What the page calls it."""
        return f"{self.base.name}, Student t with {self.df:,.1f} degrees of freedom"

    def critical(self, level: float) -> float:
        """Return the limit beyond which t has the tail that the base gives to its own limit."""
        return -float(special.stdtrit(self.df, float(special.ndtr(-self.base.critical(level)))))

    def p_value(self, statistic: float) -> float:
        """Return the base's p-value at the normal deviate of the same tail."""
        tail = float(special.stdtr(self.df, -abs(statistic)))
        return self.base.p_value(min(-float(special.ndtri(tail)), FAR))


def compare_groups(
    treated: Moments,
    control: Moments,
    metric: str,
    *,
    over: str | None = None,
    level: float = 0.95,
    distribution: Distribution = "t",
    least: int = LEAST,
) -> Effect | Refusal:
    """Compare arms that were drawn by group: the effect per customer.

    Args:
        treated, control: `GroupedMoments`.
        metric: column; nulls are left out.
        over: column that the metric is divided by, for a ratio of totals; None for the mean per customer.
        level: confidence level.
        distribution: as in `compare`. A reference for looks is moved to Student's t.
        least: how many groups an arm needs.

    Returns:
        An Effect, whose arms' `n` count customers, so that it can stand beside others, and whose `df` and variance
        are those of groups. A Refusal where there are too few groups, or no variation.

    Raises:
        ParameterError: the cells came without groups, as cells do that were merged from parts that share groups.
    """
    if not (isinstance(treated, GroupedMoments) and isinstance(control, GroupedMoments)):
        raise ParameterError(
            "groups were drawn, and the cells came without them. Give GroupedMoments, as group_cells does."
        )
    a, b = treated.groups, control.groups

    def found(held: Distribution) -> Effect | Refusal:
        if over is None:
            return compare_drawn_groups(a, b, metric, members(metric), level=level, distribution=held, least=least)
        if min(a.n(metric), b.n(metric)) < least:
            return compare_drawn_groups(a, b, metric, members(metric), level=level, least=least)
        return compare_ratios(a, b, metric, over, level=level, distribution=held)

    effect = found("t")
    if isinstance(effect, Refusal):
        return Refusal(effect.reason, treated.n(metric), control.n(metric))
    if not isinstance(distribution, str):
        moved = found(SmallSample(distribution, effect.df))
        assert isinstance(moved, Effect)
        effect = replace(moved, df=effect.df)
    return replace(
        effect,
        treated=replace(effect.treated, n=treated.n(metric), nulls=treated.nulls(metric)),
        control=replace(effect.control, n=control.n(metric), nulls=control.nulls(metric)),
    )


def enough_groups(name: str, counts: dict[str, int]) -> Verdict:
    """Check whether the arms hold enough groups for an interval. Fewer than 5 in one arm block, fewer than 20 warn.

    Args:
        name: what a group is called.
        counts: arm → groups.
    """
    fewest = min(counts.values())
    sizes = [Told.of("{arm} {n}", arm=Quoted(arm), n=Figure(n, "count")) for arm, n in counts.items()]
    given: dict[str, Figure | Quoted | str] = {
        "name": Quoted(name),
        "fewest": Figure(fewest, "count"),
        "sizes": Told.joined(sizes),
    }
    if fewest < LEAST:
        said = Told.of(
            "whole groups ({name}) were drawn, and an arm has {fewest} ({sizes}); at least {least} are needed, however "
            "many customers they hold",
            **given,
            least=Figure(LEAST, "count"),
        )
        return Verdict("Enough groups", "blocked", said, float(fewest))
    if fewest < FEW:
        said = Told.of(
            "whole groups ({name}) were drawn, and an arm has only {fewest} ({sizes}): intervals rest on few and are "
            "wide",
            **given,
        )
        return Verdict("Enough groups", "warn", said, float(fewest))
    return Verdict(
        "Enough groups", "ok", Told.of("whole groups ({name}) were drawn: {sizes}", **given), float(fewest)
    )
