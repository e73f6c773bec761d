"""Messages to real servers of mail and of webhooks on this machine: each arrives once, and the ledger says why others did not."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import itertools
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from segkit.delivery.ledger import MOST_TRIES, Ledger
from segkit.delivery.messages import write_message
from segkit.errors import ParameterError
from segkit.project.page_summary import PageSummary, ToldDecision, ToldTile
from segkit.schedule.job_planning import plan_due
from segkit.schedule.notifying import send_tests, tell_people
from segkit.schedule.schedule_file import Schedule, read_schedule
from segkit.schedule.state import ScheduleState
from segkit.schedule.working import TryOutcome, work
from tests.project.project import write_project

U = dt.UTC
START = dt.datetime(2024, 3, 4, 5, 59, 30, tzinfo=U)


class Mailbox:
    """What a mail server got."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def hook() -> Iterator[tuple[list[dict[str, Any]], int]]:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield got, server.server_address[1]
    server.shutdown()
    server.server_close()


def to_mail(port: int, who: str) -> str:
    return f"mailto://127.0.0.1:{port}?from=segkit@example.com&to={who}@example.com&mode=insecure"


def write_schedule(root: Path, **recipients: Any) -> Schedule:
    write_project(root)
    told = json.dumps(recipients)
    (root / "params" / "schedule.yaml").write_text(
        "time_zone: UTC\nentries:\n  daily: {cron: '0 6 * * *', runs: tiny/one, retries: 0, late_after: 2h, "
        f"recipients: {told}}}\n"
    )
    return read_schedule(root)


def publish(schedule: Schedule, date: str, part: str = "", **manifest: Any) -> None:
    page = schedule.reports / "tiny" / "one" / part / date
    page.mkdir(parents=True)
    (page / "report.html").write_text(f"<p>{date}</p>")
    said = {"title": "Tiny · shop", "headline": "Revenue fell 12 %.", **manifest}
    (page / "manifest.json").write_text(json.dumps(said))


def look(schedule: Schedule, now: dt.datetime, outcome: TryOutcome) -> list[str]:
    """One call of `segkit due`, with runs that end as told."""
    state = ScheduleState(schedule.reports)
    ledger = Ledger(schedule.reports, now)
    try:
        plan_due(schedule, state, now)
        work(schedule, state, lambda: now, lambda jobs: ((job, outcome) for job in jobs))
        return tell_people(schedule, state, ledger, now)
    finally:
        ledger.close()
        state.close()


def ledger_of(schedule: Schedule) -> list[tuple[str, str, str]]:
    ledger = Ledger(schedule.reports, START)
    try:
        return [(line.kind, line.state, line.reason) for line in ledger.lines()]
    finally:
        ledger.close()


def test_page_failure_recovery_and_lateness_arrive_once_each(
    tmp_path: Path, mail: tuple[Mailbox, int], hook: tuple[list[dict[str, Any]], int]
) -> None:
    (box, mail_port), (got, hook_port) = mail, hook
    schedule = write_schedule(
        tmp_path,
        readers=[to_mail(mail_port, "ann"), f"json://127.0.0.1:{hook_port}/readers"],
        owners=[to_mail(mail_port, "ops")],
        site="https://reports.example.com/",
        attach=True,
    )
    look(schedule, START, TryOutcome(0, ""))
    day = dt.timedelta(days=1)
    seconds = dt.timedelta(seconds=30)

    publish(schedule, "2024-03-03")
    for minutes in (0, 5, 10):
        assert look(schedule, START + seconds + dt.timedelta(minutes=minutes), TryOutcome(0, "page")) == []
    (page,) = box.got
    assert (page["Subject"], page["To"]) == ("Tiny · shop", "ann@example.com")
    parts = {part.get_content_type(): part for part in page.walk()}
    said = parts["text/plain"].get_content()
    assert "Revenue fell 12 %." in said
    assert "https://reports.example.com/tiny/one/2024-03-03/report.html" in said
    assert page.is_multipart()
    attached = [part.get_filename() for part in page.walk() if part.get_filename()]
    assert attached == ["report.html"]
    (posted,) = got
    assert (posted["title"], posted["type"]) == ("Tiny · shop", "info")

    for minutes in (0, 5):
        look(schedule, START + seconds + day + dt.timedelta(minutes=minutes), TryOutcome(1, "the till is empty"))
    assert len(box.got) == 2
    failure = box.got[1]
    assert (failure["Subject"], failure["To"]) == ("Failed: tiny/one for 2024-03-04", "ops@example.com")
    text = failure.get_body(("plain",)).get_content()
    assert "the till is empty" in text
    assert "The last good page is that of 2024-03-03" in text

    third = START + seconds + 2 * day
    for hours in (0, 1, 2.1, 2.2, 3):
        look(schedule, third + dt.timedelta(hours=hours), TryOutcome(75, "no Sunday yet"))
    assert [message["Subject"] for message in box.got[2:]] == ["Late: tiny/one for 2024-03-05"]
    publish(schedule, "2024-03-05")
    for hours in (5, 6):
        look(schedule, third + dt.timedelta(hours=hours), TryOutcome(0, "page"))
    assert sorted(message["Subject"] for message in box.got[3:]) == [
        "Tiny · shop",
        "Works again: tiny/one, page of 2024-03-05",
    ]
    assert len(got) == 2
    assert {state for _, state, _ in ledger_of(schedule)} == {"sent"}


