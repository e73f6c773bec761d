"""Dataset files: every mistake in one, all together, each with its line; and no secret in any sentence."""

from __future__ import annotations

import pytest

from segkit.data import open_dataset
from segkit.data.contradictions import ask_pattern
from segkit.data.spec import load_spec
from segkit.errors import DataError, ParameterError, SegkitError
from tests.data.conftest import AS_OF, SALES, Shop
from tests.data.reference_pages import MODELS

GOOD = """\
title: Shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {path: sales.csv}
"""


def mistakes(shop: Shop, text: str) -> list[tuple[int, str]]:
    """Line and sentence of every mistake."""
    with pytest.raises(ParameterError) as error:
        load_spec(shop.spec(text))
    found = []
    for said in str(error.value).splitlines():
        where, sentence = said.split(": ", 1)
        assert where.split(", line ")[0].endswith("shop.yaml")
        found.append((int(where.split(", line ")[1]), sentence))
    return found


def test_a_good_file_is_typed(shop: Shop) -> None:
    spec, file = load_spec(shop.spec(GOOD))
    assert spec.money.decimals == 2
    assert spec.connection == "duckdb://"
    assert spec.tables["transactions"].path == "sales.csv"
    assert file.line(("tables", "transactions")) == 6
    assert all(model.__doc__ for model in MODELS)


def test_all_mistakes_come_together_in_order(shop: Shop) -> None:
    found = mistakes(
        shop,
        """\
titel: Shop
relation: contractal
currency: euro
decimals: two
time_zone: Europe/Berln
times_are: gmt
tolerate: 5%
engine: {threads: 0, memory: 4GB}
returns: {negative_amounts: ignore, cancelation_prefix: C}
tables:
  transactions:
    path: a.csv
    table: b
    format: {delimitr: ";", encoding: cp99, header: perhaps}
    columns: {custmer_id: x, amount: 3}
    rows_are_customers: true
  orders: {path: c.csv}
  contacts: {}
  subscriptions: {path: s.csv, shape: snapshot}
""",
    )
    assert found == [
        (1, "`title` is missing. It must be given: what a reader calls it."),
        (1, "`titel` is not a known key. Did you mean `title`?"),
        (2, "`relation`: must be one of 'contractual', 'non_contractual' or 'list'. Found: 'contractal'."),
        (3, "`currency`: must be the three capital letters of ISO 4217, such as EUR. Found: 'euro'."),
        (4, "`decimals`: must be a whole number. Found: 'two'."),
        (5, "`time_zone`: not an IANA time zone. Did you mean `Europe/Berlin`? Found: 'Europe/Berln'."),
        (6, "`times_are`: must be one of 'local' or 'utc'. Found: 'gmt'."),
        (7, "`tolerate`: must be a number. Found: '5%'."),
        (8, "`engine.threads`: must be 1 or more. Found: 0."),
        (8, "`engine.memory` is not a known key. Did you mean `memory_limit`?"),
        (9, "`returns.negative_amounts`: must be one of 'returns' or 'set_aside'. Found: 'ignore'."),
        (9, "`returns.cancelation_prefix` is not a known key. Did you mean `cancellation_prefix`?"),
        (11, "`tables.transactions` has both `path` (files) and `table` (a table of the connection). Keep one."),
        (14, "`tables.transactions.format.encoding`: not the name of an encoding. Such names are utf-8, latin-1, cp1252, "
             "utf-16, shift_jis. Found: 'cp99'."),
        (14, "`tables.transactions.format.header`: must be true or false. Found: 'perhaps'."),
        (14, "`tables.transactions.format.delimitr` is not a known key. Did you mean `delimiter`?"),
        (15, "`tables.transactions.columns.amount`: must be text; put it in quotes. Found: 3."),
        (15, "`custmer_id` is not a column of the table transactions. Did you mean `customer_id`?"),
        (16, "`rows_are_customers` belongs to the table customers only."),
        (17, "`orders` is not a table of segkit. Known here: campaigns, contacts, customers, events, products, "
             "subscriptions, survey, transactions."),
        (18, "`tables.contacts` needs `path` (files) or `table` (a table of the connection)."),
        (19, "a snapshot needs `as_of` and `ended_when`: `as_of` is the date it was taken, `ended_when` the values of "
             "status that mean: has left."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "relation", "line", "says"),
    [
        ("transactions: {path: a.csv}", "contractual", 2, "`relation: contractual` needs the table `subscriptions`"),
        ("subscriptions: {path: a.csv}", "non_contractual", 2, "`relation: non_contractual` needs the table `trans"),
        ("customers: {path: a.csv}", "contractual", 5, "`tables` needs `transactions`, `subscriptions`, or both"),
    ],
)
def test_relation_needs_its_table(shop: Shop, tables: str, relation: str, line: int, says: str) -> None:
    text = GOOD.replace("transactions: {path: sales.csv}", tables).replace("non_contractual", relation)
    (found,) = mistakes(shop, text)
    assert found[0] == line
    assert found[1].startswith(says)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            "customers: {path: a.csv, columns: {age: x}}",
            "`age` is no column of the table customers but an attribute.",
        ),
        ("events: {path: a.csv, shape: snapshot}", "`shape` belongs to the table subscriptions only."),
        (
            "subscriptions: {path: a.csv, ended_when: x}",
            "`ended_when` belongs to subscriptions with `shape: snapshot`",
        ),
        ("events: {path: a.csv, format: {header: false}}", "`header: false` needs `names`, the columns from left"),
        ("events: {path: a.csv, format: {decimal: ',', thousands: ','}}", "`decimal` and `thousands` are the same"),
        ("events: {path: a.csv, format: {delimiter: ';;'}}", "`delimiter` is one character, or the word whitespace"),
        ("events: {path: a.csv, format: {names: [a, a]}}", "`names` has `a` twice"),
        ("events: {path: a.csv, format: {date_format: dd.mm.yyyy}}", "lacks day, month or year"),
        ("events: {path: a.csv, format: {date_format: '%d.%q.%Y'}}", "%q is not a sign of strptime"),
        (
            "customers: {path: a.csv, attributes: {age: {kind: numeric}}}",
            "must be one of 'id', 'text', 'time', 'date'",
        ),
        ("customers: 3", "must hold lines of the form `key: value`. Found: 3"),
    ],
)
def test_parts_that_do_not_go_together(shop: Shop, table: str, says: str) -> None:
    found = mistakes(shop, GOOD + f"  {table}\n")
    assert {line for line, _ in found} == {7}
    assert any(says in sentence for _, sentence in found), found


