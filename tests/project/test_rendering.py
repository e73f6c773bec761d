"""From an executed notebook to a page: what is kept, what is refused, and how it looks in a browser."""

from __future__ import annotations

import base64
import copy
import html as escaping
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure
from nbformat import NotebookNode, v4

import segkit
from segkit.errors import ReportError, RunError
from segkit.page import MIME, Metric
from segkit.page import head as page_head
from segkit.page.action_table import actions
from segkit.page.notes import note
from segkit.project.page_frame import TEMPLATES
from segkit.project.rendering import Page, metrics_json, render
from tests.kpis.views import sample
from tests.kpis.views.notebook import cell, heading, weekly

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --hide-scrollbars""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def book() -> NotebookNode:
    return weekly()


@pytest.fixture(scope="module")
def page(book: NotebookNode) -> Page:
    return render(book)


@pytest.fixture(scope="module")
def hostile() -> Page:
    """A page of segments whose names are meant to break it."""
    return render(
        weekly(
            names=(
                '<script>alert("1")</script>',
                "e" * 10_000,
                "$1e+05 & internationalisation",
                "💀 prepaid_basic",
                "\u202ea\x00 nan {x}",
                "W" * 60,
            )
        )
    )


def small(*cells: NotebookNode) -> NotebookNode:
    found = v4.new_notebook()
    found.cells = list(cells)
    return found


def test_the_page_is_whole(page: Page) -> None:
    assert page.title == "Weekly segments · Grocery · 24 Dec 2017"
    assert page.headline.startswith("Revenue, week fell 8.5")
    assert page.html.startswith("<!doctype html>")
    assert '<html lang="en">' in page.html
    assert page.html.count("<h1") == 1
    for part in ("what-changed-and-why", "segments", "evidence", "actions", "method-and-data-quality"):
        assert f'<section id="{part}"' in page.html
    assert page.html.count('role="img"') == 8
    assert page.left_out == ()
    assert len(page.html.encode()) <= 200_000


def test_nothing_runs_and_nothing_is_fetched(page: Page) -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in escaping.unescape(page.html)
    assert "<script" not in page.html
    assert not re.search(r"https?://(?!www\.w3\.org)", page.html)
    assert "@import" not in page.html


def test_code_and_what_it_prints_stay_off_the_page(book: NotebookNode) -> None:
    noisy = copy.deepcopy(book)
    noisy.cells[2].source = "secret_function()"
    noisy.cells[2].outputs += [
        v4.new_output("stream", name="stdout", text="printed nonsense"),
        v4.new_output("stream", name="stderr", text="UserWarning: nonsense"),
        v4.new_output("execute_result", data={"text/plain": "Text(0.5, 1.0, 'x')"}),
    ]
    assert render(noisy).html == render(book).html


def test_the_same_outputs_give_the_same_bytes(book: NotebookNode, page: Page) -> None:
    again = copy.deepcopy(book)
    again.metadata["papermill"] = {"start_time": "2026-01-01T00:00:00", "duration": 3.2}
    for position, found in enumerate(again.cells):
        found.id = f"other-{position}"
        found.metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
        if found.cell_type == "code":
            found.execution_count = position + 40
    rendered = render(again)
    assert rendered.html == page.html
    assert metrics_json(rendered.metrics) == metrics_json(page.metrics)


def test_metrics_are_json_by_key(page: Page) -> None:
    found = json.loads(metrics_json(page.metrics))
    assert found["lifecycle_overdue_customers"] == {"value": 3222, "unit": "customers", "currency": None, "label": ""}
    assert found["weekly_revenue"]["currency"] == "USD"
    assert list(found) == sorted(found)


def test_one_key_with_two_values_is_refused(book: NotebookNode) -> None:
    other = note("{n}", n=Metric("lifecycle_overdue_customers", 1, "customers"))
    with pytest.raises(ReportError, match="two values"):
        render(small(*book.cells, cell(other)))


