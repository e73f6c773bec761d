"""Pages copied to a folder and to an object store on this machine: whole at every moment, whatever ends an upload."""

from __future__ import annotations

import datetime as dt
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segkit.delivery import uploading
from segkit.delivery.ledger import Ledger
from segkit.delivery.uploading import upload
from segkit.errors import NotYetError, ParameterError
from segkit.schedule.job_planning import plan_due
from segkit.schedule.notifying import tell_people
from segkit.schedule.schedule_file import Schedule, read_schedule
from segkit.schedule.state import ScheduleState
from segkit.schedule.upload_pages import upload_pages
from segkit.schedule.working import TryOutcome, work
from tests.delivery.test_delivery import Mailbox, mail, to_mail  # noqa: F401
from tests.project.project import segkit, write_project

FILES = ("manifest.json", "metrics.json", "report.html")


def write_page(
    reports: Path, date: str, text: str, identity: str = "a1b2c3d4e5f60718ffff", revision: int = 1
) -> Path:
    """A page as it is published."""
    page = reports / "tiny" / "one" / date
    page.mkdir(parents=True, exist_ok=True)
    said = {"identity": identity, "revision": revision, "title": f"Tiny · {date}", "headline": text}
    (page / "manifest.json").write_text(json.dumps(said))
    (page / "metrics.json").write_text("{}")
    (page / "report.html").write_text(f"<p>{text}</p>")
    return page


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """An object store on this machine, with the bucket `reports`."""
    boto3 = pytest.importorskip("boto3")
    server_module = pytest.importorskip("moto.server")
    fsspec = pytest.importorskip("fsspec")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = server_module.ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "here")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "only")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("s3").create_bucket(Bucket="reports")
        # fsspec keeps file systems for a process, and with them the address of another test's store
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        yield fsspec.filesystem("s3")
        fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, str]:
    """A file system and an empty place in it."""
    if request.param == "folder":
        fsspec = pytest.importorskip("fsspec")
        return fsspec.filesystem("file"), str(tmp_path / "site")
    return request.getfixturevalue("store"), f"s3://reports/{tmp_path.name}"


def read_by(place: Any, pointer: str) -> str:
    """What a reader sees who follows a pointer."""
    place.invalidate_cache()
    target = place.cat_file(pointer).decode().split('href="')[1].split('"')[0]
    folder = pointer.rsplit("/", 1)[0]
    while target.startswith("../"):
        folder, target = folder.rsplit("/", 1)[0], target[3:]
    return str(place.cat_file(f"{folder}/{target}").decode())


def test_a_page_stands_under_its_id_and_pointers_lead_to_it(place: tuple[Any, str], tmp_path: Path) -> None:
    files, site = place
    page = write_page(tmp_path / "reports", "2024-03-31", "first")
    done = upload(page, "tiny/one", site)
    assert (done.address, done.copied) == (f"{site}/tiny/one/2024-03-31/a1b2c3d4e5f60718-1/report.html", True)
    files.invalidate_cache()
    there = sorted(
        name.rsplit("/", 1)[1] for name in files.ls(f"{site}/tiny/one/2024-03-31/a1b2c3d4e5f60718-1", detail=False)
    )
    assert tuple(there) == FILES
    for pointer in ("2024-03-31", "latest"):
        assert read_by(files, f"{site}/tiny/one/{pointer}/index.html") == "<p>first</p>"
    assert not upload(page, "tiny/one", site).copied
    # an earlier date moves its own pointer and not the latest; a new revision moves both, and the old one stays
    upload(write_page(tmp_path / "reports", "2024-03-24", "earlier"), "tiny/one", site)
    assert read_by(files, f"{site}/tiny/one/2024-03-24/index.html") == "<p>earlier</p>"
    assert read_by(files, f"{site}/tiny/one/latest/index.html") == "<p>first</p>"
    upload(write_page(tmp_path / "reports", "2024-03-31", "second", "ffff" * 5, 2), "tiny/one", site)
    assert read_by(files, f"{site}/tiny/one/latest/index.html") == "<p>second</p>"
    assert files.cat_file(f"{site}/tiny/one/2024-03-31/a1b2c3d4e5f60718-1/report.html") == b"<p>first</p>"


