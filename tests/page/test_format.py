"""Numbers and dates as a page writes them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.page import Metric, write, write_date, write_span
from segkit.page.format import MINUS, NARROW, Style


def text(value: float | None, unit: str, style: Style = "plain", currency: str | None = None) -> str:
    return write(Metric("x", value, unit, currency), style).replace(NARROW, " ")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (99_999, "99,999"),
        (124_567, "125,000"),
        (1_243_567, "1.24 m"),
        (999_999, "1.00 m"),
        (92.8, "93"),
        (2.345, "2.34"),
    ],
)
def test_customers_are_exact_up_to_99999_then_have_three_digits(value: int, expected: str) -> None:
    assert text(value, "customers") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "$0"),
        (12.3, "$12.30"),
        (99.996, "$100"),
        (123.456, "$123"),
        (85_420.37, "$85,400"),
        (999_499, "$999,000"),
        (999_500, "$1.00m"),
        (6_143_221, "$6.14m"),
        (2.5e9, "$2.50bn"),
    ],
)
def test_money(value: float, expected: str) -> None:
    assert text(value, "money", currency="USD") == expected
    assert text(-value, "money", currency="USD") == (MINUS + expected if value else expected)


def test_a_currency_without_a_sign_is_named_by_its_code() -> None:
    assert text(1250, "money", currency="CHF") == "CHF 1,250"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.327, "32.7 %"),
        (0.2, "20 %"),
        (1, "100 %"),
        (0.9997, "99.97 %"),
        (0.99999999, "99.99 %"),
        (0.0007, "0.07 %"),
        (0.0000001, "< 0.01 %"),
        (0, "0 %"),
        (12.5, "1,250 %"),
    ],
)
def test_shares(value: float, expected: str) -> None:
    assert text(value, "share") == expected


def test_signs() -> None:
    assert text(0.041, "share", "signed") == "+4.1 %"
    assert text(-0.008, "share", "signed") == f"{MINUS}0.8 %"
    assert text(-0.008, "share", "size") == "0.8 %"
    assert text(0.004, "points", "signed") == "+0.4 pp"
    assert text(-127, "customers", "signed") == f"{MINUS}127"


def test_what_is_written_as_zero_has_no_sign() -> None:
    assert text(0, "customers", "signed") == "0"
    assert text(-0.000000001, "share", "signed") == "< 0.01 %"


def test_exact_writes_every_digit() -> None:
    assert text(1_469_307, "count", "exact") == "1,469,307"
    assert text(4_598_431.12, "money", "exact", "USD") == "$4,598,431.12"
    assert text(4_598_431, "money", "exact", "JPY") == "¥4,598,431"


def test_the_unknown_is_a_dash() -> None:
    assert text(None, "customers") == "–"


@given(
    value=st.floats(-1e15, 1e15, allow_nan=False),
    unit=st.sampled_from(["customers", "share", "points", "orders", "days", "index", "count"]),
    style=st.sampled_from(["plain", "signed", "size"]),
)
def test_never_an_exponent_and_never_far_from_the_value(value: float, unit: str, style: Style) -> None:
    written = text(value, unit, style)
    assert re.fullmatch(rf"(< 0\.01|[+{MINUS}]?\d[\d,]*(\.\d+)?)( (%|pp|m|bn|tn|day|days))?", written)
    if unit in ("index", "days"):
        number = Decimal(written.split(" ")[0].replace(",", "").replace(MINUS, "-"))
        assert float(number) == pytest.approx(abs(value) if style == "size" else value, rel=0.006)


def test_dates() -> None:
    assert write_date(dt.date(2017, 12, 24)) == "24 Dec 2017"
    assert write_span(dt.date(2017, 12, 18), dt.date(2017, 12, 24)) == "18–24 Dec 2017"
    assert write_span(dt.date(2017, 1, 1), dt.date(2017, 12, 24)) == "1 Jan – 24 Dec 2017"
    assert write_span(dt.date(2016, 12, 26), dt.date(2017, 1, 1)) == "26 Dec 2016 – 1 Jan 2017"
