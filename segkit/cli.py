"""The command line. Imports are lazy, so that help and a parameter error answer at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from segkit.errors import REFUSED, TRY_LATER, ParameterError, SegkitError, gravest

if TYPE_CHECKING:
    from segkit.project.execution import CellProgress, ProgressListener

_EPILOG: Final = (
    "Exit codes: 0 done · 1 the run failed after it had started · 2 parameters or data refused, a person must mend them · "
    "75 try later, the data are not there yet or their source is locked or down."
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
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The last day that the report sees.")]
Overrides = Annotated[list[str] | None, typer.Option("-p", metavar="KEY=VALUE", help="Set a parameter; repeatable.")]


@app.command(epilog=_EPILOG)
def run(
    params: ParamsFile,
    as_of: AsOf = None,
    parameter: Overrides = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="SECONDS", help="Give up after so long.", min=1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a report and publish its page under reports/."""
    from segkit.project.request import read_request

    try:
        request = read_request(params, as_of=as_of, overrides=_overrides(parameter))
        from segkit.project.run import result_json, run_report

        with _Progress(as_json) as progress:
            result = run_report(request, time_limit=time_limit, on_cell=progress.listener)
    except SegkitError as error:
        _fail(error, as_json)
    if as_json:
        _say_json(result_json(result))
        return
    typer.echo(f"{result.headline}\n{_near(result.page)}" if result.headline else _near(result.page))
    for left_out in result.left_out:
        typer.echo(f"Not on the page: {left_out}", err=True)


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
    """Check parameters and data, and run nothing."""
    from segkit.project.checking import check_run
    from segkit.project.listing import parameter_files
    from segkit.project.request import read_request

    try:
        files = params or parameter_files(Path.cwd())
    except SegkitError as error:
        _fail(error, as_json)
    refused: list[SegkitError] = []
    for file in files:
        try:
            checked = check_run(read_request(file, as_of=as_of, overrides=_overrides(parameter)))
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
    """Cell by cell: a bar on a terminal, plain lines elsewhere, JSON for machines."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> _Progress:
        if not self._as_json and sys.stderr.isatty():
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
            typer.echo(f"cell {cell.number} of {cell.cells}: {cell.heading}", err=True)


def _overrides(pairs: list[str] | None) -> dict[str, Any]:
    """`KEY=VALUE` as papermill reads it: the value is YAML, dates stay text."""
    from segkit.data.specfile import read_scalar

    found: dict[str, Any] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ParameterError(f"command line: `-p {pair}` has no `=`. Write -p KEY=VALUE.")
        found[key.strip()] = read_scalar(value)
    return found


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
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def _near(path: Path) -> str:
    from segkit.data.specfile import shown

    return shown(path)


def main() -> None:
    """Entry point of the command `segkit`."""
    app()
