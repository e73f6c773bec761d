"""Every published figure of customer value and contractual retention, within its tolerance."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.forecast.models.pareto_nbd import ParetoNBD
from tests.forecast.models.conformance import BTYD_STOP, Evidence, Row, page, rows


@pytest.fixture(scope="module")
def evidence(shared_data: Path) -> Evidence:
    return Evidence(shared_data)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_published_figure(row: Row, evidence: Evidence) -> None:
    assert float(row.compute(evidence)) == pytest.approx(row.published, abs=row.tolerance, rel=0)


def test_publishers_stopping_point_explains_all_seven_figures() -> None:
    model = ParetoNBD(*BTYD_STOP)
    assert float(model.expected_purchases(52, 0, 0, 0)) == pytest.approx(1.473434, abs=5e-7)
    assert float(model.probability_alive(26, 30 + 6 / 7, 31)) == pytest.approx(0.997874, abs=5e-7)


def test_no_figure_is_listed_twice() -> None:
    names = [row.name for row in rows()]
    assert len(names) == len(set(names))


def test_page_in_the_docs_is_current(evidence: Evidence, root: Path) -> None:
    """Figures of coverage stand as they were measured; the slow suite counts and prints them anew."""
    assert (root / "docs" / "conformance.md").read_text(encoding="utf-8") == page(evidence)
