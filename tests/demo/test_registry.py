"""Bundled data sets are prepared once, under a name that says what they are."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from segkit.data.schema import TABLES
from segkit.demo import BUNDLED, bundled_folder, bundled_tables
from segkit.errors import ParameterError

SMALL = {"customers": 300}


def test_a_folder_is_prepared_once(tmp_path):
    home = tmp_path / "home"
    folder = bundled_folder("telecom", SMALL, home)
    assert folder.parent == home
    assert folder.name.startswith("telecom-")
    assert len(folder.name) == len("telecom-") + 12
    before = folder.stat().st_mtime_ns
    assert bundled_folder("telecom", SMALL, home) == folder
    assert folder.stat().st_mtime_ns == before
    assert [path.name for path in home.iterdir()] == [folder.name]
    assert oct(folder.stat().st_mode & 0o700) == oct(0o700)


def test_defaults_and_texts_name_the_same_folder(tmp_path):
    first = bundled_folder("telecom", SMALL, tmp_path)
    written = {**SMALL, "seed": 20260101, "start": "2024-01-01", "end": dt.date(2025, 12, 31)}
    assert bundled_folder("telecom", written, tmp_path) == first
    assert bundled_folder("telecom", {**SMALL, "seed": 1}, tmp_path) != first


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("telekom", {}, "no bundled data set 'telekom'; there are grocery, telecom"),
        ("telecom", {"size": 3}, "no option 'size'; it has customers, seed, start, end"),
        ("grocery", {"size": 3}, "no option 'size'; it has no options"),
        ("telecom", {"customers": "many"}, "telecom: option customers is 'many'; write a whole number"),
        ("telecom", {"customers": 3.5}, "customers is 3.5"),
        ("telecom", {"customers": True}, "customers is True"),
        ("telecom", {"start": "1 January"}, "start is '1 January'; write a date"),
        ("telecom", {"customers": 0}, "customers is 0"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_value(tmp_path, name, options, says):
    with pytest.raises(ParameterError, match=says):
        bundled_folder(name, options, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be made"):
        bundled_folder("telecom", SMALL, tmp_path / "file" / "home")


def test_two_processes_at_once_end_with_one_folder(tmp_path):
    script = f"""
from pathlib import Path
from segkit.demo import bundled_folder
print(bundled_folder("telecom", {{"customers": 3_000}}, Path({str(tmp_path)!r})))
"""
    runs = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    done = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], done
    assert done[0][0] == done[1][0]
    (folder,) = tmp_path.iterdir()
    assert done[0][0].strip() == str(folder)
    assert pq.read_metadata(folder / "customers.parquet").num_rows == 3_000


def test_tables_are_where_they_are_said_to_be(tmp_path):
    folder = bundled_folder("telecom", SMALL, tmp_path)
    tables = bundled_tables("telecom", folder)
    assert set(tables) == set(TABLES)
    for path in tables.values():
        assert path.is_file()


def test_the_registry_loads_without_an_engine():
    heavy = "{'numpy', 'pyarrow', 'duckdb', 'pandas'} & set(sys.modules)"
    script = f"import sys; import segkit.demo; found = {heavy}; print(sorted(found))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_data_are_those_of_the_stated_version(tmp_path):
    """Where this fails the simulation has changed: raise its version in segkit.demo.versions, then GOLDEN."""
    folder = bundled_folder("telecom", {"customers": 1_000}, tmp_path)
    seen = {name: pq.read_metadata(path).num_rows for name, path in sorted(bundled_tables("telecom", folder).items())}
    for table, column in (
        ("transactions", "amount"),
        ("transactions", "cost"),
        ("contacts", "cost"),
        ("contacts", "converted"),
        ("customers", "birth_year"),
        ("customers", "attitude_price"),
    ):
        values = pq.read_table(folder / f"{table}.parquet")[column]
        seen[f"{table}.{column}"] = str(pc.sum(values).as_py())
    usage = pq.read_table(folder / "events.parquet")["value"]
    seen["events.value"] = round(pc.sum(usage).as_py())
    assert (BUNDLED["telecom"].version, seen) == GOLDEN


GOLDEN = (
    "1",
    {
        "campaigns": 6,
        "contacts": 2517,
        "customers": 1000,
        "events": 74200,
        "products": 9,
        "subscriptions": 1056,
        "survey": 952,
        "transactions": 19252,
        "transactions.amount": "1235884.29",
        "transactions.cost": "360513.78",
        "contacts.cost": "2920.96",
        "contacts.converted": "468",
        "customers.birth_year": "1751893",
        "customers.attitude_price": "2135",
        "events.value": 3755471,
    },
)
