"""How the company writes numbers and dates: decimal sign, date order, place of the currency. Babel knows, by CLDR.

A locale is set once for a process, before its first block is made; a block carries it, so that whoever reads the block
writes its numbers in the same way. It never comes from the machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

DEFAULT: Final = "en"
"""segkit's own way: 1,234.5 and €6.14m and 24 Dec 2017."""
_NARROW: Final = "\u202f"


class Writing(NamedTuple):
    """How a locale writes: the decimal sign, what stands between thousands, and whether the currency comes first."""

    decimal: str
    group: str
    currency_first: bool


_in_force = [DEFAULT]
"""Of the whole process: a kernel runs each cell in a context of its own."""


def locale_in_force() -> str:
    """Return the locale in which numbers are written now."""
    return _in_force[0]


def use_locale(locale: str) -> None:
    """Write all numbers and dates from here on as a locale does.

    Raises:
        ValueError: there is no such locale.
    """
    _in_force[0] = known_locale(locale)


@contextmanager
def written_in(locale: str) -> Iterator[None]:
    """Write the numbers and dates of a block as a locale does."""
    before, _in_force[0] = _in_force[0], locale
    try:
        yield
    finally:
        _in_force[0] = before


def known_locale(locale: str) -> str:
    """Return a locale as it is kept, after looking it up.

    Raises:
        ValueError: there is no such locale.
    """
    if locale == DEFAULT:
        return locale
    try:
        found = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        raise ValueError("is no locale; such names are de_DE, en_GB, fr_FR") from None
    return str(found)


@cache
def writing(locale: str) -> Writing:
    """Return how a locale writes numbers."""
    if locale == DEFAULT:
        return Writing(".", ",", True)
    found = Locale.parse(locale)
    signs = found.number_symbols["latn"]
    group = str(signs["group"])
    pattern = found.currency_formats["standard"].pattern
    return Writing(str(signs["decimal"]), _NARROW if group.isspace() else group, pattern.lstrip().startswith("¤"))


def written_digits(digits: str, locale: str) -> str:
    """Return digits such as 1,234.5 with the signs of a locale."""
    found = writing(locale)
    return digits.translate({ord(","): found.group, ord("."): found.decimal})


def written_money(symbol: str, digits: str, locale: str) -> str:
    """Return digits such as 6.14m with the symbol of a currency before or behind them."""
    said = written_digits(digits, locale)
    return symbol + said if writing(locale).currency_first else f"{said}{_NARROW}{symbol.strip()}"


def written_date(day: dt.date, locale: str) -> str:
    """Return a day in the order of a locale."""
    return format_date(day, "medium", locale=locale)
