"""Templates that a company overrides: its own in params/templates come before segkit's, and may extend them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from segkit.data.specfile import shown
from segkit.project.company import Company

if TYPE_CHECKING:
    from jinja2 import Environment, TemplateError


def company_templates(company: Company, folder: Literal["messages", "pages"]) -> Environment:
    """Return the templates of a folder of segkit's, with what the company overrides of them.

    On pages everything is escaped; of messages what is HTML.

    Args:
        company: whose templates come first; `segkit/` before a name leads to segkit's own.
        folder: below segkit/project/templates.
    """
    from jinja2 import (
        ChoiceLoader,
        Environment,
        FileSystemLoader,
        PackageLoader,
        PrefixLoader,
        StrictUndefined,
        select_autoescape,
    )

    shipped = PackageLoader("segkit.project", f"templates/{folder}")
    own = [] if company.templates is None else [FileSystemLoader(company.templates)]
    return Environment(
        loader=ChoiceLoader([*own, shipped, PrefixLoader({"segkit": shipped})]),
        autoescape=folder == "pages" or select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def told_template(file: Path, error: TemplateError) -> str:
    """Return what is wrong with a template of the company's, with its line where jinja2 knows it."""
    from jinja2 import TemplateSyntaxError

    line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    return (
        f"{shown(file)}{line}: cannot be filled: {error.message or type(error).__name__}. It may override the blocks of "
        "the template that it extends, and use what that one uses."
    )
