"""The gate of a page's folder: all its forms say the numbers of metrics.json, and that says those of the notebook.

Whoever changes a single value in metrics.json, or a number in another file, is refused, whatever the manifest says.
"""

from __future__ import annotations

import csv
import html as escaping
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from segkit.errors import ReportError
from segkit.page import MIME, Block, union
from segkit.page.statement import Statement
from segkit.project.page_outputs import CHAT, EMAIL, EMAIL_TEXT
from segkit.project.publishing import METRICS, NOTEBOOK, REPORT, read_manifest

_UNREAD: Final = re.compile(r"<style>.*?</style>|<svg\b.*?</svg>", re.DOTALL)
_ANY_TAG: Final = re.compile(r"<[^>]+>")
_NUMBER: Final = re.compile(r"\d[\d.,\u202f\xa0']*\d|\d")
_MOST: Final = 10
NOTICE: Final = "notice"
"""In a manifest: the block that a page says above all else, and that its notebook does not have."""


def refuse_disagreement(folder: Path, notice: Block | None = None) -> None:
    """Refuse a folder whose files do not say the same numbers.

    Args:
        folder: of the page.
        notice: what the page says above all else, beyond its notebook.

    Raises:
        ReportError: lists what differs.
    """
    found = disagreements(folder, notice)
    if found:
        more = f"\n  … and {len(found) - _MOST} more" if len(found) > _MOST else ""
        raise ReportError(
            "the page's files do not say the same numbers:" + "".join(f"\n  {one}" for one in found[:_MOST]) + more
        )


def disagreements(folder: Path, notice: Block | None = None) -> list[str]:
    """Return where the files of a page differ in a number, each in words; empty where all say the same.

    A notice that is not given is looked up in the manifest.
    """
    try:
        said = read_manifest(folder).get(NOTICE)
        notice = notice or (Block.from_payload(said) if said else None)
        blocks = [*([] if notice is None else [notice]), *blocks_of(folder / NOTEBOOK)]
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        page, sentences = _text(folder / REPORT, " "), _text(folder / REPORT, "")
    except (OSError, ValueError, ReportError) as error:
        return [f"{type(error).__name__}: {error}"]
    return [*metrics_apart(blocks, metrics), *_of_statements(blocks, sentences), *_of_forms(folder, page, metrics)]


def metrics_apart(blocks: Sequence[Block], said: Mapping[str, Any]) -> Iterator[str]:
    """Yield where metrics.json and the numbers of blocks differ, in words."""
    made = union(block.metrics for block in blocks)
    for key in sorted(made.keys() | said.keys()):
        one, other = made.get(key), said.get(key)
        if one is None or other is None:
            yield f"{key} stands in {'metrics.json' if one is None else 'the notebook'} alone"
        elif {name: value for name, value in one.payload().items() if name != "key"} != other:
            yield f"{key} is {_told(other)} in metrics.json and {_told(one.payload())} in the notebook"


def _of_statements(blocks: Sequence[Block], sentences: str) -> Iterator[str]:
    """Yield what the notebook states at its head and in its tiles, and the page does not."""
    for block in blocks:
        for statement in _open(block):
            said = _plain(statement.text)
            if statement.metrics and said not in sentences:
                yield f"the page does not say “{said[:120]}”"


def _open(block: Block) -> Iterator[Statement]:
    """Return the statements of a block that its page shows as text."""
    if block.kind == "header":
        yield from (block.fields["headline"], block.fields["decision"])
        yield from (one[name] for one in block.fields["decisions"] for name in ("todo", "money"))
    elif block.kind == "tiles":
        yield from (one[name] for one in block.fields["tiles"] for name in ("value", "change"))


def _of_forms(folder: Path, page: str, metrics: Mapping[str, Any]) -> Iterator[str]:
    """Yield each number that another form says and the page does not."""
    known = set(_NUMBER.findall(page))
    for name in (EMAIL, EMAIL_TEXT, CHAT):
        if not (folder / name).is_file():
            continue
        said = _text(folder / name, " ")
        for number in _NUMBER.findall(re.sub(r"https?://\S+|reports/\S+", "", said)):
            if number not in known:
                yield f"{name} says {number}, which the page does not say"
    values = {repr(one["value"]) for one in metrics.values() if one.get("value") is not None}
    for file in sorted(folder.glob("table-*.csv")):
        for row in csv.reader(io.StringIO(file.read_text(encoding="utf-8"))):
            for cell in row:
                if _is_number(cell) and cell not in values and cell not in known:
                    yield f"{file.name} says {cell}, which metrics.json does not have"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def blocks_of(notebook: Path) -> list[Block]:
    """Return the blocks of an executed notebook, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        Block.from_payload(output["data"][MIME])
        for cell in cells
        for output in cell.get("outputs", ())
        if MIME in output.get("data", {})
    ]


def _text(file: Path, between: str) -> str:
    """Return what a reader reads of a file; `between` stands in place of each tag."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".html":
        text = escaping.unescape(_ANY_TAG.sub(between, _UNREAD.sub("", text)))
    return _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())


def _told(metric: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in (metric.get("value"), metric.get("unit"), metric.get("currency")) if part)
