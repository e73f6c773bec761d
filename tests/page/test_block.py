"""Blocks: what travels through the notebook, and how it is drawn."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from segkit.errors import ReportError
from segkit.page import MIME, Block, Metric, Statement, literal, name, number, own_name, union
from segkit.page.charts import style
from segkit.page.drawing import stylesheet
from segkit.page.metric import Unit
from segkit.page.segments import keys
from segkit.page.sparkline import sparkline
from segkit.page.tables import column, row, table

N = Metric("n", 12, "customers")


def block(who: str = "New") -> Block:
    rows = [row([Statement.of("{w}", w=own_name(who)), Statement.of("{n}", n=N)], colour="#123456")]
    return Block.of("table", table(literal("Who"), [column("Segment", "text"), column("Customers")], rows))


def test_the_bundle_has_payload_html_and_plain_text() -> None:
    bundle = block()._repr_mimebundle_()
    assert set(bundle) == {MIME, "text/html", "text/plain"}
    again = Block.from_payload(json.loads(json.dumps(bundle[MIME])))
    assert again.html == block().html
    assert again.metrics == (N,)
    assert block().html in bundle["text/html"]


def test_its_repr_is_one_line() -> None:
    assert repr(block()) == "Block: table, Who (1 number)" == block()._repr_mimebundle_()["text/plain"]
    long = Block.of("notes", {"paragraphs": [Statement.of("{w}", w=name("x" * 900, 900))], "terms": []})
    assert len(repr(long)) < 220
    assert repr(long).startswith("Block: notes, ")
    assert repr(Block("bullets", {"bullets": []})) == "Block: bullets (0 numbers)"


def test_in_a_notebook_mathjax_passes_by_and_charts_take_the_themes_colours() -> None:
    note = Block.of("notes", {"paragraphs": [Statement.of("From {n} on.", n=N)], "terms": []})
    assert '<div class="segkit mathjax_ignore tex2jax_ignore">' in note._repr_mimebundle_()["text/html"]
    css = stylesheet("notebook")
    assert not re.search(r"background:\s*(#fff|white)", css)
    for colour in (style.INK, style.MUTED, style.ACTUAL, style.RULE, style.BAND, style.BAD):
        assert f"stroke: {colour}" in css
    for colour in (style.INK, style.MUTED, style.ACTUAL, style.BAND, style.BAD):
        assert f"fill: {colour}" in css


def test_every_text_is_escaped() -> None:
    html = block("<script>alert('1')</script>\"&").html
    assert "<script" not in html
    assert "<bdi>&lt;script&gt;" in html or 'class="long">&lt;script&gt;' in html


@pytest.mark.parametrize(
    ("unit", "value", "html"),
    [
        ("money", -3.45, '<span class="n">−€3.45</span>'),
        ("money", 3.45, '<span class="n">+€3.45</span>'),
        ("count", 3, "+3"),
    ],
)
def test_no_line_breaks_between_sign_and_currency(unit: Unit, value: float, html: str) -> None:
    metric = Metric("change", value, unit, "EUR" if unit == "money" else None)
    found = Block.of(
        "notes", {"paragraphs": [Statement.of("by {n} a week", n=number(metric, "signed"))], "terms": []}
    )
    assert f"by {html} a week" in found.html


def test_tables_have_caption_scope_and_no_empty_heading() -> None:
    html = block().html
    assert "<caption>Who</caption>" in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 1
    assert not re.search(r"<th[^>]*></th>", html)


@pytest.mark.parametrize("payload", [{"version": 2}, {}, None, {"version": 1, "kind": "chart"}])
def test_foreign_payloads_are_refused(payload: object) -> None:
    with pytest.raises(ReportError):
        Block.from_payload(payload)


def test_a_row_of_another_length_and_a_colour_that_is_none_are_refused() -> None:
    with pytest.raises(ReportError, match="2 cells for 1 columns"):
        table(literal("x"), [column("a")], [row([literal("a"), literal("b")])])
    with pytest.raises(ReportError, match="#rrggbb"):
        row([], colour="red;}")


def test_folded_rows_are_there_on_demand_and_counted_among_the_metrics() -> None:
    more = [row([literal("b"), Statement.of("{n}", n=Metric("other", 7, "count"))])]
    fields = table(
        literal("Who"), [column("a"), column("n")], [row([literal("a"), literal("–")])],
        folded=more, folded_title=literal("The rest"),
    )  # fmt: skip
    block = Block.of("table", fields)
    assert [m.key for m in block.metrics] == ["other"]
    again = Block.from_payload(json.loads(json.dumps(block.payload())))
    assert again.html == block.html
    shown, opened = block.html.split('<details class="data"><summary>The rest</summary>')
    assert ">7<" not in shown
    assert ">7<" in opened
    with pytest.raises(ReportError, match="say what opens"):
        table(literal("Who"), [column("a"), column("n")], [], folded=more)
    with pytest.raises(ReportError, match="1 cells for 2 columns"):
        table(literal("Who"), [column("a"), column("n")], [], folded=[row([literal("b")])], folded_title=literal("x"))


def test_one_key_with_two_values_is_refused() -> None:
    with pytest.raises(ReportError, match="two values"):
        union([[N], [Metric("n", 13, "customers")]])
    assert list(union([[N], [N]])) == ["n"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "Not Snake", "value": 1, "unit": "count"},
        {"key": "a", "value": float("nan"), "unit": "index"},
        {"key": "a", "value": 1, "unit": "kg"},
        {"key": "a", "value": 1, "unit": "money"},
        {"key": "a", "value": 1, "unit": "count", "currency": "EUR"},
    ],
)
def test_metrics_that_are_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ReportError):
        Metric(**wrong)  # type: ignore[arg-type]


def test_keys_are_unique_whatever_the_names() -> None:
    names = ["New", "new", "!", "💀", "x" * 10_000, "x" * 9_999, "total"]
    found = keys("Lifecycle", names)
    assert len(set(found)) == len(names)
    for key in found:
        Metric(key, 1, "count")


def test_a_sparkline_spans_its_box_and_breaks_at_gaps() -> None:
    drawn = sparkline([1, 2, None, 4, 3])
    assert drawn is not None
    assert drawn["line"].count("M") == 2
    assert drawn["line"].startswith("M3.0 25.0L")
    assert sparkline([None, 1, None]) is None
    flat = sparkline([5, 5])
    assert flat is not None
    assert flat["line"] == "M3.0 14.0L117.0 14.0"


def test_the_language_of_the_page_is_light() -> None:
    code = "import sys, segkit.page; print({'matplotlib', 'pandas', 'numpy', 'seaborn', 'ibis'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
