"""Maximum likelihood in log-parameters: damped Newton steps on the exact Hessian, and a verdict in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np

from segkit.arrays import Floats
from segkit.statistics.told import Figure, Told

Objective = Callable[[Floats], tuple[float, Floats, Floats]]
"""Log-parameters, shape (k,) → negative log-likelihood, its gradient (k,) and Hessian (k, k)."""

Towards = Literal["up", "down"]

_STEPS = 200
_LONGEST_STEP = 2.0  # in log units: no parameter changes by more than a factor e² at once
_SETTLED = 1e-13  # expected gain of one more step, in units of log-likelihood
_EDGE = 11.0  # beyond this |log-parameter| in scaled time, a parameter has run away (e¹¹ = 60,000)
_FAR = _EDGE - 2.0  # from this |log-parameter| on, it counts as run away
_TRIFLE = 1e-7  # a gain of log-likelihood that counts as none
_LOOSE = 3.0  # beyond this standard error of a log-parameter, the data do not determine it


class Convergence(StrEnum):
    """What a fit can be used for."""

    SOUND = "sound"
    """Converged at an inner maximum; standard errors mean what they say."""
    BOUNDARY = "boundary"
    """The likelihood rises towards the edge of the parameter space, where the model becomes a simpler one."""
    UNCONVERGED = "unconverged"
    """No maximum was found. The fit must not be used."""


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """The result of fitting a model; the same record for every model."""

    model: str
    """Name of the model, e.g. "BG/NBD"."""
    names: tuple[str, ...]
    """Names of the k parameters, in the order of everything below."""
    estimates: Floats
    """Parameters, shape (k,), in the caller's units."""
    standard_errors: tuple[float | None, ...]
    """Standard errors of the parameters, from the observed information. None for a parameter that has run away
    (verdict
    `boundary`), and for all of them where the verdict is `unconverged`."""
    log_covariance: Floats
    """Covariance of the logarithms of the parameters, shape (k, k). In directions that the data do not determine
    (verdict `boundary`) the variance is capped at 1, so that draws stay usable. Zeros where unconverged."""
    log_likelihood: float
    """Log-likelihood at the estimates, in the caller's units of time and money, constants included."""
    customers: float
    """Sum of the weights."""
    cells: int
    """Distinct cells that the fit ran on."""
    steps: int
    """Newton steps taken."""
    scaled_gradient: float | None
    """√(gᵀH⁻¹g): distance from the maximum in standard errors. Below 3e-5 where the fit is sound; None where the
    Hessian is not positive definite."""
    positive_definite: bool
    """The Hessian of the negative log-likelihood is positive definite at the estimates."""
    verdict: Convergence
    """What the fit can be used for."""
    message: str
    """The verdict in words, for a reader."""
    runaway: Mapping[str, Towards]
    """Parameters without a finite maximum, and where they run. Empty where the fit is sound."""

    @property
    def covariance(self) -> Floats:
        """The covariance of the parameters in the caller's units, by the delta method, shape (k, k)."""
        return np.asarray(self.log_covariance * np.outer(self.estimates, self.estimates))

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2k − 2 ln L; less is better. It compares models of the same data."""
        return 2.0 * len(self.names) - 2.0 * self.log_likelihood

    @property
    def sound(self) -> bool:
        """Whether the verdict is `sound`."""
        return self.verdict is Convergence.SOUND


@dataclass(frozen=True, eq=False, slots=True)
class Optimum:
    """The point where the search ended, in log-parameters of scaled time."""

    point: Floats
    value: float
    gradient: Floats
    hessian: Floats
    steps: int

    @property
    def decrement(self) -> float:
        """The value gᵀH⁻¹g, twice the gain that the quadratic model still promises; ∞ where H is not positive
        definite.
        """
        eigenvalues, vectors = np.linalg.eigh(self.hessian)
        if eigenvalues[0] <= 0:
            return float("inf")
        return float(np.sum((vectors.T @ self.gradient) ** 2 / eigenvalues))

    @property
    def inner(self) -> bool:
        """Whether the search settled and no parameter has run away."""
        return self.decrement < 1e-12 and float(np.abs(self.point).max()) < _FAR


def minimise(objective: Objective, starts: Sequence[Floats], *, sketch: Objective | None = None) -> Optimum:
    """Minimise by Newton's method with bounded steps that always descend, from the best of the starts.

    The next best start is tried only where the search from the best one finds no inner maximum.

    Args:
        objective: value, gradient and Hessian at log-parameters.
        starts: log-parameters to start from, each of shape (k,), in any order.
        sketch: A quicker objective of the same kind, from a part of the data. It ranks the starts, and leads to a
            point near the maximum; the answer is that of `objective`.
    """
    quick = sketch or objective
    ranked = sorted(starts, key=lambda start: quick(start)[0])[:2]
    if sketch is not None:
        near = _descend(sketch, ranked[0])
        if near.inner:
            ranked.insert(0, near.point)
    best: Optimum | None = None
    for start in ranked:
        found = _descend(objective, start)
        if best is None or found.value < best.value:
            best = found
        if found.inner:
            break
    assert best is not None
    return best


def _descend(objective: Objective, start: Floats) -> Optimum:
    point = np.clip(np.asarray(start, dtype=np.float64), -_EDGE, _EDGE)
    value, gradient, hessian = objective(point)
    steps = 0
    while steps < _STEPS:
        steps += 1
        eigenvalues, vectors = np.linalg.eigh(hessian)
        floor = max(1e-9 * float(np.abs(eigenvalues).max()), 1e-300)
        along = vectors.T @ gradient / np.maximum(np.abs(eigenvalues), floor)
        gain = float((vectors.T @ gradient) @ along)
        step = -(vectors @ along)
        # a parameter at the edge that would go beyond it stays there
        held = ((point >= _EDGE) & (step > 0)) | ((point <= -_EDGE) & (step < 0))
        step = np.where(held, 0.0, step)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        descent = float(gradient @ step)
        if (eigenvalues[0] > 0 and gain < _SETTLED) or descent >= 0:
            break
        length = 1.0
        moved = False
        while length > 1e-8:
            trial = np.clip(point + length * step, -_EDGE, _EDGE)
            at_trial = objective(trial)
            # the last term is what rounding can do to a sum of this size
            if at_trial[0] <= value + 1e-4 * length * descent + 1e-14 * abs(value):
                moved = True
                break
            length *= 0.3
        if not moved:
            break
        gained = value - at_trial[0]
        stalled = gained <= 1e-14 * abs(value) and gain < 1e-9
        # on the way to an edge where nothing is gained, the rest of the way says nothing new
        stalled = stalled or (gained < _TRIFLE and float(np.abs(trial).max()) > _FAR)
        point, (value, gradient, hessian) = trial, at_trial
        if stalled:
            break
    return Optimum(point, value, gradient, hessian, steps)


def conclude(
    optimum: Optimum,
    *,
    model: str,
    names: tuple[str, ...],
    log_scale: Floats,
    log_likelihood: float,
    customers: float,
    cells: int,
    limits: Callable[[Mapping[str, Towards], Mapping[str, float]], str],
) -> Fit:
    """Make the record of a finished search.

    Args:
        optimum: where the search ended, in scaled time.
        model, names: the names of the model and of its parameters.
        log_scale: what to add to the log-parameters to reach the caller's units, shape (k,).
        log_likelihood: the log-likelihood in the caller's units.
        customers, cells: the sum of weights and the number of distinct cells.
        limits: takes the parameters that run away and all parameters; returns in words what that means.
    """
    estimates = np.exp(optimum.point + log_scale)
    eigenvalues, vectors = np.linalg.eigh(optimum.hessian)
    positive = bool(eigenvalues[0] > 0)
    decrement = optimum.decrement
    settled = decrement < 1e-9
    # in units of log-likelihood, so that the floor means a standard error of 1,000 in log-parameters
    variance = (vectors**2 / np.maximum(eigenvalues, 1e-6)).sum(axis=1)
    far = np.abs(optimum.point) > _FAR
    loose = far | (np.sqrt(variance) > _LOOSE)
    runaway: dict[str, Towards] = {
        name: "up" if at > 0 else "down" for name, at, away in zip(names, optimum.point, loose, strict=True) if away
    }
    errors: list[float | None] = [None] * len(names)
    covariance = np.zeros_like(optimum.hessian)
    if runaway and (settled or far.any()):
        verdict = Convergence.BOUNDARY
        message = limits(runaway, dict(zip(names, map(float, estimates), strict=True)))
        covariance = (vectors / np.maximum(eigenvalues, 1.0)) @ vectors.T
        held = np.flatnonzero(~loose)
        inner = optimum.hessian[np.ix_(held, held)]
        if held.size and np.linalg.eigvalsh(inner)[0] > 0:  # parameters that have run away are taken as given
            for at, error in zip(held, np.sqrt(np.diag(np.linalg.inv(inner))), strict=True):
                errors[at] = float(error * estimates[at])
    elif settled:
        verdict = Convergence.SOUND
        message = Told.of("{model} converged at an inner maximum of the likelihood.", model=model)
        covariance = (vectors / eigenvalues) @ vectors.T
        errors = [float(error) for error in np.sqrt(np.diag(covariance)) * estimates]
    else:
        runaway = {}
        verdict = Convergence.UNCONVERGED
        message = Told.of(
            "{model} did not converge after {steps} steps: the steepest slope is {slope}, and the Hessian is "
            f"{'' if positive else 'not '}positive definite. Its parameters are not to be used.",
            model=model,
            steps=Figure(optimum.steps, "count"),
            slope=Figure(float(np.abs(optimum.gradient).max()), "index"),
        )
    for array in (estimates, covariance):
        array.setflags(write=False)
    return Fit(
        model=model,
        names=names,
        estimates=estimates,
        standard_errors=tuple(errors),
        log_covariance=covariance,
        log_likelihood=log_likelihood,
        customers=customers,
        cells=cells,
        steps=optimum.steps,
        scaled_gradient=float(np.sqrt(max(decrement, 0.0))) if positive else None,
        positive_definite=positive,
        verdict=verdict,
        message=message,
        runaway=runaway,
    )


def runaway_told(model: str, runaway: Mapping[str, Towards], what: str) -> Told:
    """Say which parameters run away, and what that means."""
    which = ", ".join(f"{name} runs to {'infinity' if way == 'up' else 'zero'}" for name, way in runaway.items())
    return Told.of("{model} has no inner maximum: {which}. In words: {what}.", model=model, which=which, what=what)
