"""Difference in differences is the difference of the customers' own changes."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.observational import difference_in_differences, parallel_before
from segkit.statistics.effects import Effect
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments


def test_difference_in_differences_is_the_interaction_of_the_changes() -> None:
    random = np.random.default_rng(9)
    cells = {}
    for name, level, gain in (("t", 50.0, 3.0), ("c", 40.0, 1.0)):
        before = random.normal(level, 10, 500)
        cells[name] = {"earlier": before + random.normal(0, 2, 500), "before": before}
        cells[name]["after"] = before + gain + random.normal(0, 3, 500)
    moments = {name: Moments.from_arrays(columns) for name, columns in cells.items()}
    found = difference_in_differences(moments["t"], moments["c"], after="after", before="before")
    assert isinstance(found, Effect)
    changes = [cells[name]["after"] - cells[name]["before"] for name in ("t", "c")]
    assert found.difference == pytest.approx(changes[0].mean() - changes[1].mean(), rel=1e-10)
    assert found.standard_error**2 == pytest.approx(sum(c.var(ddof=1) / 500 for c in changes), rel=1e-8)
    assert found.lower < 2.0 < found.upper
    trend = parallel_before(moments["t"], moments["c"], earlier="earlier", before="before")
    assert isinstance(trend, Effect)
    assert not trend.significant
    one = Moments.from_arrays({"after": [1.0], "before": [1.0]})
    assert isinstance(difference_in_differences(one, one, after="after", before="before"), Refusal)
