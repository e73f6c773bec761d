"""Words of error messages: paths as people read them, suggestions, and no secret."""

from __future__ import annotations

import base64
import difflib
import html
import json
import urllib.parse
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_ENCODED: Final = 4
"""Bytes from which on a secret is looked for in base64, too: of fewer, chance would find it."""


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
    """Replace every secret in a text by ***, also where it is written as a URL, Python, HTML, JSON or base64 writes it."""
    written = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(written, key=lambda form: (-len(form), form)):
        text = text.replace(form, "***")
    return text


def shows_secret(text: str, secrets: Iterable[str]) -> bool:
    """Return whether a secret stands in a text, in any of the forms that `redact` knows."""
    return any(form in text for secret in secrets for form in _forms(secret))


def _forms(secret: str) -> set[str]:
    """Return a secret as it is, and as it is written where its signs have a meaning of their own."""
    written: set[str] = set()
    for form in (secret, urllib.parse.unquote(secret)):
        raw = form.encode("utf-8", "surrogateescape")
        written |= {form, urllib.parse.quote(raw, safe=""), urllib.parse.quote_plus(raw), repr(form)[1:-1]}
        written |= {urllib.parse.quote(raw), html.escape(form), html.escape(form, quote=False)}
        written |= {json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]}
        if len(raw) >= _ENCODED:
            written |= {
                base64.b64encode(raw).decode().rstrip("="),
                base64.urlsafe_b64encode(raw).decode().rstrip("="),
            }
    # a text within JSON within a notebook is escaped twice
    written |= {json.dumps(form)[1:-1] for form in written}
    return written - {""}
