"""Text files: each is checked against the format that was stated, then its columns are handed over as text.

The first lines are read here, for sentences that a parser cannot give; the engine alone reads the rows. Columns get
plain internal names (c0, c1 …), so that no name in a file means anything to the engine.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ibis.expr.types as ir

from segkit.data.engine import Engine
from segkit.data.formats.delimiters import SIGNS, find_delimiter
from segkit.data.formats.signatures import mistaken_for_text
from segkit.data.spec import FileFormat
from segkit.data.specfile import shown
from segkit.data.wording import listed, seen
from segkit.errors import DataError

HEAD: Final = 64 * 1024
FILE: Final = "filename"
"""DuckDB's name of the column that says which of several files a row stands in."""
_NOTHING: Final = b"\0\r\n\t \xef\xbb\xbf\xff\xfe"
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_AGAIN: Final = "Export it again, or take the table out of the dataset file."


@dataclass(frozen=True, slots=True)
class Header:
    """The start of a text file.

    Attributes:
        names: its columns, from left to right.
        before: blank lines above the header.
    """

    names: tuple[str, ...]
    before: int


def with_found_delimiter(table: str, form: FileFormat, file: Path) -> tuple[FileFormat, tuple[str, ...]]:
    """Return the format with the delimiter that a file has, if none is stated, and a sentence where that is no comma."""
    if "delimiter" in form.model_fields_set:
        return form, ()
    head = _head(table, file)
    if not head.strip(_NOTHING) or mistaken_for_text(head):
        return form, ()
    text = _decoded(f"table {table}: {shown(file)}", head, form).lstrip("\ufeff\r\n ")
    found = find_delimiter("\n".join(_BREAK.split(text)), form.quote)
    if found == form.delimiter or text.lower().startswith("sep="):
        return form, ()
    said = f"{file.name}: its columns stand between {SIGNS[found]}. That was found, since `format` states no `delimiter`."
    return form.model_copy(update={"delimiter": found}), (said,)


def read_text_files(
    engine: Engine, table: str, form: FileFormat, files: tuple[Path, ...], *, by_file: bool = False
) -> tuple[ir.Table, tuple[str, ...]]:
    """Read text files as text columns c0, c1 …, with their names in the files.

    Args:
        engine: where they are read.
        table: segkit's name of the table.
        form: how they are written.
        files: the files.
        by_file: add a column that says which file a row stands in, even if there is one.

    Raises:
        DataError: a file is empty, has other columns than the first, or does not fit the format.
    """
    headers = [read_header(table, form, file) for file in files]
    for file, header in zip(files[1:], headers[1:], strict=True):
        if header != headers[0]:
            odd = sorted(set(header.names) ^ set(headers[0].names))
            differing = f"differing: {listed(odd, 8)}" if odd else "in another order, or under other blank lines"
            raise DataError(
                f"table {table}: {shown(file)} has other columns than {shown(files[0])} ({differing}). Files that are "
                "read together have the same columns in the same order: narrow the `path`, or export them alike."
            )
    head = headers[0]
    names = tuple(f"c{position}" for position in range(len(head.names)))
    whole_lines = form.delimiter == "whitespace"
    options: dict[str, Any] = {
        "auto_detect": False,
        "header": form.header,
        # a line that is split later is read whole, with a delimiter that no text file holds
        "delim": "\x1f" if whole_lines else form.delimiter,
        "quote": "" if whole_lines else form.quote,
        "escape": "" if whole_lines or not form.quote else form.escape,
        "encoding": form.encoding,
        "strict_mode": True,
        "null_padding": False,
    }
    options["hive_partitioning"] = False
    if (len(files) > 1 or by_file) and not whole_lines:
        options["filename"] = True
    if head.before:
        options["skip"] = head.before
    columns = {"line": "VARCHAR"} if whole_lines else dict.fromkeys(names, "VARCHAR")
    read = engine.backend.read_csv([_literal(file) for file in files], columns=columns, **options)
    return (_split_lines(engine, table, read, head.names, files) if whole_lines else read), head.names


def _literal(file: Path) -> str:
    """Return a path in which no character is a wildcard."""
    return "".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(file))


def _split_lines(
    engine: Engine, table: str, read: ir.Table, names: tuple[str, ...], files: tuple[Path, ...]
) -> ir.Table:
    """Split whole lines into columns; each line has as many as the header."""
    line: ir.StringValue = read["line"].strip()
    filled = read.filter(line != "")
    parts = filled["line"].strip().re_split(r"\s+")
    ragged = filled.filter(parts.length() != len(names)).select(line=filled["line"].strip(), n=parts.length())
    count = int(engine.collect(ragged.aggregate(n=ragged.count()))["n"].iloc[0])
    if count:
        first = engine.collect(ragged.order_by("n", "line").limit(1)).iloc[0]
        raise DataError(
            f"table {table}: {shown(files[0])}: {count:,} lines do not have {len(names)} columns, such as "
            f"`{seen(first['line'], 80)}` with {int(first['n'])}. Values between blanks must not hold blanks themselves."
        )
    return filled.select(**{f"c{position}": parts[position] for position in range(len(names))})


