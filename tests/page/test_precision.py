"""Numbers of a column share their decimals, whatever they are, and none is made larger, smaller or another sign by it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.page import Block, Metric, Statement, number, own_words, union
from segkit.page.format import MINUS, NARROW
from segkit.page.locale import written_in
from segkit.page.precision import of_one_precision, written_alike
from segkit.page.tables import column, row, table

UNITS = ("share", "points", "index", "money", "days", "count", "customers", "orders")
ANY = st.one_of(
    st.floats(-5e9, 5e9, allow_nan=False),
    st.floats(-150, 150, allow_nan=False),
    st.floats(-0.1, 0.1, allow_nan=False),
    st.integers(-200, 200).map(float),
    st.sampled_from([0.0, 1.0, -1.0, 0.02, 0.018, 0.9997, 99.996, 999.6]),
)
WRITTEN = re.compile(r"(?P<less>< )?(?P<sign>[+−])?€?(?P<digits>[\d,]+(?:\.(?P<places>\d+))?)(?P<mark>tn|bn|m)?")


def of(unit: str, values: list[float]) -> list[Metric]:
    money = "EUR" if unit == "money" else None
    return [Metric(f"k_{at}", value, unit, money) for at, value in enumerate(values)]  # type: ignore[arg-type]


@given(unit=st.sampled_from(UNITS), values=st.lists(ANY, min_size=1, max_size=12))
def test_a_column_has_one_precision_and_says_what_is_there(unit: str, values: list[float]) -> None:
    metrics = of(unit, values)
    places: dict[str, set[int]] = {}
    for metric, text in zip(metrics, written_alike(metrics, "signed"), strict=True):
        found = WRITTEN.fullmatch(text.replace(f"{NARROW}m", "m").replace(f"{NARROW}bn", "bn").split(NARROW)[0])
        assert found, text
        mark, digits = found["mark"] or "", Decimal(found["digits"].replace(",", ""))
        value = Decimal(repr(metric.value)) * (100 if unit in ("share", "points") else 1)
        said = digits.scaleb({"": 0, "m": 6, "bn": 9, "tn": 12}[mark])
        if metric.value == 0 or (unit == "share" and abs(metric.value or 0) == 1):
            # exactly none and exactly all are not rounded, and say so
            assert digits == abs(value)
            assert not found["places"]
            continue
        if found["less"]:
            assert abs(value) < said
            assert found["sign"] is None
        else:
            step = max(
                Decimal(1).scaleb(-len(found["places"] or "")).scaleb(said.adjusted() - digits.adjusted()),
                abs(value) / 200,
            )
            assert abs(said - abs(value)) <= step
            assert (found["sign"] == MINUS) == (metric.value < 0)
        places.setdefault(mark, set()).add(len(found["places"] or ""))
    assert all(len(one) == 1 for one in places.values()), written_alike(metrics)


@pytest.mark.parametrize(
    ("unit", "values", "said"),
    [
        ("share", [0.018, 0.02, 0.0, 1.0, 0.00001, 0.9999], ["1.8 %", "2.0 %", "0 %", "100 %", "< 0.1 %", "99.9 %"]),
        ("share", [0.02, 0.5], ["2 %", "50 %"]),
        ("index", [2.84, 2.8, 0.0314], ["2.84", "2.80", "0.03"]),
        ("money", [306.0, 15.36, -30.18, 0.3], ["€306", "€15", "−€30", "< €1"]),
        ("money", [2.07e6, 12.3e6, 745_123.0], ["€2.1m", "€12.3m", "€745,000"]),
        ("days", [1.0, 2.5, 354.0], ["1 day", "2 days", "354 days"]),
        ("count", [1.8, 0.0, 0.5], ["1.8", "0", "0.5"]),
    ],
)
def test_columns_as_a_reader_would_write_them(unit: str, values: list[float], said: list[str]) -> None:
    assert [text.replace(NARROW, " ") for text in written_alike(of(unit, values))] == said


def test_a_table_writes_each_column_for_itself_with_its_folded_rows() -> None:
    a, b, c, d = of("share", [0.018, 0.02, 0.5, 0.031])
    columns = [column("Segment", "text"), column("Share"), column("Other")]
    rows = [row([own_words("2 of 3"), a, c])]
    fields = table(
        own_words("x"), columns, rows, folded=[row([own_words("1"), b, d])], folded_title=own_words("more")
    )
    cells = [[cell.text.replace(NARROW, " ") for cell in one["cells"]] for one in fields["rows"]]
    assert cells == [["2 of 3", "1.8 %", "50.0 %"]]
    assert [cell.text.replace(NARROW, " ") for cell in fields["folded"]["rows"][0]["cells"]] == [
        "1",
        "2.0 %",
        "3.1 %",
    ]
    # the precision travels with the block, and the gate of statements knows it
    block = Block.of("table", fields)
    read = Block.from_payload(block.payload())
    read.verify(union([read.metrics]))
    assert read.fields["rows"][0]["cells"][1] == fields["rows"][0]["cells"][1]


def test_units_and_locales_keep_apart() -> None:
    share, money = Metric("s", 0.02, "share"), Metric("m", 1_234.0, "money", "EUR")
    cells = [Statement((number(money), " (", number(share), ")")), Statement((number(Metric("t", 0.018, "share")),))]
    assert [cell.text.replace(NARROW, " ") for cell in of_one_precision(cells)] == ["€1,230 (2.0 %)", "1.8 %"]
    with written_in("de_DE"):
        assert written_alike(of("money", [306.0, 0.3]))[1].replace(NARROW, " ") == "< 1 €"
        assert written_alike(of("index", [2.0, 2.84])) == ["2,00", "2,84"]