def test_tables_of_nothing(shop: Shop) -> None:
    assert mistakes(shop, GOOD.replace("  transactions: {path: sales.csv}\n", "")) == [
        (5, "`tables`: must hold lines of the form `key: value`. Found: nothing.")
    ]
    assert mistakes(shop, GOOD.replace("{path: sales.csv}", ""))[0] == (
        6,
        "`tables.transactions` needs `path` (files) or `table` (a table of the connection).",
    )


def test_numbers_and_truth_values_may_stand_for_texts(shop: Shop) -> None:
    text = GOOD + (
        "  customers: {path: p.csv, attributes: {kids: {order: [0, 1, 2]}, age: years, city: }}\n"
        "  subscriptions: {path: s.csv, shape: snapshot, as_of: 2024-01-31, ended_when: true}\n"
    )
    spec, _ = load_spec(shop.spec(text))
    attributes = spec.tables["customers"].attributes
    assert attributes is not None
    assert attributes["kids"].order == ("0", "1", "2")
    assert attributes["age"].column == "years"
    assert attributes["city"].column is None
    assert spec.tables["subscriptions"].ended_when == ("true",)


@pytest.mark.parametrize(
    "pattern", ["%d/%m/%Y", "%Y%m%d", "%d %b %Y %H:%M", "%Y-%j", "%-d.%-m.%y", "%x", "100%% %d.%m.%Y"]
)
def test_patterns_that_are(pattern: str) -> None:
    ask_pattern(pattern)


@pytest.mark.parametrize("url", ["postgres://joe:hunter2@host/db", "snowflake://joe@host/db?password=hunter2"])
def test_a_password_in_the_file_is_refused_and_not_repeated(shop: Shop, url: str) -> None:
    (found,) = mistakes(shop, GOOD + f"connection: {url}\n")
    assert found[0] == 7
    assert "`connection` holds a password. Put it into an environment variable" in found[1]
    assert "hunter2" not in found[1]


