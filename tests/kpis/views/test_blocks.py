"""What a notebook says to its page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pandas as pd
import pytest

from segkit.customers.views.quality import quality_section
from segkit.errors import ParameterError, ReportError
from segkit.kpis.views.tiles import tiles
from segkit.kpis.views.what_changed import what_changed
from segkit.news.judgement import MISSING, Judgement
from segkit.page import Metric, union
from segkit.page import head as page_head
from segkit.page.action_table import actions
from segkit.page.format import MINUS
from segkit.page.notes import note as note_block
from segkit.segments.views.drawn_segments import segment_numbers, sizes_line
from segkit.segments.views.segment_decisions import sizes_leads
from segkit.segments.views.size_tables import flows_table, migration_table, segment_table
from segkit.value.views.concentration import concentration_table
from tests.kpis.views import sample

CALM = ("normal",) * len(sample.NAMES)
QUIET_FIGURES = sample.figures(sample.key_figures()[0], sample.key_figures()[3])


def told(block: object, field: str) -> str:
    return block.fields[field].text.replace("\u202f", " ")  # type: ignore[attr-defined, no-any-return]


def cells(block: object, row: int) -> list[str]:
    return [cell.text.replace("\u202f", " ") for cell in block.fields["rows"][row]["cells"]]  # type: ignore[attr-defined]


def test_tiles_say_change_and_whether_it_is_good() -> None:
    block = tiles(sample.key_figures())
    active, revenue, risk, orders = block.fields["tiles"]
    assert active["change"].text.replace("\u202f", " ") == "+0.1 %, within normal variation"
    assert active["tone"] == "neutral"
    assert active["limits"].text.replace("\u202f", " ") == "would be news below −1.2 % or above +1.1 %"
    assert revenue["limits"].text.replace("\u202f", " ") == "normal: −4.7 % to +2.9 %"
    assert orders["limits"] is None
    assert revenue["value"].text == "$85,400"
    assert revenue["change"].text.replace("\u202f", " ") == "▼ 8.5 % (worse)"
    assert revenue["versus"].text == "vs 17 Dec 2017"
    assert revenue["range"].text == "$85,400 to $93,400 in 12 weeks"
    assert risk["change"].text.replace("\u202f", " ") == "▲ 0.6 pp (worse)"
    assert orders["change"].text == "no earlier period"
    assert orders["spark"] is None
    better = dataclasses.replace(sample.key_figures()[1], better="down")
    assert tiles(sample.figures(better)).fields["tiles"][0]["tone"] == "better"
    neither = dataclasses.replace(sample.key_figures()[1], better=None)
    assert tiles(sample.figures(neither)).fields["tiles"][0]["change"].text == "▼ 8.5\u202f%"


SLOW = Judgement(
    "slow",
    11_835,
    11_700,
    11_970,
    "lately",
    since=dt.date(2017, 11, 27),
    lately=11_845.0,
    before=11_280.0,
    periods=52,
)
EXCUSED = Judgement("normal", 11_835, 11_700, 11_900, event="the week before Christmas", periods=44)
"""Within the range of ordinary weeks, in an event of which no earlier one is known."""
FEW = Judgement("few", 11_835, 11_000, 12_600, "the same event before", event="Christmas week", periods=44)
FEAST = Judgement("calendar", 11_835, 11_700, 11_800, event="the week before Christmas", periods=44)


def test_a_slow_change_is_told_with_the_day_since_when() -> None:
    slow = sample.figures(dataclasses.replace(sample.key_figures()[0], judgement=SLOW))
    (tile,) = tiles(slow).fields["tiles"]
    assert tile["change"].text.replace("\u202f", " ") == "▲ 5.0 % since 27 Nov 2017 (better)"
    assert tile["tone"] == "better"
    block = page_head(sample.sizes(variation=CALM), slow)
    assert told(block, "headline") == ("Active households grew 5.0 % since 27 Nov 2017; segments stable")
    first = what_changed(slow, sample.sizes(variation=CALM)).fields["bullets"][0]
    assert first["lead"].text.replace("\u202f", " ") == "Active households +5.0 % since 27 Nov 2017."
    assert first["text"].text.startswith("On average 11,845 in the last four periods, 11,280 before")


def test_where_the_calendar_explains_it_is_named_instead_of_a_verdict() -> None:
    feast = sample.figures(dataclasses.replace(sample.key_figures()[0], judgement=FEAST))
    (tile,) = tiles(feast).fields["tiles"]
    assert "the week before Christmas, with no earlier one to compare with" in tile["change"].text
    assert tile["tone"] == "neutral"
    block = page_head(sample.sizes(variation=CALM), feast)
    assert told(block, "headline") == (
        "The week before Christmas: active households 11,855, the highest of 12 weeks; no year-ago figure; segments stable"
    )
    assert told(block, "decision").startswith("No decision can rest on the week before Christmas alone")
    longer = dataclasses.replace(feast.figures[0], history=(11_000.0,) * 52 + feast.figures[0].values[-1:])
    block = page_head(sample.sizes(variation=CALM), sample.figures(longer))
    assert told(block, "headline") == (
        "The week before Christmas: active households 11,855, the highest of 53 weeks; a year ago 11,000; segments stable"
    )
    first = what_changed(feast, sample.sizes(variation=CALM)).fields["bullets"][0]
    assert first["lead"].text == "The week before Christmas."


def test_what_a_few_customers_make_is_said_and_is_no_verdict() -> None:
    found = sample.figures(dataclasses.replace(sample.key_figures()[1], judgement=FEW))
    (tile,) = tiles(found).fields["tiles"]
    assert tile["change"].text.endswith(", a few customers make the difference")
    assert tile["tone"] == "neutral"
    block = page_head(sample.sizes(variation=CALM), found)
    assert told(block, "headline") == (
        "Revenue, week −8.5 % to $85,400: a few customers make the difference; segments stable".replace("−", MINUS)
    )
    assert not block.fields["decisions"]
    first = what_changed(found, sample.sizes(variation=CALM)).fields["bullets"][0]
    assert "a few customers make the difference" in first["text"].text


def test_the_range_of_ordinary_weeks_is_stated_where_no_earlier_event_is_known() -> None:
    quiet = sample.figures(dataclasses.replace(sample.key_figures()[0], judgement=EXCUSED))
    (tile,) = tiles(quiet).fields["tiles"]
    assert tile["limits"].text.startswith("ordinary: ")


def test_a_value_off_the_expected_against_its_change_is_told_without_a_direction() -> None:
    """It recovers from a trough and is still too low: "grew" would mislead, "fell" would be wrong."""
    low = Judgement("news", 12_500, 12_000, 13_000, "lately", periods=52)
    found = sample.figures(dataclasses.replace(sample.key_figures()[0], judgement=low))
    assert "outside normal variation" in tiles(found).fields["tiles"][0]["change"].text
    said = told(page_head(sample.sizes(variation=CALM), found), "headline")
    assert said.startswith("Active households at 11,855, where 12,500 was expected")


def test_a_segment_that_grows_slowly_is_news() -> None:
    sizes = sample.sizes(variation=("normal", "normal", "slow", "normal", "normal", "normal"))
    frame = sizes.frame.assign(
        slow_since=[None, None, dt.date(2017, 11, 6), None, None, None],
        before_slow=pd.array([None, None, 2_207, None, None, None], "Int64"),
    )
    block = page_head(dataclasses.replace(sizes, frame=frame), QUIET_FIGURES)
    assert told(block, "headline").startswith("Overdue grew 46.0 % since 6 Nov 2017, to 3,222 households")


def test_a_tile_of_an_unknown_value() -> None:
    lost = dataclasses.replace(sample.key_figures()[0], values=(None,) * 12, judgement=MISSING)
    tile = tiles(sample.figures(lost)).fields["tiles"][0]
    assert (tile["value"].text, tile["change"].text) == ("–", "not known for this period")


def test_no_more_than_five_tiles() -> None:
    many = [dataclasses.replace(sample.key_figures()[0], key=f"k{at}") for at in range(6)]
    with pytest.raises(ReportError, match="6 tiles"):
        tiles(sample.figures(*many))


def test_segments_of_a_year_ago_stand_in_a_column_where_history_reaches() -> None:
    sizes = sample.sizes()
    then = sizes.history[sizes.history["date"] == sample.BEFORE].assign(date=sample.END - dt.timedelta(weeks=52))
    longer = dataclasses.replace(sizes, history=pd.concat([then, sizes.history]))
    table = longer.show.table().fields
    at = [column["label"].text for column in table["columns"]].index("A year ago")
    counts = [row["cells"][at].text for row in table["rows"]]
    expected = [int(count) for count in then["customers"]]
    assert counts == [f"{count:,}" for count in (*expected, sum(expected))]
    assert "A year ago" not in sizes.show.table().html


def test_what_a_year_has_made_of_a_segment_is_told_where_nothing_is_news() -> None:
    """No single month of a slow decay is news; a quiet page says where it has led."""
    sizes = sample.sizes(variation=CALM)
    now = sizes.history[sizes.history["date"] == sample.END]

    def headline(lapsed: int) -> str:
        then = now.assign(date=sample.END - dt.timedelta(weeks=52))
        then.loc[then["segment"] == "Lapsed", "customers"] = lapsed
        longer = dataclasses.replace(sizes, history=pd.concat([then, sizes.history]))
        return str(told(page_head(longer, sample.migration(), QUIET_FIGURES), "headline"))

    lapsed = int(now.set_index("segment")["customers"]["Lapsed"])
    assert headline(lapsed + 9_000) == f"Segments stable; Lapsed {lapsed:,}, a year ago {lapsed + 9_000:,}"
    assert headline(lapsed) == "Segments stable; 809 households switched, most from Active to Overdue"


def test_customers_who_have_left_are_not_called_present() -> None:
    left = dataclasses.replace(sample.sizes(), total_left=4_000).show.table().fields["notes"][0].text
    assert left == "Counted are all who ever were households: 15,995 are, 4,000 have left."
    assert "have left" not in sample.sizes().show.table().html


def test_what_changed_sums_to_the_whole() -> None:
    block = what_changed(sample.key_figures(), sample.sizes(), sample.migration())
    said = [(b["lead"].text if b["lead"] else "") + " " + b["text"].text for b in block.fields["bullets"]]
    assert len(said) <= 5
    assert "382 moved in (296 from Active, 86 from New), 255 moved out; outside normal variation." in said[2]
    values = {metric.key: metric.value for metric in block.metrics}
    assert values["lifecycle_overdue_change"] + values["lifecycle_all_other_change"] == values["lifecycle_all_change"]
    assert said[-1] == (
        f"The other 5 segments together {MINUS}14: within normal variation. 809 households switched, most from Active to "
        "Overdue; 113 new, +113 in all."
    )


def test_what_changed_in_a_calm_week() -> None:
    block = what_changed(QUIET_FIGURES, sample.sizes(variation=CALM), sample.migration())
    (only,) = block.fields["bullets"]
    assert only["lead"].text == "Segments stable."


def test_what_changed_in_the_first_period() -> None:
    block = what_changed(QUIET_FIGURES, sample.sizes(compared=False))
    assert "first period on record" in block.fields["bullets"][0]["text"].text


def test_sizes_and_migration_have_to_agree() -> None:
    moves = sample.migration()
    other = moves.balance.copy()
    other.loc[0, ["arrived", "now"]] += 1
    with pytest.raises(ReportError, match="same two dates"):
        what_changed(QUIET_FIGURES, sample.sizes(), dataclasses.replace(moves, balance=other))
    other.loc[0, "now"] += 1
    with pytest.raises(ReportError, match="is not"):
        migration_table(dataclasses.replace(moves, balance=other))


def test_the_segment_table_has_every_column_and_the_whole() -> None:
    block = segment_table(sample.sizes())
    labels = [column["label"].text for column in block.fields["columns"]]
    assert labels == [
        "Segment", "Households", "Previous", "Δ", "Δ %", "Share", "Value", "Value share", "Mean value",
    ]  # fmt: skip
    assert cells(block, 2) == [
        "Overdue", "3,222", "3,095", "+127", "+4.1 %", "16.1 %", "$905,000", "14.8 %", "$281",
    ]  # fmt: skip
    assert cells(block, -1) == [
        "All", "19,995", "19,882", "+113", "+0.6 %", "100 %", "$6.14m", "100 %", "$307",
    ]  # fmt: skip
    assert "<b>+127</b>" in block.html
    assert "Bold changes" in block.html
    assert sample.DEFINITIONS[2] in block.fields["terms"][2]["meaning"].text


def test_hidden_cells_are_dashes_with_a_note() -> None:
    block = segment_table(sample.sizes(hidden=("New", "Unassigned")))
    assert cells(block, 0) == ["New", *["–"] * 8]
    assert any("fewer than 10 households" in note.text for note in block.fields["notes"])
    assert not any(metric.value == 263 for metric in block.metrics)


def test_the_segment_table_of_the_first_period_has_no_change() -> None:
    assert len(segment_table(sample.sizes(compared=False)).fields["columns"]) == 6


def test_totals_that_do_not_reconcile_are_refused() -> None:
    sizes = sample.sizes()
    with pytest.raises(ReportError, match="households, the whole has"):
        segment_table(dataclasses.replace(sizes, total_customers=sizes.total_customers + 1))
    with pytest.raises(ReportError, match="worth"):
        segment_table(dataclasses.replace(sizes, total_value=sizes.total_value + 0.01))


def test_migration_table_balances() -> None:
    block = migration_table(sample.migration())
    assert cells(block, 2) == ["Overdue", "3,095", "0", "+382", f"{MINUS}255", "3,222"]
    assert cells(block, -1) == ["All", "19,882", "+113", "+809", f"{MINUS}809", "19,995"]


def test_flows_are_the_largest() -> None:
    block = flows_table(sample.migration(), most=3)
    assert cells(block, 0) == ["Active", "Overdue", "296", "$61,200"]
    assert len(block.fields["rows"]) == 3
    assert any("4 smaller moves" in note.text for note in block.fields["notes"])


def test_concentration_is_as_measured() -> None:
    block = concentration_table(sample.concentration())
    assert cells(block, 2) == ["Top 20 %", "3,999", "59.9 %"]
    said = " ".join(note.text for note in block.fields["notes"]).replace("\u202f", " ")
    assert "80 % of the value comes from 38.8 % of households." in said
    assert "Gini coefficient 0.561" in said
    assert "Households who returned more than they bought: 23" in said


def test_actions() -> None:
    assert actions([]) is None
    assert actions(None) is None
    block = actions(sample.ACTIONS)
    assert block is not None
    assert cells(block, 0)[2] == "5 Jan 2018"
    with pytest.raises(ParameterError, match=r"action 1: “due” is missing.*“when” is not known"):
        actions([{"action": "a", "owner": "b", "effect": "c", "when": "d"}])


def test_quality_says_what_was_set_aside_and_shows_no_path() -> None:
    block = quality_section(sample.quality(), sample.key_figures())
    html = block.html
    assert "1,469,307" in html
    assert "1,469,181" in html
    assert "$4,598,431.12" in html
    assert "data/2017" not in html
    assert "transactions.parquet" in html
    assert "No customer id" in html
    assert "row 1042" in html
    assert sample.key_figures()[1].definition in html
    wrong = dataclasses.replace(sample.quality().tables[0], rows_kept=5)
    with pytest.raises(ReportError, match="5 kept"):
        quality_section(dataclasses.replace(sample.quality(), tables=(wrong,)))


def test_a_source_with_a_password_shows_none() -> None:
    found = dataclasses.replace(
        sample.quality().tables[1], source="postgresql://ann:secret@db.example.org/shop?password=secret"
    )
    html = quality_section(dataclasses.replace(sample.quality(), tables=(found,))).html
    assert "secret" not in html


def test_notes_trace_their_numbers() -> None:
    block = note_block("Of these, {n} are new.", n=Metric("new", 12, "customers"))
    assert "Of these, 12 are new." in block.html
    with pytest.raises(ReportError, match="traced to no metric"):
        note_block("Of these, 12 are new.")


def test_all_parts_state_the_same_numbers() -> None:
    keys, sizes, moves = sample.key_figures(), sample.sizes(), sample.migration()
    blocks = [
        page_head(sizes, moves, keys, sample.concentration()),
        tiles(keys),
        what_changed(keys, sizes, moves),
        segment_table(sizes),
        migration_table(moves),
        flows_table(moves),
        concentration_table(sample.concentration()),
        quality_section(sample.quality(), keys),
    ]
    page = union(block.metrics for block in blocks)
    for block in blocks:
        block.verify(page)
        assert not re.search(r"\bnan\b|e\+0", block.html)


def test_thousands_of_segments_are_summed_up() -> None:
    base = sample.sizes()
    n = 3_000
    names = [f"Segment {at}" for at in range(n)]
    frame = pd.concat([base.frame.iloc[[0]]] * n, ignore_index=True).assign(segment=names)
    one = int(base.frame.loc[0, "customers"])
    many = dataclasses.replace(
        base,
        segments=tuple(dataclasses.replace(base.segments[0], name=name) for name in names),
        frame=frame,
        total_customers=n * one,
        total_previous=n * int(base.frame.loc[0, "previous_customers"]),
        total_value=float(base.frame.loc[0, "value"]) * n,
    )
    block = segment_table(many)
    assert len(block.fields["rows"]) == 62
    assert cells(block, -2)[:2] == ["2,940 smaller segments", "773,000"]
    assert len(block.html) < 100_000


def test_a_tile_tells_what_is_not_shown_from_what_is_not_known() -> None:
    base = sample.key_figures()[0]
    before = dataclasses.replace(base, values=(*base.values[:-2], None, base.values[-1]), hidden=(sample.BEFORE,))
    now = dataclasses.replace(base, values=(*base.values[:-1], None), hidden=(sample.END,))
    first, second = (
        tiles(dataclasses.replace(sample.figures(one), smallest=5)).fields["tiles"][0] for one in (before, now)
    )
    assert first["change"].text == "the week before is not shown (fewer than 5)"
    assert first["range"].text.endswith("in 11 weeks; 1 more not shown (fewer than 5)")
    assert second["change"].text == "not shown (fewer than 5)"
    assert second["value"].text == "–"


def test_a_whole_of_too_few_is_not_shown() -> None:
    whole = sample.sizes(hidden=sample.NAMES)
    few = dataclasses.replace(whole, smallest=whole.total_customers + 1)
    assert [text for text in cells(segment_table(few), -1)[1:] if "%" not in text] == ["–"] * 6
    assert sizes_leads(few)[0].sentences[0].text.startswith("Too few to show: fewer than")


def test_no_change_is_no_lack_of_customers() -> None:
    calm = sample.sizes(variation=CALM)
    alike = dataclasses.replace(calm, total_previous=calm.total_customers)
    said = what_changed(QUIET_FIGURES, alike).fields["bullets"][-1]
    assert said["text"].text == "As many households in all as before."


def test_of_segments_of_the_same_size_none_is_called_the_largest() -> None:
    whole = sample.sizes(variation=("early",) * len(sample.NAMES))
    frame = whole.frame.assign(customers=pd.array([4] * len(whole.frame), dtype="Int64"), share=1 / len(whole.frame))
    alike = dataclasses.replace(whole, frame=frame, total_customers=4 * len(frame))
    assert sizes_line(alike, segment_numbers(alike)).text.startswith("6 segments are the largest alike, with")
