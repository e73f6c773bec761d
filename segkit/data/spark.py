"""Apache Spark as users reach it: a cluster's own address, Spark Connect, or the session that a notebook already has."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import re
import socket
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ibis

from segkit.errors import NotYetError, ParameterError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

OWN_SESSION: Final = "spark"
"""The connection of a notebook that has a session of its own (Databricks, EMR, Kubernetes)."""

FORMS: Final = (
    "`spark://host:port` (a cluster), `sc://host:port` (Spark Connect) or `spark` (the notebook's own session)"
)

_CALM: Final = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
"""A report's log is read by a person: no progress bars, no warnings of every stage."""

_PINNED: Final = {"spark.sql.session.timeZone": "UTC", "spark.sql.variable.substitute": "false"}
"""Days are counted in the data's own zone, and a rule's text stays as it was written."""

_SECONDS: Final = 5.0


def is_spark(url: str) -> bool:
    """Return whether a connection means Spark."""
    return url == OWN_SESSION or url.startswith(("spark://", "sc://", "pyspark://"))


def connect(url: str, settings: Mapping[str, str] | None = None) -> Any:
    """Open a connection to Spark, and say in words what is missing.

    Args:
        url: one of `FORMS`.
        settings: Spark's own settings from the dataset file, such as `spark.executor.memory: 4g`.

    Returns:
        The Ibis connection.

    Raises:
        ParameterError: the address has another form, a part is not installed, or there is no session.
        NotYetError: nobody answers at the address.
    """
    if url.startswith("pyspark://"):
        raise ParameterError(
            f"`connection: {url}` would start Spark on this machine alone, whatever host it names. Write {FORMS}."
        )
    _require("pyspark", "spark")
    if url.startswith("sc://"):
        _require("grpc", "spark")
    if url != OWN_SESSION:
        _reach(url)
    session = _own_session() if url == OWN_SESSION else _session(url, dict(settings or {}))
    return ibis.pyspark.connect(session)


def pin(session: SparkSession) -> None:
    """Set what a number must not depend on: the session's time zone, and the substitution of variables."""
    for key, value in _PINNED.items():
        session.conf.set(key, value)


def read_parquet(backend: Any, files: Sequence[Path]) -> ir.Table:
    """Read Parquet files by Spark itself; every worker has to see the paths."""
    session = backend._session
    frame = session.read.parquet(*(str(file) for file in files))
    name = f"segkit_source_{hashlib.sha256(chr(0).join(map(str, files)).encode()).hexdigest()[:16]}"
    frame.createOrReplaceTempView(name)
    return with_moments(backend, backend.table(name), name)


def with_moments(backend: Any, table: ir.Table, name: str) -> ir.Table:
    """Tell moments from wall clocks: TIMESTAMP has a zone, TIMESTAMP_NTZ has none, and Ibis gives both one type.

    Args:
        backend: the Ibis connection.
        table: as Ibis sees it.
        name: what Spark calls it.
    """
    from pyspark.sql.types import TimestampType

    moments = [
        field.name for field in backend._session.table(name).schema if isinstance(field.dataType, TimestampType)
    ]
    return (
        table.mutate(**{column: table[column].cast("timestamp('UTC')") for column in moments}) if moments else table
    )


def _require(module: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise ParameterError(
            f"`connection` is Spark, and its driver is not installed: pip install 'segkit[{extra}]'."
        )


def _reach(url: str) -> None:
    """Find out at once whether anybody answers: Spark itself would try for minutes, and then tell in 60 lines."""
    places = re.findall(r"([^/,:;]+):(\d+)", url.split("://", 1)[1].split("/", 1)[0])
    if not places:
        raise ParameterError(f"`connection: {url}` names no host and port. Write {FORMS}.")
    for host, port in places:  # a master may have a stand-by
        try:
            with socket.create_connection((host, int(port)), timeout=_SECONDS):
                return
        except OSError as error:
            reason = error.strerror or type(error).__name__
    raise NotYetError(
        f"`connection: {url}`: nobody answers there ({reason}). Start the master, or mend the address; "
        "a run tried later may find it."
    )


def _own_session() -> SparkSession:
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        raise ParameterError(
            f"`connection: spark` means the session that the notebook already has, and there is none. Write {FORMS}."
        )
    return session


def _session(url: str, settings: dict[str, str]) -> SparkSession:
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOG_LEVEL", "ERROR")
    logging.getLogger("py4j").setLevel(logging.ERROR)
    builder = SparkSession.builder.appName("segkit")
    builder = builder.remote(url) if url.startswith("sc://") else builder.master(url)
    for key, value in (_CALM | settings).items():
        builder = builder.config(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return builder.getOrCreate()
