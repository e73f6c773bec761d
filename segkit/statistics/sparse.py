"""Comparisons of outcomes that few customers make: shares, counts and money where hardly anybody of an arm bought.

The observed spread of such an arm says little. Where nobody bought it says nothing: the observed variance is zero,
which is no certainty. So the spread is taken from the hypothesis instead. A sum of amounts behaves like a multiple of
a Poisson count. Let phi = sum of squares / sum, over both arms, which is the amount of a typical buyer (1 for a
share). Then the variance of the sum is phi times its mean (Bohm & Zech 2014, Nucl. Instrum. Methods A 748:1).

Lift and test are exact, given how many buyers both arms have together (Clopper & Pearson 1934, on effective numbers
of buyers, sum / phi). Where amounts are alike, they cover at least as often as they say. The difference, and any
outcome less a cost, has the score interval with the variance of the hypothesis that is tested.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from scipy import optimize, special

from segkit.statistics.estimate import ArmEstimate, Refusal
from segkit.statistics.inputs import share
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Normal, Reference
from segkit.statistics.relative_lift import NOT_ESTIMABLE, Lift, agreeing, relative_lift
from segkit.statistics.told import Figure, Quoted, Told

FEW: Final = 10.0
"""Number of effective buyers in an arm below which the usual intervals do not cover."""

FEW_SKEWED: Final = 3.5
"""The same number where intervals are widened for skewness, since these cover down to here."""

_HALF: Final = 0.5
"""Largest share of an arm that its effective buyers may be if few are to make it."""

FAR: Final = 37.0
"""The normal deviate whose tail is the smallest that a double can hold."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The findings of a sparse comparison, before they become an Effect.

    Attributes:
        treated, control: estimates of the arms. Where nobody bought, the variance is that of the hypothesis of no
            difference.
        error: standard error of the difference under that hypothesis.
        statistic, p_value, lower, upper, lift: as in `segkit.statistics.effects.Effect`.
        reference: the distribution that the statistic was compared with.
    """

    treated: ArmEstimate
    control: ArmEstimate
    error: float
    statistic: float
    p_value: float
    lower: float
    upper: float
    lift: Lift
    reference: str


def effective(cell: Moments, metric: str) -> float:
    """Return how many customers of equal amounts would vary as much: (sum)^2 / sum of squares; 0 where the sum is not
    above 0.
    """
    n, mean = cell.n(metric), cell.mean(metric)
    squares = _squares(cell, metric)
    return 0.0 if mean <= 0 or squares <= 0 else (n * mean) ** 2 / squares


def made_by_few(
    treated: Moments, control: Moments, metric: str, *, counts: bool = False, fewest: float = FEW
) -> bool:
    """Return whether so few customers (or none) make an arm's sum that its own variance cannot be relied on.

    Args:
        treated, control: the arms' moments.
        metric: column.
        counts: whether the metric is known to be never below zero. If not, its first three moments must be possible for
            such a metric; where the third is unknown, the answer is no.
        fewest: number of effective buyers below which the answer is yes.
    """
    cells = (treated, control)
    if min(cell.n(metric) for cell in cells) < 2 or min(cell.mean(metric) for cell in cells) < 0:
        return False
    if not (counts or _never_negative(cells, metric)):
        return False
    return any(effective(c, metric) < min(fewest, _HALF * c.n(metric)) for c in cells)


def compare_sparse_bounds(
    treated: Moments,
    control: Moments,
    metric: str,
    *,
    level: float,
    reference: Reference | None = None,
    less: str | None = None,
    skewed: bool = False,
) -> Bounds | Refusal:
    """Compare two arms whose outcome is never below zero and is made by few.

    Args:
        treated, control: the arms' moments.
        metric: column.
        level: confidence level.
        reference: the reference for repeated looks; None for a single look.
        less: column of cost that is taken off each customer's outcome; its mean has no error except its own variance.
        skewed: whether amounts differ. A lift then needs a control whose mean its own customers can tell from zero.

    Returns:
        The bounds; a Refusal where all values of both arms are zero.
    """
    level = share(level, "level")
    pair = _Pair.of(treated, control, metric, less)
    if pair is None:
        n = treated.n(metric) + control.n(metric)
        return Refusal(
            Told.of(
                "no interval: none of {n} customers has any {metric}, so that the arms cannot be told apart",
                n=Figure(n, "count"),
                metric=Quoted(metric.replace("_", " ")),
            ),
            treated.n(metric),
            control.n(metric),
        )
    held = reference or Normal()
    q = held.critical(level)
    difference = pair.value_t - pair.value_c
    if less is None:
        statistic = _signed_tail(pair)
        said = "exact given the buyers of both arms, who are few"
    else:
        statistic = pair.statistic(1.0, 0.0)
        said = "score test, as few customers make the figure"
    p_value = min(held.p_value(statistic), 1.0)
    significant = p_value < 1 - level
    lower, upper = _difference(pair, q)
    if less is None:
        told = effective(control, metric) > q * q if skewed else pair.sum_c > 0
        lift = _exact_lift(pair, q, significant) if told else _untold(pair)
    else:
        lift = _score_lift(pair, q, significant)
    variance_t, variance_c = pair.variances(1.0, 0.0)
    own_t, own_c = (cell.variance(metric) / cell.n(metric) for cell in (treated, control))
    return Bounds(
        ArmEstimate(pair.value_t, own_t or variance_t, pair.nt, treated.nulls(metric), math.inf),
        ArmEstimate(pair.value_c, own_c or variance_c, pair.nc, control.nulls(metric), math.inf),
        math.sqrt(variance_t + variance_c),
        statistic,
        p_value,
        *agreeing(min(lower, difference), max(upper, difference), difference, significant),
        lift,
        said if reference is None else f"{held.name}; {said}",
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """The sums of both arms, the mean cost that is taken off them, and the amount of a typical buyer."""

    nt: int
    nc: int
    sum_t: float
    sum_c: float
    phi: float
    less_t: float
    less_c: float
    less_variance_t: float
    less_variance_c: float

    @classmethod
    def of(cls, treated: Moments, control: Moments, metric: str, less: str | None) -> _Pair | None:
        total = sum(c.n(metric) * c.mean(metric) for c in (treated, control))
        if total <= 0:
            return None
        off = [
            (0.0, 0.0) if less is None else (c.mean(less), c.variance(less) / c.n(less)) for c in (treated, control)
        ]
        return cls(
            treated.n(metric),
            control.n(metric),
            treated.n(metric) * treated.mean(metric),
            control.n(metric) * control.mean(metric),
            (_squares(treated, metric) + _squares(control, metric)) / total,
            off[0][0],
            off[1][0],
            off[0][1],
            off[1][1],
        )

    @property
    def value_t(self) -> float:
        return self.sum_t / self.nt - self.less_t

    @property
    def value_c(self) -> float:
        return self.sum_c / self.nc - self.less_c

    def variances(self, ratio: float, gap: float) -> tuple[float, float]:
        """Return the variances of both arms' means where treated = ratio x control + gap, all less the cost."""
        shift = gap + self.less_t - ratio * self.less_c
        mt, mc = _likeliest(self, ratio, shift)
        return (
            max(self.phi * mt - mt * mt, 0.0) / self.nt + self.less_variance_t,
            max(self.phi * mc - mc * mc, 0.0) / self.nc + self.less_variance_c,
        )

    def statistic(self, ratio: float, gap: float) -> float:
        """Return the distance from the hypothesis, in the standard errors that the hypothesis implies."""
        vt, vc = self.variances(ratio, gap)
        variance = vt + ratio * ratio * vc
        away = self.value_t - ratio * self.value_c - gap
        return away / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, away) if away else 0.0