def summary_of_a_page() -> dict[str, Any]:
    """A page in brief, as a manifest has it."""
    tile = ToldTile(
        "Revenue", "€1.2m", "▼ 12 % (worse)", "€1.1m to €1.4m in 12 weeks", "M3.0 25.0L60.0 3.0L117.0 14.0"
    )
    decision = ToldDecision("Call the ten largest", "Ann, by 5 Mar 2024", "+€900", "Assumed: nobody has tested it.")
    return PageSummary(
        "Tiny · shop",
        "Tiny shop",
        "Revenue fell 12 %.",
        (),
        "To decide:",
        (decision,),
        (tile,),
        (("Churn", "12 left"),),
    ).payload()


def test_mail_shows_headline_decision_and_tiles_with_a_picture_by_cid_and_a_hook_gets_a_few_lines(
    tmp_path: Path, mail: tuple[Mailbox, int], hook: tuple[list[dict[str, Any]], int]
) -> None:
    (box, mail_port), (got, hook_port) = mail, hook
    schedule = write_schedule(
        tmp_path,
        readers=[to_mail(mail_port, "ann"), f"json://127.0.0.1:{hook_port}/readers"],
        site="https://reports.example.com",
        attach=True,
    )
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03", summary=summary_of_a_page())
    page = schedule.reports / "tiny" / "one" / "2024-03-03" / "report.html"
    page.write_text('<p><a href="../../../index.html">All reports</a> <a href="#x">here</a></p>')
    assert look(schedule, START + dt.timedelta(seconds=30), TryOutcome(0, "page")) == []
    (message,) = box.got
    html = message.get_body(("html",)).get_content()
    plain = message.get_body(("plain",)).get_content()
    for said in (
        "Revenue fell 12 %.",
        "Call the ten largest",
        "Ann, by 5 Mar 2024",
        "+€900",
        "€1.2m",
        "▼ 12 % (worse)",
    ):
        assert said in html
        assert said in plain
    assert 'href="https://reports.example.com/tiny/one/2024-03-03/report.html"' in html
    parts = {part.get_filename(): part for part in message.walk() if part.get_filename()}
    assert sorted(parts) == ["report.html", "trend.png"]
    assert 'src="cid:trend.png"' in html
    assert parts["trend.png"]["Content-ID"] == "<trend.png>"
    assert parts["report.html"].get_content() == '<p><span>All reports</span> <a href="#x">here</a></p>'
    assert len(message.as_bytes()) <= 80_000
    (posted,) = got
    assert posted["message"].splitlines() == [
        "Revenue fell 12 %.",
        "To decide: Call the ten largest (+€900)",
        "Revenue €1.2m",
        "https://reports.example.com/tiny/one/2024-03-03/report.html",
        "tiny/one, as of 2024-03-03",
    ]


