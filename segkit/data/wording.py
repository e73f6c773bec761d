"""Values from the data in a sentence: short, on one line, and without effect."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAIL = re.compile(r"[^\s@,;]+@[^\s@,;]+")


def seen(value: object, most: int = 60) -> str:
    """Return a value as found, cut to a length; control characters are written out and e-mail addresses are hidden.

    >>> seen("two\\nlines"), seen("write to jane@example.com"), seen("x" * 80, 5)
    ('two\\\\nlines', 'write to …@…', 'xxxx…')
    """
    text = _MAIL.sub("…@…", str(value)[: 10 * most])
    text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(values: Iterable[object], most: int = 12) -> str:
    """Return values one after the other, the first few of many.

    >>> listed(["a", "b", "c"], 2)
    '`a`, `b` and 1 more'
    """
    everything = [f"`{seen(value, 40)}`" for value in values]
    head, rest = everything[:most], len(everything) - most
    return ", ".join(head) + (f" and {rest} more" if rest > 0 else "")
