from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.forecast.models.special import (
    decay,
    digamma_ratio,
    log_beta,
    log_gamma_ratio,
    power_integral,
    softplus,
    trigamma,
    two_or_more,
)

positive = st.floats(1e-6, 1e9)


@given(z=positive, n=st.floats(0.0, 1e5))
def test_log_gamma_ratio_is_exact_for_any_size(z: float, n: float) -> None:
    with mp.workdps(40):
        truth = float(mp.loggamma(mp.mpf(z) + mp.mpf(n)) - mp.loggamma(mp.mpf(z)))
    # a rounding of z + n moves the answer by as much as the last digit of z + n times the digamma function
    assert float(log_gamma_ratio(z, n)) == pytest.approx(truth, rel=1e-12, abs=1e-12)


@given(a=positive, b=positive)
def test_log_beta_is_exact_for_any_size(a: float, b: float) -> None:
    with mp.workdps(40):
        truth = float(mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(mp.mpf(a) + mp.mpf(b)))
    assert float(log_beta(a, b)) == pytest.approx(truth, rel=1e-11, abs=1e-11)


@given(z=st.floats(1e-3, 1e4), n=st.floats(0.0, 1e4))
def test_digamma_ratio(z: float, n: float) -> None:
    truth = float(mp.digamma(mp.mpf(z) + mp.mpf(n)) - mp.digamma(z))
    assert float(digamma_ratio(z, n)) == pytest.approx(truth, rel=1e-10, abs=1e-12)


@given(z=st.floats(1e-3, 1e6))
def test_trigamma(z: float) -> None:
    assert float(trigamma(z)) == pytest.approx(float(mp.psi(1, z)), rel=1e-12)


@given(
    exponent=st.one_of(st.sampled_from([0.0, 1.0, 1.0 + 1e-12, 2.0]), st.floats(0.0, 50.0)),
    scale=st.floats(1e-6, 1e6),
    length=st.one_of(st.just(0.0), st.floats(1e-9, 1e6)),
)
def test_power_integral_with_its_singularity(exponent: float, scale: float, length: float) -> None:
    with mp.workdps(50):
        k, c, t = mp.mpf(exponent), mp.mpf(scale), mp.mpf(length)
        truth = c * mp.log1p(t / c) if k == 1 else c * ((1 + t / c) ** (1 - k) - 1) / (1 - k)
    assert float(power_integral(exponent, scale, length)) == pytest.approx(float(truth), rel=1e-11, abs=1e-300)


@given(shape=st.floats(1e-3, 1e4), reach=st.floats(1e-12, 1e6))
def test_two_or_more_also_where_it_is_rare(shape: float, reach: float) -> None:
    with mp.workdps(60):
        k, w = mp.mpf(shape), mp.mpf(reach)
        truth = 1 - (1 + w) ** -k * (1 + k * w / (1 + w))
    assert float(two_or_more(shape, reach)) == pytest.approx(float(truth), rel=1e-9)


def test_functions_at_their_edges() -> None:
    assert float(decay(0.0)) == 1.0
    assert np.all(softplus(np.array([-1e4, -np.inf])) == 0.0)
    assert float(softplus(np.array(1e4))) == 1e4
