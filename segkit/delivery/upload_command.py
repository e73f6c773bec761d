"""What the command line offers of pages at other places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segkit.project.commands import Quiet

upload_commands = typer.Typer()


@upload_commands.command()
def publish(
    destination: Annotated[str, typer.Argument(metavar="URL", help="A folder, or such as s3://bucket/reports.")],
    page: Annotated[str, typer.Argument(metavar="[REPORT/RUN/DATE]", help="All pages if none is given.")] = "",
    quiet: Quiet = False,
) -> None:
    """Copy published pages to another place, and let its pointers lead to them."""
    from segkit.delivery.uploading import upload
    from segkit.errors import SegkitError
    from segkit.project.log import RunLog, say
    from segkit.project.verifying import pages_of

    try:
        for one in pages_of(Path.cwd(), page, withdrawn=True):
            name = str(one.parent.relative_to(Path.cwd() / "reports"))
            done = upload(one, name, destination)
            if not quiet:
                say(f"{done.address}{'' if done.copied else ' was there'}")
    except SegkitError as error:
        RunLog(quiet=quiet).complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
