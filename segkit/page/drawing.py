"""Blocks drawn as HTML: one jinja macro per kind, everything escaped, the same for notebook and page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from segkit.page.sparkline import HEIGHT, WIDTH


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("segkit.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.update(spark_width=WIDTH, spark_height=HEIGHT)
    return environment


@cache
def stylesheet(name: str = "page") -> str:
    """Return the text of a style sheet: `page` for the whole page, `notebook` for a block in a notebook."""
    return files("segkit.page").joinpath("templates", f"{name}.css").read_text("utf-8")


def draw(kind: str, fields: Mapping[str, Any]) -> str:
    """Return the HTML of a block."""
    module = _environment().get_template("blocks.html.j2").module
    return str(getattr(module, kind)(fields)).strip()


def draw_for_notebook(kind: str, fields: Mapping[str, Any]) -> str:
    """Return a block's HTML with the few rules of style that it needs inside a notebook.

    Charts take the notebook's own text colour, so that they are legible in a dark theme. MathJax would read the text
    between two dollar signs as a formula; the two classes, those of its versions 3 and 2, make it skip the block.
    """
    style = f"<style>{stylesheet('notebook')}</style>"
    return f'{style}<div class="segkit mathjax_ignore tex2jax_ignore">{draw(kind, fields)}</div>'
