"""DuckDB's messages about a broken text file, as sentences with the line, what is wrong and what to do."""

from __future__ import annotations

import re
from pathlib import Path

from segkit.data.specfile import shown
from segkit.data.wording import seen


def explain_csv_error(told: str, files: tuple[Path, ...]) -> str:
    """Explain an error of DuckDB's CSV reader in a sentence.

    Args:
        told: the reader's own words, line by line.
        files: the files that were read; the sentence names the one at fault.
    """
    line = _found(r"CSV Error on Line: (\d+)", told)
    original = _found(r"Original Line: (.*)", told)
    where = _file(told, files) + (f", line {line}" if line else "")
    text = f" (`{seen(original, 80)}`)" if original else ""
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", told)
    if columns:
        return (
            f"{where} has {columns.group(2)} columns where the header has {columns.group(1)}{text}. Repair the line: a "
            "value that holds the delimiter stands in quotes."
        )
    if "unterminated quote" in told:
        return (
            f"{where} opens a quote that is not closed{text}; the rows after it would be read as one value. Close it, "
            'or write `format: {quote: ""}` if quotes mean nothing in this file, or `format: {escape: "\\\\"}` if a '
            'quote within a value is written \\".'
        )
    if "Invalid unicode" in told:
        return f"{where} is not UTF-8{text}. Write `format: {{encoding: latin-1}}`, or save the file in the encoding UTF-8."
    if "Maximum line size" in told:
        return f"{where} is longer than 2 MB{text}. A quote may not be closed, or the file is no table."
    if "state machine" in told:
        return (
            f"{where} has lines that end in different ways (Windows and Unix files put together), or quotes within "
            "unquoted values. Save it with one kind of line ending, and double the quotes within quoted values."
        )
    return f"{where} cannot be read: {seen(_first_sentence(told), 200)}."


def _found(pattern: str, told: str) -> str:
    match = re.search(pattern, told)
    return match.group(1) if match else ""


def _file(told: str, files: tuple[Path, ...]) -> str:
    named = _found(r"(?m)^\s*file = (.*)$", told)
    called = Path(named).name  # of an unpacked or rewritten file, the name is all that is known
    at_fault = next(
        (file for file in files if named in (str(file), f"{file}/{called}") or file.name == called), files[0]
    )
    return shown(at_fault)


def _first_sentence(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[0].removeprefix("Invalid Input Error: ").rstrip(".") if lines else "no reason given"
