"""The data sets that come along, by name, and the folders in which they are prepared once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from segkit.demo import versions
from segkit.demo.staging import FolderExistsError
from segkit.errors import ParameterError

OptionValue = int | dt.date


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a data set.

    Attributes:
        kind: int or datetime.date. A date may be written as text, 2024-01-01.
        default: taken where the option is not given.
        meaning: for people.
    """

    kind: type[int] | type[dt.date]
    default: OptionValue
    meaning: str

    def read(self, where: str, value: object) -> OptionValue:
        """Read a value in the option's kind.

        Raises:
            ParameterError: it is of another kind.
        """
        if self.kind is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if self.kind is dt.date:
            if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
                return value
            if isinstance(value, str):
                try:
                    return dt.date.fromisoformat(value)
                except ValueError:
                    pass
        wanted = "a whole number" if self.kind is int else "a date such as 2024-01-01"
        raise ParameterError(f"{where} is {value!r}; write {wanted}.")


@dataclass(frozen=True, slots=True)
class BundledDataset:
    """A data set that comes along.

    Attributes:
        name: as in dataset files.
        version: another one means other data; a part of the prepared folder's name.
        options: by name.
        prepare: (folder, options) → None; writes the folder whole or not at all.
        tables: prepared folder → where each of segkit's tables is.
    """

    name: str
    version: str
    options: Mapping[str, Option]
    prepare: Callable[[Path, Mapping[str, OptionValue]], None]
    tables: Callable[[Path], Mapping[str, Path]]

    def read_options(self, options: Mapping[str, object]) -> dict[str, OptionValue]:
        """Return all options, with defaults filled in.

        Raises:
            ParameterError: an option does not exist or its value is of another kind.
        """
        unknown = [name for name in options if name not in self.options]
        if unknown:
            known = ", ".join(self.options) or "no options"
            raise ParameterError(
                f"the bundled data set {self.name} has no option {', '.join(map(repr, unknown))}; it has {known}."
            )
        return {
            name: option.read(f"{self.name}: option {name}", options.get(name, option.default))
            for name, option in self.options.items()
        }


def bundled_folder(name: str, options: Mapping[str, object], home: Path) -> Path:
    """Return the folder of a bundled data set, prepared at the first call and found again later.

    It is home/<name>-<12 hexadecimal digits of the options and the version>. Two processes may ask at once: each
    prepares, the first to finish wins and the other's work is discarded.

    Raises:
        ParameterError: there is no such data set or option, or it cannot be prepared.
    """
    dataset = _dataset(name)
    given = dataset.read_options(options)
    text = json.dumps(
        {"version": dataset.version, **{key: str(value) for key, value in given.items()}}, sort_keys=True
    )
    folder = home / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"{home} cannot be made: {error.strerror}.") from error
    try:
        dataset.prepare(folder, given)
    except FolderExistsError:
        if not folder.is_dir():
            raise
    return folder


def bundled_tables(name: str, folder: Path) -> dict[str, Path]:
    """Return where each of segkit's tables is, given the prepared folder."""
    return dict(_dataset(name).tables(folder))


def _dataset(name: str) -> BundledDataset:
    found = BUNDLED.get(name)
    if found is None:
        raise ParameterError(f"there is no bundled data set {name!r}; there are {', '.join(BUNDLED)}.")
    return found


def _prepare_grocery(folder: Path, options: Mapping[str, OptionValue]) -> None:
    from segkit.demo.grocery import prepare_grocery

    prepare_grocery(folder)


def _grocery_tables(folder: Path) -> Mapping[str, Path]:
    from segkit.demo.grocery import grocery_tables

    return grocery_tables(folder)


def _prepare_telecom(folder: Path, options: Mapping[str, OptionValue]) -> None:
    # NumPy and Arrow take a quarter of a second to load: not before they are needed.
    from segkit.demo.telecom import prepare_telecom

    customers, seed, start, end = (options[key] for key in ("customers", "seed", "start", "end"))
    assert isinstance(customers, int)
    assert isinstance(seed, int)
    assert isinstance(start, dt.date)
    assert isinstance(end, dt.date)
    prepare_telecom(folder, customers=customers, seed=seed, start=start, end=end)


def _telecom_tables(folder: Path) -> Mapping[str, Path]:
    return {
        name: folder / f"{name}.parquet"
        for name in (
            "customers",
            "subscriptions",
            "transactions",
            "events",
            "campaigns",
            "contacts",
            "products",
            "survey",
        )
    }


BUNDLED: Final[Mapping[str, BundledDataset]] = MappingProxyType(
    {
        "grocery": BundledDataset(
            "grocery", versions.GROCERY, MappingProxyType({}), _prepare_grocery, _grocery_tables
        ),
        "telecom": BundledDataset(
            "telecom",
            versions.TELECOM,
            MappingProxyType(
                {
                    "customers": Option(int, 20_000, "customers in all, those who join and leave included"),
                    "seed": Option(int, 20260101, "seed of all random numbers"),
                    "start": Option(dt.date, dt.date(2024, 1, 1), "first day, the first of a month"),
                    "end": Option(dt.date, dt.date(2025, 12, 31), "last day, the last of a month"),
                }
            ),
            _prepare_telecom,
            _telecom_tables,
        ),
    }
)
"""Bundled data sets by name."""
