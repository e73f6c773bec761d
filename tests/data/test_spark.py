"""What Spark's addresses mean, and what is said where one leads nowhere. No cluster is needed for it."""

from __future__ import annotations

import socket
import time

import pytest

from segkit.data.engine import Engine
from segkit.data.spark import is_spark
from segkit.errors import TRY_LATER, NotYetError, ParameterError
from tests.engines.servers import free_port


@pytest.mark.parametrize(
    "url", ["spark://a:7077", "spark://a:7077,b:7077", "sc://a:15002", "spark", "pyspark://a:7077"]
)
def test_addresses_of_spark(url: str) -> None:
    assert is_spark(url)


@pytest.mark.parametrize("url", ["duckdb://", "postgres://h/spark", "duckdb://spark", "sparkling://a"])
def test_other_addresses(url: str) -> None:
    assert not is_spark(url)


def test_a_cluster_that_would_not_be_one() -> None:
    """Ibis takes `pyspark://host` and starts Spark on this machine, in silence."""
    with pytest.raises(
        ParameterError, match=r"pyspark://master:7077` would start Spark on this machine.*spark://host:port"
    ):
        Engine.connect("pyspark://master:7077")


def test_nobody_answers() -> None:
    """Said at once, with the address: Spark itself tries for minutes."""
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    port = free_port()
    began = time.monotonic()
    with pytest.raises(
        NotYetError, match=rf"spark://127\.0\.0\.1:{port}`: nobody answers there \(Connection refused\)"
    ) as found:
        Engine.connect(f"spark://127.0.0.1:{port}")
    assert found.value.exit_code == TRY_LATER
    assert time.monotonic() - began < 10


def test_an_address_without_a_port() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    with pytest.raises(ParameterError, match=r"names no host and port. Write `spark://host:port`"):
        Engine.connect("spark://master")


def test_no_session_of_the_notebook_s_own() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    from pyspark.sql import SparkSession

    if SparkSession.getActiveSession() is not None:
        pytest.skip("another test of this process has a session")
    with pytest.raises(ParameterError, match="means the session that the notebook already has, and there is none"):
        Engine.connect("spark")


def test_a_second_master_is_tried() -> None:
    """A cluster may have a stand-by; the first that answers is enough to go on."""
    from segkit.data.spark import _reach

    with socket.socket() as open_port:
        open_port.bind(("127.0.0.1", 0))
        open_port.listen()
        _reach(f"spark://127.0.0.1:{free_port()},127.0.0.1:{open_port.getsockname()[1]}")
