"""Do the arms have the sizes that the draw meant?"""

from __future__ import annotations

import numpy as np
import pytest

from segkit.campaigns.models.sample_ratio import AS_THE_WHOLE, sample_ratio, sample_ratio_by_segment
from segkit.campaigns.models.verdict import worst
from segkit.errors import DataError, ParameterError


def test_lost_customers_block() -> None:
    found = sample_ratio({"treated": 48_500, "control": 50_000})
    assert found.verdict.status == "blocked"
    assert "48,500 of 49,250 expected" in found.verdict.sentence
    assert found.p_value < 1e-5


def test_planned_shares_are_any_positive_scale() -> None:
    counts = {"a": 801, "b": 99, "c": 100}
    one = sample_ratio(counts, {"a": 80, "b": 10, "c": 10})
    two = sample_ratio(counts, {"a": 0.8, "b": 0.1, "c": 0.1})
    assert one.p_value == pytest.approx(two.p_value)
    assert one.verdict.status == "ok"
    assert one.df == 2


@pytest.mark.parametrize(
    ("counts", "shares", "words"),
    [
        ({"a": 1}, None, "needs at least two arms"),
        ({"a": 1, "b": 2}, {"a": 1.0, "c": 1.0}, "planned shares are for"),
        ({"a": 1, "b": 2}, {"a": 1.0, "b": 0.0}, "above zero"),
    ],
)
def test_a_sample_ratio_needs_a_plan(counts: dict[str, int], shares: dict[str, float] | None, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        sample_ratio(counts, shares)


def test_nobody_at_all_is_no_sample() -> None:
    with pytest.raises(DataError, match="at least one must be above"):
        sample_ratio({"a": 0, "b": 0})


def test_one_bad_segment_among_twenty_blocks_and_twenty_good_ones_do_not() -> None:
    random = np.random.default_rng(1)
    clean = {f"s{k}": dict(zip("tc", map(int, random.multinomial(2000, [0.5, 0.5])), strict=True)) for k in range(20)}
    assert worst(f.verdict for f in sample_ratio_by_segment(clean).values()) == "ok"
    faulty = {**clean, "s7": {"t": 800, "c": 1000}}
    found = sample_ratio_by_segment(faulty)
    assert [name for name, f in found.items() if f.verdict.status == "blocked"] == ["s7"]
    assert "s7" in found["s7"].verdict.check


def test_within_chance_among_many_segments() -> None:
    counts = {f"s{k}": {"t": 1000, "c": 1000} for k in range(20)}
    counts["s3"] = {"t": 926, "c": 1074}  # p = .0009 by itself
    assert sample_ratio(counts["s3"]).verdict.status == "blocked"
    assert sample_ratio_by_segment(counts)["s3"].verdict.status == "ok"


def test_tiny_segments_are_not_tested() -> None:
    assert sample_ratio_by_segment({"empty": {"t": 0, "c": 0}, "few": {"t": 4, "c": 0}}) == {}


def test_a_segment_is_named_and_no_plan_is_invented_for_it() -> None:
    found = sample_ratio({"t": 84, "c": 42}, {"t": 0.5, "c": 0.5}, where="North", meant=AS_THE_WHOLE).verdict.sentence
    assert str(found).startswith(
        "in North the arms are not of the sizes of the whole campaign, in proportion (t 84 of 63"
    )
    assert "planned" not in str(found)