def test_a_password_from_the_environment_is_taken(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    spec, file = load_spec(shop.spec(GOOD + "connection: postgres://joe:${DB_PASSWORD}@host/db\n"))
    assert spec.connection == "postgres://joe:hunter2@host/db"
    assert "hunter2" not in repr(spec) + str(spec) + repr(file)


SECRET = "hunter2/%40!"


@pytest.mark.parametrize(
    "text",
    [
        GOOD + "connection: nosuchengine://joe:${SECRET_PASSWORD}@host/db\n",
        GOOD + "connection: postgres://joe:${SECRET_PASSWORD}@127.0.0.1:1/db\n",
        GOOD + "connection: duckdb://${SECRET_PASSWORD}.duckdb\n",
        GOOD.replace("sales.csv", "'${SECRET_PASSWORD}.csv'"),
        GOOD.replace("sales.csv", "'${SECRET_PASSWORD}*.csv'"),
        GOOD.replace("{path: sales.csv}", "{table: '${SECRET_PASSWORD}'}"),
        GOOD.replace("EUR", "${SECRET_PASSWORD}"),
        GOOD.replace("Europe/Berlin", "${SECRET_PASSWORD}"),
        GOOD.replace("{path: sales.csv}", "{path: sales.csv, columns: {amount: '${SECRET_PASSWORD}'}}"),
        GOOD.replace("{path: sales.csv}", "{path: sales.csv, shape: '${SECRET_PASSWORD}'}"),
        GOOD + "bundled: {name: '${SECRET_PASSWORD}'}\n",
        GOOD + "decimals: '${SECRET_PASSWORD}'\n",
    ],
)
def test_a_secret_is_in_no_error(shop: Shop, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SECRET_PASSWORD", SECRET)
    shop.write("sales.csv", SALES)
    with pytest.raises(SegkitError) as error:
        open_dataset(shop.spec(text), AS_OF)
    said = str(error.value)
    assert "hunter2" not in said
    assert "***" in said or "connection" in said
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_a_secret_is_in_no_repr_and_no_quality(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_FOLDER", str(shop.folder / "hunter2"))
    shop.write("hunter2/a.csv", SALES)
    shop.write("hunter2/b.csv", SALES.replace("2024", "2023"))
    text = GOOD.replace("sales.csv", "'${SECRET_FOLDER}/*.csv'").replace("title: Shop", "title: Of ${SECRET_FOLDER}")
    dataset = open_dataset(shop.spec(text), AS_OF)
    for shown in (repr(dataset), repr(dataset.spec), repr(dataset.engine), repr(dataset.quality), repr(dataset.file)):
        assert "hunter2" not in shown
    assert dataset.quality.tables[0].rows_in == 6


def test_a_bundled_table_that_is_not_there_is_told_with_its_line(shop: Shop) -> None:
    text = GOOD.replace("{path: sales.csv}", "{}") + "  survey: {}\nbundled: {name: telecom, options: {seeds: 3}}\n"
    with pytest.raises(
        ParameterError, match=r"shop\.yaml, line 8: the bundled data set telecom has no option 'seeds'"
    ):
        open_dataset(shop.spec(text), AS_OF)
    with pytest.raises(ParameterError, match=r"line 8: there is no bundled data set 'phones'"):
        open_dataset(shop.spec(text.replace("telecom", "phones")), AS_OF)


def test_as_of_is_a_date(shop: Shop) -> None:
    shop.write("sales.csv", SALES)
    with pytest.raises(ParameterError, match="as_of: `tomorrow` is not a date"):
        open_dataset(shop.spec(GOOD), "tomorrow")


def test_a_name_that_is_no_dataset(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.folder)
    shop.write("params/datasets/grocery.yaml", GOOD)
    with pytest.raises(ParameterError, match="Did you mean `grocery`"):
        open_dataset("grosery", AS_OF)
    with pytest.raises(DataError, match=r"`path: sales\.csv`: no such file"):
        open_dataset("grocery", AS_OF)
    shop.write("sales.csv", SALES)
    assert open_dataset("grocery", AS_OF).root == shop.folder
