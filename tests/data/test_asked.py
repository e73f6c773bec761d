"""Arguments that came as text are read, or refused with name, value and what to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from segkit.data.asked import asked
from segkit.errors import ParameterError


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        (13, int, 13),
        (np.int64(13), int, 13),
        (np.float64(0.5), float, 0.5),
        (np.True_, bool, True),
        (("a", "b"), list[str], ["a", "b"]),
        ("week", str, "week"),
        ("12", float, 12.0),
    ],
)
def test_what_fits(value: Any, kind: Any, read: Any) -> None:
    assert asked(value, kind, "x") == read


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        ("many", int, "periods: `many` is text; a whole number is needed. Write periods=13 or the like."),
        (None, int, "periods: `None` is nothing; a whole number is needed. Write periods=13 or the like."),
        (13, str, 'periods: `13` is a whole number; text is needed. Write periods="a" or the like.'),
        (
            "x" * 500,
            float,
            "periods: `" + "x" * 59 + "…` is text; a number is needed. Write periods=0.1 or the like.",
        ),
        (
            "1",
            dict[str, float],
            'periods: `1` is text; a mapping to numbers is needed. Write periods={"a": 0.1} or the like.',
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(value: Any, kind: Any, said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        asked(value, kind, "periods")
    assert str(caught.value) == said