def read_header(table: str, form: FileFormat, file: Path) -> Header:
    """Read the names of a text file's columns, after checking the file against the format.

    Raises:
        DataError: it is empty, in another encoding, with another delimiter, or its header does not name each column
            once.
    """
    where = f"table {table}: {shown(file)}"
    head = _head(table, file)
    if not head.strip(_NOTHING):
        raise DataError(f"{where} is empty: not even a header. {_AGAIN}")
    if mistaken := mistaken_for_text(head):
        raise DataError(f"{where} {mistaken}")
    text = _decoded(where, head, form).lstrip("\ufeff")
    lines = _BREAK.split(text)
    before = next(position for position, line in enumerate(lines) if line.strip())
    rows = _first_rows("\n".join(lines[before:]), form, where)
    _ask_delimiter(where, rows[0], lines[before], form)
    if not form.header:
        _ask_count(where, "the first line", rows[0], form)
        return Header(form.names, before)
    if len(rows) == 1 and len(head) < HEAD:
        raise DataError(f"{where} has a header and no rows. {_AGAIN}")
    if form.names:
        _ask_count(where, "the header", rows[0], form)
        return Header(form.names, before)
    ask_names(where, rows[0])
    return Header(tuple(rows[0]), before)


def _head(table: str, file: Path) -> bytes:
    try:
        if file.name.lower().endswith(".gz"):
            with gzip.open(file) as stream:
                return stream.read(HEAD)
        with file.open("rb") as plain:
            return plain.read(HEAD)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"table {table}: {shown(file)} ends in .gz but is not a whole gzip file ({error}). If it is plain text, take "
            ".gz off its name; if not, copy it again."
        ) from None
    except OSError as error:
        raise DataError(f"table {table}: {shown(file)} cannot be read ({error.strerror}).") from None


def _decoded(where: str, head: bytes, form: FileFormat) -> str:
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:8:2] == b"\0\0\0\0"
    if wide and form.encoding != "utf-16":
        raise DataError(f"{where} is not {form.encoding} but UTF-16. Write `format: {{encoding: utf-16}}`.")
    if form.encoding == "utf-16":
        if not wide:
            raise DataError(
                f"{where} is not UTF-16, although `format` says so. Leave `encoding` out, or name another."
            )
        return head[: len(head) // 2 * 2].decode("utf-16-le", errors="replace")
    if form.encoding == "latin-1":
        text = head.decode("latin-1")
        if not head.isascii() and _is_utf8(head):
            raise DataError(f"{where} is UTF-8, although `format` says latin-1. Leave `encoding` out.")
        return text
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 4 and len(head) == HEAD:  # a character cut in two by the end of the head
            return head[: error.start].decode("utf-8")
        line = head[: error.start].count(b"\n") + 1
        raise DataError(
            f"{where} is not UTF-8 (byte 0x{head[error.start]:02x} on line {line}). "
            f"Write `format: {{encoding: {single_byte(head)}}}`, or save it in the encoding UTF-8."
        ) from None


def single_byte(content: bytes) -> str:
    """Return the encoding of one byte a letter that a Western file most likely has: Windows's own has signs at 0x80.

    >>> single_byte("café".encode("latin-1")), single_byte("9 €".encode("cp1252"))
    ('latin-1', 'cp1252')
    """
    return "cp1252" if any(0x80 <= byte <= 0x9F for byte in content) else "latin-1"


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 4 and error.start > 0 and not head[: error.start].isascii()
    return True


def _first_rows(text: str, form: FileFormat, where: str) -> list[list[str]]:
    """Return the header, and one more row if there is one."""
    if form.delimiter == "whitespace":
        return [line.split() for line in text.split("\n") if line.strip()][:2]
    signs: dict[str, Any] = {"delimiter": form.delimiter}
    if form.quote:
        signs |= {"quotechar": form.quote, "doublequote": form.escape == form.quote}
        if form.escape != form.quote:
            signs["escapechar"] = form.escape
    else:
        signs["quoting"] = csv.QUOTE_NONE
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), **signs):
            if row:
                rows.append([part.strip() for part in row])
            if len(rows) == 2:
                break
    except csv.Error as error:
        if not rows:
            raise DataError(f"{where}: its first line is no header ({error}).") from None
    return rows


def _ask_delimiter(where: str, first: list[str], line: str, form: FileFormat) -> None:
    if line.lower().startswith("sep=") and len(line.strip()) == 5:
        raise DataError(
            f"{where} begins with `{line.strip()}`, a line that only Excel reads. Delete it, and write "
            f'`format: {{delimiter: "{line.strip()[4]}"}}`.'
        )
    if len(first) > 1:
        return
    for sign, called in SIGNS.items():
        if sign != form.delimiter and sign in line:
            written = "\\t" if sign == "\t" else sign
            raise DataError(
                f"{where} has one column, `{seen(line)}`: its columns stand between {called}. "
                f'Write `format: {{delimiter: "{written}"}}`.'
            )


def _ask_count(where: str, what: str, first: list[str], form: FileFormat) -> None:
    if len(first) != len(form.names):
        raise DataError(
            f"{where}: {what} has {len(first)} columns ({listed(first, 6)}), and `format: names` has {len(form.names)}. "
            "Name every column, from left to right."
        )


def ask_names(where: str, names: list[str]) -> None:
    """Check that each column has a name, and that no two names are the same."""
    positions: dict[str, int] = {}
    said = []
    for position, column in enumerate(names, 1):
        if not column:
            said.append(f"column {position} has no name")
        elif column in positions:
            said.append(f"two columns are called `{seen(column)}` (columns {positions[column]} and {position})")
        elif "\n" in column:
            said.append(f"the name of column {position} runs over several lines (a quote may not be closed)")
        positions.setdefault(column, position)
    if said:
        raise DataError(
            f"{where}: {'; '.join(said[:6])}. Repair the header (pandas: `to_csv(index=False)`), or name the columns "
            "yourself: `format: {names: [first, second, …]}`, all of them from left to right."
        )
