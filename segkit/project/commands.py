"""What the command line offers of pages that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

page_commands = typer.Typer()

Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but what went wrong.")]
Log = Annotated[
    Literal["lines", "json"] | None,
    typer.Option("--log", help="What stderr gets: lines on a terminal, JSON lines elsewhere, unless said here."),
]


@page_commands.command(name="render")
def render_executed(
    context: typer.Context,
    notebook: Annotated[Path, typer.Argument(metavar="OUT.ipynb", help="A notebook as papermill has executed it.")],
    params: Annotated[Path, typer.Argument(metavar="PARAMS", help="params/<report>/<run>.yaml: whose page it is.")],
    force: Annotated[bool, typer.Option("--force", help="Make it although the same page is there.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a page that has other parameters.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Publish under previews/.")] = False,
    part: Annotated[str, typer.Option("--part", metavar="NAME", help="Of which part of a matrix it is.")] = "",
    quiet: Quiet = False,
    log: Log = None,
) -> None:
    """Make and publish the page of a notebook that papermill or Airflow has run."""
    from segkit.errors import SegkitError
    from segkit.project.executed import executed_request
    from segkit.project.history import new_run_id
    from segkit.project.log import RunLog, say
    from segkit.project.run import RunOptions, run_report

    told = RunLog(log, quiet=quiet)
    told.run_id = new_run_id()
    try:
        executed = context.obj / notebook  # where the command was given; --project enters another folder
        request = executed_request(executed, params).as_part(part)
        request = request.as_preview() if preview else request
        result = run_report(request, RunOptions(None, force, replace, run_id=told.run_id), executed=executed)
    except SegkitError as error:
        told.complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    if not quiet:
        say(str(result.page))
    for left_out in result.left_out:
        told.tell("left out", f"Not on the page: {left_out}")
    if not result.made:
        told.tell("unchanged", f"{request.name} has this page for {result.as_of} already.")


@page_commands.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", metavar="N", help="Newest pages of each run that stay.", min=1)] = 60,
    days: Annotated[int, typer.Option("--days", metavar="DAYS", help="Age up to which all stay.", min=0)] = 400,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
) -> None:
    """Remove old pages, revisions and failures; the last good page of a run always stays."""
    import datetime as dt

    from segkit.project.log import say
    from segkit.project.retention import outdated, remove_pages

    reports = Path.cwd() / "reports"
    folders = outdated(reports, keep=keep, days=days, today=dt.date.today())
    for folder in folders:
        say(str(folder.relative_to(reports.parent)))
    if not dry_run:
        remove_pages(reports, folders)


@page_commands.command()
def history(
    run: Annotated[str, typer.Option("--run", metavar="REPORT/RUN", help="Only of this run.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what came of every run so far, oldest first."""
    import json

    from segkit.project.history import read_history
    from segkit.project.log import say

    for line in read_history(Path.cwd() / "reports"):
        if not run or line.get("run") == run:
            said = "  ".join(str(line.get(name, "")) for name in ("time", "run", "as_of", "status", "message"))
            say(json.dumps(line, ensure_ascii=False) if as_json else said.splitlines()[0].rstrip())


@page_commands.command()
def verify(
    page: Annotated[str, typer.Argument(metavar="[REPORT/RUN/DATE]", help="All pages if none is given.")] = "",
    recompute: Annotated[bool, typer.Option("--recompute", help="Run it again and compare every number.")] = False,
) -> None:
    """Check that pages are what was published; with --recompute, that their numbers come out again."""
    from segkit.errors import FAILED, SegkitError
    from segkit.held import held_folder
    from segkit.project.locking import STATE
    from segkit.project.log import RunLog, say
    from segkit.project.run import run_report
    from segkit.project.verifying import changed_files, pages_of, request_of, restated

    root, is_well = Path.cwd(), True
    try:
        for one in pages_of(root, page):
            found = changed_files(one)
            if recompute:
                with held_folder(root / "reports" / STATE, "verify-") as folder:
                    # not the held folder itself, which is locked
                    again = run_report(request_of(one, root, str((folder / "pages").relative_to(root))))
                    found += restated(one, again.page.parent)
            name = one.relative_to(root / "reports")
            say(f"{name}: {'; '.join(found) if found else 'as published'}")
            is_well = is_well and not found
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    raise typer.Exit(0 if is_well else FAILED)