def test_a_changed_number_is_refused(book: NotebookNode) -> None:
    forged = copy.deepcopy(book)
    payload = forged.cells[2].outputs[0].data[MIME]
    text = json.dumps(payload)
    assert "3,222" in text
    forged.cells[2].outputs[0].data[MIME] = json.loads(text.replace("3,222", "3,333"))
    with pytest.raises(ReportError, match="3,333"):
        render(forged)


def test_a_failed_cell_gives_no_page(book: NotebookNode) -> None:
    failed = v4.new_code_cell(
        "1/0", outputs=[v4.new_output("error", ename="ZeroDivisionError", evalue="x", traceback=[])]
    )
    with pytest.raises(RunError, match=r"cell \d+ of the notebook failed.*ZeroDivisionError"):
        render(small(*book.cells, failed))


def test_two_headlines_are_refused(book: NotebookNode) -> None:
    with pytest.raises(ReportError, match="2 headlines"):
        render(small(*book.cells, cell(page_head(sample.sizes(), subject="X"))))


def test_a_section_without_content_is_left_out() -> None:
    page = render(small(heading("# T"), heading("## Actions"), cell(actions([])), heading("## More\n\nWords.")))
    assert "Actions" not in page.html
    assert "<h2" in page.html
    assert "Words." in page.html


def test_headings_get_ids_of_their_own() -> None:
    page = render(small(heading("# T"), heading("## A\n\nx"), heading("## A\n\ny\n\n## ☃\n\nz"), heading("# B\n\nw")))
    ids = re.findall(r'<section id="([^"]+)"', page.html)
    assert len(ids) == len(set(ids)) == 4


def test_prose_is_escaped() -> None:
    prose = "## A\n\n<script>alert(1)</script>\n\n**bold** and [a link](https://example.org/)"
    page = render(small(heading("# T <b>x</b>"), heading(prose)))
    assert "<script" not in page.html
    assert "<strong>bold</strong>" in page.html
    with pytest.raises(ReportError, match="links to"):
        render(small(heading("# T"), heading("[a link](javascript:x)")))


def test_an_analysts_table_is_rebuilt() -> None:
    frame = pd.DataFrame({"Segment": ["<New>", "prepaid_basic"], "Customers": [1, 2]})
    shown = {"text/html": frame._repr_html_(), "text/plain": repr(frame)}
    page = render(small(heading("# T"), heading("## Mine"), cell(shown)))
    assert "<caption>Mine</caption>" in page.html
    assert '<th scope="col">Customers</th>' in page.html
    assert "&lt;New&gt;" in page.html
    assert 'class="dataframe"' not in page.html
    assert not re.search(r"<th[^>]*></th>", page.html)


def test_what_is_not_checked_says_so_and_the_imprint_too(page: Page) -> None:
    whole = "Every number on this page was computed from the data named above"
    assert f"<p>{whole}.</p>" in page.html
    assert "Not checked" not in page.html
    frame = pd.DataFrame({"Segment": ["New"], "Customers": [1]})
    with_alt = cell({"image/png": png(), "text/plain": "<Figure>"})
    with_alt.metadata["alt"] = "Sales"
    own: list[NotebookNode] = [
        cell({"text/html": frame._repr_html_()}),
        with_alt,
        cell(note("No number.")),
        cell(segkit.page.table(frame, caption="Mine")),
        heading("About 17 customers."),
    ]
    for shown in own:
        marked = "No number" not in str(shown)
        found = render(small(heading("# T"), shown)).html
        assert ('<p class="note">Not checked by segkit' in found) is marked
        assert (f"<p>{whole}, except where it says “Not checked by segkit”.</p>" in found) is marked
    about = render(small(heading("# T\n\nThe year 2024."), heading("## A\n\nWords."))).html
    assert "except where it says" in about
    traced = segkit.page.table(frame, caption="Mine", units={"Customers": "customers"})
    assert "Not checked" not in render(small(heading("# T"), cell(traced))).html


@pytest.mark.parametrize(
    ("frame", "seen"),
    [
        (pd.DataFrame({"mean_value": [1.5]}), "mean_value"),
        (pd.DataFrame({"Mean": [1.5, None]}), "NaN"),
        (pd.DataFrame({"Mean": [8.499101e05, 1e-9]}), "e[+-]"),
    ],
)
def test_an_analysts_table_that_shows_machinery_is_refused(frame: pd.DataFrame, seen: str) -> None:
    with pytest.raises(ReportError, match=seen):
        render(small(heading("# T"), cell({"text/html": frame._repr_html_()})))


