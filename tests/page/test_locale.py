"""How a company writes numbers and dates: decimal sign, order of dates, place of the currency."""

from __future__ import annotations

import datetime as dt

import pytest

from segkit.errors import ReportError
from segkit.page import Block, Metric, note, write, write_date, write_span
from segkit.page.locale import known_locale, locale_in_force, use_locale, written_in
from segkit.page.statement import Statement, day

DAY = dt.date(2017, 12, 24)
REVENUE = Metric("revenue", 6_143_221, "money", "EUR")
LOSS = Metric("loss", -1234.5, "money", "EUR")
MANY = Metric("customers", 12_345, "customers")
PART = Metric("share", 0.3271, "share")


def written(locale: str) -> list[str]:
    with written_in(locale):
        said = [write(one) for one in (REVENUE, MANY, PART)] + [write(LOSS, "exact"), write_date(DAY)]
    return [one.replace("\u202f", " ").replace("\xa0", " ") for one in said]


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", ["€6.14m", "12,345", "32.7 %", "−€1,234.50", "24 Dec 2017"]),
        ("en_US", ["€6.14m", "12,345", "32.7 %", "−€1,234.50", "Dec 24, 2017"]),
        ("de_DE", ["6,14m €", "12.345", "32,7 %", "−1.234,50 €", "24.12.2017"]),
        ("fr_FR", ["6,14m €", "12 345", "32,7 %", "−1 234,50 €", "24 déc. 2017"]),
        ("pt_BR", ["€6,14m", "12.345", "32,7 %", "−€1.234,50", "24 de dez. de 2017"]),
    ],
)
def test_decimal_sign_order_of_dates_and_place_of_the_currency(locale: str, said: list[str]) -> None:
    assert written(locale) == said


def test_a_currency_without_a_sign_keeps_its_code_apart() -> None:
    francs = Metric("revenue", 1500, "money", "CHF")
    with written_in("de_DE"):
        assert write(francs, "signed") == "+1.500\u202fCHF"
    assert write(francs, "signed") == "+CHF\u202f1,500"


def test_a_stretch_of_days_is_written_in_full() -> None:
    with written_in("de_DE"):
        assert write_span(DAY, DAY + dt.timedelta(6)) == "24.12.2017 – 30.12.2017"


def test_a_block_carries_its_locale_and_is_checked_in_it() -> None:
    with written_in("de_DE"):
        block = Block.of("notes", {"paragraphs": [Statement.of("{m} by {d}", m=REVENUE, d=day(DAY))], "terms": []})
    again = Block.from_payload(block.payload())
    again.verify({"revenue": REVENUE})
    assert again.fields["paragraphs"][0].text == "6,14m\u202f€ by 24.12.2017"
    english = {**block.payload(), "locale": "en"}
    with pytest.raises(ReportError, match="which is written"):
        Block.from_payload(english).verify({"revenue": REVENUE})
    with pytest.raises(ReportError, match="is no locale"):
        Block.from_payload({**block.payload(), "locale": "xx_nowhere"})
    assert "locale" not in note("{n} left", n=MANY).payload()


def test_a_locale_holds_for_the_whole_process_until_another_does() -> None:
    before = locale_in_force()
    try:
        use_locale("de-DE")
        assert (locale_in_force(), write(PART)) == ("de_DE", "32,7\u202f%")
    finally:
        use_locale(before)


def test_what_is_no_locale_is_refused() -> None:
    with pytest.raises(ValueError, match="is no locale; such names are de_DE"):
        known_locale("deutsch")
