"""How strong an unknown would have to be."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.sensitivity import e_value, e_value_of_difference, robustness
from segkit.errors import ParameterError


def test_robustness_value_of_the_paper() -> None:
    """Cinelli & Hazlett (2020), table 1: t = 4.18 on 783: RV 13.9 %, RV(.05) 7.6 %, partial R2 2.2 %."""
    found = robustness(4.18445, 783)
    assert found.value == pytest.approx(0.139, abs=5e-4)
    assert found.value_significance == pytest.approx(0.076, abs=5e-4)
    assert found.partial_r2 == pytest.approx(0.022, abs=5e-4)
    assert robustness(1.0, 783).value_significance == 0
    assert robustness(-4.18445, 783) == found
    assert robustness(1e4, 10).value_significance <= 1


def test_robustness_means_what_it_says() -> None:
    """An unknown as strong as the value, in both, brings the estimate to zero (their eq. 4: bias = se sqrt(df) …)."""
    found = robustness(5.0, 200)
    bias = np.sqrt(found.value * found.value / (1 - found.value)) * np.sqrt(200)
    assert bias == pytest.approx(5.0, rel=1e-9)


def test_e_values() -> None:
    """VanderWeele & Ding (2017): RR 3.9 (1.8 to 8.7) has E-values 7.26 and 3.0."""
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 2), round(found.limit, 1)) == (7.26, 3.0)
    protective = e_value(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert protective.estimate == pytest.approx(found.estimate)
    assert protective.limit == pytest.approx(found.limit)
    assert e_value(1.2, 0.9, 1.6).limit == 1
    assert e_value_of_difference(0.5, 0.1, 1.0).estimate == pytest.approx(e_value(np.exp(0.455), 1, 9).estimate)
    with pytest.raises(ParameterError, match="outside"):
        e_value(3.0, 1.0, 2.0)
