"""The data engine, and the one place where anything leaves it for Python.

Nothing else in segkit is specific to one engine. DuckDB is embedded and the default; any Ibis backend may serve.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import tempfile
import time
import warnings
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from segkit.data.literals import make_doubles_exact
from segkit.data.passing import passes
from segkit.data.spark import connect as connect_spark
from segkit.data.spark import is_spark, pin, with_moments
from segkit.data.specfile import redact
from segkit.errors import NotYetError, ParameterError, RunError, SegkitError
from segkit.held import held_folder

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends import BaseBackend

MOST_ROWS: Final = 20_000
"""Aggregates fit into this; customers do not. A query that brings more is a mistake in segkit."""

MOST_SAMPLED: Final = 200_000
"""How many rows of features may leave the engine for the fit of a model."""

SOURCE_CATALOG: Final = "source"
"""Name under which a DuckDB file is attached."""


class EngineError(RunError):
    """The engine refused a statement.

    Attributes:
        reason: what the engine said, on one line, without secrets.
        told: the same as the engine wrote it, line by line, for those who know its sentences.
    """

    def __init__(self, message: str, reason: str = "", told: str = "") -> None:
        super().__init__(message)
        self.reason, self.told = reason, told


@dataclass
class Usage:
    """What has left the engine so far: queries, rows of aggregates, sampled and exported rows, and the seconds it
    took.
    """

    queries: int = 0
    rows: int = 0
    sampled: int = 0
    exported: int = 0
    seconds: float = 0.0
    kept_tables: int = 0


@dataclass
class Engine:
    """A connection, the few differences of its dialect, and the count of what left it.

    Attributes:
        backend: the Ibis connection.
        usage: the count.
        secrets: texts that no message may show.
        attached: whether the connection is a DuckDB file beside the embedded engine's own memory.
    """

    backend: BaseBackend
    usage: Usage = field(default_factory=Usage)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    attached: bool = False

    def __post_init__(self) -> None:
        make_doubles_exact(self.backend)

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        spark: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
    ) -> Engine:
        """Open a connection from an Ibis URL.

        Raises:
            ParameterError: the URL is not one, or its backend is not installed.
            NotYetError: nobody answers there, or the database is locked.
        """
        hidden = frozenset(secrets)
        # a driver that takes a URL apart complains of its parts
        pieces = {piece for secret in hidden for piece in re.split(r"[/@:?#&=]", secret) if len(piece) > 2}
        attached = False
        try:
            if url in ("duckdb", "duckdb://"):
                backend = _embedded(memory_limit, threads)
            elif url.startswith("duckdb://"):
                # read-only: a DuckDB file takes one writing process, and a report writes nothing into it
                backend = _embedded(memory_limit, threads)
                backend.attach(url.removeprefix("duckdb://"), name=SOURCE_CATALOG, read_only=True)
                attached = True
            elif is_spark(url):
                backend = connect_spark(url, spark)
            else:
                backend = ibis.connect(url)
        except SegkitError:
            raise
        except Exception as error:  # noqa: BLE001 - drivers raise what they like; the message must not show the URL
            reason = _without_passwords(
                redact(" ".join(f"{type(error).__name__}: {error}".split())[:600], hidden | pieces)
            )
            if passes(reason):
                raise NotYetError(f"`connection`: {_without_passwords(redact(url, hidden))}: {reason}") from None
            raise ParameterError(
                f"`connection`: {_without_passwords(redact(url, hidden))} cannot be opened ({reason}). "
                "Write an Ibis URL, such as duckdb://data/shop.duckdb or "
                "postgres://${USER}:${PASSWORD}@host/database; its driver has to be installed."
            ) from None
        engine = cls(backend, secrets=hidden, attached=attached)
        engine._pin_to_utc()
        return engine

    @property
    def name(self) -> str:
        """`duckdb`, `postgres`, `pyspark` …"""
        return str(self.backend.name)

    def _pin_to_utc(self) -> None:
        if self.name in ("duckdb", "postgres"):
            self.run("SET TimeZone = 'UTC'")
        elif self.name == "pyspark":
            pin(self.backend._session)

    def run(self, sql: str) -> None:
        """Execute a statement of segkit's own, never one with a user's text in it."""
        with self._sentences("a statement"):
            result = self.backend.raw_sql(sql)
            if self.name == "postgres":
                self.backend.con.commit()
                result.close()

    def source_table(self, name: str, schema: str | None) -> ir.Table | None:
        """Return a table of the connection; None if there is none of that name."""
        backend: Any = self.backend
        try:
            with _without_deprecations():
                table = backend.table(name, database=self._database(schema))
                if self.name == "pyspark":
                    return with_moments(backend, table, f"`{schema}`.`{name}`" if schema else f"`{name}`")
                return table
        except Exception as error:  # noqa: BLE001 - backends raise what they like, some with the URL in it
            if passes(str(error)):
                raise NotYetError(f"The engine {self.name} is gone ({type(error).__name__}).") from None
            return None

    def query(self, select: str) -> ir.Table | str:
        """Return what a user's SELECT gives, or what the connection says against it. It is put into other SELECTs only."""
        backend: Any = self.backend
        try:
            with _without_deprecations():
                if self.attached:  # the file's tables by their own names
                    backend.raw_sql(f"SET search_path = 'memory.main,{SOURCE_CATALOG}.main'")
                return backend.sql(select.strip().rstrip(";"))
        except Exception as error:  # noqa: BLE001 - drivers raise what they like
            return _without_passwords(redact(" ".join(str(error).split())[:600], self.secrets))

    def source_tables(self, schema: str | None) -> list[str]:
        """Return the names of the connection's tables, as far as it lists them."""
        backend: Any = self.backend
        try:
            with _without_deprecations():
                return sorted(backend.list_tables(database=self._database(schema)))
        except Exception:  # noqa: BLE001 - the list is a courtesy to whoever mistyped a name
            return []

    def _database(self, schema: str | None) -> tuple[str, str] | str | None:
        return (SOURCE_CATALOG, schema or "main") if self.attached else schema

    def collect(self, expr: ir.Table, *, most: int = MOST_ROWS) -> pd.DataFrame:
        """Return a small result as a pandas frame: this is the one crossing from the engine into Python.

        Args:
            expr: aggregates or sufficient statistics, not customers.
            most: largest number of rows that may come.

        Raises:
            RunError: more rows came, or the engine failed.
        """
        began = time.perf_counter()
        with self._sentences("a query"):
            table = self._to_arrow(expr.limit(most + 1))
        self.usage.queries += 1
        self.usage.rows += table.num_rows
        self.usage.seconds += time.perf_counter() - began
        if table.num_rows > most:
            raise RunError(
                f"A query brought more than {most:,} rows out of the engine; only aggregates may cross. "
                f"Its columns: {', '.join(expr.columns[:12])}."
            )
        frame: pd.DataFrame = table.to_pandas(types_mapper=_nullable)
        return frame

    def sample(self, expr: ir.Table, *, most: int = MOST_SAMPLED) -> pa.Table:
        """Return rows of features for a fit, a bounded number of them and without ids.

        Args:
            expr: features of sampled customers; the caller samples, and says how (`segkit.learning.sampling`).
            most: largest number of rows that may come.

        Raises:
            RunError: a column would name customers, more rows came, or the engine failed.
        """
        if "customer_id" in expr.columns:
            raise RunError("A sample for a fit must not name anybody; its columns have customer_id.")
        began = time.perf_counter()
        with self._sentences("a sample"):
            table = self._to_arrow(expr.limit(most + 1))
        self.usage.queries += 1
        self.usage.sampled += table.num_rows
        self.usage.seconds += time.perf_counter() - began
        if table.num_rows > most:
            raise RunError(f"A sample brought more than {most:,} rows out of the engine; draw a smaller one.")
        return table

    def export(self, expr: ir.Table, rows_at_once: int = 50_000) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a list that a user asked for, in batches and never as one frame.

        Args:
            expr: ordered by the caller.
            rows_at_once: largest batch.

        Raises:
            RunError: the engine failed.
        """
        with self._sentences("an export"):
            if self.name == "pyspark":
                self._bring_along(expr)
                rows = self.backend._session.sql(self.backend.compile(expr)).toLocalIterator()
                kinds = expr.schema().to_pyarrow()
                while batch := [row.asDict() for row in itertools.islice(rows, rows_at_once)]:
                    self.usage.exported += len(batch)
                    yield pa.RecordBatch.from_pylist(batch, schema=kinds)
                return
            with _without_deprecations():
                batches = iter(self.backend.to_pyarrow_batches(expr, chunk_size=rows_at_once))
            while True:
                with _without_deprecations():
                    found = next(batches, None)
                if found is None:
                    return
                self.usage.exported += found.num_rows
                yield found

    def _to_arrow(self, expr: ir.Table) -> pa.Table:
        if self.name == "pyspark":
            # Ibis goes through pandas on Spark, where NaN becomes NULL and integers above 2^53 lose digits
            self._bring_along(expr)
            session = self.backend._session
            return _naive_where_said(session.sql(self.backend.compile(expr)).toArrow(), expr.schema())
        return self.backend.to_pyarrow(expr)

    def _bring_along(self, expr: ir.Table) -> None:
        """Register with Spark the small tables in an expression that come from Python; elsewhere Ibis does it."""
        backend: Any = self.backend
        backend._run_pre_execute_hooks(expr)

    def keep(self, name: str, expr: ir.Table) -> ir.Table:
        """Compute a table once and keep it in the engine for this session."""
        self.usage.kept_tables += 1
        unique = f"segkit_{name}_{self.usage.kept_tables}"
        with self._sentences(f"the table {name}"):
            if self.name == "pyspark":
                self._bring_along(expr)
                return expr.cache()
            return self.backend.create_table(unique, expr, temp=True)

    def compile(self, expr: ir.Expr) -> str:
        """Return the engine's own text of an expression (`ibis.to_sql` may show casts that are not executed)."""
        return str(self.backend.compile(expr))

    @contextlib.contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        """Turn an engine's exception into one of ours, without its secrets."""
        try:
            yield
        except SegkitError:
            raise
        except Exception as error:  # noqa: BLE001 - each driver has errors of its own
            told = _without_passwords(redact(str(error), self.secrets))
            reason = " ".join(told.split())[:1500]
            if passes(reason):
                raise NotYetError(f"The engine {self.name} is gone or locked on {what}: {reason}") from None
            raise EngineError(
                f"The engine {self.name} failed on {what}: {type(error).__name__}: {reason}", reason, told
            ) from None


