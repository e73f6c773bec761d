"""References in a file: `${NAME}` is an environment variable, `${file:PATH}` what a file holds; which are secrets.

Not every variable is one: a user who is called `shop` must not hide the word on a page. Secret is what a file holds, what
stands where a password stands, and what is called one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile.wording import shown

_REFERENCE: Final = re.compile(r"\$\$\{|\$\{(?:([^{}]*)\})?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILE: Final = "file:"
_CALLED: Final = re.compile(r"passw|pwd|secret|token|key|credential|auth", re.IGNORECASE)
_USER: Final = re.compile(r"://[^:/@]*:")
_ADDRESSES: Final = frozenset({"readers", "owners"})
"""Keys of a schedule below which whatever is referred to is secret: an address may be a token and nothing else."""
_LONGEST: Final = 65_536

Location = tuple[str | int, ...]


def fill(
    value: Any,
    location: Location,
    path: Path,
    lines: Mapping[Location, int],
    secrets: set[str],
    problems: list[str],
) -> Any:
    """Return a value with its references replaced.

    Args:
        value: as the file has it.
        location: where it stands.
        path: of the file.
        lines: of locations, for errors.
        secrets: what must not be shown is added to it.
        problems: what is wrong is added to it.
    """
    if isinstance(value, dict):
        return {k: fill(v, (*location, str(k)), path, lines, secrets, problems) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, (*location, i), path, lines, secrets, problems) for i, v in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replace(match: re.Match[str]) -> str:
        if match.group(0) == "$${":
            return "${"
        where, name = f"{shown(path)}, line {lines.get(location, 1)}", match.group(1)
        if name is None:
            problems.append(f"{where}: `${{` is not closed. Write `${{NAME}}`, or `$${{` for the signs themselves.")
        elif name.startswith(_FILE):
            held, problem = _held(name.removeprefix(_FILE))
            if problem:
                problems.append(f"{where}: `${{{name[:60]}}}`: {problem}")
            else:
                secrets.add(held)
            return held
        elif not _NAME.fullmatch(name):
            problems.append(
                f"{where}: `${{{name[:60]}}}` is not the name of an environment variable. Write `${{NAME}}`: letters, "
                "digits and _ only; there are no defaults. `${file:PATH}` is what a file holds, `$${` stands for the signs "
                "themselves."
            )
        elif not (found := os.environ.get(name)):
            problems.append(
                f"{where}: the environment variable {name} is not set{' (it is empty)' if found == '' else ''}. "
                "Set it, or write the value itself if it is no secret."
            )
        else:
            if _CALLED.search(name) or _CALLED.search(str(location[-1])) or _at_password(value, match, location):
                secrets.add(found)
            return found
        return ""

    return _REFERENCE.sub(replace, value)


def _at_password(value: str, match: re.Match[str], location: Location) -> bool:
    """Return whether a reference stands between `user:` and `@` of a URL, is the whole of a connection, or part of an
    address.
    """
    if (location[-1] == "connection" and match.group(0) == value) or _ADDRESSES.intersection(map(str, location)):
        return True
    before, after = value[: match.start()], value[match.end() :]
    user = _USER.search(before)
    return user is not None and not re.search(r"[/@]", before[user.end() :]) and "@" in after


def _held(place: str) -> tuple[str, str]:
    """Return what a file holds without the line's end, and what is wrong with it."""
    path = Path(place).expanduser()
    try:
        with path.open(encoding="utf-8") as stream:
            found = stream.read(_LONGEST).strip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        return (
            "",
            f"the file cannot be read ({reason}). Write the path of one that holds the secret and nothing else.",
        )
    return found, "" if found else "the file is empty. It must hold the secret."
