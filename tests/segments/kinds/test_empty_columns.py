"""A column without a single value divides nobody: the segmentation is refused in words, and told apart from few values."""

from __future__ import annotations

import pytest

from segkit.errors import DataError, ParameterError
from tests.segments.kinds.everyone import Bench, rows, table

BY_AGE = {"column": "age", "edges": [30, 50]}


@pytest.mark.parametrize(("kind", "options"), [("attribute", {"column": "city"}), ("bands", BY_AGE)])
def test_a_column_that_is_empty_for_everybody_is_refused(kind: str, options: dict[str, object]) -> None:
    empty = {**rows(30), "city": [None] * 30, "age": [None] * 30}
    with pytest.raises(DataError, match=f"`{options['column']}` is empty for all 30 customers"):
        Bench(table(empty)).fit(kind, options)
    few = {name: values[:3] for name, values in empty.items()}
    Bench(table(few)).fit(kind, options)  # of three it may be empty by chance: all of them are Unassigned
    one = {**empty, "city": ["Bonn", *[None] * 29], "age": [40, *[None] * 29]}
    assert Bench(table(one)).fit(kind, options).segments


def test_bands_of_text_are_told_to_take_its_values() -> None:
    with pytest.raises(
        ParameterError, match=r"`column: city` holds text, not numbers\. For its values, write `kind: attr"
    ):
        Bench(table(rows(30))).fit("bands", {"column": "city", "edges": [1]})
