"""One set of values in every form of a page: HTML, e-mail, its text, a chat, CSV, metrics.json; a changed value is refused."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode, v4

from segkit.errors import ReportError
from segkit.page import MIME, Block, Metric, Statement, own_name
from segkit.page.tables import column, row
from segkit.page.tables import table as table_fields
from segkit.project.company import Company, CompanySpec
from segkit.project.page_links import PageLink, PageLinks
from segkit.project.page_outputs import CHAT, EMAIL, EMAIL_TEXT, TREND, forms_of
from segkit.project.page_tables import table_files
from segkit.project.rendering import Page, metrics_json, render
from segkit.project.same_numbers import blocks_of, disagreements, metrics_apart, refuse_disagreement
from segkit.project.trend_picture import trend_png
from tests.kpis.views.notebook import cell, heading, weekly

LINKS = PageLinks(PageLink("All reports", "../../../index.html"), None, (), PageLink("Notebook", "notebook.ipynb"))
COMPANY = Company(
    None, CompanySpec(owner="Customer analytics", contact="a@example.com", site="https://r.example.com")
)


def write_page(folder: Path, book: NotebookNode, company: Company = COMPANY) -> Page:
    """The files of a page, as a run stages them."""
    folder.mkdir(parents=True, exist_ok=True)
    page = render(book, company=company, links=LINKS)
    nbformat.write(book, folder / "notebook.ipynb")
    (folder / "report.html").write_text(page.html, encoding="utf-8")
    (folder / "metrics.json").write_text(metrics_json(page.metrics), encoding="utf-8")
    for table in page.tables:
        (folder / table.name).write_text(table.text, encoding="utf-8")
    for name, content in forms_of(page.summary, company, "weekly_segments/grocery", "2017-12-24", ()).items():
        (folder / name).write_bytes(content)
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("outputs")
    write_page(made, weekly())
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return render(nbformat.read(folder / "notebook.ipynb", as_version=4))


def test_all_numbers_in_all_forms_agree(folder: Path) -> None:
    assert disagreements(folder) == []


def test_a_mutation_of_any_single_value_in_metrics_json_is_refused(folder: Path) -> None:
    file = folder / "metrics.json"
    whole = file.read_text(encoding="utf-8")
    metrics = json.loads(whole)
    assert len(metrics) > 100
    blocks = blocks_of(folder / "notebook.ipynb")
    try:
        for at, (key, metric) in enumerate(metrics.items()):
            changed = copy.deepcopy(metrics)
            value = metric["value"]
            changed[key]["value"] = 1 if value is None else value * 1.0001 + 0.0001
            (found,) = metrics_apart(blocks, changed)
            assert found.startswith(f"{key} is ")
            if at % 50 == 0:
                file.write_text(json.dumps(changed), encoding="utf-8")
                with pytest.raises(ReportError, match=f"{key} is .* in metrics.json and .* in the notebook"):
                    refuse_disagreement(folder)
        for changed in ({**metrics, "further": {**metric}}, {k: v for k, v in metrics.items() if k != key}):
            file.write_text(json.dumps(changed), encoding="utf-8")
            with pytest.raises(ReportError, match="do not say the same numbers"):
                refuse_disagreement(folder)
    finally:
        file.write_text(whole, encoding="utf-8")


@pytest.mark.parametrize("name", [EMAIL, EMAIL_TEXT, CHAT, "report.html"])
def test_a_number_that_another_form_says_otherwise_is_refused(folder: Path, name: str) -> None:
    file = folder / name
    whole = file.read_bytes()
    said = whole.decode()
    text = "8.5" if name != CHAT else re.search(r"[\d.]+", said).group()  # type: ignore[union-attr]
    assert text in said
    try:
        file.write_text(said.replace(text, "8.4321"), encoding="utf-8")
        assert disagreements(folder)
    finally:
        file.write_bytes(whole)


def test_a_number_in_a_table_file_that_is_no_metric_is_refused(folder: Path) -> None:
    file = sorted(folder.glob("table-*.csv"))[0]
    whole = file.read_text(encoding="utf-8")
    try:
        file.write_text(whole + "Total,123.456789\n", encoding="utf-8")
        assert disagreements(folder) == [f"{file.name} says 123.456789, which metrics.json does not have"]
    finally:
        file.write_text(whole, encoding="utf-8")


class _Filtered(HTMLParser):
    """What a strict filter of mail leaves: tags of text and tables, no attribute, no style, no picture."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.attributes: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_an_email_survives_a_strict_filter_and_is_small(folder: Path, page: Page) -> None:
    content = (folder / EMAIL).read_bytes()
    assert len(content) <= 80_000
    assert sum((folder / name).stat().st_size for name in (EMAIL, EMAIL_TEXT, TREND)) <= 300_000
    reader = _Filtered()
    reader.feed(content.decode())
    assert reader.tags.isdisjoint({"style", "script", "link", "svg", "form", "iframe"})
    assert "class" not in reader.attributes
    left = " ".join("".join(reader.text).split())
    summary = page.summary
    told = [summary.headline, *(one.todo for one in summary.decisions)]
    told += [said for tile in summary.tiles for said in (tile.label, tile.value, tile.change)]
    assert len(summary.tiles) >= 3
    for said in told:
        assert " ".join(said.split()) in left, said
    # pictures come by cid and nothing else; the words beside them say the same
    assert re.findall(r'<img src="([^"]+)"', content.decode()) == [f"cid:{TREND}"]
    assert 'href="https://r.example.com/weekly_segments/grocery/2017-12-24/report.html"' in content.decode()


