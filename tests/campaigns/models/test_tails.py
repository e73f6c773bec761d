"""A stated cap, and what the largest customers bring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.campaigns.models.tails import pooled_cap, top_share, winsorised
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments

from .conftest import Columns


def test_the_cap_is_over_those_who_spent_and_never_zero() -> None:
    """97 of 100 spend nothing: the 95th percentile of everybody would be zero, and nothing would remain."""
    values, counts = [0, 10, 20, 500], [97, 1, 1, 1]
    cap = pooled_cap(values, counts, quantile=0.6)
    assert cap.value == 20
    assert (cap.capped, cap.customers) == (1, 100)
    assert cap.removed == pytest.approx(480 / 530)
    np.testing.assert_allclose(winsorised([0, 30, np.nan], cap.value), [0, 20, np.nan])
    with pytest.raises(DataError, match="nothing to cap"):
        pooled_cap([0, -5], [10, 2])
    with pytest.raises(ParameterError, match="finite number above zero"):
        winsorised([1.0], 0.0)


def test_winsorising_spend_narrows_the_interval(hillstrom: Columns) -> None:
    spend, arm = hillstrom["spend"], hillstrom["segment"]
    values, counts = np.unique(spend, return_counts=True)
    cap = pooled_cap(values, counts, quantile=0.95)
    cells = [
        Moments.from_arrays({"raw": spend[arm == a], "capped": winsorised(spend[arm == a], cap.value)})
        for a in ("Mens E-Mail", "No E-Mail")
    ]
    raw, capped = (compare_means(*cells, metric) for metric in ("raw", "capped"))
    assert isinstance(raw, Effect)
    assert isinstance(capped, Effect)
    assert capped.standard_error < raw.standard_error
    assert cap.capped == int((spend > cap.value).sum()) > 0
    assert top_share(values, counts, 0.01) == pytest.approx(np.sort(spend)[-640:].sum() / spend.sum())


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50).filter(lambda v: sum(v) > 1e-3), st.floats(0.01, 0.99))
def test_the_top_share_is_that_of_the_sorted_values(values: list[float], top: float) -> None:
    x = np.sort(values)[::-1]
    take = int(np.ceil(top * len(x) * (1 - 1e-12)))
    assert top_share(values, np.ones(len(values)), top) == pytest.approx(x[:take].sum() / x.sum())
