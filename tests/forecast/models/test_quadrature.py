from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.forecast.models.quadrature import beta_rule, discount_rule, gamma_rule, legendre, log_power_integral

wide = st.floats(-3.0, 3.0).map(lambda power: 10.0**power)


@given(k1=wide, k2=wide, first=wide, second=wide, length=wide)
def test_power_integral_of_two_scales(k1: float, k2: float, first: float, second: float, length: float) -> None:
    got = float(log_power_integral(k1, k2 + 1.0, first, second, length))
    with mp.workdps(50):
        a, b, c, d = (mp.mpf(value) for value in (k1, k2, first, second))
        total = a + b

        def beyond(tau: mp.mpf) -> mp.mpf:
            if c >= d:
                front = (c + tau) ** -a * (d + tau) ** -b / total
                return front * mp.hyp2f1(a, 1, total + 1, (c - d) / (c + tau))
            front = (c + tau) ** (1 - a) * (d + tau) ** (-b - 1) / total
            return front * mp.hyp2f1(b + 1, 1, total + 1, (d - c) / (d + tau))

        truth = mp.log((beyond(mp.mpf(0)) - beyond(mp.mpf(length))) * c**a * d ** (b + 1))
    assert got == pytest.approx(float(truth), abs=1e-10, rel=1e-12)


def test_power_integral_over_nothing_is_zero() -> None:
    assert log_power_integral(1.0, 2.0, 1.0, 1.0, [0.0, 1.0])[0] == -np.inf


@given(a=wide, b=wide, knee=wide)
def test_beta_rule_on_what_it_is_for(a: float, b: float, knee: float) -> None:
    ((_, p, w),) = beta_rule(a, np.array([b]), np.array([knee]))
    got = float((w / (knee + p)).sum())
    with mp.workdps(40):
        truth = mp.hyp2f1(1, a, mp.mpf(a) + mp.mpf(b), -1 / mp.mpf(knee)) / mp.mpf(knee)
    assert got == pytest.approx(float(truth), rel=1e-9)


@given(shape=st.floats(0.5, 6000.0), power=st.sampled_from([0.0, 1.0, 2.0, -0.25]))
def test_gamma_rule_gives_moments(shape: float, power: float) -> None:
    u, w = gamma_rule(np.array([shape]))
    truth = float(mp.exp(mp.loggamma(mp.mpf(shape) + power) - mp.loggamma(shape)))
    assert float((w * u**power).sum()) == pytest.approx(truth, rel=1e-10)


@given(rate=st.floats(1e-5, 1.0), exponent=wide, scale=wide)
def test_discount_rule_gives_tricomis_function(rate: float, exponent: float, scale: float) -> None:
    got = sum(float(w.sum()) for _, _, w in discount_rule(rate, exponent, np.array([scale]), np.inf))
    with mp.workdps(30):
        k, c, d = mp.mpf(exponent), mp.mpf(scale), mp.mpf(rate)
        truth = c * mp.hyperu(1, 2 - k, d * c)
    assert got == pytest.approx(float(truth), rel=1e-10)


@given(exponent=st.floats(0.01, 50.0), scale=wide, horizon=wide)
def test_discount_rule_with_time_inside(exponent: float, scale: float, horizon: float) -> None:
    got = sum(float((w * t).sum()) for _, t, w in discount_rule(0.0, exponent, np.array([scale]), horizon))
    with mp.workdps(30):
        truth = mp.mpf(horizon) ** 2 / 2 * mp.hyp2f1(exponent, 2, 3, -mp.mpf(horizon) / mp.mpf(scale))
    assert got == pytest.approx(float(truth), rel=1e-10)


def test_nodes_cannot_be_changed_by_accident() -> None:
    node, _ = legendre(16)
    with pytest.raises(ValueError, match="read-only"):
        node[0] = 1.0
