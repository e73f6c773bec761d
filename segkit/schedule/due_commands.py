"""What the command line offers of a schedule."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from segkit.errors import DONE, NOTHING_NEW, REFUSED, NotYetError, ParameterError, SegkitError, gravest
from segkit.project.commands import Log, Quiet

if TYPE_CHECKING:
    from segkit.delivery.ledger import Ledger
    from segkit.project.log import RunLog
    from segkit.project.stopping import Stopping
    from segkit.schedule.children import ChildRun
    from segkit.schedule.export import ExportKind
    from segkit.schedule.schedule_file import Schedule, ScheduleEntry
    from segkit.schedule.state import Job, ScheduleState
    from segkit.schedule.working import Runner, TryOutcome

schedule_commands = typer.Typer()

Jobs = Annotated[int, typer.Option("--jobs", metavar="N", help="Runs at one time.", min=1)]
_LOOK = 30.0
"""Seconds between two looks at the clock, at most: it may be set, and the machine may have slept."""


@schedule_commands.command()
def due(
    entry: Annotated[
        list[str] | None,
        typer.Option(
            "--entry", metavar="NAME", help="Make the latest of this entry, whenever it was due; repeatable."
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="MOMENT",
            help="Make what was due last at that moment, not now: 2024-03-31T06:00+02:00; with --entry.",
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run, and run nothing.")] = False,
    jobs: Jobs = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if nothing was due.")] = False,
    quiet: Quiet = False,
    form: Log = None,
) -> None:
    """Run what params/schedule.yaml says is due now, and leave."""
    from segkit.project.log import RunLog, say
    from segkit.project.stopping import stopping

    log = RunLog(form, quiet=quiet)
    try:
        schedule = read_here()
        names = _known(schedule, entry or [])
        moment = _moment(at, names)
        if dry_run:
            for line in _would_run(schedule, names, moment):
                say(line)
            return
        with stopping() as stop:
            codes = _do_due(schedule, names, jobs, stop, log, moment)
    except SegkitError as error:
        log.complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    if not codes:
        log.tell("nothing due", "Nothing is due.")
    raise typer.Exit(gravest(codes) if codes or not strict else NOTHING_NEW)


@schedule_commands.command()
def schedule(
    jobs: Jobs = 1,
    quiet: Quiet = False,
    form: Log = None,
    export: Annotated[
        Literal["cron", "systemd", "kubernetes", "github", "airflow"] | None,
        typer.Option("--export", help="Write the schedule down for another scheduler instead, and leave."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Where to; printed if not given.")] = None,
    image: Annotated[str, typer.Option("--image", help="For kubernetes: holds segkit and the project.")] = "segkit",
) -> None:
    """Run what is due, again and again, until a signal ends it."""
    if export is not None:
        _export(export, to, image)
        return
    import time

    from segkit.errors import RunError
    from segkit.project.log import RunLog
    from segkit.project.stopping import stopping

    log = RunLog(form, quiet=quiet)
    with stopping() as stop:
        try:
            read, told, trouble = read_here(), "", ""
            while True:
                trouble = _look(read, jobs, stop, log, trouble)
                with stop.interruptible():
                    time.sleep(_until_next(read))
                read, told = _reread(read, told, log)
        except RunError as error:
            if not stop.reason:
                log.complain("failed", str(error), exit_code=error.exit_code)
                raise typer.Exit(error.exit_code) from None
            log.tell("stopped", stop.reason)
        except SegkitError as error:
            log.complain("failed", str(error), exit_code=error.exit_code)
            raise typer.Exit(error.exit_code) from None


@schedule_commands.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Say how each scheduled run stands: last, next, late, failed, how fresh."""
    from segkit.project.log import RunLog, say
    from segkit.schedule.status import run_states

    try:
        read = read_here()
        state = _state(read)
        found = run_states(read, state, _now())
        state.close()
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    for one in found:
        say(json.dumps(one.as_json(), ensure_ascii=False) if as_json else one.sentence())


