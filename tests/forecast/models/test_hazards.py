"""Counted chances of leaving: against plain loops, in worlds whose truth is known, and beyond what was seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.forecast.models.contractual import RenewalCells
from segkit.forecast.models.hazards import CountedRetention, counted_retention
from segkit.forecast.models.sbg import SBG, fit_sbg

MONTHS_KNOWN = 6


def bathtub(ages: int) -> np.ndarray:
    """Many leave at first, some when two years are over, few in between: as no mixture of steady customers does."""
    hazard = np.full(ages + 1, 0.010)
    hazard[1:7] = 0.08
    hazard[24] = 0.15
    hazard[61:] = 0.03
    return hazard


def seen_for_six_months(rng: np.random.Generator, hazard: np.ndarray, a_month: int, ages: int) -> RenewalCells:
    """Contracts that began over ten years, of which those alone are known that still ran six months ago."""
    renewal, left, entry = [], [], []
    for age in range(ages + 1):  # whole months since the start
        alive = np.ones(a_month, dtype=bool)
        gone_at = np.zeros(a_month)
        for month in range(1, age + 1):
            leaves = alive & (rng.random(a_month) < hazard[month])
            gone_at[leaves] = month
            alive &= ~leaves
        begin = max(age - MONTHS_KNOWN, 0)
        known = alive | (gone_at > begin)
        renewal += np.where(gone_at > 0, gone_at, age)[known].tolist()
        left += (gone_at > 0)[known].tolist()
        entry += [begin] * int(known.sum())
    late = np.array(entry, dtype=float)
    return RenewalCells.of(renewal, np.array(left, dtype=float), None, (late, np.ones(late.size)))


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(1, 8), st.booleans()).filter(lambda row: row[0] < row[1]),
        min_size=1,
        max_size=40,
    )
)
def test_counts_are_those_of_plain_loops(rows: list[tuple[int, int, bool]]) -> None:
    cells = RenewalCells.of(
        [renewal for _, renewal, _ in rows],
        [float(gone) for _, _, gone in rows],
        None,
        ([entry for entry, _, _ in rows], [1.0] * len(rows)),
    )
    found = CountedRetention.of(SBG(1.0, 10.0), cells)
    for month in range(1, 9):
        there = sum(entry < month <= renewal for entry, renewal, _ in rows)
        gone = sum(renewal == month and left for _, renewal, left in rows)
        if month <= found.at_risk.size:
            assert (found.at_risk[month - 1], found.gone[month - 1]) == (there, gone)
        else:
            assert there == 0


@pytest.mark.parametrize("seed", range(3))
def test_ends_known_for_six_months_tell_of_every_age(seed: int) -> None:
    """Contracts are up to ten years old; who is fitted on the young ones alone is wrong by a factor of four."""
    truth = bathtub(180)
    cells = seen_for_six_months(np.random.default_rng(seed), truth, 300, 120)
    found = counted_retention(fit_sbg(*cells_of(cells)), cells)
    for age in range(1, 121):
        counted = found.gone[age - 1] / found.at_risk[age - 1]
        # each counted age is followed as far as chance allows
        error = np.sqrt(truth[age] * (1 - truth[age]) / found.at_risk[age - 1])
        assert abs(float(found.hazard(age)) - truth[age]) < 4.5 * error + 0.01
        assert abs(float(found.hazard(age)) - counted) < 3 * error + 0.01
    ahead = np.arange(1, 61)
    for age in range(0, 61, 5):
        said = float(found.survival(ahead, tenure=age).sum())
        wanted = float(np.cumprod(1 - truth[age + 1 : age + 61]).sum())
        assert said == pytest.approx(wanted, rel=0.10), age
    fresh = cells_of_fresh(cells)
    assert float(fit_sbg(*fresh).survival(ahead, tenure=30).sum()) < 0.6 * float(np.cumprod(1 - truth[31:91]).sum())


def cells_of(cells: RenewalCells) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    return cells.renewal, cells.left, cells.weight, (cells.entry, cells.entered)


def cells_of_fresh(cells: RenewalCells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Those that began within the six months: their first six renewals are all that they tell."""
    young = cells.renewal <= MONTHS_KNOWN
    return cells.renewal[young], cells.left[young], cells.weight[young]


def test_a_group_leans_on_the_whole_at_its_own_level() -> None:
    """Those who leave twice as readily as the others are seen for a year only; what comes is twice as much too."""
    rng = np.random.default_rng(9)
    truth = bathtub(180)

    def drawn(hazard: np.ndarray, customers: int, longest: int) -> RenewalCells:
        stays = np.concatenate([[1.0], np.cumprod(1 - hazard[1:])])
        gone = np.searchsorted(-stays, -rng.random(customers)).astype(float)
        seen = rng.integers(1, longest + 1, customers).astype(float)
        return RenewalCells.of(np.minimum(gone, seen), (gone <= seen).astype(float))

    whole, group = drawn(truth, 40_000, 100), drawn(2 * truth, 4_000, 12)
    found = counted_retention(counted_retention(fit_sbg(*cells_of(whole)), whole), group)
    for age in (3, 6, 9, 12):
        wanted = float(np.cumprod(1 - 2 * truth[age + 1 : age + 61]).sum())
        assert found.months_to_come(60, age) == pytest.approx(wanted, rel=0.08)


def test_a_right_model_is_left_as_it_is() -> None:
    rng = np.random.default_rng(5)
    truth = SBG(1.2, 16.0)
    gone = truth.simulate(20_000, rng)
    seen = rng.integers(1, 40, gone.size).astype(float)
    cells = RenewalCells.of(np.minimum(gone, seen), (gone <= seen).astype(float))
    model = fit_sbg(cells.renewal, cells.left, cells.weight)
    found = counted_retention(model, cells)
    assert found.strength > 10_000
    ahead = np.arange(0, 60)
    np.testing.assert_allclose(found.survival(ahead), model.survival(ahead), atol=0.01)
    np.testing.assert_allclose(found.survival(ahead), truth.survival(ahead), atol=0.015)


def test_beyond_what_was_seen_the_model_speaks_at_the_level_of_the_last_year_seen() -> None:
    model = SBG(1.0, 20.0)
    cells = RenewalCells.of([1, 2, 3, 4, 4], [1, 1, 1, 1, 0], [30, 10, 10, 10, 40])
    found = counted_retention(model, cells)
    assert found.at_risk.tolist() == [100, 70, 60, 50]
    assert found.gone.tolist() == [30, 10, 10, 10]
    expected = sum(there * (1 - float(model.retention(m))) for m, there in ((1, 100), (2, 70), (3, 60), (4, 50)))
    level = (60 + 5) / (expected + 5)  # five leavers as the model says are added
    for month in (5, 6, 50):
        assert float(found.hazard(month)) == pytest.approx(level * (1 - float(model.retention(month))), rel=1e-9)
    assert float(found.survival(2, tenure=4)) == pytest.approx(
        (1 - float(found.hazard(5))) * (1 - float(found.hazard(6)))
    )
    np.testing.assert_allclose(found.survival(4), np.prod([1 - float(found.hazard(m)) for m in (1, 2, 3, 4)]))
    assert (np.diff(found.survival(np.arange(60))) <= 0).all()
