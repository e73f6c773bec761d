"""What the command line says of messages: the ledger, and tests."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from segkit.errors import FAILED, SegkitError
from segkit.schedule.due_commands import open_ledger, read_here

message_commands = typer.Typer()


@message_commands.command()
def messages(
    test: Annotated[bool, typer.Option("--test", help="Send everybody a test message instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say which messages were sent, skipped on purpose, or failed, and why."""
    from segkit.project.log import RunLog, say
    from segkit.schedule.notifying import send_tests

    is_well = True
    try:
        schedule = read_here()
        if test:
            for recipient, reason in send_tests(schedule, ()):
                say(f"{recipient}: {reason or 'sent'}")
                is_well = is_well and not reason
        else:
            ledger = open_ledger(schedule)
            for line in ledger.lines():
                told = {name: getattr(line, name) for name in line.__slots__}
                say(json.dumps(told, ensure_ascii=False) if as_json else line.sentence())
            ledger.close()
    except SegkitError as error:
        RunLog().complain("failed", str(error), exit_code=error.exit_code)
        raise typer.Exit(error.exit_code) from None
    raise typer.Exit(0 if is_well else FAILED)
