"""What a page was made of: report, run, date, parameters, code, data and versions, hashed into one identity.

The same identity again would make the same page, so that nothing has to run. Other parameters for a page that is there
are a mistake until somebody says that they are meant; other code or data make a new revision of it.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from segkit.data.opened import OpenedData
from segkit.project.request import RunRequest

_PACKAGES: Final = ("segkit", "pandas", "ibis-framework", "duckdb", "matplotlib")
_CODE: Final = frozenset({".py", ".j2", ".json", ".css"})


@dataclass(frozen=True)
class Identity:
    """What a page is made of, as far as it is known before a run.

    Attributes:
        name: report/run, and the part of a matrix.
        as_of: the date.
        parameters: all of them, resolved.
        given: names of those that a file or a command line gave; the others are defaults of the notebook.
        code: digest of the notebook's cells, the project's own modules, segkit, and what pages show of the company.
        versions: of Python and of the packages that numbers rest on.
        executed: digest of the notebook that somebody else ran, "" where the run is ours. Which data that one opened is
            not known, so that nothing but itself makes the same page again.
    """

    name: str
    as_of: str
    parameters: Mapping[str, Any]
    given: tuple[str, ...]
    code: str
    versions: Mapping[str, str]
    executed: str = ""

    def with_data(self, data: Iterable[OpenedData]) -> str:
        """Return the identity of a page, with the data that it was made of."""
        left_out = {"given"} if self.executed else {"given", "executed"}
        made_of = {name: value for name, value in _plain(self).items() if name not in left_out}
        text = json.dumps([made_of, [_plain(one) for one in data]], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def manifest(self, data: Iterable[OpenedData]) -> dict[str, Any]:
        """Return what a manifest says of the identity."""
        found = list(data)
        return {
            "identity": self.with_data(found),
            "parameters": dict(self.parameters),
            "given": list(self.given),
            "code": self.code,
            "versions": dict(self.versions),
            "data": [_plain(one) for one in found],
        }


def identity_of(request: RunRequest, executed: Path | None = None) -> Identity:
    """Return everything of a run's identity that is known before the run.

    Args:
        request: the run.
        executed: the notebook that somebody else ran, where it is not ours.
    """
    return Identity(
        name=request.name,
        as_of=request.as_of.isoformat(),
        parameters=request.parameters,
        given=tuple(sorted(request.given)),
        code=_code(request),
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        executed=hashlib.sha256(executed.read_bytes()).hexdigest() if executed is not None else "",
    )


def other_parameters(identity: Identity, manifest: Mapping[str, Any]) -> list[str]:
    """Describe parameters that had other values for a published page, each in words; a changed default is a change of
    code.
    """
    before = manifest.get("parameters")
    if not isinstance(before, Mapping):
        return []
    given = {*identity.given, *manifest.get("given", before)}
    now = json.loads(json.dumps(dict(identity.parameters), default=str))
    return [
        f"`{name}` was {_told(before, name)} and is now {_told(now, name)}"
        for name in sorted(given)
        if before.get(name) != now.get(name)
    ]


def same_but_for_data(identity: Identity, manifest: Mapping[str, Any]) -> bool:
    """Return whether a page was made with the same parameters, code and versions."""
    try:
        data = data_of(manifest)
    except (KeyError, TypeError):
        return False
    return "identity" in manifest and manifest["identity"] == identity.with_data(data)


def data_of(manifest: Mapping[str, Any]) -> tuple[OpenedData, ...]:
    """Return the data that a page was made of."""
    return tuple(OpenedData.from_json(one) for one in manifest.get("data", ()))


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}


def _told(values: Mapping[str, Any], name: str) -> str:
    text = json.dumps(values[name], ensure_ascii=False, default=str) if name in values else "not given"
    return text if len(text) <= 80 else text[:79] + "…"


def _code(request: RunRequest) -> str:
    cells = json.loads(request.notebook.read_text(encoding="utf-8"))["cells"]
    digest = hashlib.sha256(json.dumps([[c["cell_type"], _text(c["source"])] for c in cells]).encode())
    folder = request.notebook.parent
    for path in (*sorted(request.root.glob("*.py")), *sorted(folder.rglob("*.py"))):
        digest.update(f"{path.relative_to(request.root)}:".encode() + path.read_bytes())
    digest.update(_segkit().encode())
    digest.update(request.company.digest().encode())
    return digest.hexdigest()[:16]


@cache
def _segkit() -> str:
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in _files(package):
        digest.update(f"{path.relative_to(package)}:".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(package: Path) -> Iterator[Path]:
    return (path for path in sorted(package.rglob("*")) if path.suffix in _CODE and path.is_file())


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)
