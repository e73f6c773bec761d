"""PostgreSQL and Spark on this machine, on the loopback, for as long as the tests run."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "s3cret/ with: signs@"


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    user: str
    password: str


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server in a folder of its own, with a password; skips where PostgreSQL's programs are not installed."""
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs (initdb, postgres) are not on this machine")
    # the server refuses to run as root; pytest's own folders are closed to other users
    other = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="segkit-postgres-"))
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if other is not None:
            shutil.chown(folder, other)
            shutil.chown(secret, other)
        setup = ["-D", str(folder / "data"), "-U", "segkit", "-A", "scram-sha-256", f"--pwfile={secret}"]
        subprocess.run(
            [programs / "initdb", *setup, "--locale=C.UTF-8", "--encoding=UTF8", "--no-sync"],
            user=other,
            check=True,
            capture_output=True,
            cwd=folder,
        )
        port = free_port()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", str(folder / "data"), "-p", str(port)]
                + [part for name, value in options.items() for part in ("-c", f"{name}={value}")],
                user=other,
                cwd=folder,
                stdout=log,
                stderr=log,
            )
        try:
            _await(port, server, folder / "log")
            yield Postgres(port, "segkit", PASSWORD)
        finally:
            server.send_signal(2)  # fast shutdown
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = [
        *sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True),
        os.path.dirname(shutil.which("initdb") or ""),
    ]
    return next((Path(folder) for folder in found if folder and (Path(folder) / "initdb").exists()), None)


def _await(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {log.read_text()[-2000:]}")
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="segkit", password=PASSWORD, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not answer: {log.read_text()[-2000:]}")


@contextlib.contextmanager
def running_spark() -> Iterator[object]:
    """A session on a cluster of one master and two workers; skips where pyspark or Java is not installed."""
    pyspark = pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Java, which Spark runs on, is not on this machine")
    from pyspark.sql import SparkSession

    home = Path(pyspark.__file__).parent
    folder = Path(tempfile.mkdtemp(prefix="segkit-spark-"))
    surroundings = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home)}
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(home / "bin" / "spark-class"), *arguments]
            started.append(subprocess.Popen(command, env=surroundings, cwd=folder, stdout=log, stderr=log))

    previous = os.environ.get("SPARK_LOCAL_IP")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = None
    try:
        web = ("--webui-port", "0")
        start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), *web)
        _await_port(port, started[0], folder / "master.log")
        for worker in ("worker-1", "worker-2"):
            limits = ("--cores", "1", "--memory", "1g", "--work-dir", str(folder / worker))
            start(worker, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", *limits, *web, master)
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.executor.memory": "1g",
            "spark.sql.shuffle.partitions": "4",
            "spark.ui.enabled": "false",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "local"),
        }
        builder = SparkSession.builder.master(master).appName("segkit")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
    finally:
        if session is not None:
            session.stop()
        if previous is None:
            os.environ.pop("SPARK_LOCAL_IP")
        else:
            os.environ["SPARK_LOCAL_IP"] = previous
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _await_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"Spark ended: {log.read_text()[-2000:]}")
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"Spark did not answer: {log.read_text()[-2000:]}")
