"""An executed notebook made of blocks, as papermill would leave it."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from segkit import figures, report
from tests.kpis.views import sample


def cell(*shown: Any, source: str = "report.something()") -> NotebookNode:
    """A code cell whose outputs are what Jupyter stores for the objects; None shows nothing."""
    outputs = []
    for value in shown:
        if value is None:
            continue
        data = value if isinstance(value, dict) else value._repr_mimebundle_()
        outputs.append(v4.new_output("display_data", data=json.loads(json.dumps(data)), metadata={}))
    return v4.new_code_cell(source, outputs=outputs, execution_count=3)


def heading(text: str) -> NotebookNode:
    """A markdown cell."""
    return v4.new_markdown_cell(text)


def weekly(*extra: NotebookNode, names: Any = sample.NAMES, **kw: Any) -> NotebookNode:
    """The weekly report on the sample; `extra` cells come last."""
    keys, sizes, moves = sample.key_figures(), sample.sizes(names, **kw), sample.migration(names)
    concentration = sample.concentration()
    book = v4.new_notebook()
    book.cells = [
        heading("# Weekly segments\n\nHow big each segment is, what it is worth, and who moved."),
        v4.new_code_cell("as_of = '2017-12-24'", metadata={"tags": ["parameters"]}),
        cell(report.headline(keys, sizes, moves, subject="Grocery")),
        cell(report.tiles(keys, sizes)),
        heading("## What changed and why"),
        cell(report.what_changed(keys, sizes, moves)),
        heading("## Segments"),
        cell(report.segment_table(sizes)),
        heading("## Evidence"),
        cell(
            figures.segment_sizes(sizes),
            figures.segment_trend(sizes),
            figures.segment_value(sizes),
            figures.net_moves(moves),
            figures.control_chart(keys[1], sizes.money),
            figures.control_chart(keys[2], sizes.money),
        ),
        heading("## Movements"),
        cell(report.migration_table(moves), report.flows_table(moves)),
        heading("## Concentration"),
        cell(
            report.concentration_table(concentration),
            figures.value_deciles(concentration),
            figures.lorenz_curve(concentration),
        ),
        heading("## Actions"),
        cell(report.actions(sample.ACTIONS)),
        heading("## Method and data quality"),
        cell(report.quality_section(sample.quality(), keys)),
        *extra,
    ]
    nbformat.validate(book)
    return book
