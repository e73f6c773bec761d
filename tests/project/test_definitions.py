"""A page keeps what it counts beside its metrics, and says where the page before counted otherwise."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from nbformat import v4

from segkit.churn.records import ChurnOutlook
from segkit.churn.views.risk import churn_definition
from segkit.churn.views.weekly import may_leave_note
from segkit.errors import ReportError
from segkit.kpis.views.tiles import tiles
from segkit.page import Block, Statement
from segkit.page import head as page_head
from segkit.page.notes import note as note_block
from segkit.project.definitions import Earlier, changed, definitions_of
from segkit.project.rendering import render
from segkit.project.request import read_request
from segkit.project.run import run_report
from segkit.segments.views.size_tables import segment_table
from tests.churn.views import churn_sample
from tests.kpis.views import sample
from tests.kpis.views.notebook import cell, heading
from tests.project.project import PARAMETERS, write_notebook, write_project

MADE = """\
from segkit.page import Block, Statement
Block.of("notes", {"paragraphs": [Statement.of("Visits were counted.")], "terms": [], "definitions": {"visits": meaning}})
"""


def block(meaning: str) -> Block:
    return Block.of(
        "notes", {"paragraphs": [Statement.of("Counted.")], "terms": [], "definitions": {"visits": meaning}}
    )


def test_another_meaning_is_said_and_the_same_one_is_not() -> None:
    before = Earlier(dt.date(2024, 3, 24), {"visits": "days with a visit", "churn": "gone for 4 weeks"})
    assert changed(block("days with a visit"), before) is None
    assert changed(block("anything"), None) is None
    assert changed(block("anything"), Earlier(dt.date(2024, 3, 24), {})) is None
    told = changed(block("days with a visit of 5 minutes"), before)
    assert told is not None
    (paragraph,) = told.fields["paragraphs"]
    assert paragraph.text.startswith(
        "Counted otherwise than in the report of 24 Mar 2024. Then, visits: days with a visit. "
        "Now: days with a visit of 5 minutes."
    )
    assert "are not compared" in paragraph.text


def test_a_word_means_one_thing_on_a_page() -> None:
    assert definitions_of([block("a"), block("a"), note_block("Nothing.")]) == {"visits": "a"}
    with pytest.raises(ReportError, match="visits means two things on one page"):
        definitions_of([block("a"), block("b")])


def test_the_churn_page_and_the_weekly_page_keep_what_churn_is() -> None:
    risk = churn_sample.risk()
    note = may_leave_note(ChurnOutlook(risk))
    assert note is not None
    wanted = {"churn": f"{risk.event}; who can leave: {risk.eligible}"}
    assert definitions_of([churn_definition(risk), note]) == wanted
    book = v4.new_notebook()  # type: ignore[no-untyped-call]
    book.cells = [heading("# Churn"), heading("## What is counted"), cell(churn_definition(risk))]
    assert render(book).definitions == wanted
    assert "Counted otherwise" not in render(book, earlier=Earlier(dt.date(2017, 11, 24), wanted)).html
    page = render(book, earlier=Earlier(dt.date(2017, 11, 24), {"churn": "no purchase for a year"}))
    assert "Counted otherwise than in the report of" in page.html
    assert "24 Nov 2017" in page.html
    assert "no purchase for a year" in page.html


def test_key_figures_and_segments_keep_what_they_count_and_the_head_says_what_changed() -> None:
    sizes = dataclasses.replace(sample.sizes(), rule="kind: lifecycle; lapsed_days: 84")
    figures = sample.key_figures()
    blocks = [tiles(figures), segment_table(sizes), page_head(sizes, figures)]
    found = definitions_of(blocks)
    assert found["segments by Lifecycle"] == "kind: lifecycle; lapsed_days: 84"
    assert {figure.label: str(figure.definition) for figure in figures.figures}.items() <= found.items()
    book = v4.new_notebook()  # type: ignore[no-untyped-call]
    book.cells = [heading("# Weekly"), heading("## Segments"), *(cell(one) for one in blocks)]
    same = render(book, earlier=Earlier(dt.date(2017, 12, 17), found))
    assert "Counted otherwise" not in same.html
    before = found | {"segments by Lifecycle": "kind: lifecycle; lapsed_days: 90"}
    page = render(book, earlier=Earlier(dt.date(2017, 12, 17), before))
    header, below = page.html.split("</header>", 1)
    said = re.sub("<[^>]+>", "", header).replace("\u202f", " ").replace("\u00a0", " ")
    assert "Counted otherwise than in the report of 17 Dec 2017: segments by Lifecycle." in said
    assert "lapsed_days: 90" in below


def test_published_pages_are_compared_with_the_one_before(tmp_path: Path) -> None:
    params = write_project(tmp_path, params="as_of: 2024-03-24\nmeaning: days with a visit\n")
    write_notebook(tmp_path / "notebooks" / "tiny.ipynb", MADE, parameters=PARAMETERS + 'meaning = ""\n')
    first = run_report(read_request(params))
    assert "Counted otherwise" not in first.page.read_text()
    manifest = json.loads((first.page.parent / "manifest.json").read_text())
    assert manifest["definitions"] == {"visits": "days with a visit"}
    second = run_report(read_request(params, as_of="2024-03-31", overrides={"meaning": "visits of five minutes"}))
    assert "Counted otherwise than in the report of" in second.page.read_text()
    assert "24 Mar 2024" in second.page.read_text()
    # an older page made anew is compared with none after it
    again = run_report(read_request(params))
    assert "Counted otherwise" not in again.page.read_text()