def test_the_page_is_attached_as_pdf_where_there_is_a_browser_else_as_it_is(
    tmp_path: Path, mail: tuple[Mailbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path, readers=[to_mail(port, "ann")], attach="pdf")
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03", summary=summary_of_a_page())
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    look(schedule, START + dt.timedelta(seconds=30), TryOutcome(0, "page"))
    names = {part.get_filename() for part in box.got[0].walk()}
    assert "report.html" in names
    monkeypatch.setenv("PATH", path)
    if shutil.which("chromium") is None:
        return
    publish(schedule, "2024-03-04", summary=summary_of_a_page())
    look(schedule, START + dt.timedelta(days=1, seconds=30), TryOutcome(0, "page"))
    parts = {part.get_filename(): part for part in box.got[1].walk()}
    assert parts["report.pdf"].get_content().startswith(b"%PDF")


def test_two_schedulers_send_a_message_once(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path, readers=[to_mail(port, f"reader{n}") for n in range(4)])
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03")
    now = START + dt.timedelta(seconds=30)
    threads = [threading.Thread(target=look, args=(schedule, now, TryOutcome(0, "page"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    look(schedule, now, TryOutcome(0, "page"))
    assert sorted(message["To"] for message in box.got) == [f"reader{n}@example.com" for n in range(4)]


def test_a_server_that_is_down_is_tried_again_and_told(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, _ = mail
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = free.getsockname()[1]
    schedule = write_schedule(tmp_path, readers=[to_mail(nobody, "ann")])
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03")
    now = START + dt.timedelta(seconds=30)
    (problem,) = look(schedule, now, TryOutcome(0, "page"))
    assert "The message page of tiny/one/2024-03-03 to mailto://" in problem
    ((kind, state, reason),) = ledger_of(schedule)
    assert (kind, state) == ("page", "failed")
    assert reason
    for _ in range(MOST_TRIES - 1):
        assert len(look(schedule, now, TryOutcome(0, ""))) == 1
    assert look(schedule, now, TryOutcome(0, "")) == []  # it has been tried often enough
    assert box.got == []


def test_a_message_whose_sender_died_is_not_sent_again(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path, readers=[to_mail(port, "ann")])
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03")
    now = START + dt.timedelta(seconds=30)

    class PowerCut(BaseException):
        pass

    def die(*_: object) -> str:
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segkit.schedule.notifying.send", die)
        with pytest.raises(PowerCut):
            look(schedule, now, TryOutcome(0, "page"))
    look(schedule, now, TryOutcome(0, "page"))
    assert box.got == []
    assert ledger_of(schedule) == [("page", "sending", "")]


@pytest.mark.parametrize(
    ("when", "news", "sent"),
    [
        ("always", False, True),
        ("news", False, False),
        ("news", True, True),
        ("news", None, True),
        ("never", True, False),
    ],
)
def test_readers_get_what_they_asked_for(
    tmp_path: Path, mail: tuple[Mailbox, int], when: str, news: bool | None, sent: bool
) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path, readers=to_mail(port, "ann"), when=when)
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03", news=news)
    look(schedule, START + dt.timedelta(seconds=30), TryOutcome(0, "page"))
    assert len(box.got) == sent
    ((kind, state, reason),) = ledger_of(schedule)
    assert (kind, state, bool(reason)) == ("page", "sent" if sent else "skipped", not sent)


def test_parts_of_a_matrix_go_to_their_own_readers(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    write_project(tmp_path)
    told = json.dumps({"readers": {"4": to_mail(port, "north"), "5": to_mail(port, "south")}})
    (tmp_path / "params" / "schedule.yaml").write_text(
        "time_zone: UTC\nentries:\n  daily: {cron: '0 6 * * *', runs: tiny/one, matrix: {count: [4, 5, 6]}, "
        f"recipients: {told}}}\n"
    )
    schedule = read_schedule(tmp_path)
    look(schedule, START, TryOutcome(0, ""))
    for part in ("4", "5", "6"):
        publish(schedule, "2024-03-03", part, title=f"Part {part}")
    look(schedule, START + dt.timedelta(seconds=30), TryOutcome(0, "page"))
    assert sorted((message["To"], message["Subject"]) for message in box.got) == [
        ("north@example.com", "Part 4"),
        ("south@example.com", "Part 5"),
    ]


def test_what_ended_before_there_were_messages_is_told_nobody(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path)
    look(schedule, START, TryOutcome(0, ""))
    look(schedule, START + dt.timedelta(seconds=30), TryOutcome(2, "no such table"))
    (tmp_path / "reports" / ".segkit" / "messages.sqlite").unlink()
    schedule = write_schedule(tmp_path, owners=to_mail(port, "ops"))
    look(schedule, START + dt.timedelta(hours=1), TryOutcome(0, ""))
    assert box.got == []


def test_an_address_is_hidden_wherever_it_is_shown(
    tmp_path: Path, mail: tuple[Mailbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = mail
    monkeypatch.setenv("OPS_HOOK", "json://canary:hunter2@127.0.0.1:1/secret-path-of-a-hook")
    schedule = write_schedule(tmp_path, owners="${OPS_HOOK}", readers=to_mail(port, "ann"))
    assert "hunter2" not in repr(schedule)
    told = dict(send_tests(schedule, ()))
    assert len(told) == 2
    assert [bool(reason) for reason in told.values()] == [False, True]
    assert "hunter2" not in str(told)
    assert [message["Subject"] for message in box.got] == ["Test: messages of daily"]
    look(schedule, START, TryOutcome(0, ""))
    problems = look(schedule, START + dt.timedelta(seconds=30), TryOutcome(2, "refused"))
    assert problems
    assert "hunter2" not in str(problems)
    assert b"hunter2" not in (tmp_path / "reports" / ".segkit" / "messages.sqlite").read_bytes()


def test_a_project_words_its_messages_itself(tmp_path: Path) -> None:
    own = tmp_path / "params" / "messages"
    own.mkdir(parents=True)
    (own / "test.txt.j2").write_text("Probe {{ entry }}\nHello.\n")
    message = write_message("test", {"entry": "daily"}, project=tmp_path)
    assert (message.title, message.body) == ("Probe daily", "Hello.\n")
    for wrong in ("{{ entri }}", "{{ entry.__class__.__mro__ }}", "{% if %}"):
        (own / "test.txt.j2").write_text(wrong)
        with pytest.raises(ParameterError, match=r"params/messages/test\.txt\.j2: cannot be filled"):
            write_message("test", {"entry": "daily"}, project=tmp_path)


def test_an_address_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"schedule\.yaml, line 3: .*an address is a URL of apprise"):
        write_schedule(tmp_path, readers="ann@example.com")


def test_where_the_projects_words_are_wrong_segkits_are_sent(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path, readers=[to_mail(port, "ann"), to_mail(port, "ben")])
    own = tmp_path / "params" / "messages"
    own.mkdir(parents=True)
    (own / "page.txt.j2").write_text("{{ 1 / 0 }}")
    look(schedule, START, TryOutcome(0, ""))
    publish(schedule, "2024-03-03")
    now = START + dt.timedelta(seconds=30)
    problems = look(schedule, now, TryOutcome(0, "page"))
    assert len(problems) == 2
    assert "params/messages/page.txt.j2: cannot be filled: ZeroDivisionError: division by zero." in problems[0]
    assert [message["Subject"] for message in box.got] == ["Tiny · shop"] * 2
    assert look(schedule, now, TryOutcome(0, "page")) == []
    assert len(box.got) == 2


def test_owners_get_the_end_of_the_log(tmp_path: Path, mail: tuple[Mailbox, int]) -> None:
    box, port = mail
    schedule = write_schedule(tmp_path, owners=to_mail(port, "ops"))
    look(schedule, START, TryOutcome(0, ""))
    failed = TryOutcome(1, "cell 4 failed: KeyError", "cell 3 of 5: Sizes\ncell 4 of 5: Churn\nfailed: CellError")
    look(schedule, START + dt.timedelta(seconds=30), failed)
    (message,) = box.got
    text = message.get_content()
    assert "cell 4 failed: KeyError" in text
    assert "The end of the log:\ncell 3 of 5: Sizes\ncell 4 of 5: Churn\nfailed: CellError" in text.replace("\r", "")


def test_a_year_of_weekly_messages_arrives_once(
    quick_place: Path, mail: tuple[Mailbox, int], hook: tuple[list[dict[str, Any]], int]
) -> None:
    """Good, failed and late weeks; every look is a process of its own; some days nobody looks."""
    (box, mail_port), (got, hook_port) = mail, hook
    schedule = write_schedule(
        quick_place,
        readers=[to_mail(mail_port, "ann"), f"json://127.0.0.1:{hook_port}/readers"],
        owners=[to_mail(mail_port, "ops")],
    )
    file = quick_place / "params" / "schedule.yaml"
    file.write_text(file.read_text().replace("0 6 * * *", "0 6 * * 1").replace("{cron", "{catch_up: all, cron"))
    schedule = read_schedule(quick_place)
    fates = [("good", "good", "failed", "late", "failed", "failed", "good")[week % 7] for week in range(53)]
    hour = dt.timedelta(hours=1)
    look(schedule, START - 24 * hour, TryOutcome(0, ""))
    for week, fate in enumerate(fates):
        monday = START + dt.timedelta(weeks=week, seconds=30)
        date = (monday - 24 * hour).date().isoformat()
        for at in (0, 1, 2.5, 3, 5, 6, 24, 48, 120):
            if week % 5 == 4 and at < 24:  # the machine was off on Monday
                continue
            there = fate == "good" or (fate == "late" and at in (6, 24, 48, 120))
            page = schedule.reports / "tiny" / "one" / date
            if there and not page.exists():
                publish(schedule, date, title=f"Page of {date}")
            outcome = TryOutcome(0, "page") if there else TryOutcome(1 if fate == "failed" else 75, fate)
            for minutes in (0, 5):
                assert look(schedule, monday + at * hour + dt.timedelta(minutes=minutes), outcome) == []
    was_off = [week % 5 == 4 for week in range(53)]
    pages = sum(fate != "failed" for fate in fates)
    subjects = [str(message["Subject"]) for message in box.got]
    assert len(subjects) == len(set(subjects))
    counted = {
        kind: sum(subject.startswith(kind) for subject in subjects) for kind in ("Page", "Failed", "Late", "Works")
    }
    assert counted == {
        "Page": pages,
        "Failed": fates.count("failed"),
        "Late": sum(fate == "late" and not off for fate, off in zip(fates, was_off, strict=True)),
        "Works": sum(before == "failed" != fate for before, fate in itertools.pairwise(fates)),
    }
    assert len(got) == pages
    assert len({message["title"] for message in got}) == pages
    assert {state for _, state, _ in ledger_of(schedule)} == {"sent"}