def test_an_upload_that_is_cut_off_anywhere_shows_the_old_page_and_is_done_next_time(
    place: tuple[Any, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, site = place
    upload(write_page(tmp_path / "reports", "2024-03-31", "old"), "tiny/one", site)
    real, cuts = uploading._put, 0
    for cut in range(7):  # three files, and two pointers of two
        page = write_page(tmp_path / "reports", "2024-03-31", f"new {cut}", f"{cut}" * 20, cut + 2)
        left = [cut]

        def cut_off(place: Any, path: str, content: bytes, left: list[int] = left) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            real(place, path, content)

        monkeypatch.setattr(uploading, "_put", cut_off)
        with pytest.raises(KeyboardInterrupt):
            upload(page, "tiny/one", site)
        cuts += 1
        monkeypatch.setattr(uploading, "_put", real)
        before = "<p>old</p>" if cut == 0 else f"<p>new {cut - 1}</p>"
        for at, pointer in ((4, "2024-03-31"), (6, "latest")):
            expected = f"<p>new {cut}</p>" if cut >= at else before
            assert read_by(files, f"{site}/tiny/one/{pointer}/index.html") == expected, (cut, pointer)
        assert upload(page, "tiny/one", site).copied
        for pointer in ("2024-03-31", "latest"):
            assert read_by(files, f"{site}/tiny/one/{pointer}/index.html") == f"<p>new {cut}</p>"
    assert cuts == 7


def test_a_place_that_is_none_or_away_is_told(tmp_path: Path, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = write_page(tmp_path / "reports", "2024-03-31", "first")
    with pytest.raises(ParameterError, match="`nowhere://x` is no place that fsspec reaches"):
        upload(page, "tiny/one", "nowhere://x")
    with pytest.raises(
        ParameterError, match=r"tiny/one/2024-03-31 could not be copied to s3://no-such-bucket.*Make the place"
    ):
        upload(page, "tiny/one", "s3://no-such-bucket/x")

    def silence(*_: object) -> None:
        raise TimeoutError("nobody answers")

    monkeypatch.setattr(uploading, "_put", silence)
    with pytest.raises(NotYetError, match=r"could not be copied.*nobody answers"):
        upload(page, "tiny/one", "s3://reports/away")
    with pytest.raises(ParameterError, match="there is no published page"):
        upload(tmp_path, "tiny/one", str(tmp_path / "site"))


def schedule_with(root: Path, site: str, port: int) -> Schedule:
    write_project(root)
    recipients = {"readers": [to_mail(port, "ann")], "site": "https://reports.example.com"}
    (root / "params" / "schedule.yaml").write_text(
        f"time_zone: UTC\npublish_to: {json.dumps(site)}\nentries:\n  daily: {{cron: '0 6 * * *', runs: tiny/one, "
        f"recipients: {json.dumps(recipients)}}}\n"
    )
    return read_schedule(root)


def test_a_schedule_copies_a_page_before_readers_are_told(
    tmp_path: Path,
    mail: tuple[Mailbox, int],  # noqa: F811
) -> None:
    box, port = mail
    away, start = tmp_path / "away", dt.datetime(2024, 3, 4, 5, 59, 30, tzinfo=dt.UTC)
    away.write_text("a file where the folder should be")
    schedule = schedule_with(tmp_path, str(away / "site"), port)
    write_page(schedule.reports, "2024-03-03", "news")

    def look(now: dt.datetime) -> list[str]:
        state, ledger = ScheduleState(schedule.reports), Ledger(schedule.reports, start)
        try:
            plan_due(schedule, state, now)
            work(schedule, state, lambda: now, lambda jobs: ((job, TryOutcome(0, "")) for job in jobs))
            failed = list(upload_pages(schedule, state, ledger, now))
            assert not tell_people(schedule, state, ledger, now, {job.name for job, _ in failed})
            return [str(error) for _, error in failed]
        finally:
            state.close()
            ledger.close()

    assert look(start) == []
    (said,) = look(start + dt.timedelta(minutes=1))
    assert said.startswith("tiny/one/2024-03-03 could not be copied")
    assert box.got == []
    away.unlink()
    for minutes in (6, 11):
        assert look(start + dt.timedelta(minutes=minutes)) == []
    assert (away / "site" / "tiny" / "one" / "2024-03-03" / "index.html").is_file()
    (message,) = box.got
    assert "https://reports.example.com/tiny/one/2024-03-03/index.html" in message.get_body().get_content()


def test_the_command_copies_every_page(tmp_path: Path) -> None:
    write_project(tmp_path)
    for date in ("2024-03-24", "2024-03-31"):
        write_page(tmp_path / "reports", date, date)
    done = segkit(tmp_path, "publish", "site")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    again = segkit(tmp_path, "publish", "site", "tiny/one/2024-03-31")
    assert again.stdout.strip() == "site/tiny/one/2024-03-31/a1b2c3d4e5f60718-1/report.html was there"
    assert segkit(tmp_path, "publish", "nowhere://x").returncode == 2
