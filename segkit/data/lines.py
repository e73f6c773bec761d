"""Lines of text files, counted apart from the parser, so that rows that a parser swallowed are noticed.

A quote that is never closed may swallow the rows up to the next quote without an error, and a cut gzip file may end
early in silence. Lines in a file = headers + rows + line breaks within values + blank lines. This module counts the
left side while the engine reads the rows.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from segkit.data.specfile import shown
from segkit.errors import DataError

CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines of one or several files, the last one of each counted whether or not it ends in a line break.

    Attributes:
        lines: all of them.
        blank: those of nothing.
    """

    lines: int
    blank: int


def count_lines(files: Sequence[Path], *, wide: bool = False) -> LineCount:
    """Count the lines of files, packed ones included.

    Args:
        files: the files.
        wide: two bytes a character, little end first (UTF-16).

    Raises:
        DataError: a gzip file is cut short or damaged.
    """
    counts = [_count(file, wide) for file in files]
    return LineCount(sum(count.lines for count in counts), sum(count.blank for count in counts))


def counting(files: Sequence[Path], *, wide: bool) -> Future[LineCount]:
    """Start to count lines while the caller goes on, and hand over the count when it is asked for."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="segkit-lines")
    try:
        return pool.submit(count_lines, tuple(files), wide=wide)
    finally:
        pool.shutdown(wait=False)


def _count(file: Path, wide: bool) -> LineCount:
    try:
        with _opened(file) as stream:
            return _count_chunks(_narrow(stream) if wide else _chunks(stream))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{shown(file)} is not a whole gzip file ({error}): rows at its end may be missing. Copy or export it again."
        ) from None


def _opened(file: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(file)) if file.name.lower().endswith(".gz") else file.open("rb")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _narrow(stream: IO[bytes]) -> Iterator[bytes]:
    """Make the stream one byte per character, which is enough to find line breaks."""
    for chunk in _chunks(stream):
        text = chunk.decode("utf-16-le", errors="replace").lstrip("\ufeff")
        yield text.encode("ascii", errors="replace")


def _count_chunks(chunks: Iterator[bytes]) -> LineCount:
    lines = blank = 0
    mark = b""
    at_start = True  # whether the next byte begins a line
    for chunk in chunks:
        mark = mark or (b"\n" if b"\n" in chunk else b"\r" if b"\r" in chunk else b"")
        text = chunk.replace(b"\r", b"") if mark == b"\n" else chunk
        if not text:
            continue
        if mark:
            lines += text.count(mark)
            blank += _blank(text, mark, at_start)
        at_start = bool(mark) and text.endswith(mark)
    return LineCount(lines + (not at_start), blank)


def _blank(chunk: bytes, mark: bytes, at_start: bool) -> int:
    """Return how many line breaks follow another one directly, or stand at the very start."""
    first = int(at_start and chunk.startswith(mark))
    if mark + mark not in chunk:
        return first
    return first + sum(not line for line in chunk.split(mark)[1:-1])
