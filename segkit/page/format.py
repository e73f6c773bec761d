"""How a page writes numbers and dates. The same in every table, tile, chart and sentence; no locale of the machine's, no
clock. A company may ask for another decimal sign, order of dates and place of the currency (`segkit/page/locale.py`).

Customers are exact up to 99,999; all else has three significant digits at most. U+2212 is the minus, U+202F the
space before a unit, so that no number is torn over two lines.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from segkit.page.locale import DEFAULT, locale_in_force, written_date, written_digits, written_money
from segkit.page.metric import Metric
from segkit.statistics.told import Figure

Style = Literal["plain", "signed", "size", "exact", "p"]
"""`plain`: with a minus where negative. `signed`: with plus or minus, for differences. `size`: without a sign,
where a word or an arrow says the direction. `exact`: as `plain`, but every digit, for what readers add up.
`p`: as a p-value."""

NARROW: Final = "\u202f"
MINUS: Final = "\u2212"
MISSING: Final = "–"
"""The sign for a number that is not known."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$", "PLN": "zł"}
_WITHOUT_CENTS: Final = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})
_DECIMAL: Final = re.compile(r"\.(\d+)")
_SCALES: Final = ((Decimal(10) ** 12, "tn"), (Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"))


def write(metric: Metric, style: Style = "plain", places: int | None = None) -> str:
    """Write a metric's number as pages do; with `places` to so many decimals, as those beside it in a column.

    >>> write(Metric("customers", 3222, "customers"))
    '3,222'
    >>> write(Metric("revenue", 6_143_221, "money", "EUR"))
    '€6.14m'
    >>> write(Metric("share", 0.3271, "share")).replace(NARROW, " ")
    '32.7 %'
    >>> write(Metric("change", 0.004, "points"), "signed").replace(NARROW, " ")
    '+0.4 pp'
    >>> write(Metric("index", 2.8, "index"), places=2), write(Metric("index", 0.001, "index"), places=2)
    ('2.80', '< 0.01')

    A value of None is written as an en dash.
    """
    if metric.value is None:
        return MISSING
    sign, text = _plain(metric, metric.value, style, places)
    locale = locale_in_force()
    if locale == DEFAULT:
        return sign + text
    symbol = _symbol(metric.currency) if metric.currency else ""
    if symbol:
        return sign + written_money(symbol, text.removeprefix(symbol), locale)
    return sign + written_digits(text, locale)


def decimals(metric: Metric) -> int:
    """Return how many decimals a number is written with where it stands alone."""
    if metric.value is None:
        return 0
    return _places(_plain(metric, metric.value, "size")[1])


def three_digits(metric: Metric) -> int:
    """Return how many decimals a number has that is written with three digits, its zeros too."""
    return 0 if not metric.value else max(0, 2 - _rounded(_shifted(metric, metric.value)).adjusted())


def power(metric: Metric) -> int:
    """Return the power of ten that a number is written in: six for one in millions, zero for most."""
    if metric.value is None or metric.unit not in ("money", "customers", "orders", "count"):
        return 0
    size = abs(Decimal(repr(metric.value)))
    return next((scale.adjusted() for scale, _ in _SCALES if _rounded(size) >= scale), 0)


def _shifted(metric: Metric, number: float) -> Decimal:
    """Return the size of a number as its digits say it: of a share in hundredths, of 6,143,221 in millions."""
    size = abs(Decimal(repr(number)))
    return size * 100 if metric.unit in ("share", "points") else size.scaleb(-power(metric))


def _plain(metric: Metric, number: float, style: Style, places: int | None = None) -> tuple[str, str]:
    """Return the sign of a metric, and its size as segkit writes it unless the company asks for something else."""
    value = Decimal(repr(number))
    size = abs(value)
    if style == "p":
        return "", Figure(number, "p").text
    if style == "exact" and metric.unit in ("customers", "orders", "count", "money"):
        digits = f"{size.normalize():,f}" if metric.unit != "money" else f"{size.quantize(_cent(metric)):,}"
        symbol = _symbol(metric.currency) if metric.currency else ""
        return _sign(value, digits, style), symbol + digits
    match metric.unit:
        case "money":
            digits, text = _money(size, metric.currency or "")
        case "share":
            digits = _percent(size)
            text = f"{digits}{NARROW}%"
        case "points":
            digits = _percent(size)
            text = f"{digits}{NARROW}pp"
        case "customers" | "orders" | "count":
            text = _count(size)
            digits = text.partition(NARROW)[0]
        case "days":
            digits = _significant(size)
            text = f"{digits}{NARROW}{'day' if digits == '1' else 'days'}"
        case _:
            digits = text = _significant(size)
    # none at all stays 0, and all of it 100 %: they are not rounded
    if places not in (None, _places(digits)) and value and not (metric.unit == "share" and size == 1):
        alone, digits = digits, _fixed(_shifted(metric, number), places or 0, metric.unit == "share")
        text = text.replace(alone, digits, 1)
    if digits.startswith("<"):
        return "< ", text.replace("< ", "", 1)
    return _sign(value, digits, style), text


def write_date(day: dt.date) -> str:
    """Write a calendar day, such as 24 Dec 2017."""
    if (locale := locale_in_force()) != DEFAULT:
        return written_date(day, locale)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def write_span(first: dt.date, last: dt.date) -> str:
    """Write a stretch of days, both included, such as 18–24 Dec 2017."""
    if first == last:
        return write_date(last)
    if locale_in_force() != DEFAULT:
        return f"{write_date(first)} – {write_date(last)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{write_date(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} – {write_date(last)}"
    return f"{write_date(first)} – {write_date(last)}"


def plain_date(value: object) -> dt.date:
    """Return the calendar day of a frame's cell: a day, a moment or a text that begins with one."""
    found = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])
    return dt.date(found.year, found.month, found.day)


