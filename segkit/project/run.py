"""One run, from parameters to a published page. What was published before stays until the new page is whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import shutil
import time
import traceback
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from segkit.data.specfile import redact, shown, shows_secret
from segkit.errors import NotYetError, ParameterError, RunError, SegkitError
from segkit.project import publishing
from segkit.project.catalogue import refresh_index
from segkit.project.checking import reopened
from segkit.project.failing import publish_failure
from segkit.project.history import add_to_history, new_run_id
from segkit.project.identity import Identity, data_of, identity_of, other_parameters, same_but_for_data
from segkit.project.locking import locked, sweep_locks
from segkit.project.making import MadePage, make_page
from segkit.project.progress import ProgressListener
from segkit.project.request import RunRequest
from segkit.project.stopping import Stopping, stopping
from segkit.project.withdrawing import Remark, refuse_withdrawn

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run may do.

    Attributes:
        time_limit: seconds for everything, from the start on.
        force: run although the same page is there.
        replace: put a page in place of one with other parameters.
        wait: for another process that makes the same page.
        future: run for a date after today.
        run_id: in the log and the history; a new one if empty.
        memory_limit: bytes that the kernel may take; 0 for what the machine has.
        remark: why the page is corrected; None where it is not.
        cell_limit: seconds for each cell; None for what the run has.
    """

    time_limit: float | None = None
    force: bool = False
    replace: bool = False
    wait: bool = True
    future: bool = False
    run_id: str = ""
    memory_limit: int = 0
    remark: Remark | None = None
    cell_limit: float | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that was published, or whose page was there already.

    Attributes:
        report, run, as_of: which one.
        page: the published report.html.
        headline: its first sentence.
        seconds: from start to publication.
        left_out: outputs of the notebook that a page cannot show.
        made: False where the same page was there already, and nothing ran.
    """

    report: str
    run: str
    as_of: str
    page: Path
    headline: str
    seconds: float
    left_out: tuple[str, ...]
    made: bool = True


def run_report(
    request: RunRequest,
    options: RunOptions | None = None,
    *,
    on_cell: ProgressListener | None = None,
    executed: Path | None = None,
) -> RunResult:
    """Execute, render and publish a report, unless the same page is there already.

    Args:
        request: what to run.
        options: what the run may do.
        on_cell: told of every cell that begins.
        executed: the notebook as somebody else ran it; then only its page is made.

    Raises:
        DataError, ParameterError: the data or parameters are refused. Nothing is published; a failure page says why.
        NotYetError: the data are not there yet, their source is down, or another process makes the same page.
        RunError, ReportError: the run failed. Likewise.
    """
    options = options or RunOptions()
    began = time.monotonic()
    _refuse_secrets(request)
    _refuse_future(request, options)
    publishing.ask_writable(request.reports)
    said = {"run_id": options.run_id or new_run_id(), "run": request.name, "as_of": request.as_of.isoformat()}
    with stopping(options.time_limit, options.cell_limit) as stop:
        try:
            with _page_lock(request, options, stop):
                found = _unless_there(request, options, stop, on_cell, executed)
        except SegkitError as error:
            seconds = round(time.monotonic() - began, 3)
            message = redact(str(error), request.secrets)
            error.args = (message,)  # whoever catches it shows it
            add_to_history(
                request.reports, **said, status="failed", seconds=seconds, exit_code=error.exit_code, message=message
            )
            raise
    seconds = time.monotonic() - began
    status = "published" if found.left_out is not None else "unchanged"
    add_to_history(request.reports, **said, status=status, seconds=round(seconds, 3), exit_code=0)
    return RunResult(
        report=request.report,
        run=request.run,
        as_of=request.as_of.isoformat(),
        page=request.published / publishing.REPORT,
        headline=found.headline,
        seconds=seconds,
        left_out=found.left_out or (),
        made=found.left_out is not None,
    )


def _unless_there(
    request: RunRequest,
    options: RunOptions,
    stop: Stopping,
    on_cell: ProgressListener | None,
    executed: Path | None,
) -> MadePage:
    """Make and publish the page; `left_out` is None where the same page was there already."""
    identity, there = identity_of(request, executed), publishing.read_manifest(request.published)
    is_there = (request.published / publishing.REPORT).is_file()
    if is_there and not options.replace and not request.is_preview:
        refuse_withdrawn(f"{request.name} of {request.as_of}", there)
        _refuse_other_parameters(request, identity, there)
    try:
        if is_there and not options.force and same_but_for_data(identity, there):
            with stop.interruptible():
                is_same = reopened(request, data_of(there)) == data_of(there)
            if is_same:
                # also what a run that was killed after its publication left undone
                _make_known(request)
                return MadePage(str(there.get("headline") or ""), None, str(there["identity"]))
        with publishing.staging(request.folder) as staged:
            with stop.interruptible():
                made = make_page(
                    request, identity, staged, stop, on_cell, there, executed, options.memory_limit, options.remark
                )
            if is_there and (there.get("identity") != made.identity or options.remark is not None):
                publishing.keep_revision(request.folder, request.as_of.isoformat())
            publishing.put_in_place(staged, request.published)
    except Exception as error:  # noqa: BLE001 - whatever it is, it has a page and a sentence
        failure = _in_words(error)
        publish_failure(request, failure)
        raise failure from (None if failure is error else error)
    _make_known(request)
    return made


@contextlib.contextmanager
def _page_lock(request: RunRequest, options: RunOptions, stop: Stopping) -> Iterator[None]:
    name = f"{request.name}/{request.as_of.isoformat()}"
    sweep_locks(request.reports)
    with contextlib.ExitStack() as held:
        try:
            with stop.interruptible():
                held.enter_context(locked(request.reports, name, wait=options.wait))
        except RunError:
            if not stop.late:
                raise
            raise NotYetError(
                f"{name} is under way in another process, and did not end within {options.time_limit:g} seconds."
            ) from None
        yield


def _refuse_other_parameters(request: RunRequest, identity: Identity, there: Mapping[str, Any]) -> None:
    changes = other_parameters(identity, there)
    if changes:
        raise ParameterError(
            f"{request.name} has a page for {request.as_of} already, made with other parameters: {'; '.join(changes)}. "
            "Write --replace to put the new page in its place (the earlier one is kept), --preview to look at it first, "
            "or give the other parameters a file of their own."
        )


def _refuse_secrets(request: RunRequest) -> None:
    """Refuse a parameter that holds a secret: it is published in the notebook, the manifest and the list of
    processes.
    """
    for name, value in request.parameters.items():
        if shows_secret(str(value), request.secrets):
            raise ParameterError(
                f"`{name}` holds a secret of the dataset file, and parameters are published. Leave it out; the dataset "
                "file refers to it."
            )


def _refuse_future(request: RunRequest, options: RunOptions) -> None:
    """Refuse a date that has not come: its page would be the latest until then."""
    zone = zoneinfo.ZoneInfo(request.time_zone) if request.time_zone else None
    today = dt.datetime.now(zone).date()
    if request.as_of > today and not options.future:
        raise ParameterError(
            f"`as_of: {request.as_of}` is after today ({today}{f' in {request.time_zone}' if zone else ''}). A report is "
            "for days that have passed; write --future if you mean it."
        )


def _in_words(error: Exception) -> SegkitError:
    """Turn an error that was not foreseen into one of ours: what it was, and where it came from."""
    if isinstance(error, SegkitError):
        return error
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return RunError(
            f"Nothing was published: {error.strerror} ({error.filename or 'a file of the run'}). Make room."
        )
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return RunError(f"The run failed on something unforeseen: {type(error).__name__}: {error}{where}.")


def _make_known(request: RunRequest) -> None:
    """Update what follows from a page that is in place: no failure for its date, `latest`, the index.

    Raises:
        RunError: the page is published, and that much was not done.
    """
    try:
        shutil.rmtree(request.folder / publishing.FAILURES / request.as_of.isoformat(), ignore_errors=True)
        publishing.point_latest(request.folder)
        refresh_index(request.reports)
    except OSError as error:
        page = shown(request.published / publishing.REPORT)
        raise RunError(
            f"{page} is published, but the index or the link `{publishing.LATEST}` could not be renewed: {error.strerror} "
            f"({error.filename}). The next run renews them."
        ) from None


def result_json(result: RunResult) -> Mapping[str, Any]:
    """Return a result for programs."""
    return {
        "status": "published" if result.made else "unchanged",
        "report": result.report,
        "run": result.run,
        "as_of": result.as_of,
        "page": str(result.page),
        "headline": result.headline,
        "seconds": round(result.seconds, 3),
        "left_out": list(result.left_out),
    }
