"""ZIP archives: the files of one kind that they hold are unpacked and read as if they stood there."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from segkit.data.engine import Engine
from segkit.data.formats.kinds import ENDINGS, kind_of_file
from segkit.data.formats.temporary import temporary_folder
from segkit.data.sources import Source, open_files
from segkit.data.spec import TableSpec
from segkit.data.specfile import shown
from segkit.data.wording import listed, seen
from segkit.errors import DataError


def open_zipped(engine: Engine, name: str, spec: TableSpec, files: tuple[Path, ...], label: str) -> Source:
    """Read the data files in archives together, unpacked.

    Raises:
        DataError: an archive is damaged, locked, or without data.
    """
    folder = temporary_folder(engine)
    unpacked = [
        inner
        for number, file in enumerate(files)
        for inner in _unpacked(f"table {name}: {shown(file)}", file, folder / str(number) / file.name)
    ]
    try:
        source = open_files(engine, name, spec, tuple(unpacked), label)
    except DataError as error:
        raise DataError(_named(str(error), folder, len(files))) from None
    return replace(source, files=files)


def _named(said: str, folder: Path, archives: int) -> str:
    """Return a sentence in which a file is called by its archive instead of by where it was unpacked."""
    for number in range(archives):
        said = said.replace(f"{folder / str(number)}/", "")
    return said


def _unpacked(where: str, file: Path, folder: Path) -> list[Path]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if _is_data(member)]
            if not members:
                there = [member.filename for member in archive.infolist()]
                raise DataError(
                    f"{where} holds no file that ends in {', '.join(ENDINGS)}. It holds: {listed(there, 6) or 'nothing'}."
                )
            return [_extract(archive, member, folder, number) for number, member in enumerate(members)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(f"{where} is not a whole ZIP archive ({seen(str(error), 120)}). Copy it again.") from None
    except RuntimeError:  # which Python raises where a password is asked for
        raise DataError(f"{where} is locked by a password. Pack it without one.") from None
    except OSError as error:
        raise DataError(f"{where} cannot be unpacked ({error.strerror}).") from None


def _is_data(member: zipfile.ZipInfo) -> bool:
    parts = Path(member.filename).parts
    hidden = any(part.startswith((".", "_")) for part in parts)  # such as __MACOSX
    kind = kind_of_file(Path(member.filename))
    return not member.is_dir() and not hidden and kind is not None and kind.name != "ZIP"


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, number: int) -> Path:
    """Write a member where its own path has no say, so that nothing lands outside the folder."""
    target = folder / (str(number) if number else "") / Path(member.filename).name
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    return target
