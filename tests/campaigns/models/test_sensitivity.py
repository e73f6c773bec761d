"""How strong an unknown would have to be."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.sensitivity import robustness


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