def test_the_plain_text_says_all_that_the_mail_says_and_a_chat_gets_a_few_lines(folder: Path, page: Page) -> None:
    text = (folder / EMAIL_TEXT).read_text(encoding="utf-8")
    assert text.startswith(page.headline + "\n")
    for tile in page.summary.tiles:
        assert f"{tile.label}: {tile.value}; {tile.change}" in text
    chat = (folder / CHAT).read_text(encoding="utf-8").splitlines()
    assert chat[0] == page.headline
    assert 3 <= len(chat) <= 6
    assert chat[-1] == "https://r.example.com/weekly_segments/grocery/2017-12-24/report.html"
    assert "\n\n\n" not in text


def test_without_a_site_the_way_to_the_page_is_text(tmp_path: Path) -> None:
    write_page(tmp_path, weekly(), Company())
    assert "The whole page: reports/weekly_segments/grocery/2017-12-24/report.html" in (tmp_path / EMAIL).read_text(
        "utf-8"
    )
    assert disagreements(tmp_path) == []


def test_every_table_and_every_chart_has_its_csv(folder: Path) -> None:
    blocks = [
        Block.from_payload(output["data"][MIME])
        for cell in nbformat.read(folder / "notebook.ipynb", as_version=4).cells
        for output in cell.get("outputs", ())
    ]
    many = sum(
        (block.kind in ("table", "actions")) + bool(block.kind == "figure" and block.fields.get("table"))
        + (len(block.fields["tables"]) if block.kind == "quality" else 0)
        for block in blocks
    )  # fmt: skip
    files = sorted(folder.glob("table-*.csv"))
    assert len(files) == many > 5
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert all(f'<a href="{file.name}">' in html for file in files)
    assert '<a href="metrics.json">' in html


def test_numbers_in_a_csv_are_those_of_metrics_json_and_words_are_no_formula() -> None:
    shown = Metric("revenue", 6_143_221.25, "money", "EUR")
    unknown = Metric("hidden", None, "customers")
    both = Statement.of("{a} of {b}", a=Metric("part", 3, "customers"), b=Metric("all_of", 4, "customers"))
    names = ("=HYPERLINK(1)", "@sum", "+1", "-1", "Plain, with a comma")
    fields = table_fields(
        Statement.of("What is shown"),
        [column("Segment", "text"), column("Value"), column("Of")],
        [row([Statement.of("{n}", n=own_name(name)), shown, both]) for name in names]
        + [row([Statement.of("Nobody"), unknown, both])],
    )
    (file,) = table_files([("Segments & more", Block.of("table", fields))])
    assert (file.name, file.caption) == ("table-01-segments-more.csv", "What is shown")
    lines = list(csv.reader(io.StringIO(file.text)))
    assert lines[0] == ["Segment", "Value", "Of"]
    assert [line[0] for line in lines[1:]] == [
        "'=HYPERLINK(1)",
        "'@sum",
        "'+1",
        "'-1",
        "Plain, with a comma",
        "Nobody",
    ]
    assert [line[1] for line in lines[1:]] == ["6143221.25"] * 5 + [""]
    assert lines[1][2] == "3 of 4"


def test_a_page_without_head_and_tiles_has_its_other_forms(tmp_path: Path) -> None:
    book = v4.new_notebook()
    block = Block.of(
        "notes", {"paragraphs": [Statement.of("{n} left.", n=Metric("left", 12, "customers"))], "terms": []}
    )
    book.cells = [heading("# Tiny"), heading("## What"), cell(block._repr_mimebundle_())]
    write_page(tmp_path, book)
    assert (tmp_path / CHAT).read_text("utf-8").splitlines()[0] == "Tiny"
    assert not (tmp_path / TREND).exists()
    assert disagreements(tmp_path) == []


def test_a_notice_that_no_notebook_has_is_one_of_the_pages_numbers(tmp_path: Path) -> None:
    notice = Block.of(
        "notes", {"paragraphs": [Statement.of("{n} rows less.", n=Metric("rows_less", 7, "count"))], "terms": []}
    )
    write_page(tmp_path, weekly())
    page = render(weekly(), company=COMPANY, links=LINKS, notice=notice)
    (tmp_path / "report.html").write_text(page.html, encoding="utf-8")
    (tmp_path / "metrics.json").write_text(metrics_json(page.metrics), encoding="utf-8")
    assert disagreements(tmp_path) == ["rows_less stands in metrics.json alone"]
    assert disagreements(tmp_path, notice) == []
    (tmp_path / "manifest.json").write_text(json.dumps({"notice": notice.payload()}))
    assert disagreements(tmp_path) == []


def test_hostile_words_are_escaped_in_mail(tmp_path: Path) -> None:
    write_page(tmp_path, weekly(names=('<img src=x onerror="a()">', "=1+1", "\u202eabc", "💀", "W" * 60, "b")))
    mail = (tmp_path / EMAIL).read_text("utf-8")
    assert "<img src=x" not in mail
    assert len(mail.encode()) <= 80_000
    assert disagreements(tmp_path) == []


def test_the_picture_is_the_same_bytes_for_the_same_course() -> None:
    path = "M3.0 25.0L60.0 3.0M90.0 20.0L117.0 14.0"
    picture: Any = trend_png(path)
    assert picture == trend_png(path)
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 10_000
