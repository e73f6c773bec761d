"""What the command line offers of many dates at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from segkit.errors import SegkitError, gravest
from segkit.project.commands import Quiet
from segkit.schedule.due_commands import Jobs

many_commands = typer.Typer()

MatrixOption = Annotated[
    list[str] | None,
    typer.Option("--matrix", metavar="KEY=A,B", help="A run for each value; repeatable, for each combination."),
]

PopulationOption = Annotated[
    str,
    typer.Option(
        "--population",
        metavar="RULE",
        help='Whom each run is about, with values of the matrix in braces: "store = {store}".',
    ),
]


@many_commands.command()
def backfill(
    params: Annotated[Path, typer.Argument(metavar="PARAMS", help="params/<report>/<run>.yaml")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first date.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last date, at most.")],
    every: Annotated[Literal["day", "week", "month"], typer.Option("--every", help="How far apart.")] = "week",
    parameter: Annotated[list[str] | None, typer.Option("-p", metavar="KEY=VALUE", help="Set a parameter.")] = None,
    matrix: MatrixOption = None,
    population: PopulationOption = "",
    jobs: Jobs = 1,
    force: Annotated[bool, typer.Option("--force", help="Make also what is there.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace pages with other parameters.")] = False,
    quiet: Quiet = False,
) -> None:
    """Make the pages of many dates; what is there already is left as it is."""
    from segkit.data.specfile import read_assignments
    from segkit.project.dates import resolve_date
    from segkit.project.log import RunLog
    from segkit.project.matrix import parts_of
    from segkit.schedule.many import dates_between, read_matrix, run_many

    log = RunLog(quiet=quiet)
    try:
        today = dt.date.today()
        dates = dates_between(resolve_date(first, today), resolve_date(last, today), every)
        options = (*["--force"] * force, *["--replace"] * replace)
        codes = run_many(
            params.absolute(),
            [date.isoformat() for date in dates],
            parameters=read_assignments(parameter or []),
            parts=parts_of(read_matrix(matrix or []), population),
            jobs=jobs,
            options=options,
            log=log,
        )
    except SegkitError as error:
        log.complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    raise typer.Exit(gravest(codes))