def _likeliest(pair: _Pair, ratio: float, shift: float) -> tuple[float, float]:
    """Return the likeliest means where treated = ratio x control + shift, neither below zero."""
    nt, nc, st, sc = pair.nt, pair.nc, pair.sum_t, pair.sum_c
    low = max(0.0, -shift / ratio) if ratio > 0 else 0.0
    high = math.inf if ratio >= 0 else max(shift / -ratio, 0.0)
    if ratio == 0:
        return max(shift, 0.0), sc / nc
    weight = ratio * nt + nc
    found = [low] if math.isinf(high) else [low, high]
    a, b, c = -ratio * weight, ratio * (st + sc) - weight * shift, sc * shift
    if a == 0:
        found += [-c / b] if b else []
    else:
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        large = -0.5 * (b + math.copysign(root, b))
        found += [large / a, *([c / large] if large else [])]

    def likelihood(control: float) -> float:
        treated = ratio * control + shift
        total = -nt * treated - nc * control
        for count, mean in ((st, treated), (sc, control)):
            if count > 0:
                total += count * math.log(mean) if mean > 0 else -math.inf
        return total

    best = max((min(max(x, low), high) for x in found), key=likelihood)
    return max(ratio * best + shift, 0.0), best


def _signed_tail(pair: _Pair) -> float:
    """Return the normal deviate of the exact tail of "no difference", with its sign."""
    k, m, fair = pair.sum_t / pair.phi, pair.sum_c / pair.phi, pair.nt / (pair.nt + pair.nc)
    more = float(special.betainc(k, m + 1, fair)) if k > 0 else 1.0
    fewer = float(special.betainc(m, k + 1, 1 - fair)) if m > 0 else 1.0
    tail = min(more, fewer, 0.5)
    return math.copysign(
        min(-float(special.ndtri(tail)), FAR) if tail > 0 else FAR, fewer - more if more != fewer else 1
    )


