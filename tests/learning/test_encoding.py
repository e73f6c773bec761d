"""Encodings: finite, by stated rules, and honest about what they leave out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ModelError
from segkit.learning.encoding import Feature, fit_encoding
from tests.learning.made import FEATURES, world


def test_every_kind_of_column() -> None:
    raw, _, _ = world(2_000)
    encoding = fit_encoding(FEATURES, raw)
    assert [(c.feature, c.op) for c in encoding.columns] == [
        ("tickets", "value"),
        ("usage", "value"),
        ("months", "band"),
        ("months", "band"),
        ("plan", "level"),
        ("plan", "level"),
        ("noise", "value"),
    ]
    assert encoding.reference == {"months": "24 and more", "plan": "postpaid"}
    matrix = encoding.matrix(raw)
    np.testing.assert_array_equal(matrix[:, 4], raw["plan"] == "prepaid")
    np.testing.assert_allclose(matrix[:, 0].mean(), 0, atol=1e-9)
    np.testing.assert_allclose(matrix[:, 0].std(), 1, atol=1e-9)


def test_constant_and_repeated_features_are_dropped_by_name() -> None:
    raw, _, _ = world(500)
    raw |= {"same": np.full(500, 7.0), "again": raw["plan"].copy(), "empty": np.full(500, np.nan)}
    more = (Feature("same", "Same for all"), Feature("again", "Plan again", "category"), Feature("empty", "x"))
    encoding = fit_encoding((*FEATURES, *more), raw)
    assert encoding.dropped == {
        "same": "it is the same for everybody",
        "again": "it says the same as plan",
        "empty": "it is the same for everybody",
    }
    assert encoding.called["same"] == "Same for all"  # what a page says is left out
    only = fit_encoding((Feature("same", "x"),), raw)
    with pytest.raises(ModelError, match="no feature varies"):
        only.matrix(raw)


def test_unseen_levels_count_as_pooled_ones_and_are_counted() -> None:
    levels = np.array(["a"] * 500 + ["b"] * 300 + [f"rare {i}" for i in range(60)] + [""] * 40)
    encoding = fit_encoding((Feature("x", "x", "category"),), {"x": levels})
    assert [(c.op, c.levels) for c in encoding.columns] == [("level", ("b",)), ("other", ("a", "b")), ("unknown", ())]
    matrix = encoding.matrix({"x": np.array(["a", "b", "never seen", ""])})
    assert matrix.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert encoding.unseen({"x": np.array(["a", "never seen", "", "rare 3"])}) == {"x": 2}


@given(
    st.lists(st.one_of(st.just(np.nan), st.floats(-1e12, 1e12)), min_size=2, max_size=80),
    st.booleans(),
    st.lists(st.one_of(st.just(np.nan), st.floats(-1e15, 1e15)), min_size=1, max_size=20),
)
def test_any_numbers_give_finite_columns(seen: list[float], log: bool, later: list[float]) -> None:
    feature = Feature("x", "x", log=log)
    encoding = fit_encoding((feature,), {"x": np.array(seen)})
    for column in encoding.columns:
        assert np.isfinite(column.of({"x": np.array(later)})).all()
