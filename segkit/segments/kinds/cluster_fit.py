"""The fit of clusters to a sample: k-means on standardised features, with as many clusters as hold up.

The number of clusters is the one with the best mean silhouette (Rousseeuw 1987) among those that are stable
(fits to bootstrap samples agree, Hennig 2007), big enough to act on, and tighter than clusters that are cut out of data
without any: a normal and an even cloud of the same covariance (the gap statistic of Tibshirani, Walther & Hastie 2001,
against both).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from segkit.arrays import Floats
from segkit.statistics.seed import SEED
from segkit.statistics.told import Figure, Told

Labels = NDArray[np.int64]

LEAST_CUSTOMERS: Final = 100
"""Fewest customers that can be clustered."""
STABLE: Final = 0.85
"""Mean adjusted Rand index with bootstrap fits at which a number of clusters starts to count as stable."""
STRUCTURE: Final = 0.35
"""Mean silhouette below which readers cannot tell clusters apart (Kaufman & Rousseeuw 1990: weak)."""
_SELECTION: Final = 1_500
_BOOTSTRAPS: Final = 8
_REFERENCES: Final = 4
_MARGIN: Final = 0.08
_SKEWED: Final = 1.0


@dataclass(frozen=True, slots=True)
class Scaling:
    """How features become comparable: log1p where skewed, then subtract the mean and divide by the standard
    deviation.

    Attributes:
        logged: (features,) whether log1p is taken.
        mean, deviation: (features,) mean and standard deviation after that. A constant feature has deviation 1, so
            that it has no influence.
    """

    logged: tuple[bool, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def standardised(self, values: Floats) -> Floats:
        """Scale values, (n, features)."""
        logs = np.log1p(np.maximum(values, 0.0))
        scaled = np.where(self.logged, logs, values) - np.array(self.mean)
        return np.asarray(scaled / np.array(self.deviation), dtype=np.float64)

    def raw(self, points: Floats) -> Floats:
        """Turn scaled values back into raw ones, (n, features)."""
        values = points * np.array(self.deviation) + np.array(self.mean)
        return np.asarray(np.where(self.logged, np.expm1(np.minimum(values, 700.0)), values), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ClusterFit:
    """Clusters that hold up, largest first.

    Attributes:
        scaling: how the features were scaled.
        centres: (k, features) standardised centres.
        shares: (k,) share of the sample in each cluster.
        stability: mean adjusted Rand index with bootstrap fits.
        jaccard: (k,) mean Jaccard index of each cluster with its best match in the bootstrap fits.
        silhouette: mean silhouette of the clusters.
        sample: customers in the sample.
    """

    scaling: Scaling
    centres: Floats
    shares: Floats
    stability: float
    jaccard: tuple[float, ...]
    silhouette: float
    sample: int

    def nearest(self, values: Floats) -> Labels:
        """Return the index of the nearest centre for raw values, (n, features)."""
        return _nearest(self.scaling.standardised(values), self.centres)


@dataclass(frozen=True, slots=True)
class NoClusters:
    """The finding that no clusters hold up.

    Attributes:
        reason: why, in one sentence.
        sample: customers in the sample.
    """

    reason: str
    sample: int


def scale(values: Floats) -> Scaling:
    """Return the scaling that values, (n, features), need."""
    spread = values.std(axis=0)
    centred = values - values.mean(axis=0)
    skewness = (centred**3).mean(axis=0) / np.where(spread > 0, spread, 1.0) ** 3
    logged = (skewness > _SKEWED) & (values.min(axis=0) >= 0)
    scaled = np.where(logged, np.log1p(np.maximum(values, 0.0)), values)
    deviation = scaled.std(axis=0)
    return Scaling(
        tuple(bool(flag) for flag in logged),
        tuple(round(float(x), 9) for x in scaled.mean(axis=0)),
        tuple(round(float(x), 9) if x > 1e-9 else 1.0 for x in deviation),
    )


def fit_clusters(
    values: Floats, most: int, least_share: float, preferred: int | None = None
) -> ClusterFit | NoClusters:
    """Fit clusters to a sample, if there are any.

    Args:
        values: (n, features) finite numbers; the order of rows does not matter.
        most: largest number of clusters to try.
        least_share: smallest share of customers that a cluster may have.
        preferred: number of clusters of an earlier fit, which is kept as long as it still qualifies.
    """
    # loaded before threads are limited: those of a library that is loaded later would escape the limit, and wait for each
    # other on a busy machine
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # several threads would add up their parts in a varying order
        return _fit(values, most, least_share, preferred)


def _fit(values: Floats, most: int, least_share: float, preferred: int | None) -> ClusterFit | NoClusters:
    count = len(values)
    if count < LEAST_CUSTOMERS:
        return NoClusters(
            Told.of("fewer than {n} customers have all the features", n=Figure(LEAST_CUSTOMERS, "count")), count
        )
    values = values[np.lexsort(values.T[::-1])]
    scaling = scale(values)
    points = scaling.standardised(values)
    if len(np.unique(points.round(9), axis=0)) <= most:
        return NoClusters("customers hardly differ in the features", count)
    small = points[np.linspace(0, count - 1, min(count, _SELECTION)).astype(np.int64)]
    tried = {k: _trial(small, k) for k in range(2, most + 1)}
    good = {
        k: trial
        for k, trial in tried.items()
        if trial.stability >= STABLE and trial.tighter and trial.least >= least_share
    }
    if not good:
        best = max(trial.stability for trial in tried.values())
        why = (
            "no number of clusters is tighter than what the same method cuts out of data without any"
            if not any(trial.tighter for trial in tried.values())
            else Told.of(
                "fits to bootstrap samples disagree (adjusted Rand index {rand} at best), or clusters are tiny",
                rand=Figure(round(best, 2), "index"),
            )
        )
        return NoClusters(why, count)
    k = preferred if preferred in good else max(good, key=lambda number: (good[number].silhouette, -number))
    centres = _k_means(points, k, 10, SEED)
    order = np.argsort(-np.bincount(_nearest(points, centres), minlength=k), kind="stable")
    centres = centres[order].round(6)  # the last digits of sums of floats differ between machines
    labels = _nearest(points, centres)
    return ClusterFit(
        scaling=scaling,
        centres=centres,
        shares=np.bincount(labels, minlength=k) / count,
        stability=good[k].stability,
        jaccard=_jaccard(small, centres),
        silhouette=good[k].silhouette,
        sample=count,
    )


def matched(now: ClusterFit, before: ClusterFit, farthest: float = 1.5) -> dict[int, int]:
    """Find which cluster of the earlier fit each cluster continues, by the assignment of least total distance (Kuhn
    1955).

    Distances are measured in the earlier fit's scaling. Beyond `farthest` standard deviations it is another cluster.
    """
    here = before.scaling.standardised(now.scaling.raw(now.centres))
    distance = np.sqrt(((here[:, None, :] - before.centres[None, :, :]) ** 2).sum(axis=2))
    rows, columns = linear_sum_assignment(distance)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if distance[i, j] <= farthest}


@dataclass(frozen=True, slots=True)
class _Trial:
    stability: float
    silhouette: float
    tighter: bool
    least: float


def _trial(points: Floats, k: int) -> _Trial:
    from sklearn.metrics import silhouette_score

    centres = _k_means(points, k, 5, SEED)
    labels = _nearest(points, centres)
    if len(np.unique(labels)) < k:
        return _Trial(0.0, -1.0, False, 0.0)
    sample = points[:: max(1, len(points) // 1000)]
    here = _nearest(sample, centres)
    silhouette = float(silhouette_score(sample, here)) if len(np.unique(here)) > 1 else -1.0
    least = float(np.bincount(labels, minlength=k).min()) / len(points)
    tighter = silhouette >= STRUCTURE and _tighter(points, k, _spread(points, centres))
    stability = _stability(points, labels, k) if tighter else 0.0
    return _Trial(stability, silhouette, tighter, least)


def _stability(points: Floats, labels: Labels, k: int) -> float:
    from sklearn.metrics import adjusted_rand_score

    scores = [adjusted_rand_score(labels, _nearest(points, centres)) for centres in _bootstrap(points, k)]
    return float(np.mean(scores))


def _jaccard(points: Floats, centres: Floats) -> tuple[float, ...]:
    labels = _nearest(points, centres)
    k = len(centres)
    scores = np.zeros(k)
    for other in _bootstrap(points, k):
        theirs = _nearest(points, other)
        both = np.zeros((k, k))
        np.add.at(both, (labels, theirs), 1.0)
        union = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
        scores += (both / np.maximum(union, 1.0)).max(axis=1)
    return tuple(float(x) for x in scores / _BOOTSTRAPS)


def _bootstrap(points: Floats, k: int) -> list[Floats]:
    rng = np.random.default_rng(SEED)
    draws = [points[rng.integers(0, len(points), len(points))] for _ in range(_BOOTSTRAPS)]
    return [_k_means(draw, k, 3, SEED + 1 + number) for number, draw in enumerate(draws)]


def _tighter(points: Floats, k: int, spread: float) -> bool:
    """Return whether the clusters are tighter than those cut out of a normal and of an even cloud."""
    rng = np.random.default_rng(SEED)
    centred = points - points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    turned = centred @ axes.T
    sd = sizes / np.sqrt(len(points))
    half = (
        np.sqrt(3.0) * sd
    )  # an even cloud with the same variances; one with the same range would depend on a few outliers
    total = float((centred**2).sum())
    own = np.log(spread / total)
    for name in ("normal", "even"):
        found = []
        for number in range(_REFERENCES):
            if name == "normal":
                cloud = rng.standard_normal(turned.shape) * sd
            else:
                cloud = rng.uniform(-half, half, turned.shape)
            cloud -= cloud.mean(axis=0)
            centres = _k_means(cloud, k, 2, SEED + number)
            found.append(np.log(_spread(cloud, centres) / float((cloud**2).sum())))
        if own >= np.mean(found) - max(_MARGIN, 3.0 * float(np.std(found))):
            return False
    return True


def _spread(points: Floats, centres: Floats) -> float:
    return float(((points - centres[_nearest(points, centres)]) ** 2).sum()) + 1e-12


def _nearest(points: Floats, centres: Floats) -> Labels:
    distance = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(distance.argmin(axis=1), dtype=np.int64)


def _k_means(points: Floats, k: int, starts: int, seed: int) -> Floats:
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # fewer distinct points than clusters: the caller sees that
        fitted: Any = KMeans(k, n_init=starts, random_state=seed).fit(points)
    return np.asarray(fitted.cluster_centers_, dtype=np.float64)
