"""An executed notebook made of blocks, as papermill would leave it."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from segkit.customers.views.quality import quality_section
from segkit.kpis.views.control_charts import control_chart
from segkit.kpis.views.tiles import tiles
from segkit.kpis.views.what_changed import what_changed
from segkit.page import head as page_head
from segkit.page.action_table import actions
from segkit.segments.views.moves_chart import net_moves
from segkit.segments.views.size_charts import segment_value, size_bars
from segkit.segments.views.size_tables import flows_table, migration_table, segment_table
from segkit.segments.views.trend_chart import segment_trend
from segkit.value.views.concentration import concentration_table
from segkit.value.views.concentration_charts import lorenz_curve, value_deciles
from tests.kpis.views import sample


def cell(*shown: Any, source: str = "sizes.show.table()") -> NotebookNode:
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
        cell(page_head(sizes, moves, keys, concentration)),
        cell(tiles(keys)),
        heading("## What changed and why"),
        cell(what_changed(keys, sizes, moves)),
        heading("## Segments"),
        cell(segment_table(sizes)),
        heading("## Evidence"),
        cell(
            size_bars(sizes),
            segment_trend(sizes),
            segment_value(sizes),
            net_moves(moves),
            control_chart(keys[1], keys.money),
            control_chart(keys[2], keys.money),
        ),
        heading("## Movements"),
        cell(migration_table(moves), flows_table(moves)),
        heading("## Concentration"),
        cell(
            concentration_table(concentration),
            value_deciles(concentration),
            lorenz_curve(concentration),
        ),
        heading("## Actions"),
        cell(actions(sample.ACTIONS)),
        heading("## Method and data quality"),
        cell(quality_section(sample.quality(), keys)),
        *extra,
    ]
    nbformat.validate(book)
    return book
