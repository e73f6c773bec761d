"""Comparisons of binary outcomes with few events, where the normal interval of a difference fails.

The intervals are the score intervals of Miettinen & Nurminen (1985). Those of the difference and of the ratio of two
proportions both invert a test whose variance is estimated under the hypothesis. At "no difference" the two tests are the
same, so that the intervals cannot disagree about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from scipy import optimize

from segkit.errors import DataError
from segkit.statistics.effects import Distribution, Effect, compare, compare_means, compare_sparse
from segkit.statistics.estimate import ArmEstimate, Refusal, arm_mean
from segkit.statistics.inputs import share
from segkit.statistics.moments import Moments
from segkit.statistics.reference import Normal, Reference
from segkit.statistics.relative_lift import NOT_ESTIMABLE, Lift
from segkit.statistics.told import Figure, Told

FEW = 10
"""Number of events, and of non-events, below which an arm needs the score interval."""


def compare_proportions(
    treated: Moments,
    control: Moments,
    metric: str,
    *,
    level: float = 0.95,
    method: Literal["auto", "welch", "score"] = "auto",
    distribution: Distribution = "t",
) -> Effect | Refusal:
    """Compare two proportions of a 0/1 column.

    Args:
        treated, control: the arms' moments.
        metric: column of 0 and 1; nulls are left out and counted.
        level: confidence level.
        method: "welch" for the interval of two means; "score" for Miettinen & Nurminen. "auto" takes the score interval
            where an arm has fewer than ten events or ten non-events; where successes are few, it makes that interval no
            narrower than the exact one.
        distribution: as in `compare`. For the score interval, "t" means the normal distribution.

    Raises:
        DataError: the column holds values other than 0 and 1.
    """
    level = share(level, "level")
    nt, nc = treated.n(metric), control.n(metric)
    if min(nt, nc) < 2:
        return compare_means(treated, control, metric, level=level, distribution=distribution)
    st, sc = successes(treated, metric), successes(control, metric)
    few = min(st, nt - st, sc, nc - sc) < FEW
    if method == "welch":
        return compare(arm_mean(treated, metric), arm_mean(control, metric), level=level, distribution=distribution)
    if method == "auto" and not few:
        return compare_means(treated, control, metric, level=level, distribution=distribution)
    found = score_comparison(
        st,
        nt,
        sc,
        nc,
        level=level,
        nulls_treated=treated.nulls(metric),
        nulls_control=control.nulls(metric),
        reference=None if isinstance(distribution, str) else distribution,
    )
    if method == "score" or isinstance(found, Refusal) or min(st, sc) >= FEW or 2 * (st + sc) > nt + nc:
        return found
    exact = compare_sparse(treated, control, metric, level=level, distribution=distribution)
    return found if isinstance(exact, Refusal) else _wider(found, exact)


def _wider(score: Effect, exact: Effect) -> Effect:
    """Return what neither of two answers to one question rejects: with one success or none, the score interval is too
    narrow.
    """
    lift = Lift(None, None, None, score.lift.reason or exact.lift.reason)
    bounds = [(e.lift.lower, e.lift.upper) for e in (score, exact)]
    lows, highs = ([b[k] for b in bounds if b[k] is not None] for k in (0, 1))
    if lift.reason is None:
        lift = Lift(score.lift.value, min(lows), max(highs), None)  # type: ignore[type-var]
    surer = max((score, exact), key=lambda e: e.p_value)
    return replace(
        score,
        statistic=surer.statistic,
        p_value=surer.p_value,
        lower=min(score.lower, exact.lower),
        upper=max(score.upper, exact.upper),
        lift=lift,
        reference=f"{score.reference}; not narrower than exact",
    )


def successes(cell: Moments, metric: str) -> int:
    """Count the ones of a 0/1 column.

    Raises:
        DataError: its moments show that it holds other values.
    """
    n = cell.n(metric)
    if n == 0:
        return 0
    mean = cell.mean(metric)
    count = round(mean * n)
    i = cell.index(metric)
    if abs(count - mean * n) > 1e-6 * max(n, 1) or abs(cell.squares[i, i] - n * mean * (1 - mean)) > 1e-6 * max(n, 1):
        raise DataError(f"column {metric!r} is compared as a proportion, but holds values other than 0 and 1.")
    return int(count)


def score_comparison(
    st: int,
    nt: int,
    sc: int,
    nc: int,
    *,
    level: float = 0.95,
    nulls_treated: int = 0,
    nulls_control: int = 0,
    reference: Reference | None = None,
) -> Effect | Refusal:
    """Compare two proportions by the Miettinen-Nurminen score test and intervals, from counts of successes and
    customers.

    The statistic is compared with the normal distribution, or with a reference that allows for other looks. Returns a
    Refusal where no customer of either arm succeeded, or every customer did.
    """
    level = share(level, "level")
    pt, pc = st / nt, sc / nc
    if st + sc in (0, nt + nc):
        return Refusal(
            Told.of(
                "no interval: {none} of {n} customers did it, so that the arms cannot be told apart",
                none="none" if st + sc == 0 else "every one",
                n=Figure(nt + nc, "count"),
            ),
            nt,
            nc,
        )
    held = reference or Normal()
    q = held.critical(level)
    pooled = (st + sc) / (nt + nc)
    # a share of none or of all is not certain: it varies as the share of both arms together
    arms = (
        ArmEstimate(pt, (pt * (1 - pt) or pooled * (1 - pooled)) / nt, nt, nulls_treated, math.inf),
        ArmEstimate(pc, (pc * (1 - pc) or pooled * (1 - pooled)) / nc, nc, nulls_control, math.inf),
    )
    correction = (nt + nc) / (nt + nc - 1)
    error = math.sqrt(pooled * (1 - pooled) * (1 / nt + 1 / nc) * correction)
    difference = pt - pc
    statistic = difference / error
    p_value = held.p_value(statistic)
    significant = p_value < 1 - level

    def by_difference(delta: float) -> float:
        return _difference_statistic(pt, nt, pc, nc, delta, correction)

    def by_log_ratio(log_ratio: float) -> float:
        return _ratio_statistic(pt, nt, pc, nc, math.exp(log_ratio), correction)

    lower = _crossing(by_difference, difference, -1 + 1e-12, q)
    upper = _crossing(by_difference, difference, 1 - 1e-12, q)
    lower, upper = _settled(lower, upper, difference, significant)
    return Effect(
        *arms,
        difference,
        error,
        statistic,
        p_value,
        level,
        lower,
        upper,
        _score_lift(by_log_ratio, pt, pc, q, significant),
        math.inf,
        1.0,
        f"{held.name}, score test of Miettinen and Nurminen",
    )


def _score_lift(statistic_at: Callable[[float], float], pt: float, pc: float, q: float, significant: bool) -> Lift:
    far = 60.0  # e^60 is far above any ratio of proportions
    if pc == 0 or statistic_at(far) > -q:
        return Lift(None, None, None, f"{NOT_ESTIMABLE}: the control's share ({pc:.3g}) cannot be told from zero")
    point = pt / pc - 1
    start = math.log(pt / pc) if pt > 0 else -far
    lower = math.expm1(_crossing(statistic_at, start, -far, q)) if pt > 0 else -1.0
    upper = math.expm1(_crossing(statistic_at, start, far, q))
    return Lift(point, *_settled(lower, upper, point, significant), None)


def _crossing(statistic_at: Callable[[float], float], start: float, end: float, q: float) -> float:
    """Find where the statistic, which falls as the hypothesis rises, leaves (-q, q) on the way from start to end."""
    target = q if end < start else -q
    if (statistic_at(end) - target) * (1 if end < start else -1) <= 0:
        return float(round(end))
    return float(optimize.brentq(lambda h: statistic_at(h) - target, min(start, end), max(start, end), xtol=1e-14))


def _difference_statistic(pt: float, nt: int, pc: float, nc: int, delta: float, correction: float) -> float:
    """Compute the score statistic of p_t - p_c = delta. The constrained estimate solves a cubic (Farrington & Manning
    1990).
    """
    theta = nc / nt
    a = 1 + theta
    b = -(1 + theta + pt + theta * pc + delta * (theta + 2))
    c = delta * delta + delta * (2 * pt + theta + 1) + pt + theta * pc
    d = -pt * delta * (1 + delta)
    v = b**3 / (27 * a**3) - b * c / (6 * a * a) + d / (2 * a)
    u = math.copysign(math.sqrt(max(b * b / (9 * a * a) - c / (3 * a), 0.0)), v)
    w = (math.pi + math.acos(min(1.0, max(-1.0, v / u**3 if u != 0 else 0.0)))) / 3
    p = min(1.0, max(0.0, 2 * u * math.cos(w) - b / (3 * a), delta))
    r = min(1.0, max(0.0, p - delta))
    variance = (p * (1 - p) / nt + r * (1 - r) / nc) * correction
    gap = pt - pc - delta
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0


def _ratio_statistic(pt: float, nt: int, pc: float, nc: int, ratio: float, correction: float) -> float:
    """Compute the score statistic of p_t = ratio x p_c. The constrained estimate solves a quadratic (Miettinen &
    Nurminen eq. 12).
    """
    a = (nt + nc) * ratio
    b = -(nt * ratio + nt * pt + nc + nc * pc * ratio)
    c = nt * pt + nc * pc
    r = 2 * c / (-b + math.sqrt(max(b * b - 4 * a * c, 0.0)))
    p = min(1.0, r * ratio)
    variance = (p * (1 - p) / nt + ratio * ratio * r * (1 - r) / nc) * correction
    gap = pt - ratio * pc
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0


def _settled(lower: float, upper: float, estimate: float, significant: bool) -> tuple[float, float]:
    if significant:
        return (max(lower, 5e-324), upper) if estimate > 0 else (lower, min(upper, -5e-324))
    return min(lower, 0.0), max(upper, 0.0)
