"""A dataset that was opened: checked tables in the engine, or one error that lists every problem."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir

from segkit.data.attributes import Attribute
from segkit.data.engine import Engine
from segkit.data.locating import find_dataset, project_root
from segkit.data.opened import note_opened, opened_data
from segkit.data.opening import Opening
from segkit.data.quality import Quality
from segkit.data.spec import DatasetSpec, TableSpec, load_spec
from segkit.data.specfile import SpecFile, redact, shown, suggestion
from segkit.demo import bundled_folder, bundled_tables
from segkit.errors import NotYetError, ParameterError, SegkitError

__all__ = ["Attribute", "Dataset", "open_dataset", "to_date"]


@dataclass(frozen=True)
class Dataset:
    """Checked tables in the engine, and what is known about them.

    Attributes:
        name: the dataset file's name.
        spec: the dataset file, typed, with the decimals that money is kept in; it may hold secrets, so it is never
            printed.
        file: the same with its line numbers, for error messages.
        engine: the connection, with the one crossing.
        as_of: the last day that can be seen.
        tables: checked tables by segkit's name, only kept rows, money in integer minor units.
        set_aside: the rows of these tables that were read and left out, with the same columns; they may be of days
            after the as-of date, which whoever reads them has to leave out.
        attributes: the customer attributes by name.
        known_from: earliest date as of which the customers are known (a snapshot knows one day only).
        quality: what came in, what was kept, what was set aside.
        fingerprint: changes when the sources or the dataset file change.
        root: the project folder, which relative paths start from.
    """

    name: str
    spec: DatasetSpec = field(repr=False)
    file: SpecFile = field(repr=False)
    engine: Engine = field(repr=False)
    as_of: dt.date
    tables: Mapping[str, ir.Table] = field(repr=False)
    set_aside: Mapping[str, ir.Table] = field(repr=False)
    attributes: Mapping[str, Attribute]
    known_from: dt.date
    quality: Quality = field(repr=False)
    fingerprint: str
    root: Path = field(repr=False)


def to_date(value: str | dt.date, name: str = "as_of") -> dt.date:
    """Read a parameter as a date: a date, or text such as 2017-12-24."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise ParameterError(f"{name}: `{str(value)[:60]}` is not a date. Write it as 2017-12-24.") from None


def open_dataset(dataset: str | Path, as_of: str | dt.date) -> Dataset:
    """Open, check and keep a dataset's tables, seen as of the end of a day.

    Args:
        dataset: a name in params/datasets, or the path of a dataset file.
        as_of: the last day that is seen, in the dataset's time zone.

    Raises:
        ParameterError: the dataset file is wrong; every mistake in it at once.
        NotYetError: the source is locked or down.
        DataError: the data are broken; every failure at once. Tolerable dirt is counted in `quality` instead.
    """
    path = find_dataset(dataset)
    day = to_date(as_of)
    spec, file = load_spec(path)
    try:
        return _open(spec, file, day, project_root(path))
    except SegkitError as error:
        said = redact(str(error), file.secrets)
        if said == str(error):
            raise
        raise type(error)(said) from None


def _open(spec: DatasetSpec, file: SpecFile, as_of: dt.date, root: Path) -> Dataset:
    if spec.bundled is not None:
        spec = _with_bundled_paths(spec, file, root)
    try:
        engine = Engine.connect(
            _connection(spec.connection, root),
            memory_limit=spec.engine.memory_limit,
            threads=spec.engine.threads,
            spark=spec.engine.spark,
            secrets=file.secrets,
        )
    except (ParameterError, NotYetError) as error:
        raise type(error)(f"{file.where(('connection',))}: {error}") from None
    opened = Opening(file, spec, engine, as_of, root).run()
    note_opened(opened_data(file, as_of, opened.quality, opened.fingerprint))
    return Dataset(
        name=file.path.stem,
        spec=opened.spec,
        file=file,
        engine=engine,
        as_of=as_of,
        tables=opened.tables,
        set_aside=opened.set_aside,
        attributes=opened.attributes,
        known_from=opened.known_from,
        quality=opened.quality,
        fingerprint=opened.fingerprint,
        root=root,
    )


def _connection(url: str, root: Path) -> str:
    """Return the URL; a relative path of a DuckDB file starts from the project, as the paths of tables do."""
    file = url.removeprefix("duckdb://")
    if file == url or not file or file.startswith(":memory:"):
        return url
    path = Path(file.split("?")[0]).expanduser()
    path = path if path.is_absolute() else root / path
    if not path.is_file():
        others = sorted(p.name for p in path.parent.glob("*.*db")) if path.parent.is_dir() else []
        raise ParameterError(f"`connection`: no such DuckDB file ({shown(path)}).{suggestion(path.name, others)}")
    return f"duckdb://{path}"


def _with_bundled_paths(spec: DatasetSpec, file: SpecFile, root: Path) -> DatasetSpec:
    """Return the specification with the paths of a bundled data set, which is made on first use."""
    assert spec.bundled is not None
    try:
        folder = bundled_folder(spec.bundled.name, spec.bundled.options, root / ".segkit" / "data")
    except (NotYetError, ParameterError) as error:
        raise type(error)(f"{file.where(('bundled',))}: {error}") from None
    there = bundled_tables(spec.bundled.name, folder)
    missing = [
        f"{file.where(('tables', name))}: the data set {spec.bundled.name} has no table {name}. It has: {', '.join(there)}."
        for name, table in spec.tables.items()
        if _has_no_place(table) and name not in there
    ]
    if missing:
        raise ParameterError("\n".join(missing))
    tables = {
        name: table.model_copy(update={"path": str(there[name])}) if _has_no_place(table) else table
        for name, table in spec.tables.items()
    }
    return spec.model_copy(update={"tables": tables})


def _has_no_place(table: TableSpec) -> bool:
    return table.path is None and table.table is None and table.query is None
