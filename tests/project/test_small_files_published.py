"""Each kind of file that a company may hand over comes to its pages, and their totals are those counted by hand."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
import yaml

from segkit.data.describing.description import describe_file
from segkit.project.checking import CheckedRun, check_run
from segkit.project.rendering import Page
from segkit.project.request import read_request
from tests.data.exports import EXPORTS, Export
from tests.data.test_odd_ids import COLUMNS, CROWD, PLAIN
from tests.data.test_odd_ids import HEAD as ORDER
from tests.project.page_in_process import page_of

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2024-09-30"
REAL = {
    "cdnow/CDNOW_master.txt": ("1998-06-30", {"transactions": (69_659, 69_659)}, 2_500_315.63),
    "cdnow/CDNOW_sample.txt": ("1998-06-30", {"transactions": (6_919, 6_919)}, 244_091.94),
    "online_retail/online_retail.csv.gz": ("2011-12-09", {"transactions": (541_909, 401_604)}, None),
    "telco_ibm/Telco-Customer-Churn.csv": ("", {"subscriptions": (7_043, 7_043), "customers": (7_043, 7_043)}, None),
    "hillstrom/hillstrom.csv": ("2024-12-31", {"customers": (64_000, 64_000)}, None),
    "lalonde_nsw/nsw_dw.csv": ("2024-12-31", {"customers": (445, 445)}, None),
    "lalonde_nsw/nsw_cps.csv": ("2024-12-31", {"customers": (15_992, 15_992)}, None),
}
"""File → as-of date, rows read and kept by table, money as its publisher has it."""
HEAVY = ("online_retail/online_retail.csv.gz", "cdnow/CDNOW_master.txt", "hillstrom/hillstrom.csv")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without data."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "params" / "datasets").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(project: Path, text: str, report: str, **values: Any) -> tuple[CheckedRun, Callable[[], Page]]:
    """What the check says of a report on a dataset file, and the page that it comes to."""
    (project / "params" / "datasets" / "shop.yaml").write_text(text, encoding="utf-8")
    file = project / "params" / report / "one.yaml"
    file.parent.mkdir(exist_ok=True)
    given = {"dataset": "shop", "as_of": AS_OF, "smallest": 1} | values
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    request = read_request(file)
    return check_run(request), lambda: page_of(request)


def number(page: Page, key: str) -> float | None:
    value = page.metrics[key].value
    return None if value is None else round(float(value), 2)


def read_and_kept(page: Page, table: str) -> tuple[float | None, ...]:
    """What the page says of a table: rows read and kept."""
    return number(page, f"quality_{table}_rows_in"), number(page, f"quality_{table}_rows_kept")


def changed_by_hand(draft: str, *changes: tuple[str, str]) -> tuple[str, int]:
    """A dataset file with some of its lines written anew, and how many lines that are."""
    text = draft
    for old, new in changes:
        assert old in text, (old, text)
        text = text.replace(old, new)
    lines = [line for line in ndiff(draft.splitlines(), text.splitlines()) if line.startswith("+ ")]
    return text, len(lines)


@pytest.mark.slow
@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.recipe)
def test_the_file_of_a_recipe(project: Path, export: Export, record_property: Callable[[str, object], None]) -> None:
    """Described, at most two lines changed by hand, checked, and published: rows and money as counted by hand."""
    export.write(project)
    place = project / (export.place if "*" not in export.place else next(iter(export.files)))
    asked = {key: value for key, value in export.settings.items() if key in ("currency", "time_zone")}
    draft = describe_file(place, project, **asked).text
    changes = []
    if "tables" in export.settings:
        wrong = next(line for line in draft.splitlines() if line.strip().startswith("as_of:"))
        changes = [(wrong, f"    as_of: {export.as_of}")]
    text, lines = changed_by_hand(draft, *changes)
    record_property("lines_changed", lines)
    assert lines <= 2
    found, page_made = checked(project, text, "weekly_segments", as_of=export.as_of, periods=2)
    assert found.quality is not None
    tables = {table.table: table for table in found.quality.tables}
    assert {name: (table.rows_in, table.rows_kept) for name, table in tables.items()} == export.rows
    if export.money is not None:
        assert tables["transactions"].money_kept == pytest.approx(export.money, abs=0.001)
    page = page_made()
    assert page.headline
    assert number(page, "lifecycle_all_customers") == export.customers
    assert {name: read_and_kept(page, name) for name in export.rows} == export.rows
    if export.money is not None:
        assert number(page, "quality_transactions_money_kept") == round(export.money, 2)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.soak if name in HEAVY else pytest.mark.slow]) for name in REAL]
)
def test_real_data_are_described_and_checked(
    project: Path, shared_data: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    """Not a line is changed by hand, the check finds the dataset file valid, and rows and money are the publisher's."""
    as_of, rows, money = REAL[name]
    draft = describe_file(shared_data / name, project).text
    text, lines = changed_by_hand(draft)
    record_property("lines_changed", lines)
    tables = yaml.safe_load(text)
    split = next(iter(tables.get("segmentations", {"lifecycle": None})))
    as_of = as_of or str(tables["tables"]["subscriptions"]["as_of"])
    found, _ = checked(project, text, "weekly_segments", as_of=as_of, periods=1, segmentation=split)
    assert found.quality is not None
    kept = {table.table: (table.rows_in, table.rows_kept) for table in found.quality.tables}
    assert kept == rows
    if money is not None:
        assert round(found.quality.tables[0].money_in or 0, 2) == money