def png() -> str:
    buffer = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def test_an_analysts_picture_needs_a_description() -> None:
    shown = cell({"image/png": png(), "text/plain": "<Figure>"})
    said = r"cell 2 \(“T”\) shows a picture without a description: write sk\.page\.chart\(figure, title=…, alt=…\)"
    injected = v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]})
    with pytest.raises(ReportError, match=said):
        render(small(heading("# T"), injected, shown))
    shown.metadata["alt"] = 'Sales of 12 "shops"'
    page = render(small(heading("# T"), shown))
    assert 'alt="Sales of 12 &quot;shops&quot;"' in page.html
    fake = cell({"image/png": base64.b64encode(b"<svg onload=x>").decode()})
    fake.metadata["alt"] = "x"
    with pytest.raises(ReportError, match="not a PNG"):
        render(small(heading("# T"), fake))


INSTEAD = "; write sk.page.table(frame, caption=…), sk.page.chart(figure, title=…, alt=…) or sk.page.note(“…”, …)"


def test_what_a_page_cannot_show_is_named_with_its_cell_and_what_to_write() -> None:
    printed = cell({"text/plain": repr(pd.Series([1.5, 2], name="n"))}, None)
    printed.outputs = [
        v4.new_output("stream", name="stdout", text="12 customers\n"),
        v4.new_output("stream", name="stderr", text="UserWarning: for the analyst"),
        *printed.outputs,
        v4.new_output("stream", name="stdout", text="and more"),
    ]
    injected = v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]})
    page = render(
        small(
            heading("# T"),
            injected,
            cell({"image/svg+xml": "<svg/>", "text/plain": "<SVG>"}),
            cell({"text/plain": "None"}),
            heading("## Mine"),
            printed,
            cell({"text/html": "<b>bold</b>", "text/plain": "<HTML>"}),
        )
    )
    assert page.left_out == (
        f"cell 2 (“T”): an output of the type image/svg+xml{INSTEAD}",
        f"cell 5 (“Mine”): the printed text “12 customers and more”{INSTEAD}",
        f"cell 5 (“Mine”): the text “0 1.5 1 2.0 Name: n, dtype: float64”{INSTEAD}",
        f"cell 6 (“Mine”): an output of the type text/html{INSTEAD}",
    )
    assert "<svg" not in page.html


@pytest.mark.parametrize(
    "data",
    [
        {"application/javascript": "x"},
        {"application/vnd.plotly.v1+json": {}, "text/html": "<div></div>"},
        {"application/vnd.vegalite.v5+json": {}},
        {"text/html": "<table></table><SCRIPT>x</SCRIPT>"},
        {"text/html": ['<iframe src="x">', "</iframe>"]},
    ],
)
def test_an_output_that_needs_scripts_is_refused_with_its_cell(data: dict[str, Any]) -> None:
    injected = v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]})
    said = r"cell 3 \(“Mine”\) shows an output that needs scripts .*write sk\.page\.chart\(figure, title=…, alt=…\)"
    with pytest.raises(ReportError, match=said):
        render(small(heading("# T"), injected, heading("## Mine"), cell(data)))


def test_what_plotting_returns_beside_its_picture_is_not_named() -> None:
    shown = cell({"text/plain": "<Axes: xlabel='x'>"}, {"image/png": png(), "text/plain": "<Figure>"})
    shown.metadata["alt"] = "Sales"
    assert render(small(heading("# T"), shown)).left_out == ()


def test_a_table_with_a_style_of_its_own_is_rebuilt() -> None:
    styled = pd.DataFrame({"Customers": [1]}).style.set_caption("x").to_html()
    page = render(small(heading("# T"), cell({"text/html": styled, "text/plain": "<Styler>"})))
    assert '<th scope="col">Customers</th>' in page.html
    assert page.left_out == ()


