"""Output of an analyst's own cells: taken onto the page, refused, or named with what to write instead."""

from __future__ import annotations

import base64
import binascii
import html as escaping
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from segkit.errors import ReportError
from segkit.project.foreign import rebuilt_table

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CHART: Final = "sk.page.chart(figure, title=…, alt=…)"
_TABLE: Final = "sk.page.table(frame, caption=…)"
_NOTE: Final = "sk.page.note(“…”, …)"
_INSTEAD: Final = f"write {_TABLE}, {_CHART} or {_NOTE}"
_RUNS: Final = re.compile(r"<(?:script|iframe|object|embed)\b", re.IGNORECASE)
_RUNNING_TYPES: Final = re.compile(r"javascript|plotly|vega|bokeh|holoviews")
_OF_A_CHART: Final = re.compile(r"<|\[<|Text\(|\(?array\(|\[?Text\(")
_SHOWN_TEXT: Final = 60


def shown_html(output: NotebookNode, cell: NotebookNode, place: str, section: str) -> str | None:
    """Return the page's HTML of an output that is no block: a table rebuilt, or a picture; None where it is neither.

    Args:
        output: of the type display_data or execute_result.
        cell: that it belongs to; its metadata may hold `alt` and `caption`.
        place: the cell, in words.
        section: the heading that it stands under.

    Raises:
        ReportError: it needs scripts, which a page does not run, or is a picture without a description.
    """
    data = output.get("data", {})
    told = {**cell.get("metadata", {}), **output.get("metadata", {})}
    markup = text_of(data.get("text/html", ""))
    running = sorted(kind for kind in data if _RUNNING_TYPES.search(kind))
    if (running or _RUNS.search(markup)) and "image/png" not in data:
        what = running[0] if running else "text/html with a script"
        raise ReportError(
            f"{place} shows an output that needs scripts ({what}), and a page runs none. Draw it with matplotlib and "
            f"write {_CHART}, or write {_TABLE}"
        )
    if "<table" in markup.lower():
        return rebuilt_table(markup, str(told.get("caption", "")) or section or "Table")
    if "image/png" in data:
        return _picture(data["image/png"], told, place)
    return None


def left_out(outputs: Sequence[NotebookNode], place: str) -> list[str]:
    """Name what a page cannot show of a cell's outputs, each with what to write instead.

    None is no output; text beside a picture is what plotting returns. What goes to stderr is for the analyst alone.
    """
    printed = "".join(
        text_of(one.get("text", "")) for one in outputs if one.output_type == "stream" and one.name == "stdout"
    )
    found = [f"{place}: the printed text {_short(printed)}; {_INSTEAD}"] if printed.strip() else []
    results = [one.get("data", {}) for one in outputs if one.output_type in ("display_data", "execute_result")]
    pictured = any("image/png" in data for data in results)
    for data in results:
        others = sorted(set(data) - {"text/plain"})
        text = text_of(data.get("text/plain", "")).strip()
        if others:
            if "image/png" not in others and "<table" not in text_of(data.get("text/html", "")).lower():
                found.append(f"{place}: an output of the type {', '.join(others)}; {_INSTEAD}")
        elif text not in ("", "None") and not (pictured and _OF_A_CHART.match(text)):
            found.append(f"{place}: the text {_short(text)}; {_INSTEAD}")
    return found


def text_of(value: Any) -> str:
    """Return a text of a notebook file, which is whole or in lines, as one text."""
    return value if isinstance(value, str) else "".join(value)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return f"“{plain if len(plain) <= _SHOWN_TEXT else plain[: _SHOWN_TEXT - 1] + '…'}”"


def _picture(png: Any, told: Mapping[str, Any], place: str) -> str:
    sizes = told.get("image/png")
    alt = str(
        told.get("alt") or (sizes.get("alt") if isinstance(sizes, Mapping) else "") or told.get("caption") or ""
    )
    if not alt.strip():
        raise ReportError(
            f"{place} shows a picture without a description: write {_CHART} with what a reader who does not see it is "
            "told, or the description as “alt” in the cell's metadata"
        )
    text = "".join(text_of(png).split())
    try:
        sound = base64.b64decode(text, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    except binascii.Error:
        sound = False
    if not sound:
        raise ReportError(f"{place} shows a picture that is not a PNG")
    caption = str(told.get("caption", ""))
    below = f"<figcaption>{escaping.escape(caption)}</figcaption>" if caption else ""
    image = f'<img alt="{escaping.escape(alt)}" src="data:image/png;base64,{text}">'
    return f'<figure class="picture">{image}{below}</figure>'
