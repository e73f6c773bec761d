"""How many customers, and how many weeks, a planned campaign needs, from the spread that the data show."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import optimize, special, stats

from segkit.errors import ParameterError
from segkit.statistics.inputs import positive, share


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Customers that a two-arm comparison needs.

    Attributes:
        treated, control: customers in each arm, rounded up.
        exact_treated: treated customers before rounding.
        effect: the difference to be found, in the metric's unit.
        level: confidence level of the two-sided test.
        power: chance that the test finds the difference.
        inflation: factor for groups and repeated looks, already included in the customers.
    """

    treated: int
    control: int
    exact_treated: float
    effect: float
    level: float
    power: float
    inflation: float

    @property
    def total(self) -> int:
        """Customers of both arms."""
        return self.treated + self.control


def mean_size(
    deviation: float,
    effect: float,
    *,
    ratio: float = 1.0,
    level: float = 0.95,
    power: float = 0.8,
    explained: float = 0.0,
    inflation: float = 1.0,
) -> SampleSize:
    """Compute the size for a difference of means, by the noncentral t distribution (as R's power.t.test does).

    Args:
        deviation: standard deviation of the metric among customers, in the metric's unit.
        effect: smallest difference worth finding, in the same unit.
        ratio: control customers per treated customer.
        level: confidence level of the two-sided test.
        power: chance that the test finds the difference.
        explained: share of the variance that pre-period covariates take out (the squared correlation of CUPED).
        inflation: factor on customers (see `looks_inflation`).
    """
    sd, delta, k = positive(deviation, "deviation"), positive(abs(effect), "effect"), positive(ratio, "ratio")
    level, power = share(level, "level"), _power(power, level)
    if not 0 <= explained < 1:
        raise ParameterError(f"explained: {explained!r} is not a share from 0 to below 1. Write such as 0.3.")
    sd *= math.sqrt(1 - explained)

    def found(n: float) -> float:
        df = n * (1 + k) - 2
        limit = float(special.stdtrit(df, 0.5 + level / 2))
        shift = delta / (sd * math.sqrt((1 + 1 / k) / n))
        return float(stats.nct.sf(limit, df, shift)) if df < 1e5 else float(special.ndtr(shift - limit))

    rough = (1 + 1 / k) * ((special.ndtri(0.5 + level / 2) + special.ndtri(power)) * sd / delta) ** 2
    floor = 2.000001 / (1 + k) + 1e-6
    low, high = max(rough * 0.5, floor), max(rough * 1.5 + 10, 2 * floor)
    n = floor if found(low) >= power and low == floor else optimize.brentq(lambda m: found(m) - power, low, high)
    return _sized(float(n), k, delta, level, power, inflation)


def proportion_size(
    control: float,
    treated: float,
    *,
    ratio: float = 1.0,
    level: float = 0.95,
    power: float = 0.8,
    inflation: float = 1.0,
) -> SampleSize:
    """Compute the size for a difference of two shares (as R's power.prop.test does; Fleiss, Levin & Paik 2003, eq.
    4.14).

    Args:
        control: share without the campaign, such as the segment's own.
        treated: share that would be worth finding.
        ratio: control customers per treated customer.
        level: confidence level of the two-sided test.
        power: chance that the test finds the difference.
        inflation: factor on customers (see `looks_inflation`).
    """
    pc, pt, k = share(control, "control"), share(treated, "treated"), positive(ratio, "ratio")
    if pc == pt:
        raise ParameterError(
            f"control and treated shares are both {pc:g}. Write two shares that differ by what is to be found."
        )
    level, power = share(level, "level"), _power(power, level)
    mean = (pt + k * pc) / (1 + k)
    null = math.sqrt((1 + 1 / k) * mean * (1 - mean))
    alternative = math.sqrt(pt * (1 - pt) + pc * (1 - pc) / k)
    n = ((special.ndtri(0.5 + level / 2) * null + special.ndtri(power) * alternative) / (pt - pc)) ** 2
    return _sized(float(n), k, abs(pt - pc), level, power, inflation)


def looks_inflation(limit_at_end: float, *, level: float = 0.95, power: float = 0.8) -> float:
    """Return the factor on customers that pays for a limit above the single look's at the planned end, for the same
    power there.

    The factor is conservative, since it does not count that an earlier look may cross its limit.
    """
    z, b = float(special.ndtri(0.5 + level / 2)), float(special.ndtri(_power(power, level)))
    return max((positive(limit_at_end, "limit_at_end") + b) ** 2 / (z + b) ** 2, 1.0)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long it takes until a segment has enough customers.

    Attributes:
        size: customers needed.
        weeks: whole weeks until there are as many; None where the segment never has enough.
        available: customers who can be assigned at once.
        weekly: customers who can be added each week.
    """

    size: SampleSize
    weeks: int | None
    available: int
    weekly: float


def duration(size: SampleSize, available: int, weekly: float = 0.0) -> Duration:
    """Return the weeks until `available` customers and `weekly` new ones reach the size; 0 where there are enough
    already.
    """
    if available < 0 or weekly < 0 or not math.isfinite(weekly):
        raise ParameterError(
            f"available is {available} and weekly is {weekly}; numbers of customers cannot be negative."
        )
    lacking = size.total - available
    weeks = 0 if lacking <= 0 else math.ceil(lacking / weekly) if weekly > 0 else None
    return Duration(size, weeks, available, float(weekly))


def _sized(n: float, ratio: float, effect: float, level: float, power: float, inflation: float) -> SampleSize:
    grown = n * positive(inflation, "inflation")
    return SampleSize(
        math.ceil(grown - 1e-9), math.ceil(grown * ratio - 1e-9), grown, effect, level, power, float(inflation)
    )


def _power(power: float, level: float) -> float:
    if share(power, "power") <= 1 - level:
        raise ParameterError(
            f"power: {power:g} is not above the error, {1 - level:g}. Write a larger power, such as 0.8."
        )
    return power
