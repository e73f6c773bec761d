"""The frame around a page's content: nbconvert's template, and the blocks of it that a company writes in its own way.

`params/templates/page.html.j2` extends `segkit/index.html.j2` and overrides blocks of it; what it adds is checked like
every page: nothing runs, nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, PrefixLoader, TemplateError
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbformat import NotebookNode

from segkit.errors import ParameterError
from segkit.project.company import Company
from segkit.project.company_templates import told_template

TEMPLATES: Final = Path(__file__).parent / "templates"
"""The folder of nbconvert templates, for `extra_template_basedirs`."""
OWN_PAGE: Final = "page.html.j2"
"""What a company's own template of a page is called."""


class PageExporter(HTMLExporter):
    """nbconvert's HTML exporter without its second pass through an HTML parser, which would rewrite the SVG."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> Any:
        found: Any = self._init_resources(resources)  # type: ignore[no-untyped-call]
        return TemplateExporter.from_notebook_node(self, nb, found, **kw)

    def _create_environment(self) -> Any:
        environment: Any = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True  # in a company's blocks, too
        return environment


def fill_frame(
    notebook: NotebookNode, resources: dict[str, Any], language: str, company: Company
) -> tuple[str, dict[str, Any]]:
    """Return the HTML of a page, and the exporter's resources with what it holds.

    Raises:
        ParameterError: the company's own template cannot be filled.
    """
    own = company.own_template(OWN_PAGE)
    given: dict[str, Any] = {}
    if own is not None:
        given["extra_loaders"] = [
            FileSystemLoader(own.parent),
            PrefixLoader({"segkit": FileSystemLoader(TEMPLATES / "segkit")}),
        ]
        given["template_file"] = OWN_PAGE
    try:
        exporter: Any = PageExporter(  # type: ignore[no-untyped-call]
            template_name="segkit", extra_template_basedirs=[str(TEMPLATES)], language_code=language, **given
        )
        html, found = exporter.from_notebook_node(notebook, resources)
    except TemplateError as error:
        if own is None:
            raise
        raise ParameterError(told_template(own, error)) from None
    return html, found