@contextlib.contextmanager
def _without_deprecations() -> Iterator[None]:
    """Hide a deprecation: Ibis 12.0 lists tables by a method that DuckDB 1.5 deprecates and 2.0 has dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _without_passwords(text: str) -> str:
    """Hide what stands before the @ of URLs in a text, even where the dataset file spelt it out."""
    return re.sub(r"(\w://)[^/@\s]*@", r"\1***@", text)


def _naive_where_said(table: pa.Table, wanted: ibis.Schema) -> pa.Table:
    """Return Spark's times without the zone of its session, where the expression has no zone; they are read as UTC
    throughout.
    """
    for at, (column, kind) in enumerate(wanted.items()):
        if pa.types.is_timestamp(table.schema.types[at]) and getattr(kind, "timezone", None) is None:
            table = table.set_column(at, column, table.column(at).cast(pa.timestamp("us")))
    return table


def _nullable(kind: pa.DataType) -> Any:
    """Return pandas' nullable types, so that a missing whole number does not turn its column into floats."""
    import pandas as pd

    if pa.types.is_integer(kind):
        return pd.Int64Dtype()
    return pd.BooleanDtype() if pa.types.is_boolean(kind) else None


def _embedded(memory_limit: str | None, threads: int | None) -> Any:
    """Open DuckDB in memory. What does not fit goes to a folder of its own, which is removed with the connection.

    Where the process is killed, the user's next connection removes it. DuckDB's own choice is `.tmp` in the working folder,
    where two runs at a time would read each other's files.
    """
    held = contextlib.ExitStack()
    spill = held.enter_context(held_folder(Path(tempfile.gettempdir()), "segkit-spill-"))
    settings = {"memory_limit": memory_limit, "threads": threads, "temp_directory": str(spill)}
    backend = ibis.duckdb.connect(**{k: v for k, v in settings.items() if v is not None})
    weakref.finalize(backend, held.close)
    return backend
