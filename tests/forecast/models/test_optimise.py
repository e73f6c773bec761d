from __future__ import annotations

import numpy as np
import pytest

from segkit.arrays import Floats
from segkit.forecast.models.optimise import Convergence, conclude, minimise, runaway_told


def rosenbrock(point: Floats) -> tuple[float, Floats, Floats]:
    """Has its minimum at (1, 1), at the end of a bent valley with indefinite curvature on the way."""
    x, y = point
    value = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    gradient = np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
    hessian = np.array([[2 - 400 * (y - 3 * x * x), -400 * x], [-400 * x, 200.0]])
    return value, gradient, hessian


def falling(point: Floats) -> tuple[float, Floats, Floats]:
    """Falls for ever in its first argument."""
    x, y = point
    return (
        float(100 * np.exp(-x) + 50 * y * y),
        np.array([-100 * np.exp(-x), 100 * y]),
        np.diag([100 * np.exp(-x), 100.0]),
    )


def saddle(point: Floats) -> tuple[float, Floats, Floats]:
    """Has no minimum, and no slope to follow at its saddle."""
    x, y = point
    return float(x * x - y * y), np.array([2 * x, -2 * y]), np.diag([2.0, -2.0])


def settle(objective, start):  # type: ignore[no-untyped-def]
    return conclude(
        minimise(objective, [np.array(start)]),
        model="test",
        names=("u", "w"),
        log_scale=np.array([0.0, np.log(10.0)]),
        log_likelihood=-1.0,
        customers=5.0,
        cells=5,
        limits=lambda runaway, at: runaway_told("test", runaway, "the likelihood rises for ever"),
    )


def test_newton_finds_the_end_of_a_bent_valley() -> None:
    optimum = minimise(rosenbrock, [np.array([-1.2, 1.0])])
    np.testing.assert_allclose(optimum.point, [1, 1], rtol=1e-7)  # 1e-6 of a standard error
    assert optimum.inner


def test_standard_errors_are_those_of_the_information_in_natural_units() -> None:
    fit = settle(rosenbrock, [-1.2, 1.0])
    assert fit.verdict is Convergence.SOUND
    assert fit.positive_definite
    information = rosenbrock(np.array([1.0, 1.0]))[2]
    errors = np.sqrt(np.diag(np.linalg.inv(information))) * fit.estimates
    np.testing.assert_allclose([error or 0 for error in fit.standard_errors], errors, rtol=1e-6)
    np.testing.assert_allclose(fit.estimates, [np.e, 10 * np.e])
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), errors, rtol=1e-6)
    assert fit.aic == pytest.approx(6.0)


def test_a_parameter_that_runs_away_is_named() -> None:
    fit = settle(falling, [0.0, 1.0])
    assert fit.verdict is Convergence.BOUNDARY
    assert fit.runaway == {"u": "up"}
    assert fit.message == "test has no inner maximum: u runs to infinity. In words: the likelihood rises for ever."
    assert fit.standard_errors[0] is None
    assert fit.standard_errors[1] == pytest.approx(0.1 * fit.estimates[1], rel=1e-6)
    assert fit.log_covariance[0, 0] <= 1.0


def test_a_saddle_is_not_an_answer() -> None:
    fit = settle(saddle, [0.0, 0.0])
    assert fit.verdict is Convergence.UNCONVERGED
    assert fit.standard_errors == (None, None)
    assert fit.scaled_gradient is None
    assert "did not converge" in fit.message


def test_results_are_frozen() -> None:
    fit = settle(rosenbrock, [0.9, 0.9])
    with pytest.raises(AttributeError):
        fit.steps = 3
    with pytest.raises(ValueError, match="read-only"):
        fit.estimates[0] = 0.0
