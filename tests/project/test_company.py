"""params/project.yaml: whose pages they are, how they look, and what is said where it is wrong."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from pydantic import ValidationError

from segkit.errors import ParameterError, ReportError
from segkit.page import Metric, note
from segkit.page.palette import contrast
from segkit.project.company import DARK, LIGHT, READABLE, Brand, Company, CompanySpec, read_company
from segkit.project.identity import identity_of
from segkit.project.page_frame import TEMPLATES
from segkit.project.rendering import render
from segkit.project.request import read_request
from tests.kpis.views.notebook import cell, heading
from tests.project.project import segkit, write_project

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 24"><title>E</title><path d="M0 0h80v24H0z"/></svg>'
SAID = """\
owner: Customer analytics
contact: analytics@example.com
locale: de_DE
brand:
  name: Example & Sons
  logo: brand/logo.svg
  colour: "#7A1FA2"
  colour_dark: "#d8a6f0"
  fonts: [Avenir Next, Segoe UI]
  footer: Internal. Not for customers.
"""


def project_of(root: Path, said: str) -> Path:
    """A project with that file, and a logo."""
    (root / "params" / "brand").mkdir(parents=True)
    (root / "params" / "brand" / "logo.svg").write_bytes(LOGO)
    (root / "params" / "project.yaml").write_text(said, encoding="utf-8")
    return root


def page_html(company: Company) -> str:
    notebook = v4.new_notebook()
    block = note("{n} customers left.", n=Metric("left", 12, "customers"))
    notebook.cells = [heading("# Tiny"), heading("## What"), cell(block._repr_mimebundle_())]
    return render(notebook, company=company).html


def test_a_page_shows_whose_it_is(tmp_path: Path) -> None:
    html = page_html(read_company(project_of(tmp_path, SAID)))
    uri = f"data:image/svg+xml;base64,{base64.b64encode(LOGO).decode()}"
    assert f'<img class="logo" src="{uri}" alt="Example &amp; Sons">' in html
    foot = html[html.index("<footer>") :]
    assert "Owner: Customer analytics" in foot
    assert '<a href="mailto:analytics@example.com">analytics@example.com</a>' in foot
    assert "Internal. Not for customers." in foot
    assert ":root{--link:#7a1fa2;--focus:#7a1fa2;--brand:#7a1fa2}" in html
    assert 'body{font-family:"Avenir Next","Segoe UI",system-ui' in html


def test_without_the_file_a_page_is_nobodys(tmp_path: Path) -> None:
    company = read_company(tmp_path)
    assert company.digest() == ""
    html = page_html(company)
    assert "masthead" not in html.split("</style>")[1]
    assert "Owner" not in html


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ownr: X\n", "line 1: `ownr` is not a known key. Did you mean `owner`?"),
        ("contact: nobody\n", "line 1: `contact`: must be an e-mail address such as analytics@example.com, or begin"),
        ("locale: klingon\n", "line 1: `locale`: is no locale; such names are de_DE, en_GB, fr_FR. Found: 'klingon'"),
        ("site: reports.example.com\n", "`site`: must begin with https://"),
        ("brand:\n  colour: blue\n", "line 2: `brand.colour`: must be written #rrggbb in quotes, such as '#1c5a96'."),
        ("brand:\n  colour: '#ffcc00'\n", "has a contrast of 1.4 on the white page; text needs 4.5. Write a darker colour."),
        ("brand:\n  colour_dark: '#112233'\n", "on the dark page; text needs 4.5. Write a lighter colour."),
        ("brand:\n  fonts: ['a;b{}']\n", "`a;b{}` is no name of a font: letters, digits, spaces and - only"),
        ("brand:\n  logo: brand/none.svg\n", "line 2: `brand.logo: brand/none.svg` cannot be read (No such file or directory)"),
        ("brand:\n  logo: project.yaml\n", "line 2: `brand.logo: project.yaml` is neither .svg nor .png."),
        ("brand:\n  logo: brand/big.png\n", "has 20,001 bytes, and every page carries it: write a file of at most 20,000 bytes."),
        ("brand:\n  logo: brand/text.svg\n", "is not a picture of the kind .svg. Save it as one."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(said: str, told: str, tmp_path: Path) -> None:
    root = project_of(tmp_path, said)
    (root / "params" / "brand" / "big.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 19_993)
    (root / "params" / "brand" / "text.svg").write_text("<svg")
    with pytest.raises(ParameterError) as refused:
        read_company(root)
    assert told in str(refused.value)
    assert "project.yaml, line " in str(refused.value)


def test_all_mistakes_are_told_with_those_of_the_run(tmp_path: Path) -> None:
    file = write_project(tmp_path, params="as_of: 2024-03-31\ncont: 3\n")
    (tmp_path / "params" / "project.yaml").write_text("owner: [a]\nlocale: none\n")
    with pytest.raises(ParameterError) as refused:
        read_request(file)
    assert len(str(refused.value).splitlines()) == 3


def test_every_colour_of_a_brand_is_legible_in_its_scheme() -> None:
    """A colour is taken at exactly the contrast that WCAG asks of text, on each ground that text stands on."""
    for grey in range(0, 256, 5):
        colour = f"#{grey:02x}{grey:02x}{grey:02x}"
        for key, grounds in (("colour", LIGHT), ("colour_dark", DARK)):
            fits = min(contrast(colour, ground) for ground in grounds) >= READABLE
            try:
                Brand.model_validate({key: colour})
            except ValidationError:
                assert not fits, (key, colour)
            else:
                assert fits, (key, colour)


def test_what_pages_show_of_the_company_is_part_of_what_they_are_made_of(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    said = tmp_path / "params" / "project.yaml"

    def code() -> str:
        return identity_of(read_request(file)).code

    found = [code()]
    for text in ("owner: A\n", "owner: B\n", "owner: B\nlocale: de_DE\n"):
        said.write_text(text)
        found.append(code())
    assert len(set(found)) == 4
    said.write_text("owner: B\nlocale: de_DE\nsite: https://example.com\nrecipients: {readers: [json://localhost]}\n")
    assert code() == found[-1]
    (tmp_path / "params" / "templates").mkdir()
    (tmp_path / "params" / "templates" / "page.html.j2").write_text("{% extends 'segkit/index.html.j2' %}")
    assert code() != found[-1]


def test_the_page_of_the_docs_shows_a_file_that_is_read_and_says_every_key(root: Path, tmp_path: Path) -> None:
    text = (root / "docs" / "how-to" / "make-pages-your-own.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    found = read_company(project_of(tmp_path, block))
    assert found.said.brand.name == "Example Retail"
    told = set(re.findall(r"`([\w.]+)`", " ".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))))
    assert told >= {key for key in CompanySpec.model_fields if key != "brand"}
    assert told >= {f"brand.{key}" for key in Brand.model_fields}


def own_template(root: Path, text: str) -> Company:
    folder = root / "params" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html.j2").write_text(text)
    return read_company(root)


def test_a_company_overrides_blocks_without_a_fork(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "project.yaml").write_text("owner: A <b>\n")
    company = own_template(
        tmp_path,
        "{% extends 'segkit/index.html.j2' %}\n"
        "{% block top %}<p>Confidential, {{ company.owner }}</p>{% endblock %}\n"
        "{% block style %}{{ super() }}h1{font-style:italic}{% endblock %}\n",
    )
    html = page_html(company)
    assert "<p>Confidential, A &lt;b&gt;</p>" in html
    assert "h1{font-style:italic}" in html
    assert "Every number on this page was computed" in html
    assert html.replace("<p>Confidential, A &lt;b&gt;</p>", "").count("12 customers left") == 1


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("{% block top %}<script>x</script>{% endblock %}", ReportError, "has a <script>"),
        ("{% block top %}<img src='https://x.example/a.png'>{% endblock %}", ReportError, "would fetch"),
        ("{% block top %}{{ nothing.at.all }}{% endblock %}", ParameterError, "page.html.j2: cannot be filled"),
        ("{% block top %}{% if %}{% endblock %}", ParameterError, "page.html.j2, line 2: cannot be filled"),
    ],
)
def test_an_own_template_is_checked_like_every_page(
    text: str, error: type[Exception], told: str, tmp_path: Path
) -> None:
    company = own_template(tmp_path, "{% extends 'segkit/index.html.j2' %}\n" + text)
    with pytest.raises(error, match=told):
        page_html(company)


def test_the_template_works_with_jupyter_nbconvert_alone(tmp_path: Path) -> None:
    """As `jupyter nbconvert --to html --template segkit` finds it: installed as shared data."""
    notebook = v4.new_notebook()
    block = note("{n} customers left.", n=Metric("left", 12, "customers"))
    notebook.cells = [heading("# Tiny"), heading("## What"), cell(block._repr_mimebundle_())]
    nbformat.write(notebook, tmp_path / "out.ipynb")
    shared = tmp_path / "share" / "nbconvert" / "templates"
    shutil.copytree(TEMPLATES / "segkit", shared / "segkit")
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--template", "segkit", "out.ipynb"],
        cwd=tmp_path,
        env=os.environ | {"JUPYTER_PATH": str(tmp_path / "share")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "12 customers left." in html
    assert "<script" not in html
    assert html.count("<nav") == 0


def test_a_company_of_germany_reads_german_numbers(tmp_path: Path) -> None:
    """From the file through papermill's kernel to the page, to metrics.json, and to the link of the page before."""
    pages = "\n".join(
        [
            "import segkit as sk",
            "from pathlib import Path",
            "from segkit.customers.own_locale import adopt_locale",
            "from segkit.page import Metric",
            "adopt_locale(Path.cwd().parent)",
            'sk.page.note("{m} came in.", m=Metric("revenue", 6_143_221, "money", "EUR"))',
        ]
    )
    write_project(tmp_path, pages)
    (tmp_path / "params" / "project.yaml").write_text("locale: de_DE\n")
    for date in ("2024-03-24", "2024-03-31"):
        done = segkit(tmp_path, "run", "params/tiny/one.yaml", "--as-of", date, "--quiet")
        assert done.returncode == 0, done.stderr
    html = (tmp_path / "reports" / "tiny" / "one" / "2024-03-31" / "report.html").read_text(encoding="utf-8")
    assert "6,14m\u202f€ came in." in html
    assert ">Previous page, 24.03.2024</a>" in html