def _look(schedule: Schedule, jobs: int, stop: Stopping, log: RunLog, told: str) -> str:
    """Run what is due, and return what keeps us from it, told once: it may have passed by the next look."""
    try:
        _do_due(schedule, (), jobs, stop, log)
    except (ParameterError, NotYetError) as error:
        if str(error) != told:
            log.complain("failed", str(error), exit_code=error.exit_code)
        return str(error)
    return ""


def _reread(before: Schedule, told: str, log: RunLog) -> tuple[Schedule, str]:
    """Read the schedule as it is written now, or as it was while what is written has mistakes; these are told once."""
    try:
        return read_here(), ""
    except ParameterError as error:
        if str(error) != told:
            log.complain("refused", f"The schedule stays as it was. {error}", exit_code=error.exit_code)
        return before, str(error)


def _export(kind: ExportKind, to: Path | None, image: str) -> None:
    from segkit.project.log import RunLog, say

    try:
        read = read_here()
        from segkit.schedule.export import export

        files = export(read, kind, project=str(read.root), image=image)
        for name, text in files.items():
            if to is None:
                say(f"# {name}\n{text}")
                continue
            to.mkdir(parents=True, exist_ok=True)
            (to / name).write_text(text, encoding="utf-8")
            say(str(to / name))
    except OSError as error:
        RunLog().complain("refused", f"--to {to}: cannot be written ({error.strerror}).", exit_code=REFUSED)
        raise typer.Exit(REFUSED) from None
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None


def read_here() -> Schedule:
    """Read the schedule of the project that we stand in."""
    try:
        from segkit.schedule.schedule_file import read_schedule

        return read_schedule(Path.cwd())
    except ModuleNotFoundError as error:
        if error.name != "croniter":
            raise
        raise ParameterError(
            "Schedules need the package croniter. Install it: pip install 'segkit[schedule]'."
        ) from None


def _state(schedule: Schedule) -> ScheduleState:
    from segkit.project.publishing import ask_writable
    from segkit.schedule.state import ScheduleState

    ask_writable(schedule.reports)
    return ScheduleState(schedule.reports)


def open_ledger(schedule: Schedule) -> Ledger:
    """Open the ledger of the schedule's messages."""
    from segkit.delivery.ledger import Ledger

    return Ledger(schedule.reports, _now())


def _known(schedule: Schedule, names: list[str]) -> tuple[str, ...]:
    from segkit.data.specfile import suggestion

    for name in names:
        if name not in schedule.entries:
            raise ParameterError(
                f"--entry {name}: the schedule has no such entry.{suggestion(name, schedule.entries)}"
            )
    return tuple(names)


def _moment(text: str, names: tuple[str, ...]) -> dt.datetime | None:
    """Read the moment that somebody else's scheduler makes up for; None where it is now."""
    if not text:
        return None
    if not names:
        raise ParameterError("--at: whose moment is it? Write --entry, too.")
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = dt.datetime.min
    if found.tzinfo is None or found > _now():
        raise ParameterError(
            f"--at {text[:60]}: is no moment that has passed. Write date, time and offset: 2024-03-31T06:00+02:00."
        )
    return found


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _do_due(
    schedule: Schedule,
    names: tuple[str, ...],
    jobs: int,
    stop: Stopping,
    log: RunLog,
    at: dt.datetime | None = None,
) -> list[int]:
    """Run what is due; where nothing can be run at all, tell the owners.

    Raises:
        ParameterError: reports/ or what the schedule remembers cannot be written, or messages cannot be sent.
    """
    from segkit.schedule.stopped import tell_stopped, works_again

    try:
        codes = _work_due(schedule, names, jobs, stop, log, at)
    except ParameterError as error:
        for problem in tell_stopped(schedule, error):
            log.complain("not told", problem)
        raise
    works_again(schedule)
    return codes


