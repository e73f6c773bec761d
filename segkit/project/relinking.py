"""Links of a page rewritten for another place: a revision's folder, a site, a mailbox.

A page's own links are the only relative ones that it has (`segkit/page/check.py` refuses all others).
"""

from __future__ import annotations

import re
from typing import Final

_RELATIVE: Final = re.compile(r'<a (?=[^>]*href="(?!#|https?:|mailto:))[^>]*>(.*?)</a>', re.DOTALL)
_TO_FAILURE: Final = re.compile(r'<a (?=[^>]*href="[^"]*failure\.html")[^>]*>(.*?)</a>', re.DOTALL)
_HREF: Final = re.compile(r'(<a [^>]*?href=")([^"#:]+)(["#])')


def deeper(html: str, levels: int) -> str:
    """Return a page whose links lead to the same files from a folder that many levels below its own."""
    return _HREF.sub(lambda found: f"{found[1]}{_up(found[2], levels)}{found[3]}", html)


def for_site(html: str, levels: int) -> str:
    """Return a page or an index as it stands at a site, where pointers lead to pages and failures have none.

    Args:
        html: the page.
        levels: so far below its folder's place it stands.
    """
    plain = _TO_FAILURE.sub(r"<span>\1</span>", html)
    return _HREF.sub(
        lambda found: f"{found[1]}{re.sub(r'/report[.]html$', '/index.html', _up(found[2], levels))}{found[3]}", plain
    )


def without_links(html: str) -> str:
    """Return a page for those who get it without its folder: what led to other files is text."""
    return _RELATIVE.sub(r"<span>\1</span>", html)


def _up(href: str, levels: int) -> str:
    """Return an address from so many levels below; what stands in the page's own folder goes with it."""
    return "../" * levels + href if href.startswith("../") else href
