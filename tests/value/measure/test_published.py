"""Published and independently recomputed figures of CDNOW, through the dataset file, the engine and the measures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.data.engine import Engine
from segkit.value.measure.concentrations import concentration
from tests.customers.made import TRANSACTIONS, made_base, showing
from tests.customers.worlds import World

LAST_DAY = dt.date(1998, 6, 30)
YAML = """
title: CDNOW
relation: non_contractual
currency: USD
time_zone: America/New_York
returns: {{zero_amounts: orders}}
tables:
  transactions:
    path: {path}
    exact_duplicates: keep
    format: {format}
    columns: {{customer_id: {who}, time: date, amount: {amount}}}
"""
FORMATS = {
    "master": ("CDNOW_master.txt", "{delimiter: whitespace, date_format: '%Y%m%d'}", "customer_id", "dollar_value"),
    "sample": (
        "CDNOW_sample.txt",
        "{delimiter: whitespace, header: false, names: [master, sample, date, cds, dollars], date_format: '%Y%m%d'}",
        "master",
        "dollars",
    ),
}


def cdnow(shared_data: Path, folder: Path, which: str, as_of: dt.date) -> CustomerBase:
    """A CDNOW file, read with YAML alone."""
    name, form, who, amount = FORMATS[which]
    path = folder / "params" / "datasets" / f"{which}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(YAML.format(path=shared_data / "cdnow" / name, format=form, who=who, amount=amount))
    return customer_base(open_dataset(path, as_of), periods=1, value_months=0)


def test_concentration_of_the_master(shared_data: Path, tmp_path: Path) -> None:
    found = concentration(cdnow(shared_data, tmp_path, "master", LAST_DAY))
    assert found.customers == 23_570
    assert found.total == pytest.approx(2_500_315.63, abs=0.005)
    assert found.gini == pytest.approx(0.63457, abs=5e-6)
    assert found.top_shares[0.1] == pytest.approx(0.5094, abs=5e-5)
    assert found.top_shares[0.2] == pytest.approx(0.6778, abs=5e-5)
    assert found.share_for_80 == pytest.approx(0.3265, abs=5e-5)
    assert found.deciles["value_share"].iloc[0] == found.top_shares[0.1]
    assert found.below_zero == 0


def test_concentration_of_the_sample(shared_data: Path, tmp_path: Path) -> None:
    found = concentration(cdnow(shared_data, tmp_path, "sample", LAST_DAY))
    assert found.customers == 2_357
    assert found.gini == pytest.approx(0.63092, abs=5e-6)


def test_calibration_period_of_the_sample(shared_data: Path, tmp_path: Path) -> None:
    """What BG/NBD and Pareto/NBD are fitted to: frequency, recency and T in weeks up to 1997-09-30."""
    base = cdnow(shared_data, tmp_path, "sample", dt.date(1997, 9, 30))
    customers = base.customers()
    facts = customers.aggregate(
        n=customers.count(),
        repeats=customers.frequency.sum(),
        without=(customers.frequency == 0).sum(),
        longest=customers.T.max(),
    )
    cells = customers.select("frequency", "recency", "T").distinct()
    engine = base.dataset.engine
    row = engine.collect(facts).iloc[0]
    assert (row["n"], row["repeats"], row["without"]) == (2_357, 2_457, 1_411)
    assert row["longest"] == pytest.approx(272 / 7)
    assert engine.collect(cells.aggregate(n=cells.count()))["n"].iloc[0] == 1_016
    # against the file itself, customer by customer
    wanted = duckdb.sql(
        f"""SELECT list_extract(p, 1)::BIGINT AS customer_id, count(DISTINCT list_extract(p, 3)) - 1 AS frequency,
            max(strptime(list_extract(p, 3), '%Y%m%d')::DATE) - min(strptime(list_extract(p, 3), '%Y%m%d')::DATE) AS days
        FROM (SELECT string_split_regex(trim(line), '\\s+') AS p
              FROM read_csv('{shared_data / "cdnow" / "CDNOW_sample.txt"}', columns={{line: 'VARCHAR'}}, delim='|', header=false))
        WHERE list_extract(p, 3) <= '19970930' GROUP BY 1"""
    ).to_arrow_table()
    found = engine.collect(customers.select("customer_id", "frequency", "recency"))
    by_id = {int(r["customer_id"]): (r["frequency"], round(r["recency"] * 7)) for r in found.to_dict("records")}
    assert by_id == {r["customer_id"]: (r["frequency"], r["days"]) for r in wanted.to_pylist()}


def test_lorenz_check(grocery: World) -> None:
    """45, 25, 15, 10 and 5 buyers of 1, 2, 3, 4 and 5 units."""
    units = [units for units, buyers in enumerate((45, 25, 15, 10, 5), 1) for _ in range(buyers)]
    n = len(units)
    columns = {
        "customer_id": list(range(n)),
        "day": [dt.date(2024, 1, 1)] * n,
        "amount": [unit * 100 for unit in units],
        "is_purchase": [True] * n,
        "order_id": list(range(n)),
        "margin": [None] * n,
    }
    table = pa.table(columns, schema=TRANSACTIONS)
    base = made_base(
        grocery.base.dataset,
        {"transactions": table},
        dt.date(2024, 1, 1),
        engine=Engine.connect("duckdb://"),
        periods=1,
    )
    found = concentration(showing(base, 1))
    assert found.gini == pytest.approx(0.3085, abs=5e-5)
    assert found.total == 205
    at = found.lorenz.set_index("customers_share")["value_share"]
    assert at[0.45] == pytest.approx(45 / 205)
    assert at[0.95] == pytest.approx(180 / 205)