def _work_due(
    schedule: Schedule, names: tuple[str, ...], jobs: int, stop: Stopping, log: RunLog, at: dt.datetime | None
) -> list[int]:
    from segkit.schedule.job_planning import plan_due, plan_latest
    from segkit.schedule.notifying import tell_people
    from segkit.schedule.upload_pages import upload_pages
    from segkit.schedule.working import work

    state = _state(schedule)
    try:
        if names:
            plan_latest(schedule, state, names, _now(), at)
        else:
            plan_due(schedule, state, _now())
        ledger = open_ledger(schedule)
        try:
            codes = work(schedule, state, _now, _runner(schedule, jobs, stop), lambda job: _tell(log, job), names)
            unseen = set()
            for job, error in upload_pages(schedule, state, ledger, _now()):
                unseen.add(job.name)
                codes.append(error.exit_code)
                log.complain("not copied", str(error), exit_code=error.exit_code)
            for problem in tell_people(schedule, state, ledger, _now(), unseen):
                log.complain("not told", problem)
        finally:
            ledger.close()
        return codes
    finally:
        state.close()


def _runner(schedule: Schedule, jobs: int, stop: Stopping) -> Runner:
    from segkit.schedule.children import run_children
    from segkit.schedule.working import part_of_job

    def run(ready: Iterable[Job]) -> Iterator[tuple[Job, TryOutcome]]:
        children = []
        for job in ready:
            entry = schedule.entries[job.entry]
            given = {name: value for name, value in entry.parameters.items() if name != "as_of"}
            file = schedule.root / "params" / f"{job.run}.yaml"
            parameters = given | dict(part_of_job(entry, job).values)
            children.append((job, _child(entry, file, job, parameters)))
        return run_children(children, root=schedule.root, jobs=jobs, stop=stop)

    return run


def _child(entry: ScheduleEntry, file: Path, job: Job, parameters: Mapping[str, Any]) -> ChildRun:
    from segkit.schedule.children import ChildRun

    options = ("--unattended", *(("--cell-limit", str(entry.cell_limit)) if entry.cell_limit else ()))
    return ChildRun(file, job.as_of, parameters, job.part, entry.time_limit, options, entry.memory_limit)


def _tell(log: RunLog, job: Job) -> None:
    said = f"{job.entry}  {'/'.join(filter(None, (job.run, job.part)))} as of {job.as_of}: {job.state}. {job.message}"
    if job.state == "retry":
        said += f" Tried again at {job.not_before:%Y-%m-%d %H:%M} UTC."
    tell = log.tell if job.state in ("done", "skipped") else log.complain
    tell(job.state, said, exit_code=DONE if job.exit_code is None else job.exit_code)


def _would_run(schedule: Schedule, names: tuple[str, ...], at: dt.datetime | None = None) -> Iterator[str]:
    from segkit.schedule.job_planning import jobs_at, newly_due
    from segkit.schedule.occurrences import latest_occurrence

    state, now = _state(schedule), _now()
    try:
        if names:
            entries = [(name, schedule.entries[name]) for name in names]
            jobs = [
                job
                for name, entry in entries
                for job in jobs_at(
                    schedule, name, entry, latest_occurrence(entry.cron, entry.time_zone, at or now), now
                )
            ]
        else:
            jobs = [*state.open_jobs(), *newly_due(schedule, state, now)]
    finally:
        state.close()
    for job in jobs:
        state_now = f"waits until {job.not_before:%Y-%m-%d %H:%M} UTC" if job.not_before > now else job.state
        run = "/".join(filter(None, (job.run, job.part)))
        yield f"{job.entry}  {run} as of {job.as_of}, due {job.due:%Y-%m-%d %H:%M} UTC: {state_now}"
    if not jobs:
        yield "Nothing is due."


def _until_next(schedule: Schedule) -> float:
    """Return how many seconds may pass until the schedule has to be looked at again."""
    from segkit.schedule.occurrences import next_occurrence

    now = _now()
    try:
        state = _state(schedule)
    except (ParameterError, NotYetError):
        return _LOOK
    try:
        moments = [next_occurrence(one.cron, one.time_zone, now) for one in schedule.entries.values()]
        moments += [job.not_before for job in state.open_jobs()]
    finally:
        state.close()
    return min(max((min(moments) - now).total_seconds(), 0.5), _LOOK)
