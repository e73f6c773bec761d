"""A sentence of a lower room: the same words in plain text and on a page, and each number a metric there."""

from __future__ import annotations

import pytest

from segkit.errors import ReportError
from segkit.page.block import Block
from segkit.page.telling import telling
from segkit.statistics.told import Figure, Quoted, Told


def told(p: float = 0.034) -> Told:
    return Told.of(
        "{arm} has {n} customers ({p}): too many", arm=Quoted("arm 2"), n=Figure(3_000, "count"), p=Figure(p, "p")
    )


def test_it_reads_alike_as_text_and_on_a_page() -> None:
    assert told() == "arm 2 has 3,000 customers (p = 0.034): too many"
    assert telling(told(), "check").text == "Arm 2 has 3,000 customers (p = 0.034): too many"


@pytest.mark.parametrize(
    ("p", "written"),
    [(0.8, "p = 0.8"), (1.0, "p = 1"), (0.00102, "p = 0.001"), (9.9e-4, "p < 0.001"), (0.0, "p < 0.001")],
)
def test_a_p_value_is_written_as_readers_know_it(p: float, written: str) -> None:
    assert f"({written})" in told(p)
    assert f"({written})" in telling(told(p), "check").text


def test_its_numbers_are_metrics_unrounded() -> None:
    block = Block.of("notes", {"paragraphs": [telling(told(2e-9), "check")], "terms": []})
    assert {m.key: m.value for m in block.metrics} == {"check_n": 3_000, "check_p": 2e-9}
    assert Block.from_payload(block.payload()).payload() == block.payload()


def test_a_number_among_the_words_is_refused() -> None:
    with pytest.raises(ReportError, match="traced to no metric"):
        Block.of("notes", {"paragraphs": [telling(Told.of("20 are too few"), "check")], "terms": []})


def test_several_become_one_and_one_is_cut_at_a_mark() -> None:
    both = Told.joined([told(), told(0.5)], "; ")
    assert [m.key for m in telling(both, "c").metrics] == ["c_n_1", "c_p_1", "c_n_2", "c_p_2"]
    cut = told().before(":")
    assert cut == "arm 2 has 3,000 customers (p = 0.034)"
    assert telling(cut, "c").metrics == telling(told(), "c").metrics


def test_plain_text_is_segkits_own_words() -> None:
    assert [n.text for n in telling("nothing fits", "c").names] == ["Nothing fits"]
    with pytest.raises(ReportError, match="traced to no metric"):
        telling("nothing of 3 fits", "c").verify({})
    told = telling(Told.of("nothing of {n} fits", n=Figure(3, "count")), "c")
    assert (told.text, [m.key for m in told.metrics]) == ("Nothing of 3 fits", ["c_n"])


def test_the_users_own_words_stay_as_they_are() -> None:
    told = telling(Told.own("spent 100 EUR, and rose"), "c")
    told.verify({})
    assert [(n.text, n.whose) for n in told.names] == [("Spent 100 EUR, and rose", "user")]


def test_two_figures_of_one_name_have_two_keys() -> None:
    parts = [Told.of("{n} days", n=Figure(n, "count")) for n in (3, 5, 3)]
    told = Told.of("{a}, {b}, {c}", a=parts[0], b=parts[1], c=parts[2])
    assert [(m.key, m.value) for m in telling(told, "c").metrics] == [("c_n", 3), ("c_n_2", 5), ("c_n", 3)]
