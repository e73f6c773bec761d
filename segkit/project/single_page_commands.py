"""What the command line offers of single pages: taken back, corrected, printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

single_page_commands = typer.Typer()

_Page = Annotated[str, typer.Argument(metavar="REPORT/RUN/DATE", help="One published page.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; readers see it.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so; readers see it.")]


@single_page_commands.command(name="withdraw")
def withdraw_page(page: _Page, reason: Reason, by: By = "") -> None:
    """Take a page back: the reason stands in its place, and the page itself goes to its revisions."""
    import datetime as dt

    from segkit.errors import SegkitError
    from segkit.project.log import RunLog, say
    from segkit.project.verifying import one_page
    from segkit.project.withdrawing import remark_of, withdraw

    reports = Path.cwd() / "reports"
    try:
        withdraw(one_page(Path.cwd(), page), reports, remark_of(reason, by, dt.date.today()))
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    say(f"{page}: withdrawn")


@single_page_commands.command(name="correct")
def correct_page(page: _Page, reason: Reason, by: By = "") -> None:
    """Make a page again with the same parameters, and say on it why; the earlier page goes to its revisions."""
    import datetime as dt

    from segkit.errors import SegkitError
    from segkit.project.log import RunLog, say
    from segkit.project.run import RunOptions, run_report
    from segkit.project.verifying import one_page, request_of
    from segkit.project.withdrawing import remark_of

    try:
        remark = remark_of(reason, by, dt.date.today())
        found = one_page(Path.cwd(), page)
        options = RunOptions(force=True, replace=True, remark=remark)
        result = run_report(request_of(found, Path.cwd(), "reports"), options)
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    say(str(result.page))


@single_page_commands.command(name="pdf")
def pdf_of_page(
    page: _Page,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write it.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Print what is folded, too.")] = False,
) -> None:
    """Print a page to a PDF, by the Chromium of this machine."""
    from segkit.errors import SegkitError
    from segkit.project.log import RunLog, say
    from segkit.project.printing import print_page
    from segkit.project.publishing import REPORT
    from segkit.project.verifying import one_page

    try:
        found = one_page(Path.cwd(), page)
        file = out or Path(f"{'-'.join(found.relative_to(Path.cwd() / 'reports').parts)}.pdf")
        print_page(found / REPORT, file, whole=whole)
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    say(str(file))
