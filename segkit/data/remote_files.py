"""Files in an object store or on the web, found by their address; each state of a file is copied here once, and read."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import urllib.parse
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from segkit.data.engine import Engine
from segkit.data.formats.kinds import ENDINGS, kind_of_file
from segkit.data.formats.temporary import temporary_folder
from segkit.data.passing import passes
from segkit.data.remote_copies import CACHE, RemoteFile, copied, folder_of_copies, path_in, state_of
from segkit.data.specfile import redact, suggestion
from segkit.data.wording import seen
from segkit.errors import DataError, NotYetError, SegkitError

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PASSING: Final = re.compile(
    r"could not connect|cannot connect|timed? ?out|slow ?down|throttl|too many requests|service unavailable"
    r"|internal ?(?:server)? ?error|server disconnected|bad gateway|connection (?:broken|closed|aborted)",
    re.IGNORECASE,
)

StorageOptions = Mapping[str, Mapping[str, Any]]
"""Options of storage drivers by the scheme of the addresses that they are for."""


def is_remote(path: str) -> bool:
    """Return whether a path is an address.

    >>> is_remote("s3://shop/orders.csv"), is_remote("data/orders.csv"), is_remote(r"C:\\orders.csv")
    (True, False, False)
    """
    return _ADDRESS.match(path) is not None


def shown_address(address: str) -> str:
    """Return an address as it may be shown: without a password, and without what follows a question mark.

    >>> shown_address("https://shop:pw@example.com/orders.csv?sig=1f")
    'https://example.com/orders.csv'
    """
    parts = urllib.parse.urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def sibling_address(address: str, file: str) -> str:
    """Return the address of a file in the same folder as those of an address.

    >>> sibling_address("s3://shop/2024/lines-*.csv", "orders.csv"), sibling_address("s3://shop/2024", "orders.csv")
    ('s3://shop/2024/orders.csv', 's3://shop/2024/orders.csv')
    """
    head, _, last = address.rstrip("/").rpartition("/")
    is_file = glob.has_magic(last) or kind_of_file(Path(last)) is not None
    return f"{head if is_file else address.rstrip('/')}/{file}"


def bring_files(engine: Engine, address: str, storage: StorageOptions, root: Path) -> tuple[Path, ...]:
    """Copy the files that an address means to this machine, those that are not here yet, and return the copies.

    Args:
        engine: the connection that reads them; copies stay for as long as it lives.
        address: of a file, a glob or a folder, as fsspec knows it.
        storage: options of the drivers, such as keys.
        root: the project, which keeps the copies in `.segkit/remote` unless `SEGKIT_CACHE` names a folder.

    Raises:
        DataError: no such file, no right to read it, no driver for it, or no room for the copy.
        NotYetError: the place does not answer, or the file is being written.
    """
    shown = shown_address(address)
    if engine.name != "duckdb":
        raise DataError(
            f"`path: {shown}`: the embedded engine copies files here; the workers of {engine.name} would not see them. "
            "Make it a table there, and write `table:`."
        )
    try:
        place, inside, web = _place(address, storage)
        found = _matching(place, inside, shown, web)
        keep = folder_of_copies(engine, root)
        # under their own paths: the order of files' names and what their folders are called mean something
        here = temporary_folder(engine)
        return tuple(_linked(here, one, copied(engine, place, one, keep)) for one in found)
    except SegkitError:
        raise
    except Exception as raised:  # noqa: BLE001 - each driver has errors of its own
        error = _behind(raised)
        said = redact(" ".join(str(error).split())[:300], engine.secrets).replace(address, shown)
        reason = f"`path: {shown}`: {type(error).__name__}: {said}"
        if _may_pass(error):
            raise NotYetError(f"{reason}. The place does not answer now; try again later.") from None
        raise DataError(f"{reason}. {_advice(error)}") from None


def _linked(here: Path, found: RemoteFile, copy: Path) -> Path:
    link = here / path_in(found.path).lstrip("/")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(copy.absolute())
    return link


def _place(address: str, storage: StorageOptions) -> tuple[Any, str, bool]:
    """Return the file system of an address, the path in it, and whether it is the web, which has no folders."""
    scheme = address.partition("://")[0].lower()
    if scheme in ("file", "local"):
        raise DataError(f"`path: {shown_address(address)}`: write the path alone, without {scheme}://.")
    try:
        import fsspec
    except ModuleNotFoundError:
        raise DataError(
            f"`path: {shown_address(address)}`: reading from {scheme}:// needs drivers that are not installed. "
            "Install them: pip install 'segkit[cloud]'."
        ) from None
    try:
        place, inside = fsspec.core.url_to_fs(address, **storage.get(scheme, {}))
    except (ImportError, ValueError, TypeError) as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(
            f"`path: {shown_address(address)}`: nothing reads {scheme}:// here ({said}). Install its driver (pip install "
            "'segkit[cloud]' has that of s3://; gcsfs is for gs://, adlfs for az://), and look at its options under "
            "`storage`."
        ) from None
    place.invalidate_cache()
    return place, str(inside), scheme in ("http", "https")


def _matching(place: Any, inside: str, shown: str, web: bool) -> list[RemoteFile]:
    if web:
        return [state_of(place, inside)]
    if glob.has_magic(inside):
        paths = [one for one in place.glob(inside) if not place.isdir(one)]
        if not paths:
            raise DataError(f"`path: {shown}`: no file there has such a name.")
    elif place.isdir(inside):
        paths = [one for one in place.find(inside) if _is_data(one.removeprefix(inside.rstrip("/")))]
        if not paths:
            raise DataError(f"`path: {shown}` is a folder without a file that ends in {', '.join(ENDINGS)}.")
    elif place.exists(inside):
        paths = [inside]
    else:
        raise DataError(f"`path: {shown}`: no such file.{_nearby(place, inside)}")
    return [state_of(place, one) for one in sorted(paths)]


def _is_data(path: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in PurePosixPath(path).parts if part != "/")
    return not hidden and kind_of_file(Path(path)) is not None


def _nearby(place: Any, inside: str) -> str:
    above, _, name = inside.rstrip("/").rpartition("/")
    with contextlib.suppress(Exception):
        there = [str(one).rstrip("/").rpartition("/")[2] for one in place.ls(above, detail=False)[:40]]
        return suggestion(name, there)
    return ""


def _behind(error: Exception) -> Exception:
    """Return what made a driver say that a file is not there: fsspec says so of whatever a web server answers."""
    cause = error.__cause__
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception) and getattr(cause, "status", 404) != 404:
        return cause
    if (
        isinstance(error, FileNotFoundError)
        and isinstance(cause, OSError)
        and not isinstance(cause, FileNotFoundError)
    ):
        return cause
    return error


def _may_pass(error: Exception) -> bool:
    status = getattr(error, "status", 0)
    if (
        isinstance(error, TimeoutError | ConnectionError)
        or status == 429
        or (isinstance(status, int) and status >= 500)
    ):
        return True
    said = f"{type(error).__name__} {error}"
    return passes(said) or _PASSING.search(said) is not None


def _advice(error: Exception) -> str:
    status = getattr(error, "status", 0)
    if isinstance(error, FileNotFoundError) or status == 404:
        return "There is no such file; look at the address."
    if isinstance(error, PermissionError) or status in (401, 403) or "credential" in str(error).lower():
        return (
            "Give whoever runs the report the right to read it: keys in the environment, as the driver knows them, or "
            "under `storage` as references such as ${SHOP_KEY}."
        )
    if isinstance(error, OSError) and error.errno:
        reason = seen(os.strerror(error.errno))
        return f"The copy could not be written here ({reason}); {CACHE} may name a folder with room."
    return "Look at the address, and at the driver's options under `storage`."
