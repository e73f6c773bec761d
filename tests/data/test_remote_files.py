"""Files in an object store and on the web of this machine: read as if they were here, copied once, never half."""

from __future__ import annotations

import fcntl
import gzip
import http.server
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from segkit.data import remote_copies
from segkit.data.describing.description import describe_file
from segkit.errors import DataError, NotYetError
from tests.data.conftest import SALES, Shop, table_quality
from tests.delivery.test_uploading import store  # noqa: F401

MORE = SALES.replace("2024-01", "2024-02")


@pytest.fixture
def bucket(store: Any, tmp_path: Path) -> tuple[Any, str]:  # noqa: F811
    """An object store, and an empty place in it."""
    return store, f"reports/{tmp_path.name}"


class Served(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; `secret.csv` for who gives a password, `broken.csv` for nobody."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self._checked(super().do_HEAD)

    def do_GET(self) -> None:
        self._checked(super().do_GET)

    def _checked(self, answer: Any) -> None:
        type(self).asked.append(self.command)
        if "broken" in self.path:
            self.send_error(503)
        elif "secret" in self.path and "sig=pw" not in self.path:
            self.send_error(403)
        else:
            answer()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that a web server on this machine serves, and its address."""
    folder = tmp_path / "web"
    folder.mkdir()
    Served.asked = []
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0),
        lambda *args: Served(*args, directory=str(folder)),  # type: ignore[arg-type]
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def quality_of(shop: Shop, **table: Any) -> Any:
    return table_quality(shop.open({"transactions": table}))


def failure(shop: Shop, kind: type[Exception] = DataError, **table: Any) -> str:
    with pytest.raises(kind) as error:
        shop.open({"transactions": table})
    return str(error.value)


def copies(shop: Shop) -> list[Path]:
    return sorted(file for file in (shop.folder / ".segkit" / "remote").rglob("*") if file.is_file())


def test_a_file_a_glob_and_a_folder_of_an_object_store(shop: Shop, bucket: tuple[Any, str]) -> None:
    place, root = bucket
    shop.write("here/a.csv", SALES)
    local = shop.open({"transactions": {"path": "here/a.csv"}})
    for name, content in (
        ("in/a.csv", SALES),
        ("in/later/b.csv.gz", MORE),
        ("in/_SUCCESS", ""),
        ("in/_tmp/c.csv", "x"),
    ):
        place.pipe_file(
            f"{root}/{name}", gzip.compress(content.encode()) if name.endswith("gz") else content.encode()
        )
    one = shop.open({"transactions": {"path": f"s3://{root}/in/a.csv"}})
    assert table_quality(one).rows_in == table_quality(local).rows_in
    assert table_quality(one).money_kept == table_quality(local).money_kept
    assert table_quality(one).source == "a.csv"
    assert one.fingerprint == local.fingerprint
    for path in ("in", "in/", "in/**/[ab].csv*"):
        both = quality_of(shop, path=f"s3://{root}/{path}", exact_duplicates="keep")
        assert both.rows_in == 2 * table_quality(local).rows_in, path
    assert quality_of(shop, path=f"s3://{root}/in/*/b*").rows_in == table_quality(local).rows_in


def test_folders_that_name_values_and_the_order_of_names(shop: Shop, bucket: tuple[Any, str], tmp_path: Path) -> None:
    place, root = bucket
    frame = pd.DataFrame({"customer_id": ["1", "2"], "order_id": ["a", "b"], "amount": [10.0, 20.5]})
    for month, amount in (("2024-01", 10.0), ("2024-02", 11.0)):
        file = tmp_path / "part.parquet"
        frame.assign(amount=[amount, 20.5]).to_parquet(file)
        place.put_file(str(file), f"{root}/orders/time={month}-05/part.parquet")
    assert quality_of(shop, path=f"s3://{root}/orders").money_kept == pytest.approx(62.0)
    # of two exports with the same order, the one whose name is the last holds
    last = quality_of(shop, path=f"s3://{root}/orders", last_of=["order_id"])
    assert (last.rows_kept, last.money_kept) == (2, pytest.approx(31.5))


def test_a_file_that_rows_are_looked_up_in_lies_beside_them(shop: Shop, bucket: tuple[Any, str]) -> None:
    place, root = bucket
    place.pipe_file(f"{root}/lines.csv", b"order_id,amount\na,10\na,5\nb,7\n")
    place.pipe_file(f"{root}/orders.csv", b"order_id,customer_id,time\na,1,2024-01-05\nb,2,2024-01-06\n")
    found = quality_of(shop, path=f"s3://{root}/lines.csv", look_up={"orders.csv": "order_id"})
    assert (found.rows_kept, found.money_kept) == (3, 22.0)


def test_each_state_is_copied_once_and_an_older_one_goes(shop: Shop, bucket: tuple[Any, str]) -> None:
    place, root = bucket
    path = f"s3://{root}/orders.csv"
    place.pipe_file(f"{root}/orders.csv", SALES.encode())
    quality_of(shop, path=path)
    (first,) = copies(shop)
    written = first.stat().st_mtime_ns
    quality_of(shop, path=path)
    assert [file.stat().st_mtime_ns for file in copies(shop)] == [written]
    for folder in (shop.folder / ".segkit" / "remote", first.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    half = first.with_name(".new-half")
    with half.open("w") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        quality_of(shop, path=path)
        assert half.is_file(), "another run may be writing it"
    quality_of(shop, path=path)
    assert not half.exists()
    reading = shop.open({"transactions": {"path": path}})
    place.pipe_file(f"{root}/orders.csv", MORE.encode())
    assert str(quality_of(shop, path=path).first) == "2024-02-05"
    assert first.is_file(), "somebody reads it"
    assert len(copies(shop)) == 2
    del reading
    quality_of(shop, path=path)
    assert [file.parent.name for file in copies(shop)] != [first.parent.name]
    assert len(copies(shop)) == 1
    # what nobody has asked for in a month goes with the next copy
    (left,) = copies(shop)
    long_ago = time.time() - 31 * 86_400
    os.utime(left.parent.parent, (long_ago, long_ago))
    place.pipe_file(f"{root}/other.csv", SALES.encode())
    quality_of(shop, path=f"s3://{root}/other.csv")
    assert [file.name for file in copies(shop)] == ["other.csv"]


def test_a_file_that_changes_while_it_is_copied_is_copied_again(
    shop: Shop, bucket: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, root = bucket
    place.pipe_file(f"{root}/orders.csv", SALES.encode())
    asked = remote_copies.state_of
    left = [1]

    def written_meanwhile(there: Any, path: str) -> Any:
        if left[0]:
            left[0] -= 1
            place.pipe_file(f"{root}/orders.csv", MORE.encode() + b"\n" * left[0])
        return asked(there, path)

    monkeypatch.setattr(remote_copies, "state_of", written_meanwhile)
    assert str(quality_of(shop, path=f"s3://{root}/orders.csv").first) == "2024-02-05"
    left[0] = 10
    place.pipe_file(f"{root}/orders.csv", SALES.encode())
    assert "it is being written. Try again later" in failure(shop, NotYetError, path=f"s3://{root}/orders.csv")
    assert len(copies(shop)) == 1, "nothing half is left"


def test_a_project_that_cannot_be_written_reads_all_the_same(
    shop: Shop, bucket: tuple[Any, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place, root = bucket
    place.pipe_file(f"{root}/orders.csv", SALES.encode())
    blocked = tmp_path / "no-folder"
    blocked.write_text("a file")
    monkeypatch.setenv(remote_copies.CACHE, str(blocked))
    assert quality_of(shop, path=f"s3://{root}/orders.csv").rows_in > 0
    assert not (shop.folder / ".segkit").exists()
    monkeypatch.setenv(remote_copies.CACHE, str(tmp_path / "cache"))
    quality_of(shop, path=f"s3://{root}/orders.csv")
    assert [file.name for file in (tmp_path / "cache" / "remote").rglob("*.csv")] == ["orders.csv"]


def test_what_is_wrong_there_is_said(shop: Shop, bucket: tuple[Any, str]) -> None:
    place, root = bucket
    place.pipe_file(f"{root}/in/orders.csv", SALES.encode())
    assert "no such file. Did you mean `orders.csv`?" in failure(shop, path=f"s3://{root}/in/order.csv")
    assert "no file there has such a name" in failure(shop, path=f"s3://{root}/in/*.parquet")
    place.pipe_file(f"{root}/empty/notes.md", b"x")
    assert "is a folder without a file that ends in .csv" in failure(shop, path=f"s3://{root}/empty")
    assert "nothing reads s4:// here" in failure(shop, path="s4://shop/orders.csv")
    assert "write the path alone, without file://" in failure(shop, path="file:///data/orders.csv")
    assert "no such file" in failure(shop, path="s3://no-such-bucket/orders.csv")


def test_a_place_that_does_not_answer_is_for_later(shop: Shop, web: tuple[Path, str]) -> None:
    folder, address = web
    (folder / "broken.csv").write_text(SALES)
    assert "try again later" in failure(shop, NotYetError, path=f"{address}/broken.csv")
    assert "try again later" in failure(shop, NotYetError, path="http://127.0.0.1:9/orders.csv")


def test_a_file_of_the_web_and_its_secret(shop: Shop, web: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, address = web
    (folder / "orders.csv").write_text(SALES)
    (folder / "secret.csv").write_text(SALES)
    assert quality_of(shop, path=f"{address}/orders.csv").source == "orders.csv"
    said = failure(shop, path=f"{address}/secret.csv?sig=wrong-1f2e")
    assert "Give whoever runs the report the right to read it" in said
    assert "wrong-1f2e" not in said
    assert quality_of(shop, path=f"{address}/secret.csv?sig=pw").source == "secret.csv"
    assert "There is no such file" in failure(shop, path=f"{address}/other.csv")
    monkeypatch.setenv("SHOP_KEY", "only-for-us")
    spec = {"transactions": {"path": "s3://nowhere/orders.csv"}}
    storage: dict[str, dict[str, Any]] = {
        "s3": {"key": "${SHOP_KEY}", "secret": "${SHOP_KEY}", "endpoint_url": "http://127.0.0.1:9"}
    }
    storage["s3"]["config_kwargs"] = {"retries": {"max_attempts": 0}}
    with pytest.raises(NotYetError) as error:
        shop.open(spec, storage=storage)
    assert "only-for-us" not in str(error.value)


def test_an_address_is_described(shop: Shop, bucket: tuple[Any, str]) -> None:
    place, root = bucket
    shop.write("orders.csv", SALES)
    place.pipe_file(f"{root}/orders.csv", SALES.encode())
    here = describe_file(shop.folder / "orders.csv", shop.folder, "EUR", "UTC")
    there = describe_file(f"s3://{root}/orders.csv", shop.folder, "EUR", "UTC")
    assert there.text == here.text.replace("path: orders.csv", f"path: s3://{root}/orders.csv")
    assert there.balance == here.balance
