"""Where a page leads: every link leads to a file, from a folder, from a revision and at a site; in a mailbox it is text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from segkit.delivery.uploading import upload
from segkit.page.check import check_page
from segkit.page.statement import Statement, page_of
from segkit.project.page_links import lead_on
from segkit.project.relinking import without_links
from segkit.project.rendering import render
from segkit.project.request import read_request
from segkit.project.run import RunOptions, run_report
from tests.browser.in_browser import links_for
from tests.kpis.views.notebook import weekly
from tests.project.project import write_notebook, write_project

TELLS = """\
import segkit as sk
from segkit.page import Metric
from segkit.page.statement import page_of
n = Metric("customers", count, "customers", label="Customers")
sk.page.note("{n} customers were counted. The {other} says who they are.", n=n, other=page_of("who", "page on who"))
"""


def run(root: Path, report: str, date: str, **options: bool) -> Path:
    """The page's folder."""
    file = root / "params" / report / "one.yaml"
    return run_report(read_request(file, as_of=date), RunOptions(**options)).page.parent


def targets(page: Path) -> list[str]:
    """Where the links of a page to other files lead."""
    found = re.findall(r'<a [^>]*?href="([^"]+)"', page.read_text(encoding="utf-8"))
    return [unquote(one).partition("#")[0] for one in found if not one.startswith(("#", "http", "mailto:"))]


def leads(page: Path) -> list[Path]:
    return [(page.parent / one).resolve() for one in targets(page)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two reports of two dates: `tiny` of the second date is made before `who` of that date, and made again after it."""
    root = tmp_path_factory.mktemp("links")
    write_project(root, TELLS)
    write_notebook(root / "notebooks" / "who.ipynb", TELLS, title="# Who they are")
    (root / "params" / "who").mkdir()
    (root / "params" / "who" / "one.yaml").write_text("count: 5\n")
    (root / "params" / "alone").mkdir()
    (root / "params" / "alone" / "one.yaml").write_text("count: 5\n")  # without a notebook it is no report
    run(root, "tiny", "2024-03-24")
    run(root, "tiny", "2024-03-31")
    run(root, "who", "2024-03-31")
    return root


def test_a_page_leads_to_index_previous_page_and_notebook(project: Path) -> None:
    html = (project / "reports/tiny/one/2024-03-31/report.html").read_text(encoding="utf-8")
    assert '<a href="../../../index.html">All reports</a>' in html
    assert '<a href="../2024-03-24/report.html">Previous page, 24 Mar 2024</a>' in html
    assert '<a href="notebook.ipynb" type="application/x-ipynb+json">Notebook</a>' in html
    first = (project / "reports/tiny/one/2024-03-24/report.html").read_text(encoding="utf-8")
    assert "Previous page" not in first
    assert "alone" not in html


def test_every_link_of_every_page_leads_to_a_file(project: Path) -> None:
    pages = [*project.glob("reports/*/*/*/report.html"), project / "reports" / "index.html"]
    assert len(pages) >= 4
    for page in pages:
        assert targets(page)
        for file in leads(page):
            assert file.is_file(), (page, file)


def test_words_for_another_report_lead_to_its_page_of_the_same_date(project: Path) -> None:
    """Where it is not there yet, to the index, which says what became of it."""
    who = (project / "reports/who/one/2024-03-31/report.html").read_text(encoding="utf-8")
    assert "The page on who says who they are." in re.sub(r"<[^>]+>", "", who)
    assert '<a href="../../../tiny/one/2024-03-31/report.html">Tiny</a>' in who
    tiny = (project / "reports/tiny/one/2024-03-31/report.html").read_text(encoding="utf-8")
    assert '<a href="../../../index.html#who-one">page on who</a>' in tiny
    assert 'id="who-one"' in (project / "reports" / "index.html").read_text(encoding="utf-8")


def test_the_same_page_made_again_is_the_same_bytes_whatever_was_published_since(project: Path) -> None:
    page = project / "reports/tiny/one/2024-03-31/report.html"
    before = page.read_bytes()
    run(project, "tiny", "2024-03-31", force=True)
    assert page.read_bytes() == before


def test_links_lead_on_from_a_revision_and_from_a_site(project: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    root = tmp_path / "copy"
    shutil.copytree(project, root, symlinks=True)
    run_report(read_request(root / "params/tiny/one.yaml", overrides={"count": 4}), RunOptions(replace=True))
    kept = root / "reports/tiny/one/revisions/2024-03-31/1/report.html"
    assert "3 customers were counted" in kept.read_text(encoding="utf-8")
    assert '<a href="../../../../../index.html#who-one">page on who</a>' in kept.read_text(encoding="utf-8")
    for file in leads(kept):
        assert file.is_file(), file
    # made anew, it leads to the page that has come
    again = (root / "reports/tiny/one/2024-03-31/report.html").read_text(encoding="utf-8")
    assert '<a href="../../../who/one/2024-03-31/report.html">page on who</a>' in again
    site = tmp_path / "site"
    for name in ("tiny/one", "who/one"):
        for date in sorted(one.name for one in (root / "reports" / name).glob("20*")):
            upload(root / "reports" / name / date, name, str(site))
    pages = [*site.glob("*/*/*/*/report.html"), site / "index.html"]
    assert len(pages) == 4
    for page in pages:
        for file in leads(page):
            assert file.is_file(), (page, file)


def test_in_a_mailbox_a_link_is_text(project: Path) -> None:
    html = without_links((project / "reports/tiny/one/2024-03-31/report.html").read_text(encoding="utf-8"))
    assert "<span>Previous page, 24 Mar 2024</span>" in html
    assert '<a class="skip" href="#content">' in html
    check_page(html)


def test_words_for_a_report_that_nothing_leads_to_are_text() -> None:
    said = Statement.of("See the {page}.", page=page_of("churn_risk", "page on churn risk"))
    assert said.text == "See the page on churn risk."
    assert Statement.from_payload(said.payload(), {}) == said
    assert (
        lead_on('See the <a data-report="churn_risk">page on churn risk</a>.', None) == "See the page on churn risk."
    )


def test_the_status_line_leads_to_the_page_before_and_to_the_index() -> None:
    html = render(weekly(), links=links_for("weekly_segments")).html
    kicker = html.partition('class="kicker"')[2].partition("</p>")[0]
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', kicker) == [
        ("../2017-12-17/report.html", "previous page"),
        ("../../../index.html", "all reports"),
    ]
    assert "previous page" not in render(weekly()).html