def capital(text: str) -> str:
    """Return a text with a capital letter at its start; the rest stays as it is, unlike with `str.capitalize`."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Return a text as it stands inside a sentence: with a small letter, unless it begins with an abbreviation.

    >>> small("Mean order"), small("CLV")
    ('mean order', 'CLV')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _sign(value: Decimal, digits: str, style: Style) -> str:
    """Return the sign of a number; none where it is written as zero."""
    if style == "size" or digits.startswith("<") or not any(digit in digits for digit in "123456789"):
        return ""
    if value < 0:
        return MINUS
    return "+" if style == "signed" else ""


def _count(size: Decimal) -> str:
    if size != size.to_integral_value() and size < 10:
        return _significant(size)
    if size < 100_000:
        return f"{size.quantize(Decimal(1), ROUND_HALF_EVEN):,}"
    for scale, mark in _SCALES:
        if _rounded(size) >= scale:
            return f"{_significant(size / scale, keep=True)}{NARROW}{mark}"
    return _significant(size)


def _money(size: Decimal, currency: str) -> tuple[str, str]:
    symbol = _symbol(currency)
    for scale, mark in _SCALES:
        if _rounded(size) >= scale:
            digits = _significant(size / scale, keep=True)
            return digits, f"{symbol}{digits}{mark}"
    if size == 0:
        return "0", f"{symbol}0"
    digits = f"{size.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}" if _rounded(size) < 100 else _significant(size)
    return digits, f"{symbol}{digits}"


def _symbol(currency: str) -> str:
    return _SYMBOLS.get(currency, currency + NARROW)


def _cent(metric: Metric) -> Decimal:
    return Decimal(1) if metric.currency in _WITHOUT_CENTS else Decimal("0.01")


def _places(digits: str) -> int:
    found = _DECIMAL.search(digits)
    return 0 if found is None else len(found[1])


def _fixed(size: Decimal, places: int, share: bool) -> str:
    """Write a number with so many decimals; where nothing is left of it, that it is less than the last of them."""
    last = Decimal(1).scaleb(-places)
    rounded = size.quantize(last, ROUND_HALF_EVEN)
    if not rounded:
        return f"< {last}"
    # 99.97 % is not all of it
    return f"{min(rounded, 100 - last) if share and size < 100 else rounded:,}"


def _percent(fraction: Decimal) -> str:
    """Write a percentage with one decimal; none if it is whole or from 100 up; two below 0.1 and just below 100;
    below half a hundredth, that it is less.
    """
    percent = fraction * 100
    if 0 < percent < Decimal("0.005"):
        return "< 0.01"
    if percent == percent.to_integral_value():
        return f"{int(percent):,}"
    if percent >= 100:
        return _significant(percent)
    if percent >= Decimal("99.95"):
        # 99.97 % is not all of it
        return f"{min(percent.quantize(Decimal('0.01'), ROUND_HALF_EVEN), Decimal('99.99'))}"
    places = "0.1" if percent >= Decimal("0.095") else "0.01"
    return f"{percent.quantize(Decimal(places), ROUND_HALF_EVEN)}"


def _rounded(size: Decimal, digits: int = 3) -> Decimal:
    if size == 0:
        return size
    return size.quantize(Decimal(1).scaleb(size.adjusted() - digits + 1), ROUND_HALF_EVEN)


def _significant(size: Decimal, digits: int = 3, keep: bool = False) -> str:
    """Write three significant digits with thousands separated, never an exponent; trailing zeros go unless kept."""
    if size == 0:
        return "0"
    rounded = _rounded(size, digits)
    if rounded.adjusted() != size.adjusted():  # 99.96 becomes 100, not 100.0
        rounded = _rounded(rounded, digits)
    text = f"{rounded:,f}"
    if "." in text and not keep:
        text = text.rstrip("0").rstrip(".")
    return text
