"""Latent class analysis: groups of respondents whose answers differ by group and are independent within it.

The model is that of Lazarsfeld & Henry (1968). It is fitted by maximum likelihood with the EM algorithm (Dempster,
Laird & Rubin 1977) on the distinct answer patterns with their weights. A missing answer says nothing (missing at
random), and the respondent is kept. The number of classes is the one with the lowest BIC (Schwarz 1978; compared by
Nylund et al. 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from segkit.arrays import Floats, Whole
from segkit.errors import ModelError
from segkit.statistics.told import Figure, Told

MISSING: Final = -1
_SHORT: Final = 20
_LONG: Final = 2_000
_FINALISTS: Final = 4
_SMALLEST: Final = 1e-12


@dataclass(frozen=True, slots=True)
class LatentClasses:
    """A fitted model, the largest class first.

    Attributes:
        shares: (k,) share of respondents in each class, weighted.
        profiles: one array per question, (k, levels), of P(answer | class).
        log_likelihood: log-likelihood, with weights scaled to the number of respondents.
        parameters: number of free parameters.
        respondents: number of respondents.
        entropy: relative entropy: 1 where every respondent's class is certain, or where there is only one class; 0 where
            nothing is known.
    """

    shares: Floats
    profiles: tuple[Floats, ...]
    log_likelihood: float
    parameters: int
    respondents: float
    entropy: float

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.shares)

    @property
    def bic(self) -> float:
        """Bayesian information criterion; lower is better."""
        return float(self.parameters * np.log(self.respondents) - 2.0 * self.log_likelihood)

    def posterior(self, answers: ArrayLike) -> Floats:
        """Compute the probability of each class given the answers, (n, k).

        `answers` are codes, (n, questions), with MISSING where there is no answer.
        """
        codes = np.asarray(answers, dtype=np.int64)
        given = np.ascontiguousarray(_indicators(codes, [p.shape[1] for p in self.profiles]).T)
        joint = _joint(given, self.shares, np.hstack(self.profiles))
        return np.asarray(np.exp(joint - _log_sum(joint)).T)


def fit_latent_classes(
    answers: ArrayLike,
    counts: ArrayLike,
    classes: int,
    *,
    weights: ArrayLike | None = None,
    levels: Sequence[int] | None = None,
    starts: int = 20,
    seed: int = 0,
) -> LatentClasses:
    """Fit a model with a given number of classes.

    Args:
        answers: (patterns, questions) codes from 0, MISSING where there is no answer.
        counts: (patterns,) respondents with the pattern.
        classes: number of classes.
        weights: (patterns,) sum of their weights, of which only proportions matter; the counts if not given.
        levels: how many answers each question has, where some of them may not occur here.
        starts: number of random starts; the best few are carried to the end.
        seed: seed of the random starts.

    Raises:
        ModelError: there are no respondents, or fewer patterns than classes.
    """
    codes = np.asarray(answers, dtype=np.int64)
    number = np.asarray(counts, dtype=np.float64)
    weight = number if weights is None else np.asarray(weights, dtype=np.float64)
    if codes.ndim != 2 or len(codes) == 0 or number.sum() <= 0 or weight.sum() <= 0:
        raise ModelError("Latent classes need respondents, and there are none.")
    if len(codes) < classes:
        raise ModelError(
            Told.of(
                "{classes} latent classes need at least as many answer patterns; there are {patterns}.",
                classes=Figure(classes, "count"),
                patterns=Figure(len(codes), "count"),
            )
        )
    seen = [max(int(codes[:, q].max()) + 1, 1) for q in range(codes.shape[1])]
    levels = seen if levels is None else [max(pair) for pair in zip(levels, seen, strict=True)]
    indicators = _indicators(codes, levels)
    weight = weight * (number.sum() / weight.sum())
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(starts if classes > 1 else 1):
        member = rng.dirichlet(np.ones(classes), len(codes))
        runs.append(_maximise(indicators, weight, levels, member, _SHORT))
    runs.sort(key=lambda run: -run[0])
    best = max(
        (_maximise(indicators, weight, levels, run[3], _LONG) for run in runs[:_FINALISTS]), key=lambda run: run[0]
    )
    likelihood, shares, flat, member = best
    order = np.lexsort((np.arange(classes), -shares))
    edges = np.cumsum(levels)[:-1]
    uncertain = -(member * np.log(np.maximum(member, _SMALLEST))).sum(axis=1)
    entropy = 1.0 if classes == 1 else 1.0 - float((weight * uncertain).sum() / (weight.sum() * np.log(classes)))
    return LatentClasses(
        shares=shares[order],
        profiles=tuple(np.split(flat[order], edges, axis=1)),
        log_likelihood=likelihood,
        parameters=classes - 1 + classes * (sum(levels) - len(levels)),
        respondents=float(number.sum()),
        entropy=entropy,
    )


def choose_latent_classes(
    answers: ArrayLike,
    counts: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    most: int = 6,
    starts: int = 20,
    seed: int = 0,
) -> tuple[LatentClasses, ...]:
    """Fit models of 1 … `most` classes, and return the one with the lowest BIC first. One class means that there are
    no groups.
    """
    codes = np.asarray(answers, dtype=np.int64)
    found: list[LatentClasses] = []
    for classes in range(1, min(most, len(codes)) + 1):
        found.append(fit_latent_classes(codes, counts, classes, weights=weights, starts=starts, seed=seed))
        if len(found) > 2 and found[-1].bic > found[-2].bic > found[-3].bic:
            break  # past the lowest BIC
    if not found:
        raise ModelError("Latent classes need respondents, and there are none.")
    return tuple(sorted(found, key=lambda model: model.bic))


def _indicators(codes: Whole, levels: Sequence[int]) -> Floats:
    """Build one column per answer: 1 where it was given. A missing answer is 0 in all columns of its question."""
    parts = [(codes[:, q, None] == np.arange(size)).astype(np.float64) for q, size in enumerate(levels)]
    return np.hstack(parts)


def _maximise(
    indicators: Floats, weight: Floats, levels: Sequence[int], member: Floats, steps: int
) -> tuple[float, Floats, Floats, Floats]:
    """Run EM steps from memberships (patterns, classes). A class is a row inside, so that sums run along memory."""
    turned, member = np.ascontiguousarray(indicators.T), np.ascontiguousarray(member.T)
    starts = np.concatenate([[0], np.cumsum(levels)[:-1]])
    before = -np.inf
    likelihood, shares, flat = before, np.ones(0), np.ones((0, 0))
    for _ in range(steps):
        weighted = member * weight
        shares = weighted.sum(axis=1) / weight.sum()
        given = weighted @ indicators
        asked = np.repeat(np.add.reduceat(given, starts, axis=1), levels, axis=1)
        flat = given / np.maximum(asked, _SMALLEST)
        joint = _joint(turned, shares, flat)
        total = _log_sum(joint)
        likelihood = float((weight * total).sum())
        member = np.exp(joint - total)
        if likelihood - before < 1e-9 * abs(likelihood):
            break
        before = likelihood
    return likelihood, shares, flat, np.asarray(member.T)


def _joint(turned: Floats, shares: Floats, flat: Floats) -> Floats:
    """Compute log(share × probability of the answers), (classes, patterns). `turned` is (answers, patterns)."""
    logs = np.log(np.maximum(flat, _SMALLEST))
    return np.asarray(np.log(np.maximum(shares, _SMALLEST))[:, None] + logs @ turned)


def _log_sum(joint: Floats) -> Floats:
    top = joint.max(axis=0)
    return np.asarray(top + np.log(np.exp(joint - top).sum(axis=0)))
