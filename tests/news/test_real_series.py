"""The table of docs/explanation/news.md says what the gate calls news on whole histories of real data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segkit.demo.grocery import locate_grocery
from segkit.errors import ParameterError
from tests.news.real_series import SERIES, counts, opened, weeks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "news.md"
COLUMNS = ("judged", "news", "slow", "calendar", "few", "old gate")


def stated(name: str) -> tuple[int, ...]:
    """The numbers of a data set's row."""
    (row,) = re.findall(rf"^\| {name}[^|]*\|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(int(cell) for cell in row.split("|"))


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow if one == "grocery" else pytest.mark.soak) for one in SERIES]
)
def test_the_page_states_what_is_called_news_on_real_data(name: str, shared_data: Path) -> None:
    if name == "grocery":
        try:
            locate_grocery()
        except ParameterError as error:
            pytest.skip(str(error))
    found = counts(weeks(opened(name)))
    assert tuple(found[column] for column in COLUMNS) == stated(name)