def test_hostile_names_are_harmless(hostile: Page) -> None:
    names = (
        '<script>alert("1")</script>',
        "e" * 10_000,
        "$1e+05 & x",
        "💀 prepaid_basic",
        "\u202ea\x00 nan {x}",
        "U",
    )
    page = render(weekly(names=names))
    assert "<script" not in page.html
    assert "e" * 900 not in page.html
    page.html.encode("utf-8")


def test_hidden_numbers_are_nowhere() -> None:
    page = render(weekly(hidden=("New", "Unassigned")))
    assert all(not key.startswith("lifecycle_new_c") or m.value is None for key, m in page.metrics.items())


def test_the_template_works_with_nbconvert_itself(book: NotebookNode, page: Page, tmp_path: Path) -> None:
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(template_name="segkit", extra_template_basedirs=[str(TEMPLATES)])
    html, _ = exporter.from_notebook_node(book)
    assert "<script" not in html
    assert _visible(html) == _visible(page.html)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += data.split()


def _visible(html: str) -> list[str]:
    reader = _Text()
    reader.feed(html)
    return reader.found


# ---- in a browser ----------------------------------------------------------------------------------------------

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def browse(folder: Path, *arguments: str) -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


PROBE = """<script>setTimeout(() => {
  const root = document.documentElement, box = e => e.getBoundingClientRect();
  const text = [...document.querySelectorAll('.chart svg text')].map(
    e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a);
  parent.document.getElementById('result-' + innerWidth).textContent = JSON.stringify({
    scroll: root.scrollWidth, text: Math.min(...text), largest: Math.max(...text),
    tiles: box(document.querySelector('.tiles')).bottom,
    requests: performance.getEntriesByType('resource').length});
}, 300)</script></body>"""


def measure(html: str, widths: tuple[int, ...], folder: Path) -> dict[int, dict[str, Any]]:
    """What a browser makes of the page in viewports of those widths, all details open."""
    probed = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    probed = escaping.escape(probed.replace("<details", "<details open").replace("</body>", PROBE))
    frames = "".join(
        f'<pre id="result-{width}"></pre>'
        f'<iframe width="{width}" height="844" style="border:0" srcdoc="{probed}"></iframe>'
        for width in widths
    )
    wrapper = folder / "wrapper.html"
    wrapper.write_text(f'<!doctype html><meta charset="utf-8">{frames}', "utf-8")
    dom = browse(folder, "--window-size=1400,900", "--virtual-time-budget=8000", "--dump-dom", wrapper.as_uri())
    found = re.findall(r'<pre id="result-(\d+)">(.+?)</pre>', dom)
    assert len(found) == len(widths), dom[:2000]
    return {int(width): json.loads(escaping.unescape(result)) for width, result in found}


@needs_chromium
def test_it_fits_every_screen(page: Page, tmp_path: Path) -> None:
    for width, seen in measure(page.html, (320, 390, 820, 1024, 1280, 1600), tmp_path).items():
        assert seen["scroll"] <= width
        assert seen["requests"] == 0
        if width >= 390:
            assert 12 <= seen["text"] <= seen["largest"] <= 14.1
        if width == 390:
            assert seen["tiles"] <= 844


@needs_chromium
def test_it_fits_a_phone_whatever_the_names(hostile: Page, tmp_path: Path) -> None:
    for width, seen in measure(hostile.html, (320, 390), tmp_path).items():
        assert seen["scroll"] <= width


@needs_chromium
def test_it_prints_on_four_pages_with_text_and_outline(page: Page, tmp_path: Path) -> None:
    source, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    source.write_text(page.html, "utf-8")
    browse(
        tmp_path, "--no-pdf-header-footer", "--generate-pdf-document-outline", f"--print-to-pdf={printed}",
        source.as_uri(),
    )  # fmt: skip
    pdf = printed.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= 4
    assert len(pdf) <= 300_000
    assert b"/MarkInfo" in pdf
    assert b"/Outlines" in pdf


def test_the_sample_is_a_sound_notebook(book: NotebookNode) -> None:
    nbformat.validate(book)
    assert sample.sizes().total_customers == 19_995
