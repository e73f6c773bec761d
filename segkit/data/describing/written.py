"""How a text file is written: its encoding, the sign between its columns, whether its first line names them."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import Any, Final

from segkit.data.formats.delimiters import find_delimiter
from segkit.data.formats.encodings import opened
from segkit.data.formats.kinds import kind_of_file
from segkit.data.lines import CHUNK
from segkit.data.textfiles import single_byte

_MOST_LINES: Final = 100


def format_of(file: Path) -> dict[str, Any]:
    """Return the keys of `format` that a text file needs; none for other files."""
    kind = kind_of_file(file)
    if kind is None or kind.name != "text":
        return {}
    try:
        encoding, head = _encoding(file)
    except (OSError, EOFError):
        return {}  # the reading of the file says what is wrong
    found: dict[str, Any] = {} if encoding == "utf-8" else {"encoding": encoding}
    lines = [line for line in head.lstrip("\ufeff").splitlines() if line.strip()][:_MOST_LINES]
    if not lines:
        return found
    delimiter = find_delimiter("\n".join(lines), '"')
    if delimiter == "," and len(next(csv.reader([lines[0]]), [])) == 1 and _is_of_blanks(lines):
        delimiter = "whitespace"
    if delimiter != ",":
        found["delimiter"] = delimiter
    names = (
        lines[0].split()
        if delimiter == "whitespace"
        else next(csv.reader(io.StringIO(lines[0]), delimiter=delimiter))
    )
    if any(_is_number(name.strip()) for name in names):
        found |= {"header": False, "names": [f"column_{position}" for position in range(1, len(names) + 1)]}
    return found


def _is_of_blanks(lines: list[str]) -> bool:
    return len(lines[0].split()) > 1 and len({len(line.split()) for line in lines[:-1]}) == 1


def _is_number(text: str) -> bool:
    # a sign before or behind it; within it, as in 2024-01, it is a month or a code
    return text.strip("-").replace(".", "", 1).replace(",", "", 1).isdigit()


def _encoding(file: Path) -> tuple[str, str]:
    """Return a text file's encoding, and its first characters; the whole file is looked at."""
    with opened(file) as stream:
        head = stream.read(CHUNK)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16", head.decode("utf-16", errors="replace")
        decoder = codecs.getincrementaldecoder("utf-8")()
        chunk = head
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = stream.read(CHUNK)
        except UnicodeDecodeError:
            encoding = single_byte(chunk)
            return encoding, head.decode(encoding, errors="replace")
    return "utf-8", head.decode("utf-8", errors="replace")
