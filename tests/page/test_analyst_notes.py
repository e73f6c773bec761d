"""Notes of a person at the head of a page."""

from __future__ import annotations

from typing import Any

import pytest

from segkit.errors import ParameterError
from segkit.page import head as page_head
from tests.kpis.views import sample

NOTE = {"as_of": "2017-12-24", "by": "A. Baker", "text": "Store 17 was flooded from 18 to 20 December."}
OTHER = {"as_of": sample.BEFORE, "by": "A. Baker", "text": "Nothing to add."}


def head(*notes: dict[str, Any]) -> Any:
    return page_head(sample.sizes(), sample.migration(), notes=notes)


def test_a_note_of_the_date_is_shown_as_that_persons_words_and_no_other() -> None:
    block = head(NOTE, OTHER)
    (said,) = block.fields["notes"]
    assert said.text == "Note by A. Baker, 24 Dec 2017: “Store 17 was flooded from 18 to 20 December.”"
    assert [one.whose for one in said.names] == ["user", "user"]
    assert "Nothing to add" not in block.html
    assert "flooded" in block.html
    assert head(OTHER).fields["notes"] == []


def test_a_note_stands_on_a_page_of_late_data_too() -> None:
    from tests.page.test_page_head import late

    assert "flooded" in page_head(late(sample.key_figures()), notes=[NOTE]).html


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ({**NOTE, "by": ""}, "note 1: “by” is missing"),
        ({**NOTE, "author": "B"}, "note 1: “author” is not known; write as_of, by, text"),
        ({**NOTE, "as_of": "last week"}, "as_of `last week` is not a date"),
        ({**NOTE, "text": "x" * 401}, "more than 400 characters"),
    ],
)
def test_what_is_wrong_with_a_note_is_said(note: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError) as error:
        head(note)
    assert said in str(error.value)
