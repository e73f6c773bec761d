"""The command line. It imports late, so that help and errors in parameters appear at once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from segkit.delivery.upload_command import upload_commands
from segkit.errors import FAILED, NOTHING_NEW, REFUSED, TRY_LATER, SegkitError, gravest
from segkit.project.commands import Log, Quiet, page_commands
from segkit.project.single_page_commands import single_page_commands
from segkit.schedule.due_commands import Jobs, schedule_commands
from segkit.schedule.many_command import MatrixOption, PopulationOption, many_commands
from segkit.schedule.messages_command import message_commands

if TYPE_CHECKING:
    from segkit.project.log import RunLog
    from segkit.project.matrix import MatrixPart
    from segkit.project.progress import CellProgress, ProgressListener
    from segkit.project.request import RunRequest

_EPILOG: Final = (
    "Exit codes: 0 done, or the same page is there already (--strict: 3) · "
    "1 the run failed after it had started · 2 parameters or data refused, a person must mend them · "
    "75 try later, the data are not there yet or their source is locked or down."
)
_NOT_COMPARED: Final = (
    "Parameters, code, versions and the datasets are as they were; what cells read by themselves is not compared. "
    "--force runs it again."
)
_STATUS: Final = {REFUSED: "refused", TRY_LATER: "not yet"}

app = typer.Typer(
    name="segkit",
    help="Customer segments, value, churn and campaign lift as reports that leadership acts on.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ParamsFile = Annotated[Path, typer.Argument(metavar="PARAMS", help="params/<report>/<run>.yaml")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, one object a line.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="The last day that the report sees: 2024-03-31, or such as last_sunday."
    ),
]
Overrides = Annotated[list[str] | None, typer.Option("-p", metavar="KEY=VALUE", help="Set a parameter; repeatable.")]


@app.callback()
def at(
    context: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", metavar="DIR", envvar="SEGKIT_PROJECT", help="The folder that holds notebooks/ and params/."
        ),
    ] = None,
) -> None:
    """Write customer segments, value, churn and campaign lift as reports that leadership acts on."""
    context.obj = Path.cwd()
    if project is not None:
        try:
            os.chdir(project)
        except OSError as error:
            typer.echo(f"--project {project}: cannot be entered ({error.strerror}).", err=True)
            raise typer.Exit(REFUSED) from None


@app.command(epilog=_EPILOG)
def run(
    params: ParamsFile,
    as_of: AsOf = None,
    parameter: Overrides = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="SECONDS", help="Give up after so long.", min=1)
    ] = None,
    memory_limit: Annotated[
        str, typer.Option("--memory-limit", metavar="SIZE", help="What the notebook may take, such as 4GB.")
    ] = "",
    cell_limit: Annotated[
        float | None, typer.Option("--cell-limit", metavar="SECONDS", help="What one cell may take.", min=1)
    ] = None,
    matrix: MatrixOption = None,
    population: PopulationOption = "",
    jobs: Jobs = 1,
    part: Annotated[str, typer.Option("--part", hidden=True, help="The part of a matrix that this is.")] = "",
    unattended: Annotated[bool, typer.Option("--unattended", hidden=True, help="A schedule has started it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run although the same page is there.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a page that has other parameters.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Publish under previews/, which no reader sees.")
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Leave (75) if another makes the same page.")] = False,
    future: Annotated[bool, typer.Option("--future", help="Allow a date after today.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if there was nothing to do.")] = False,
    quiet: Quiet = False,
    log: Log = None,
    as_json: Json = False,
) -> None:
    """Run a report and publish its page under reports/, unless the same page is there already."""
    from segkit.data.specfile import read_assignments
    from segkit.project.history import new_run_id
    from segkit.project.log import RunLog, say
    from segkit.project.matrix import POPULATION, parts_of
    from segkit.project.request import read_request
    from segkit.schedule.many import read_matrix

    told = RunLog(log, quiet=quiet)
    told.run_id = new_run_id()
    request: RunRequest | None = None
    try:
        most = _size(memory_limit)
        if matrix:
            named = {"--force": force, "--replace": replace, "--preview": preview, "--future": future}
            options = tuple(option for option, given in named.items() if given)
            options += ("--time-limit", str(time_limit)) if time_limit else ()
            options += ("--memory-limit", memory_limit) if memory_limit else ()
            options += ("--cell-limit", str(cell_limit)) if cell_limit else ()
            _run_matrix(params, as_of, parameter, parts_of(read_matrix(matrix), population), jobs, options, told)
        whom = {POPULATION: population} if population else {}
        request = read_request(params, as_of=as_of, overrides={**read_assignments(parameter or []), **whom}).as_part(
            part
        )
        if preview:
            request = request.as_preview()
        from segkit.project.run import RunOptions, result_json, run_report

        run_options = RunOptions(
            time_limit, force, replace, not no_wait, future, told.run_id, most, cell_limit=cell_limit
        )
        with _Progress(told, as_json) as progress:
            result = run_report(request, run_options, on_cell=progress.listener)
    except SegkitError as error:
        if request is None and not preview and error.exit_code == REFUSED:
            _note_refusal(params, as_of, part, error, told.run_id, unattended)
        if as_json:
            _fail(error, as_json)
        told.complain(_STATUS.get(error.exit_code, "failed"), str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    if as_json:
        _say_json(result_json(result))
    else:
        if not quiet:
            say(f"{result.headline}\n{_near(result.page)}" if result.headline else _near(result.page))
        for left_out in result.left_out:
            told.tell("left out", f"Not on the page: {left_out}")
    if not result.made:
        told.tell(
            "unchanged", f"{request.name} has this page for {result.as_of} already; nothing ran. {_NOT_COMPARED}"
        )
        if strict:
            raise typer.Exit(NOTHING_NEW)


def _note_refusal(
    params: Path, as_of: str | None, part: str, error: SegkitError, run_id: str, unattended: bool
) -> None:
    """Give a refused run its page; not where all that is wrong was typed just now, by somebody who reads the answer."""
    typed = all(line.startswith(("command line: ", "--")) for line in str(error).splitlines())
    if unattended or not typed:
        from segkit.project.refusing import publish_refusal

        publish_refusal(params, as_of, part, error, run_id)


def _size(text: str) -> int:
    from segkit.data.memory_size import bytes_of
    from segkit.errors import ParameterError

    try:
        return bytes_of(text) if text else 0
    except ValueError as error:
        raise ParameterError(f"--memory-limit {error}.") from None


def _run_matrix(
    params: Path,
    as_of: str | None,
    parameter: list[str] | None,
    parts: list[MatrixPart],
    jobs: int,
    options: tuple[str, ...],
    log: RunLog,
) -> NoReturn:
    """Run every combination, once the first of them is known to be valid."""
    from segkit.data.specfile import read_assignments
    from segkit.project.request import read_request
    from segkit.schedule.many import run_many

    given = read_assignments(parameter or [])
    asked = [read_request(params, as_of=as_of, overrides={**given, **one.values}) for one in parts]
    dates = [asked[0].as_of.isoformat()]
    codes = run_many(params.absolute(), dates, parameters=given, parts=parts, jobs=jobs, options=options, log=log)
    raise typer.Exit(gravest(codes))


@app.command(epilog=_EPILOG)
def check(
    params: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PARAMS]...", help="Parameter files; all of them if none is given."),
    ] = None,
    as_of: AsOf = None,
    parameter: Overrides = None,
    as_json: Json = False,
) -> None:
    """Check parameters and data, and without a file the schedule too, and run nothing."""
    from segkit.data.specfile import read_assignments
    from segkit.project.checking import check_run
    from segkit.project.listing import parameter_files
    from segkit.project.request import read_request
    from segkit.schedule.schedule_file import check_schedule

    try:
        files = params or parameter_files(Path.cwd())
    except SegkitError as error:
        _fail(error, as_json)
    refused: list[SegkitError] = []
    if not params:
        try:
            check_schedule(Path.cwd())
        except SegkitError as error:
            refused.append(error)
            _complain(error, as_json, Path("params") / "schedule.yaml")
    for file in files:
        try:
            checked = check_run(read_request(file, as_of=as_of, overrides=read_assignments(parameter or [])))
        except SegkitError as error:
            refused.append(error)
            _complain(error, as_json, file)
            continue
        if as_json:
            _say_json({"status": "valid", "params": str(file), **checked.as_json()})
        else:
            typer.echo(f"{file}: valid. {checked.sentence()}")
    if refused:
        raise typer.Exit(gravest(error.exit_code for error in refused))


@app.command(epilog=_EPILOG)
def describe(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help="A file, a folder whose files are one table, or an address of one.")
    ],
    write: Annotated[
        str | None, typer.Option("--write", metavar="NAME", help="Put it in params/datasets/NAME.yaml.")
    ] = None,
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="Such as EUR.")] = "",
    time_zone: Annotated[str, typer.Option("--time-zone", metavar="ZONE", help="Such as Europe/Berlin.")] = "",
    table: Annotated[
        str, typer.Option("--table", metavar="NAME", help="Of a workbook a sheet, of a database a table.")
    ] = "",
) -> None:
    """Look at a file, and print the dataset file that would read it: what is sure of it, and what is guessed."""
    from segkit.data.describing.description import describe_file
    from segkit.errors import ParameterError

    target = Path("params") / "datasets" / f"{write}.yaml"
    try:
        if write and target.exists():
            raise ParameterError(
                f"{target}: there is such a file. Write `--write` with another name, or move it away."
            )
        found = describe_file(path, Path.cwd(), currency, time_zone, table)
        typer.echo("\n".join(found.lines()))
        if write:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(found.text, encoding="utf-8")
            typer.echo(f"Written: {target}")
    except SegkitError as error:
        _fail(error, as_json=False)


@app.command(name="list")
def list_reports(as_json: Json = False) -> None:
    """List the reports, their runs, and what is published."""
    from segkit.project.listing import listing

    try:
        found = listing(Path.cwd())
    except SegkitError as error:
        _fail(error, as_json)
    for entry in found:
        if as_json:
            _say_json(entry.as_json())
        else:
            typer.echo(f"{entry.params}  {entry.state}")


class _Progress:
    """Progress from cell to cell: a bar on a terminal, log lines elsewhere, JSON for machines."""

    def __init__(self, log: RunLog, as_json: bool) -> None:
        self._log, self._as_json = log, as_json
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> _Progress:
        if not self._as_json and not self._log.quiet and self._log.form == "lines" and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("starting", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def listener(self) -> ProgressListener:
        return self._tell

    def _tell(self, cell: CellProgress) -> None:
        if self._as_json:
            _say_json({"status": "cell", "cell": cell.number, "cells": cell.cells, "heading": cell.heading})
        elif self._bar is not None:
            self._bar.update(self._task, completed=cell.number, total=cell.cells, description=cell.heading)
        else:
            told = f"cell {cell.number} of {cell.cells}: {cell.heading}"
            self._log.tell("cell", told, cell=cell.number, cells=cell.cells)


def _fail(error: SegkitError, as_json: bool) -> NoReturn:
    _complain(error, as_json)
    raise typer.Exit(error.exit_code)


def _complain(error: SegkitError, as_json: bool, file: Path | None = None) -> None:
    if as_json:
        status = _STATUS.get(error.exit_code, "failed")
        _say_json(
            {"status": status, "error": type(error).__name__, "message": str(error)}
            | ({"params": str(file)} if file else {})
        )
    else:
        typer.echo(str(error), err=True)


def _say_json(value: Any) -> None:
    from segkit.project.log import say

    say(json.dumps(value, ensure_ascii=False, default=str))


def _near(path: Path) -> str:
    from segkit.data.specfile import shown

    return shown(path)


app.add_typer(page_commands)
app.add_typer(single_page_commands)
app.add_typer(upload_commands)
app.add_typer(schedule_commands)
app.add_typer(many_commands)
app.add_typer(message_commands)


def main() -> None:
    """Run the command `segkit`."""
    from segkit.project.log import let_go

    try:
        app()
    except KeyboardInterrupt:
        typer.echo("Stopped by Ctrl-C (SIGINT).", err=True)
        raise SystemExit(FAILED) from None
    finally:
        let_go()
