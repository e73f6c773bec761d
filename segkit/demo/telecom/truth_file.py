"""The truth as a file beside the tables."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from segkit.demo.telecom.truth import TelecomTruth
from segkit.errors import ParameterError

TRUTH_FILE = "truth.json"
TRUTH_FOLDER = "truth"


def write_truth(truth: TelecomTruth, folder: Path) -> None:
    """Write `truth.json` into the folder."""
    text = json.dumps(asdict(truth), indent=1, default=lambda value: value.isoformat(), ensure_ascii=False)
    (folder / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")


def load_truth(folder: Path) -> TelecomTruth:
    """Read back what `prepare_telecom` planted in the tables of that folder.

    Raises:
        ParameterError: the folder holds no simulated telecom data, or of another version.
    """
    path = Path(folder) / TRUTH_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        truth = _record(TelecomTruth, found)
    except FileNotFoundError:
        raise ParameterError(
            f"{path} does not exist: this folder was not written by segkit.demo.telecom.prepare_telecom."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"{path} cannot be read as the truth of simulated telecom data ({error}); prepare the data anew."
        ) from error
    assert isinstance(truth, TelecomTruth)
    return truth


def _record(kind: Any, value: Any) -> Any:
    """Build a record, or a part of one, from what JSON holds."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        inner = [part for part in get_args(kind) if part is not type(None)]
        return None if value is None else _record(inner[0], value)
    if origin is tuple:
        parts = get_args(kind)
        if len(parts) == 2 and parts[1] is Ellipsis:
            return tuple(_record(parts[0], part) for part in value)
        return tuple(_record(part, found) for part, found in zip(parts, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _record(get_args(kind)[1], found) for key, found in value.items()}
    if isinstance(kind, type) and issubclass(kind, dt.date):
        return dt.date.fromisoformat(value)
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        return kind(**{part.name: _record(hints[part.name], value[part.name]) for part in fields(kind)})
    return kind(value)