CONTRACTS = {
    f"C{k}": (dt.date(2024, 1 + k % 6, 1), dt.date(2024, 4 + k % 6, 30) if k % 4 == 0 else None, 10 + k)
    for k in range(24)
}
"""Who → first day, last day, monthly amount. The last days are those of a June, August or October at the latest."""
CONTRACTS = {
    who: (start, end if end is None or end.month != 8 else end.replace(day=31), fee)
    for who, (start, end, fee) in CONTRACTS.items()
}
CONTRACTS["C1"] = (CONTRACTS["C1"][0], dt.date(2024, 9, 15), CONTRACTS["C1"][2])
HEAD = {"title": "Contracts", "relation": "contractual", "currency": "EUR", "time_zone": "UTC", "smallest": 1}
MONTHS = [dt.date(2024, month, 1) for month in range(1, 10)]


def last_day(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def one_row_a_contract(folder: Path) -> dict[str, Any]:
    rows = [f"{who},{start},{end or '9999-12-31'},{fee}" for who, (start, end, fee) in CONTRACTS.items()]
    (folder / "contracts.csv").write_text("\n".join(["id,begun,ended,fee", *rows]) + "\n")
    return {"path": "contracts.csv"}


def one_row_a_paid_month(folder: Path) -> dict[str, Any]:
    rows = [
        f"{who},{max(start, month)},{min(end or last_day(month), last_day(month))},{fee}"
        for who, (start, end, fee) in CONTRACTS.items()
        for month in MONTHS
        if start <= last_day(month) and (end is None or end >= month)
    ]
    (folder / "paid.csv").write_text("\n".join(["id,begun,ended,fee", *rows]) + "\n")
    return {"path": "paid.csv"}


def one_row_a_change(folder: Path) -> dict[str, Any]:
    rows = [f"{who},{start},active,{fee}" for who, (start, _, fee) in CONTRACTS.items()]
    rows += [f"{who},{end + dt.timedelta(days=1)},cancelled,{fee}" for who, (_, end, fee) in CONTRACTS.items() if end]
    (folder / "changes.csv").write_text("\n".join(["id,at,state,fee", *rows]) + "\n")
    columns = {"customer_id": "id", "time": "at", "status": "state", "recurring_amount": "fee"}
    return {"path": "changes.csv", "shape": "changes", "ended_when": ["cancelled"], "columns": columns}


def one_dump_a_month(folder: Path) -> dict[str, Any]:
    (folder / "dumps").mkdir()
    for month in MONTHS:
        rows = [
            f"{who},{start},{end if end and end <= last_day(month) else ''},{fee}"
            for who, (start, end, fee) in CONTRACTS.items()
            if start <= last_day(month)
        ]
        (folder / "dumps" / f"{month:%Y-%m}.csv").write_text("\n".join(["id,begun,ended,fee", *rows]) + "\n")
    return {"path": "dumps/*.csv", "shape": "dumps"}


FORMS = (one_row_a_contract, one_row_a_paid_month, one_row_a_change, one_dump_a_month)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_contracts_in_every_form_come_to_the_same_page(project: Path, form: Callable[[Path], dict[str, Any]]) -> None:
    columns = {"customer_id": "id", "start": "begun", "end": "ended", "recurring_amount": "fee"}
    spec = HEAD | {"tables": {"subscriptions": {"columns": columns} | form(project)}}
    _, page_made = checked(project, yaml.safe_dump(spec), "weekly_segments", period="month", periods=2)
    page = page_made()
    day = dt.date.fromisoformat(AS_OF)
    running = {who: fee for who, (_, end, fee) in CONTRACTS.items() if end is None or end > day}
    left = [who for who, (_, end, _) in CONTRACTS.items() if end and dt.date(2024, 9, 1) <= end <= day]
    assert number(page, "under_contract") == len(running)
    assert number(page, "recurring_revenue") == sum(running.values())
    # where each month is a row, nobody knows on its last day who pays for the next one
    assert number(page, "left") == (None if form is one_row_a_paid_month else len(left))
    rows_in, kept = read_and_kept(page, "subscriptions")
    aside = number(page, "quality_subscriptions_rows_set_aside")
    assert (rows_in or 0) == (kept or 0) + (aside or 0) > 0


LIST_OF = [(f"P{k}", ("Oslo", "Rome", "Graz")[k % 3], 20 + k % 50, 10 * k + 0.25) for k in range(60)]


@pytest.mark.slow
@pytest.mark.parametrize("report", ["weekly_segments", "segment_profile", "churn_risk"])
def test_a_list_of_customers_and_a_snapshot(project: Path, report: str) -> None:
    """One file, read as a list and as a snapshot: every report that it allows."""
    rows = [f"{who},{city},{age},{spent},{'yes' if age % 4 == 0 else 'no'}" for who, city, age, spent in LIST_OF]
    (project / "people.csv").write_text("\n".join(["id,city,age,spent,gone", *rows]) + "\n")
    attributes = {
        "value": {"column": "spent", "kind": "money", "label": "spent"},
        "city": {},
        "age": {"kind": "number"},
    }
    people = {"path": "people.csv", "columns": {"customer_id": "id"}}
    splits = {
        "city": {"kind": "attribute", "column": "city"},
        "age": {"kind": "bands", "column": "age", "edges": [40]},
    }
    more = {"crossed_segmentation": "age", "segmentations": ["age"]} if report == "segment_profile" else {}
    if report != "churn_risk":
        spec = HEAD | {
            "relation": "list",
            "tables": {"customers": people | {"attributes": attributes}},
            "segmentations": splits,
        }
        _, page_made = checked(project, yaml.safe_dump(spec), report, segmentation="city", **more)
        page = page_made()
        assert number(page, "city_all_customers") == len(LIST_OF)
        assert number(page, "city_all_value") == round(sum(spent for *_, spent in LIST_OF), 2)
        assert number(page, "city_rome_customers") == sum(city == "Rome" for _, city, *_ in LIST_OF)
        assert read_and_kept(page, "customers") == (60, 60)
        assert "next page due" not in page.html
    status = {"customer_id": "id", "status": "gone", "recurring_amount": "spent"}
    snapshot = {"path": "people.csv", "shape": "snapshot", "as_of": AS_OF, "ended_when": ["yes"], "columns": status}
    known = people | {"attributes": {name: attributes[name] for name in ("city", "age")}}
    spec = HEAD | {"tables": {"subscriptions": snapshot, "customers": known}, "segmentations": splits}
    _, page_made = checked(project, yaml.safe_dump(spec), report, segmentation="city", **more)
    page = page_made()
    there = [one for one in LIST_OF if one[2] % 4]
    assert read_and_kept(page, "subscriptions") == (60, 60)
    if report == "weekly_segments":
        assert number(page, "under_contract") == len(there)
        assert number(page, "recurring_revenue") == round(sum(spent for *_, spent in there), 2)


@pytest.mark.slow
def test_what_was_noticed_stands_on_the_page(project: Path) -> None:
    """Remarks hold numbers and the user's own words, and each number is a metric."""
    odd = ("70,1.23E+11,,2024-02-02,5.00,Gift card 10\n", "71,,g@example.com,2024-02-02,5.00,card\n")
    (project / "orders.csv").write_text(ORDER + "".join((*PLAIN, *CROWD, *odd)))
    left_out = {"leave_out": {"order": ["1"]}}
    spec = HEAD | {
        "relation": "non_contractual",
        "tables": {"transactions": {"path": "orders.csv", "columns": COLUMNS} | left_out},
    }
    _, page_made = checked(project, yaml.safe_dump(spec), "weekly_segments", as_of="2024-02-04", periods=2)
    page = page_made()
    for said in (
        "of gift cards",
        "as a spreadsheet shows a long number",
        "and counts as one customer",
        "orders of guests",
    ):
        assert said in page.html
    told = {key: metric.value for key, metric in page.metrics.items() if key.startswith("quality_note_")}
    assert 0.13 in told.values()
    assert read_and_kept(page, "transactions") == (48, 46)
