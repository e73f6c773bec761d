"""Sizes of memory as people write them: 4GB, 512 MB, 1.5GiB."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([KMGT])(i?)B", re.IGNORECASE)
_POWERS: Final = {"K": 1, "M": 2, "G": 3, "T": 4}
LEAST: Final = 64 * 10**6
"""Below it nothing runs."""
MOST: Final = 10**15


def bytes_of(text: str) -> int:
    """Read a size as bytes.

    >>> bytes_of("4GB"), bytes_of("1.5 GiB")
    (4000000000, 1610612736)

    Raises:
        ValueError: it is none, or out of bounds; the message is a whole sentence without its end.
    """
    found = _SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].upper()]) if found else 0
    if not LEAST <= size <= MOST:
        raise ValueError(f"`{text[:40]}` is no size from 64MB to 1000TB; write such as 4GB or 512MB")
    return size
