"""The same arguments give the same bytes, and a folder appears whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.demo.telecom import load_truth, prepare_telecom
from segkit.errors import ParameterError

BY_CUSTOMER = (
    "customers",
    "subscriptions",
    "transactions",
    "events",
    "survey",
    "contacts",
    "truth/customers",
    "truth/contacts",
)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(folder: Path, name: str, least: int, most: int):
    table = pq.read_table(folder / f"{name}.parquet")
    customer = table["customer_id"]
    kept = table.filter(pc.and_(pc.greater_equal(customer, least), pc.less_equal(customer, most)))
    return kept.sort_by([(column, "ascending") for column in kept.column_names])


def test_same_seed_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        prepare_telecom(tmp_path / name, customers=1_500, seed=seed)
    first, second, other = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert len(first) == 11
    assert first == second
    changed = {name for name in first if first[name] != other[name]}
    assert changed == set(first) - {"campaigns.parquet", "products.parquet"}


def test_the_first_customers_are_the_same_whatever_the_total(tmp_path):
    # 20,000 is the size of a chunk: the second and third total end within the second chunk.
    for total in (1_999, 20_300, 20_900):
        prepare_telecom(tmp_path / str(total), customers=total, seed=3)
    for name in BY_CUSTOMER:
        small, middle, large = (
            [rows_of(tmp_path / str(total), name, *span) for span in ((1, 1_999), (20_001, 20_300))]
            for total in (1_999, 20_300, 20_900)
        )
        assert small[0].num_rows > 100
        assert small[0].equals(middle[0]), name
        assert middle[1].num_rows > 20
        assert middle[1].equals(large[1]), name
    ids = pq.read_table(tmp_path / "20900" / "customers.parquet")["customer_id"].to_pylist()
    assert ids == list(range(1, 20_901))


@settings(max_examples=8)
@given(
    customers=st.integers(1, 120),
    seed=st.integers(0, 2**64),
    year=st.integers(1990, 2040),
    month=st.integers(1, 12),
    more=st.integers(0, 18),
)
def test_any_size_seed_and_span_gives_consistent_tables(tmp_path_factory, customers, seed, year, month, more):
    start = dt.date(year, month, 1)
    after = month - 1 + 24 + more
    end = dt.date(year + after // 12, after % 12 + 1, 1) - dt.timedelta(days=1)
    folder = tmp_path_factory.mktemp("any") / "telecom"
    truth = prepare_telecom(folder, customers=customers, seed=seed, start=start, end=end)
    assert load_truth(folder) == truth
    for campaign in truth.campaigns:
        assert start <= campaign.start < campaign.end <= end
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for name in ("subscriptions", "events", "transactions"):
            connection.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        inside = f"BETWEEN DATE '{start}' AND DATE '{end}'"
        wrong = connection.execute(
            f"""SELECT (SELECT count(*) FROM subscriptions WHERE "end" < start OR start > DATE '{end}'
                    OR NOT "end" {inside}),
                (SELECT count(*) FROM events WHERE NOT time::DATE {inside} OR value < 0),
                (SELECT count(*) FROM transactions WHERE NOT time::DATE {inside}),
                (SELECT count(DISTINCT customer_id) FROM subscriptions)"""
        ).fetchone()
    assert wrong == (0, 0, 0, customers)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"customers": 0}, "customers is 0"),
        ({"customers": True}, "customers is True"),
        ({"customers": 10**10}, "customers is 10000000000"),
        ({"seed": -1}, "seed is -1"),
        ({"start": dt.date(2024, 1, 2)}, "start is 2024-01-02"),
        ({"end": dt.date(2025, 12, 30)}, "end is 2025-12-30"),
        ({"end": dt.date(2025, 11, 30)}, "is 23"),
        ({"start": dt.date(1900, 1, 1)}, "24 to 600 months"),
    ],
)
def test_arguments_out_of_bounds_are_refused_with_their_value(tmp_path, arguments, says):
    with pytest.raises(ParameterError, match=says):
        prepare_telecom(tmp_path / "telecom", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "work.txt").write_text("mine")
    with pytest.raises(ParameterError, match="exists already"):
        prepare_telecom(folder, customers=10)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "work.txt"]


def test_a_failure_midway_leaves_nothing(tmp_path):
    # The operating system refuses to write files above 200 kB: events.parquet fails after others are written.
    script = f"""
import resource, signal
from pathlib import Path
from segkit.demo.telecom import prepare_telecom
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    prepare_telecom(Path({str(tmp_path)!r}) / "telecom", customers=5_000)
except OSError as error:
    print("failed:", error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("failed:"), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_truth_is_read_back_as_it_was_written(telecom):
    assert load_truth(telecom.folder) == telecom.truth


def test_a_folder_without_or_with_a_broken_truth_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="does not exist"):
        load_truth(tmp_path)
    (tmp_path / "truth.json").write_text('{"version": "0"}')
    with pytest.raises(ParameterError, match="cannot be read"):
        load_truth(tmp_path)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_customers(tmp_path):
    peaks = {}
    for customers in (40_000, 300_000):
        # VmHWM is this process's own; ru_maxrss of a child starts from what its parent ever needed
        script = f"""
import re
from pathlib import Path
from segkit.demo.telecom import prepare_telecom
prepare_telecom(Path({str(tmp_path)!r}) / "{customers}", customers={customers})
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        peaks[customers] = int(done.stdout) / 1024
    # the tables of the 260,000 customers more take 1,300 MB in memory; the allocators' own slack differs by 60 MB
    # from machine to machine
    assert peaks[300_000] < peaks[40_000] + 130
    assert peaks[300_000] < 600
