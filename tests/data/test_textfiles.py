"""Text files that are not what the dataset file says: one sentence each, with what to write instead."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.data.lines import LineCount, count_lines
from segkit.data.wording import listed, seen
from segkit.errors import DataError
from tests.data.conftest import SALES, Shop, line, table_quality

HEAD = "customer_id,time,amount\n"
GOOD = HEAD + "1,2024-01-05,10.00\n2,2024-02-05,20.50\n"


def failure(shop: Shop, content: str | bytes, *, name: str = "sales.csv", **table: Any) -> str:
    """The only failure that a file gives."""
    with pytest.raises(DataError) as error:
        shop.sales(content, name=name, **table)
    said = str(error.value)
    assert "shop.yaml: 1 problem found." in said, said
    assert "CSV Error" not in said
    assert "Possible fixes" not in said
    return said.split("1. ", 1)[1]


@pytest.mark.parametrize(
    ("content", "format", "says"),
    [
        (b"", {}, "sales.csv is empty: not even a header. Export it again, or take the table out of the dataset file."),
        (b"\xef\xbb\xbf\r\n \r\n", {}, "sales.csv is empty: not even a header."),
        (HEAD, {}, "sales.csv has a header and no rows. Export it again"),
        (GOOD.replace(",", ";"), {"delimiter": ","}, 'columns stand between semicolons. Write `format: {delimiter: ";"}`.'),
        (GOOD.replace(",", "\t"), {"delimiter": ","}, 'columns stand between tabs. Write `format: {delimiter: "\\t"}`.'),
        (GOOD, {"delimiter": "|"}, 'has one column, `customer_id,time,amount`: its columns stand between commas.'),
        ("sep=;\n" + GOOD, {}, 'begins with `sep=;`, a line that only Excel reads. Delete it, and write `format: {delim'),
        (GOOD.replace("time", "café").encode("latin-1"), {}, "is not UTF-8 (byte 0xe9 on line 1). Write `format: {enco"),
        (GOOD.encode("utf-16"), {}, "is not utf-8 but UTF-16. Write `format: {encoding: utf-16}`."),
        (GOOD.encode("utf-16-le"), {}, "is not utf-8 but UTF-16. Write `format: {encoding: utf-16}`."),
        (GOOD.replace("time", "€").encode("cp1252"), {}, "is not UTF-8 (byte 0x80 on line 1). Write `format: {encoding: cp1252}`"),
        (GOOD, {"encoding": "utf-16"}, "is not UTF-16, although `format` says so. Leave `encoding` out"),
        (GOOD.replace("time", "café"), {"encoding": "latin-1"}, "is UTF-8, although `format` says latin-1. Leave"),
        (GOOD.replace("time", "amount"), {}, "two columns are called `amount` (columns 2 and 3). Repair the header"),
        ("," + GOOD.replace("\n", "\n0,"), {}, "column 1 has no name. Repair the header (pandas: `to_csv(index=False)`)"),
        (GOOD, {"header": False, "names": ["a", "b"]}, "the first line has 3 columns (`customer_id`, `time`, `amount`)"),
        (GOOD, {"names": ["a", "b"]}, "the header has 3 columns (`customer_id`, `time`, `amount`), and `format: names`"),
        (GOOD + "3,2024-03-05\n", {}, "sales.csv, line 4 has 2 columns where the header has 3 (`3,2024-03-05`). Repair"),
        (GOOD + "3,2024-03-05,1,50\n", {}, "line 4 has 4 columns where the header has 3 (`3,2024-03-05,1,50`). Repair"),
        (GOOD + '3,"2024-03-05,1\n' + GOOD, {}, "line 4 opens a quote that is not closed (`3,\"2024-03-05,1`); the"),
        (GOOD.replace("\n", "\r\n", 1), {}, "has lines that end in different ways"),
    ],
)  # fmt: skip
def test_one_sentence(shop: Shop, content: str | bytes, format: dict[str, Any], says: str) -> None:
    said = failure(shop, content, format=format)
    assert said.startswith("table transactions: ")
    assert "sales.csv" in said
    assert says in said


def test_a_wrong_byte_far_down_is_told_with_its_line(shop: Shop) -> None:
    content = (GOOD + "1,2024-01-05,10.00\n" * 10_000).encode() + b"caf\xe9,2024-01-05,1\n"
    assert "line 10004 is not UTF-8" in failure(shop, content)


def test_a_line_of_three_megabytes(shop: Shop) -> None:
    assert "is longer than 2 MB" in failure(shop, GOOD + "3,2024-01-05," + "1" * 3_000_000 + "\n")


def test_several_bad_files_and_tables_come_together(shop: Shop) -> None:
    shop.write("a.csv", GOOD.replace(",", ";"))
    shop.write("b.csv", "")
    shop.write("d.csv", "customer_id,event,time\n1,login,2024-13-01\n")
    tables = {
        "transactions": {"path": "a.csv", "format": {"delimiter": ","}},
        "customers": {"path": "b.csv"},
        "campaigns": {"path": "c.csv"},
        "events": {"path": "d.csv"},
    }
    with pytest.raises(DataError) as error:
        shop.open(tables)
    said = str(error.value)
    assert "4 problems found" in said
    for part in (
        "a.csv has one column",
        "b.csv is empty",
        "`path: c.csv`: no such file",
        "1 of 1 values cannot be read",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (
            GOOD.replace(",", ";").replace("10.00", "10,00").replace("20.50", "20,5"),
            {"delimiter": ";", "decimal": ","},
        ),
        (GOOD.replace("1,", "é,").encode("latin-1"), {"encoding": "latin-1"}),
        (GOOD.replace("1,", "é,").encode("utf-16"), {"encoding": "utf-16"}),
        (GOOD.replace("1,", "é,").encode("utf-16-le"), {"encoding": "utf-16"}),
        (("\ufeff" + GOOD.replace("1,", "é,")).encode("utf-16-be"), {"encoding": "utf-16"}),
        ("\ufeff" + GOOD, {}),
        ("\n\n" + GOOD, {}),
        (GOOD.replace("\n", "\r\n"), {}),
        (GOOD.replace("\n", "\r"), {}),
        (GOOD.rstrip("\n"), {}),
        (GOOD.replace("\n", "\n\n"), {}),
        (GOOD.replace(",", ", "), {}),
        (GOOD.replace(HEAD, ""), {"header": False, "names": ["customer_id", "time", "amount"]}),
        (GOOD.replace("time", "amount"), {"names": ["customer_id", "time", "amount"]}),
        (GOOD.replace("customer_id", '"customer_id"'), {}),
        (GOOD.replace("1,", "'1',").replace("time", "'time'"), {"quote": "'"}),
        (GOOD.replace(",", "\t").replace("1\t", '5" pipe\t'), {"delimiter": "\t", "quote": ""}),
        (GOOD.replace("1,", '"5\\" pipe",'), {"escape": "\\"}),
    ],
)
def test_what_the_format_says_is_read(shop: Shop, content: str | bytes, format: dict[str, Any]) -> None:
    dataset = shop.sales(content, format=format)
    quality = table_quality(dataset)
    assert (quality.rows_in, quality.rows_kept, quality.money_kept) == (2, 2, 30.5)
    assert quality.lines == ()


def test_white_space_separates_as_in_old_text_files(shop: Shop, rows: Any) -> None:
    content = " id  date cds  dollars\r\n 00001 19970101  1   11.77\r\n 00002 19970112 2  12.00\r\n\r\n"
    format = {"delimiter": "whitespace", "date_format": "%Y%m%d"}
    columns = {"customer_id": "id", "time": "date", "amount": "dollars", "quantity": "cds"}
    dataset = shop.sales(content, format=format, columns=columns)
    assert [row["customer_id"] for row in rows(dataset)] == ["00001", "00002"]
    assert table_quality(dataset).money_kept == 23.77
    assert "1 lines do not have 4 columns, such as `00002 2`" in failure(
        shop, content + " 00002 2\r\n", format=format, columns=columns
    )


def test_packed_files(shop: Shop) -> None:
    many = HEAD + "".join(f"{i},2024-01-05,{i}.00\n" for i in range(1, 20_001))
    packed = gzip.compress(many.encode())
    dataset = shop.sales(packed, name="sales.csv.gz")
    assert table_quality(dataset).money_kept == 20_000 * 20_001 / 2
    assert "sales.csv.gz ends in .gz but is not a whole gzip file" in failure(shop, GOOD, name="sales.csv.gz")
    # DuckDB reads what is there of a cut file and says nothing
    for cut in (packed[: len(packed) // 2], packed[:-4], packed[:-9] + b"x" + packed[-8:]):
        assert "is not a whole gzip file" in failure(shop, cut, name="sales.csv.gz")


def test_a_quote_that_swallows_rows_without_an_error_is_counted(shop: Shop) -> None:
    content = 'customer_id,order_id,time,amount\n1,"a,2024-01-05,1.00\n2,b",2024-01-06,2.00\n3,c,2024-01-07,3.00\n'
    dataset = shop.sales(content)
    assert table_quality(dataset).rows_in == 2
    swallowed = line(dataset, "row that runs over several lines of its file (a quote may not be closed)")
    assert (swallowed.found, swallowed.set_aside) == (1, 0)


def test_line_breaks_within_quotes_are_no_rows(shop: Shop) -> None:
    content = 'customer_id,category,time,amount\n1,"two\n\nlines",2024-01-05,1.00\n\n2,"x\r\ny",2024-01-06,2.00\n'
    dataset = shop.sales(content)
    assert table_quality(dataset).rows_in == 2
    assert line(dataset, "row that runs over").found == 2


field = st.text(alphabet=st.sampled_from('ab ,;"\n\r1é\t'), max_size=6)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 9), field), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_every_line_of_a_written_file_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[int, str]], end: str
) -> None:
    """Files as Python's own writer makes them: rows read = rows written, whatever stands in the values."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(["customer_id", "category", "time", "amount", "n"])
    for position, (customer, text) in enumerate(written):
        writer.writerow([customer, text.replace("\r", ""), "2024-01-05", "1.00", position])
    dataset = Shop(tmp_path_factory.mktemp("lines")).sales(out.getvalue())
    assert table_quality(dataset).rows_in == len(written)


@given(st.lists(st.sampled_from(["", "a", "bb"]), max_size=12), st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_are_counted_as_python_counts_them(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], closed: bool, end: str
) -> None:
    path = tmp_path_factory.mktemp("count") / "x.csv"
    text = end.join(lines) + (end if closed and lines else "")
    path.write_bytes(text.encode())
    expected = text.splitlines()
    assert count_lines([path]) == LineCount(len(expected), sum(not one for one in expected))
    path.write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    assert count_lines([path], wide=True) == LineCount(len(expected), sum(not one for one in expected))


def test_lines_across_chunks(tmp_path: Any) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n\n" * 1_000_000)
    assert count_lines([path, path]) == LineCount(4_000_000, 2_000_000)


def test_values_are_shown_short_and_harmless() -> None:
    assert seen("a\nb\x1b[31m\u202e") == "a\\nb\\x1b[31m\\u202e"
    assert len(seen("x" * 10_000)) == 60
    assert seen("mail jane.doe@example.com now") == "mail …@… now"
    assert listed([]) == ""


def test_sales_of_the_fixture_are_good(shop: Shop) -> None:
    assert table_quality(shop.sales(SALES)).money_kept == 35.75
