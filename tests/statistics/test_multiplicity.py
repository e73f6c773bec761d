"""Families of comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.estimate import Refusal
from segkit.statistics.moments import Moments
from segkit.statistics.multiplicity import Adjustment, adjusted_p_values, family, pairs

from .conftest import MENS, NONE, WOMENS


def test_holm_1979_by_hand() -> None:
    """R: p.adjust(c(.01, .02, .03, .04, .05), "holm") gives .05 .08 .09 .09 .09."""
    found = adjusted_p_values([0.01, 0.02, 0.03, 0.04, 0.05], "holm")
    np.testing.assert_allclose(found, [0.05, 0.08, 0.09, 0.09, 0.09])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_is_scipys(p: list[float]) -> None:
    np.testing.assert_allclose(adjusted_p_values(p, "benjamini-hochberg"), stats.false_discovery_control(p))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_order_does_not_matter_and_adjustment_only_raises(p: list[float]) -> None:
    order = np.random.default_rng(len(p)).permutation(len(p))
    methods: tuple[Adjustment, ...] = ("holm", "benjamini-hochberg")
    for method in methods:
        found = adjusted_p_values(p, method)
        np.testing.assert_allclose(adjusted_p_values(np.array(p)[order], method), found[order])
        assert (found >= np.array(p) - 1e-15).all()
        assert (found <= 1).all()
    assert (adjusted_p_values(p, "benjamini-hochberg") <= adjusted_p_values(p, "holm") + 1e-15).all()


def test_refused_comparisons_are_not_counted() -> None:
    found = adjusted_p_values([0.02, np.nan, 0.03], "holm")
    assert found[0] == pytest.approx(0.04)
    assert np.isnan(found[1])


def test_bad_p_values_and_methods_are_refused() -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        adjusted_p_values([1.5], "holm")
    with pytest.raises(ParameterError, match="'holm' or"):
        adjusted_p_values([0.5], "bonferroni")  # type: ignore[arg-type]


def test_three_arms_of_hillstrom(hillstrom_arms: dict[str, Moments]) -> None:
    effects = {
        pair: compare_means(hillstrom_arms[pair[0]], hillstrom_arms[pair[1]], "spend")
        for pair in pairs([NONE, MENS, WOMENS], NONE)
    }
    found = {(p.treated, p.control): p for p in family(effects)}
    assert list(found) == [(MENS, NONE), (WOMENS, NONE), (MENS, WOMENS)]
    last = found[MENS, WOMENS]
    assert isinstance(last.effect, Effect)
    assert last.holm == pytest.approx(last.effect.p_value)  # the largest of three: Holm leaves it as it is
    first = found[MENS, NONE]
    assert isinstance(first.effect, Effect)
    assert first.holm == pytest.approx(3 * first.effect.p_value)


def test_a_refused_pair_stays_in_the_family_without_a_number() -> None:
    found = family({("a", "b"): Refusal("too few", 1, 1)})
    assert (found[0].holm, found[0].benjamini_hochberg) == (None, None)
    assert family({}) == ()
    with pytest.raises(ParameterError, match="not among the arms"):
        pairs(["a", "b"], "c")
