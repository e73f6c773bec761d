"""Messages sent through apprise: e-mail, Slack, Teams, webhooks and what else it knows."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from segkit.data.specfile import redact
from segkit.delivery.messages import Message
from segkit.errors import ParameterError

_TOKEN: Final = 6
"""Signs of a part of an address from which on it may be a token."""


def send(address: str, message: Message, secrets: frozenset[str]) -> str:
    """Send a message; why it was not sent, "" where it was.

    Raises:
        ParameterError: apprise is not installed.
    """
    apprise = _apprise()
    secrets = secrets | _pieces(secrets)
    target = apprise.Apprise()
    if not target.add(address):
        return "apprise does not know such an address"
    title, body = redact(message.title, secrets), redact(message.body, secrets)
    attached = [str(message.attachment)] if message.attachment is not None else []
    kind = apprise.NotifyFormat.TEXT
    if message.html and _is_mail(target[0]):
        # apprise makes the plain part of the same HTML, and lets it show pictures by cid
        body, kind = redact(message.html, secrets), apprise.NotifyFormat.HTML
        attached = [*map(str, message.pictures), *attached]
        target[0].inline = True
    with _heard() as said:
        try:
            is_sent = target.notify(body, title, body_format=kind, attach=attached or None)
        except Exception as error:  # noqa: BLE001 - plugins raise what they like
            return redact(f"{type(error).__name__}: {error}", secrets)[:300]
    if is_sent:
        return ""
    return redact("; ".join(said), secrets)[:300] or "apprise could not send it, and does not say why"


def without_secrets(address: str, secrets: frozenset[str]) -> str:
    """Return an address as a ledger may show it.

    Raises:
        ParameterError: apprise is not installed.
    """
    apprise = _apprise()
    found = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    shown: Any = found.url(privacy=True) if found is not None else address
    return redact(str(shown), secrets)


def _is_mail(target: Any) -> bool:
    """Return whether an address is one of mail, which shows HTML."""
    return any(base.__name__ == "NotifyEmail" for base in type(target).__mro__)


def _pieces(secrets: frozenset[str]) -> frozenset[str]:
    """Split addresses that are secret as a whole into the parts that an error may quote; hosts are left out."""
    parts = {part for secret in secrets if "://" in secret for part in re.split(r"[/@:?#&=]", secret)}
    return frozenset(part for part in parts if len(part) >= _TOKEN and "." not in part)


@cache
def _apprise() -> Any:
    """Import apprise with all it knows; some of that warns of its own imports."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import apprise
        except ModuleNotFoundError:
            raise ParameterError(
                "Messages need the package apprise. Install it: pip install 'segkit[notify]'."
            ) from None
        apprise.Apprise.instantiate("json://localhost")
    return apprise


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what apprise says of its troubles."""
    said: list[str] = []

    class _Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, listener = logging.getLogger("apprise"), _Listener(logging.WARNING)
    logger.addHandler(listener)
    before, logger.propagate = logger.propagate, False
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        logger.propagate = before
