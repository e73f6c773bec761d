"""Words of error messages: paths as people read them, suggestions, and no secret."""

from __future__ import annotations

import difflib
import urllib.parse
from collections.abc import Iterable
from pathlib import Path


def shown(path: Path) -> str:
    """Return a path as a person reads it: relative to their folder if it is below that, else to their project.

    A notebook stands in its own folder, notebooks/, and the files that it speaks of in params/ beside that.
    """
    here = Path.cwd()
    for folder in (here, *(above for above in here.parents if (above / "params").is_dir())):
        if path.resolve().is_relative_to(folder):
            return str(path.resolve().relative_to(folder))
    return str(path)


def ended(sentence: str) -> str:
    """Return a sentence with a full stop, unless it ends in a mark of its own.

    >>> ended("it lacks `kunde`. Did you mean `Kunde`?")
    'it lacks `kunde`. Did you mean `Kunde`?'
    """
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ` Did you mean …?`, or the list of what would be right."""
    options = sorted(known)
    close = difflib.get_close_matches(wrong, options, n=1, cutoff=0.6)
    if not close:  # as in Amount for amount, capitals may all differ
        close = [option for option in options if option.casefold() == wrong.casefold()][:1]
    if close:
        return f" Did you mean `{close[0]}`?"
    return f" Known here: {', '.join(options)}." if options else ""


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text by ***, also where it is written as in a URL or by Python."""
    written: set[str] = set()
    for secret in secrets:
        decoded = urllib.parse.unquote(secret)
        for form in (secret, decoded):
            written |= {form, urllib.parse.quote(form, safe=""), urllib.parse.quote_plus(form), repr(form)[1:-1]}
    for form in sorted(written - {""}, key=lambda form: (-len(form), form)):
        text = text.replace(form, "***")
    return text