def _exact_lift(pair: _Pair, q: float, significant: bool) -> Lift:
    k, m, alpha = pair.sum_t / pair.phi, pair.sum_c / pair.phi, float(special.ndtr(-q))
    scale = pair.nc / pair.nt
    low = float(special.betaincinv(k, m + 1, alpha)) if k > 0 else 0.0
    rest = float(
        special.betaincinv(m, k + 1, alpha)
    )  # computed for the control's part, so that a part near one keeps its digits
    point = pair.value_t / pair.value_c - 1
    return Lift(
        point, *agreeing(low / (1 - low) * scale - 1, (1 - rest) / rest * scale - 1, point, significant), None
    )


def _score_lift(pair: _Pair, q: float, significant: bool) -> Lift:
    vt, vc = pair.variances(1.0, 0.0)
    if pair.value_c <= 0 or q * q * max(vc, pair.phi * pair.sum_c / pair.nc**2) >= pair.value_c**2:
        return relative_lift(
            pair.value_t, pair.value_c, vt, max(vc, pair.phi * pair.sum_c / pair.nc**2), critical=q, significant=significant
        )  # fmt: skip
    point = pair.value_t / pair.value_c - 1
    bounds = []
    for side in (-1, 1):

        def excess(d: float, side: int = side) -> float:
            return side * pair.statistic(1 + d, 0.0) + q

        far = _beyond(excess, point, side * max(abs(point), 0.1))
        bounds.append(float(optimize.brentq(excess, point, far, xtol=1e-14, rtol=1e-13)))
    return Lift(point, *agreeing(bounds[0], bounds[1], point, significant), None)


def _untold(pair: _Pair) -> Lift:
    return Lift(
        None, None, None, f"{NOT_ESTIMABLE}: the control's mean ({pair.value_c:.4g}) cannot be told from zero"
    )


def _difference(pair: _Pair, q: float) -> tuple[float, float]:
    """Combine the exact bounds of both arms into bounds of the difference (Zou & Donner 2008), so that no arm is sure
    of zero.
    """
    alpha = float(special.ndtr(-q))
    low_t, high_t = _poisson(pair.sum_t / pair.phi, alpha)
    low_c, high_c = _poisson(pair.sum_c / pair.phi, alpha)
    scale_t, scale_c, seen = pair.phi / pair.nt, pair.phi / pair.nc, pair.value_t - pair.value_c
    known = q * q * (pair.less_variance_t + pair.less_variance_c)
    mean_t, mean_c = pair.sum_t / pair.nt, pair.sum_c / pair.nc
    below = (mean_t - low_t * scale_t) ** 2 + (high_c * scale_c - mean_c) ** 2
    above = (high_t * scale_t - mean_t) ** 2 + (mean_c - low_c * scale_c) ** 2
    return seen - math.sqrt(below + known), seen + math.sqrt(above + known)


def _poisson(count: float, alpha: float) -> tuple[float, float]:
    """Return the exact bounds of a Poisson mean (Garwood 1936), with alpha on each side."""
    return float(special.gammaincinv(count, alpha)) if count > 0 else 0.0, float(
        special.gammainccinv(count + 1, alpha)
    )


def _beyond(excess: object, start: float, step: float) -> float:
    """Find a place on the other side of the bound, by steps that double."""
    assert callable(excess)
    for _ in range(200):
        if excess(start + step) <= 0:
            return start + step
        step *= 2
    return start + step


def _squares(cell: Moments, metric: str) -> float:
    i, n, mean = cell.index(metric), cell.n(metric), cell.mean(metric)
    return float(cell.squares[i, i]) + n * mean * mean


def _never_negative(cells: tuple[Moments, Moments], metric: str) -> bool:
    """Return whether the first three moments are possible for a metric without values below zero (Stieltjes)."""
    first = second = third = 0.0
    for cell in cells:
        i, n, mean = cell.index(metric), cell.n(metric), cell.mean(metric)
        first += n * mean
        second += _squares(cell, metric)
        third += float(cell.cubes[i]) + 3 * mean * float(cell.squares[i, i]) + n * mean**3
    return not math.isnan(third) and first * third >= second * second * (1 - 1e-9)
