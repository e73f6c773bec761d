"""Statements: every number and every direction traced."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import ReportError
from segkit.page import (
    Block,
    Metric,
    Statement,
    cited,
    day,
    direction,
    literal,
    name,
    number,
    own_name,
    own_words,
    words,
)
from segkit.page.statement import Name, Number

LEFT = Metric("left", 1240, "customers")
CHANGE = Metric("change", -0.008, "share")
PAGE = {metric.key: metric for metric in (LEFT, CHANGE)}


def test_text_is_made_of_template_and_pieces() -> None:
    said = Statement.of(
        "{n} left {who} on {d}: {by}",
        n=LEFT,
        who=own_name("Top 10"),
        d=day(dt.date(2017, 12, 24)),
        by=number(CHANGE, "size"),
    )
    assert said.text == "1,240 left Top 10 on 24 Dec 2017: 0.8\u202f%"
    said.verify(PAGE)
    assert said.metrics == (LEFT, CHANGE)


@pytest.mark.parametrize("typed", ["12 customers left", "customers went up", "Sales FELL", "▲ sales", "٣ sales"])
def test_a_typed_number_or_direction_is_refused(typed: str) -> None:
    with pytest.raises(ReportError, match="traced to no metric"):
        literal(typed).verify(PAGE)


def test_up_to_is_no_direction() -> None:
    literal("up to and including").verify({})


def test_a_number_that_the_page_does_not_have_is_refused() -> None:
    with pytest.raises(ReportError, match="does not have"):
        Statement.of("{n}", n=Metric("other", 1, "count")).verify(PAGE)


def test_a_number_of_another_value_is_refused() -> None:
    with pytest.raises(ReportError, match="the page has 1240"):
        Statement.of("{n}", n=Metric("left", 1241, "customers")).verify(PAGE)


def test_a_number_written_wrongly_is_refused() -> None:
    with pytest.raises(ReportError, match="is written '1,240'"):
        Statement((Number(LEFT, "plain", "1,250"),)).verify(PAGE)


def test_direction_words_obey_variation() -> None:
    assert direction(CHANGE, "news").text == "fell"
    assert direction(CHANGE, "news", "arrow").text == "▼"
    assert direction(CHANGE, "news", "judgement", "up").text == "worse"
    assert direction(CHANGE, "news", "judgement", "down").text == "better"
    for form in ("verb", "adverb", "arrow", "judgement", "verdict"):
        for variation in ("normal", "early", "calendar", "missing"):
            quiet = direction(CHANGE, variation, form, "up").text  # type: ignore[arg-type]
            literal(quiet).verify({})  # no word of direction is in it
    with pytest.raises(ReportError, match="neither direction"):
        direction(CHANGE, "news", "judgement")


def test_a_direction_changed_after_the_fact_is_refused() -> None:
    honest = direction(CHANGE, "normal")
    with pytest.raises(ReportError, match="within normal variation"):
        Statement((dataclasses.replace(honest, text="fell"),)).verify(PAGE)


def test_plain_text_for_a_piece_is_refused() -> None:
    with pytest.raises(ReportError, match=r"name\(…\)"):
        Statement.of("{who} left", who="Top 10")
    with pytest.raises(ReportError, match="nothing was given"):
        Statement.of("{who} left")


@given(text=st.text(max_size=200))
def test_any_name_passes_and_comes_back(text: str) -> None:
    said = Statement.of("{who} left", who=own_name(text, 20))
    said.verify({})
    assert len(said.text) <= 25
    assert "\n" not in said.text
    payload = json.loads(json.dumps(said.payload()))
    assert Statement.from_payload(payload, {}) == said


@pytest.mark.parametrize(
    "said", [name("Top 10"), name("3,000 left"), cited("Top 10"), cited("p 0.05"), cited("2025")]
)
def test_a_number_in_segkits_own_words_is_refused(said: Name) -> None:
    """A number has to be a metric; the user's own words are told apart where they come in."""
    made = Statement.of("{said}", said=said)
    with pytest.raises(ReportError):
        made.verify({})
    with pytest.raises(ReportError):
        Block.of("notes", {"paragraphs": [made], "terms": []})
    with pytest.raises(ReportError):
        Statement.from_payload(json.loads(json.dumps(made.payload())), {}).verify({})


def test_the_users_words_and_works_of_the_literature_may_hold_any_digit() -> None:
    for said in (own_name("Top 10"), cited("Radcliffe 2007"), cited("Yadlowsky et al. 2025"), name("Top")):
        Block.of("notes", {"paragraphs": [Statement.of("{said}", said=said)], "terms": []})
    Block.of("notes", {"paragraphs": [own_words("20 of 30")], "terms": []})


def test_long_and_hostile_names() -> None:
    assert name("x" * 10_000, 30).text == "x" * 29 + "…"
    assert name("a\u202eb\x00c\nd").text == "a b c d"
    assert name("").text == "–"
    assert words("{not a field} <script>").text == "{not a field} <script>"


def test_payload_comes_back_the_same() -> None:
    said = Statement.of(
        "{a} {b} {c} {d}",
        a=LEFT,
        b=direction(CHANGE, "news"),
        c=day(dt.date(2017, 1, 1), dt.date(2017, 2, 1)),
        d=name("x"),
    )
    assert Statement.from_payload(json.loads(json.dumps(said.payload())), PAGE) == said


def test_a_payload_with_another_value_is_refused() -> None:
    payload = Statement.of("{a}", a=LEFT).payload()
    payload[0]["value"] = 1241
    with pytest.raises(ReportError, match="does not have so"):
        Statement.from_payload(payload, PAGE)
