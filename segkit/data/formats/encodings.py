"""Text files in an encoding that the engine does not read are written once more in UTF-8."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path
from typing import IO, Final, cast

from segkit.data.engine import Engine
from segkit.data.formats.temporary import temporary_folder
from segkit.data.lines import CHUNK
from segkit.data.spec import FileFormat
from segkit.data.specfile import shown
from segkit.errors import DataError

_NATIVE: Final = ("utf-8", "latin-1", "utf-16")


def in_utf8(
    engine: Engine, table: str, form: FileFormat, files: tuple[Path, ...]
) -> tuple[FileFormat, tuple[Path, ...]]:
    """Return files, and the format to read them with: copies in UTF-8 where the engine knows no such encoding.

    Raises:
        DataError: a file is not in the encoding that the format states.
    """
    if form.encoding in _NATIVE and not (form.encoding == "utf-16" and any(_big_end_first(file) for file in files)):
        return form, files
    folder = temporary_folder(engine)
    copies = []
    for number, file in enumerate(files):
        copy = folder / str(number) / file.name.removesuffix(".gz")
        copy.parent.mkdir()
        _copy(f"table {table}: {shown(file)}", file, copy, form.encoding)
        copies.append(copy)
    return form.model_copy(update={"encoding": "utf-8"}), tuple(copies)


def opened(file: Path) -> IO[bytes]:
    """Open a text file for its bytes, unpacked."""
    return cast(IO[bytes], gzip.open(file)) if file.name.lower().endswith(".gz") else file.open("rb")


def _big_end_first(file: Path) -> bool:
    try:
        with opened(file) as stream:
            return stream.read(2) == b"\xfe\xff"
    except (OSError, EOFError):
        return False  # the reading of its head says what is wrong


def _copy(where: str, file: Path, copy: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        with opened(file) as stream, copy.open("w", encoding="utf-8", newline="") as out:
            while chunk := stream.read(CHUNK):
                text = decoder.decode(chunk)
                out.write(text)
                line += text.count("\n")
            out.write(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        line += bytes(error.object[: error.start]).count(b"\n")
        raise DataError(
            f"{where} is not {encoding} (byte 0x{error.object[error.start]:02x} on line {line} means nothing there). State "
            "the encoding that it was written in as `format: {encoding: …}`, or save it in the encoding UTF-8."
        ) from None
    except (OSError, EOFError) as error:
        raise DataError(f"{where} cannot be read ({error}). Copy it again.") from None
