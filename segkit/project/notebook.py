"""A notebook file, looked over before anything runs: what is wrong with it is told in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile import shown, suggestion
from segkit.errors import ParameterError

_KINDS: Final = ("code", "markdown", "raw")
_AGAIN: Final = "Save it again from JupyterLab."


def read_notebook(notebook: Path) -> dict[str, Any]:
    """Read a notebook's document, sound enough to be run.

    Raises:
        ParameterError: no such notebook, not readable, or not a notebook of format 4 in Python.
    """
    where = shown(notebook)
    text = ""
    try:
        text = notebook.read_text(encoding="utf-8")
        document = json.loads(text)
    except FileNotFoundError:
        there = sorted(file.stem for file in notebook.parent.glob("*.ipynb"))
        raise ParameterError(f"{where}: no such notebook.{suggestion(notebook.stem, there)}") from None
    except OSError as error:
        raise ParameterError(f"{where}: cannot be read ({error.strerror}).") from None
    except RecursionError:
        raise ParameterError(f"{where}: not readable as a notebook (nested too deeply). {_AGAIN}") from None
    except ValueError as error:
        raise ParameterError(f"{where}: not readable as a notebook ({_unreadable(text, error)}).") from None
    fault = _fault(document)
    if fault:
        raise ParameterError(f"{where}: {fault}")
    assert isinstance(document, dict)
    return document


def _unreadable(text: str, error: ValueError) -> str:
    """Say what is wrong with a text that is no JSON; what a merge has left in it is more than a wrong sign."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if not text.strip():
        return "the file is empty"
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            return f"line {number} is the mark of a merge that was not finished: {line[:40]}"
    return str(error)


def _fault(document: Any) -> str:
    if not isinstance(document, dict):
        return f"not a notebook: the file holds {type(document).__name__}, not an object with cells. {_AGAIN}"
    version = document.get("nbformat")
    if version != 4:
        return f"its format is nbformat {json.dumps(version)[:20]}; segkit runs nbformat 4. {_AGAIN}"
    if not isinstance(document.get("nbformat_minor"), int):
        return f"its `nbformat_minor` is missing or no whole number. {_AGAIN}"
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return f"its `metadata` is missing or no object. {_AGAIN}"
    language = metadata.get("kernelspec", {})
    language = language.get("language", "python") if isinstance(language, dict) else "python"
    if str(language).lower() != "python":
        return f"its kernel speaks {str(language)[:40]}; segkit runs notebooks in Python."
    cells = document.get("cells")
    if not isinstance(cells, list):
        return f"its `cells` are missing or no list. {_AGAIN}"
    for number, cell in enumerate(cells, 1):
        fault = _cell_fault(cell)
        if fault:
            return f"cell {number} {fault} {_AGAIN}"
    return ""


def _cell_fault(cell: Any) -> str:
    if not isinstance(cell, dict):
        return "is no object."
    if cell.get("cell_type") not in _KINDS:
        return f"is of the type {json.dumps(cell.get('cell_type'))[:40]}; a cell is code, markdown or raw."
    source = cell.get("source")
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return "has a `source` that is no text."
    tags = cell["metadata"].get("tags", []) if isinstance(cell.get("metadata"), dict) else None
    if not isinstance(tags, list):
        return "has `metadata` that are missing or no object, or `tags` that are no list."
    if cell["cell_type"] == "code" and not isinstance(cell.get("outputs"), list):
        return "has no list of `outputs`."
    if any(0xD800 <= ord(sign) <= 0xDFFF for line in lines for sign in line):
        return "holds half of a character (a lone surrogate), which no file can keep."
    return ""
