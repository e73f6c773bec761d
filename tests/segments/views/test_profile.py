"""The blocks of a profile page: what they say is what the records hold, and nothing unproved is said."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from segkit.customers.partition import Segment
from segkit.data.schema import Money
from segkit.errors import ParameterError
from segkit.page import Block
from segkit.page import head as page_head
from segkit.segments.measure.crossing import cross_table
from segkit.segments.measure.panel import segment_panel
from segkit.segments.measure.profiles import segment_profile
from segkit.segments.measure.segment_quality import segment_quality
from segkit.segments.measure.sizes import segment_sizes
from segkit.segments.profile_records import CrossTable
from segkit.segments.views.panel import (
    absent_models_table,
    cross_table_block,
    panel_segments_table,
    panel_table,
    segment_quality_table,
)
from segkit.segments.views.profile import (
    chosen_segment,
    profile_table,
    profile_tiles,
    traits_table,
    yield_table,
)
from segkit.segments.views.profile_chart import trait_index
from segkit.segments.views.segment_decisions import profile_leads
from tests.customers.worlds import World
from tests.segments.measure.profiled import asked

DEFINITIONS = {
    "orders": {"kind": "bands", "column": "orders", "edges": [25, 100]},
    "hostile": {
        "kind": "rules",
        "rules": [
            {"name": "<script>alert('x')</script>", "when": "orders > 60"},
            {"name": "y" * 10_000, "when": "orders > 20"},
            {"name": '😀 "quoted"', "when": "orders > 0"},
        ],
    },
}


@pytest.fixture(scope="module")
def records(grocery: World) -> dict[str, Any]:
    segmented = asked(grocery, DEFINITIONS, "orders")
    return {
        "sizes": segment_sizes(segmented),
        "quality": segment_quality(segmented),
        "profile": segment_profile(segmented),
        "panel": segment_panel(segmented),
        "cross": cross_table(segmented, "hostile"),
    }


def text(block: Block | None) -> str:
    assert block is not None
    return " ".join(statement.text for statement in block.statements())


def test_the_headline_leads_with_who_brings_most(records: dict[str, Any]) -> None:
    head = page_head(records["profile"], subject="Grocer")
    assert head.fields["headline"].text.startswith("100 and more, 17.6\u202f% of households, bring 42.6\u202f%")
    other = page_head(records["profile"], about="Under 25")
    assert other.fields["headline"].text.startswith("Under 25")
    with pytest.raises(ParameterError, match="Did you mean `Under 25`"):
        chosen_segment(records["profile"], "Under 2")


def test_a_headline_is_about_large_differences_alone(records: dict[str, Any]) -> None:
    """354 days against 327 says nothing, however certain it is; a difference of a deviation does."""
    profile = records["profile"]
    which = profile.segments[2].name
    own = profile.frame["segment"] == which
    first = profile.frame.index[own & (profile.frame["feature"] == "Since first purchase")][0]
    frame = profile.frame.assign(distinct=False)
    frame.loc[first, ["distinct", "value", "rest", "index", "effect", "defining", "suppressed"]] = [
        *(True, 354.0, 327.0, 1.08, 0.54, False, False)
    ]
    assert ";" not in page_head(replace(profile, frame=frame)).fields["headline"].text
    frame.loc[first, "effect"] = -0.81
    said = page_head(replace(profile, frame=frame)).fields["headline"].text
    assert (
        said.replace("\u202f", " ")
        .replace("\u00a0", " ")
        .endswith("; since first purchase 354 days against 327 days")
    )


def test_a_headline_that_is_too_long_names_the_value_alone(records: dict[str, Any]) -> None:
    profile = records["profile"]
    which = chosen_segment(profile)
    frame = profile.frame.assign(distinct=False)
    mine = frame.index[(frame["segment"] == which) & (frame["answer"] == "Renter")][0]
    frame.loc[mine, ["distinct", "value", "rest", "index", "effect", "suppressed"]] = [
        *(True, 0.25, 0.09, 2.8, 0.44, False)
    ]
    (lead,) = profile_leads(replace(profile, frame=frame))
    said = [sentence.text.split("; ", 1)[-1] for sentence in lead.sentences]
    assert said[:2] == ["home: Renter 2.8 times that of others", "Renter 2.8 times as often"]


def test_no_stable_segments_is_the_headline(records: dict[str, Any]) -> None:
    noise = replace(records["quality"], verdict="no stable segments", sentences=("No stable segments: noise.",))
    head = page_head(replace(records["profile"], quality=noise))
    assert head.fields["headline"].text.startswith("No stable segments")
    assert "No decision can rest" in head.fields["decision"].text
    assert "Verdict: no stable segments." in text(segment_quality_table(noise))
    shaky = page_head(replace(records["profile"], quality=replace(noise, verdict="unstable")))
    assert "whether to act on these segments at all; they are unstable" in text(shaky)


def test_what_is_uncertain_or_defined_sets_nobody_apart(records: dict[str, Any]) -> None:
    profile = records["profile"]
    said = [row["cells"][-1].text for row in profile_table(profile).fields["rows"]]
    assert not [line for line in said if "Orders" in line]
    nothing = replace(profile, frame=profile.frame.assign(distinct=False))
    rows = profile_table(nothing).fields["rows"]
    assert {row["cells"][-1].text for row in rows} == {"nothing that is certain"}
    assert trait_index(nothing, profile.segments[0].name) is None
    assert trait_index(replace(profile, segments=()), "") is None
    drawn = trait_index(profile, profile.segments[2].name)
    assert drawn is not None
    assert "times that of all others" in drawn.fields["title"].text


def test_traits_state_the_records_numbers(records: dict[str, Any]) -> None:
    profile = records["profile"]
    block = traits_table(profile, "Under 25")
    assert block is not None
    frame = profile.frame[(profile.frame["segment"] == "Under 25") & ~profile.frame["defining"]]
    values = {metric.value for metric in block.metrics if metric.key.endswith("_index")}
    assert values <= set(frame["index"].dropna())
    assert len(values) > 5


def test_models_that_are_absent_are_named_with_the_reason(records: dict[str, Any]) -> None:
    panel = records["panel"]
    block = absent_models_table(panel)
    assert block is not None
    said = {row["cells"][0].text: row["cells"] for row in block.fields["rows"]}
    assert set(said) == {absent.model.capitalize() for absent in panel.absent} >= {"Firmographic", "Needs-based"}
    assert "no table survey" in said["Needs-based"][1].text
    # the lines of the dataset file that would bring it are for its owner, not for a reader of the page
    assert len(said["Needs-based"]) == 2
    assert next(one.line for one in panel.absent if one.model == "needs-based") == "needs: {kind: needs}"
    assert absent_models_table(replace(panel, absent=())) is None


def test_hostile_names_are_words_on_every_block(records: dict[str, Any], grocery: World) -> None:
    segmented = asked(grocery, DEFINITIONS, "hostile")
    sizes, quality, profile = segment_sizes(segmented), segment_quality(segmented), segment_profile(segmented)
    blocks = [
        page_head(profile),
        profile_tiles(profile),
        profile_table(profile),
        traits_table(profile),
        yield_table(sizes),
        segment_quality_table(quality),
        panel_table(records["panel"]),
        panel_segments_table(records["panel"]),
        cross_table_block(records["cross"]),
        trait_index(profile, profile.segments[1].name),
    ]
    for block in blocks:
        assert block is not None
        assert "<script" not in block.html
        assert len(block.html) < 120_000
    assert "&lt;script&gt;" in profile_table(profile).html
    assert cross_table(segmented, "").show.table() is None


def test_names_that_could_be_read_in_two_ways_keep_their_cells_apart() -> None:
    rows, columns = ("A", "A in B"), ("C", "B in C")
    shares = {("A", "C"): 0.1, ("A", "B in C"): 0.9, ("A in B", "C"): 0.4, ("A in B", "B in C"): 0.6}
    frame = pd.DataFrame(
        [
            {"row": row, "column": column, "customers": 100, "share": share, "index": 1.0, "suppressed": False}
            for (row, column), share in shares.items()
        ]
    )
    cross = CrossTable(
        first="First",
        second="Second",
        unit_name="customers",
        money=Money("EUR", 2),
        end=dt.date(2024, 3, 31),
        rows=tuple(Segment(name, "", "#123456") for name in rows),
        columns=tuple(Segment(name, "", "#123456") for name in columns),
        frame=frame,
        cramers_v=None,
        smallest=10,
    )
    block = cross_table_block(cross)
    assert block is not None
    stated = {metric.key: metric.value for metric in block.metrics}
    assert [stated[f"cross_first_{key}"] for key in ("a_column_1", "a_column_2")] == [0.1, 0.9]
    assert [stated[f"cross_first_{key}"] for key in ("a_in_b_column_1", "a_in_b_column_2")] == [0.4, 0.6]


def test_of_many_segments_those_that_nothing_sets_apart_are_folded(records: dict[str, Any]) -> None:
    profile = records["profile"]
    plain = profile.segments[0].name
    frame = profile.frame.assign(distinct=profile.frame["distinct"] & (profile.frame["segment"] != plain))
    many = replace(profile, segments=profile.segments * 3, frame=frame)
    assert len(profile.segments) <= 7 < len(many.segments)
    assert "folded" not in profile_table(profile).fields
    told = profile_table(many).fields
    assert all(row["cells"][-1].text != "nothing that is certain" for row in told["rows"])
    assert [row["cells"][0].text for row in told["folded"]["rows"]] == [plain] * 3
    assert len(told["rows"]) + len(told["folded"]["rows"]) == len(many.segments)
    # where nothing sets any apart, all are shown
    nothing = replace(many, frame=many.frame.assign(distinct=False))
    assert "folded" not in profile_table(nothing).fields
