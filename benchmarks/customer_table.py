"""The customer table side by side with what people would otherwise write, as ratios, in one run.

    python benchmarks/customer_table.py [--transactions 10000000] [--customers 1000000] [--repeat 3]
        [--lifetimes-python PATH]

All compute the same columns from the same Parquet file, as of the same day: first and last purchase, orders,
purchase days, frequency, recency and T in weeks, days since the last purchase, mean order value, revenue, returns,
value of the last twelve months, revenue and orders of the last week, last purchase before and first within four
weeks, revenue after the first day. `lifetimes` computes its own four (frequency, recency, T, monetary_value), and so
does "segkit, those four": run it with a Python that has lifetimes 0.11 and pandas < 3.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FIRST, AS_OF = dt.date(2023, 1, 1), dt.date(2024, 12, 31)
START_OF_VALUE, START_OF_WEEK, RECENT = dt.date(2024, 1, 1), dt.date(2024, 12, 25), dt.date(2024, 12, 4)

Seconds = tuple[float, float]
"""On the wall, and of processors; the latter says more on a machine that others use as well."""


def clock() -> Seconds:
    """Now."""
    return time.perf_counter(), time.process_time()


def passed(began: Seconds) -> Seconds:
    """Since then."""
    wall, cpu = clock()
    return wall - began[0], cpu - began[1]


def write_transactions(path: Path, rows: int, customers: int) -> None:
    """Customers of unequal rates, sorted by time, three in a hundred rows a return."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(20260101)
    weight = draw.gamma(0.6, 1.0, customers) + 0.02
    who = np.searchsorted(np.cumsum(weight / weight.sum()), draw.random(rows)).clip(0, customers - 1) + 1
    day = np.sort(draw.integers(0, (AS_OF - FIRST).days + 30, rows))  # some lie after the as-of day
    cents = np.maximum(1, draw.lognormal(7.5, 1.0, rows)).astype("int64")
    returned = draw.random(rows) < 0.03
    table = pa.table(
        {
            "customer_id": pa.array(who, pa.int64()),
            "day": pa.array((np.datetime64(FIRST) + day).astype("datetime64[D]"), pa.date32()),
            "amount": pa.array(np.where(returned, -cents, cents), pa.int64()),
            "is_purchase": pa.array(~returned),
        }
    )
    pq.write_table(table, path)


SQL = f"""
SELECT *, greatest(purchase_days - 1, 0) AS frequency, (last_purchase - first_purchase) / 7.0::DOUBLE AS recency,
    (DATE '{AS_OF}' - first_purchase) / 7.0::DOUBLE AS "T", last_purchase - first_purchase AS recency_days,
    DATE '{AS_OF}' - first_purchase AS "T_days", DATE '{AS_OF}' - last_purchase AS days_since_last_purchase,
    gross_revenue::DOUBLE / nullif(orders, 0) AS mean_order_value, gross_revenue - revenue AS returned,
    gross_revenue - coalesce(first_day.gross, 0) AS repeat_revenue, DATE '{AS_OF}' AS as_of
FROM (
    SELECT customer_id, min(day) FILTER (orders > 0) AS first_purchase, max(day) FILTER (orders > 0) AS last_purchase,
        count(*) FILTER (orders > 0) AS purchase_days, sum(orders)::BIGINT AS orders, sum(revenue)::BIGINT AS revenue,
        sum(gross)::BIGINT AS gross_revenue,
        coalesce(sum(revenue) FILTER (day >= DATE '{START_OF_VALUE}'), 0)::BIGINT AS value,
        coalesce(sum(revenue) FILTER (day >= DATE '{START_OF_WEEK}'), 0)::BIGINT AS period_revenue,
        coalesce(sum(orders) FILTER (day >= DATE '{START_OF_WEEK}'), 0)::BIGINT AS period_orders,
        min(day) FILTER (orders > 0 AND day >= DATE '{RECENT}') AS came_back,
        max(day) FILTER (orders > 0 AND day < DATE '{RECENT}') AS silent_since,
        arg_min(gross, day) FILTER (orders > 0) AS first_day_gross
    FROM (
        SELECT customer_id, day, sum(amount) AS revenue, coalesce(sum(amount) FILTER (is_purchase), 0) AS gross,
            count(*) FILTER (is_purchase) AS orders
        FROM read_parquet('{{path}}') WHERE day <= DATE '{AS_OF}' GROUP BY customer_id, day
    ) GROUP BY customer_id
) AS one
""".replace("first_day.gross", "first_day_gross")


def by_segkit(path: Path, four: bool = False) -> tuple[Seconds, dict[str, float]]:
    """Seconds, and sums to compare with the others'."""
    from segkit.customers import customer_table
    from segkit.data.engine import Engine

    engine = Engine.connect("duckdb://")
    rows = engine.backend.read_parquet(str(path))  # type: ignore[attr-defined]
    began = clock()
    table = customer_table({"transactions": rows}, AS_OF)
    if four:  # what nobody asks for, the engine leaves out
        spend = table.repeat_revenue / table.frequency.nullif(0)
        table = table.select("customer_id", "frequency", "recency", "T", monetary_value=spend)
    kept = engine.keep("customers", table)
    seconds = passed(began)
    checked = [name for name in CHECKED if name in kept.columns]
    sums = kept.aggregate(**{name: kept[name].sum() for name in checked}, customers=kept.count())
    return seconds, {name: float(value) for name, value in engine.collect(sums).iloc[0].items()}


CHECKED = ("frequency", "recency", "T", "orders", "revenue", "value", "period_revenue", "returned", "repeat_revenue")


def by_sql(path: Path) -> tuple[Seconds, dict[str, float]]:
    """DuckDB's own SQL, written by hand."""
    import duckdb

    connection = duckdb.connect()
    began = clock()
    connection.execute("CREATE TEMP TABLE customers AS " + SQL.replace("{path}", str(path)))
    seconds = passed(began)
    sums = ", ".join(f'sum("{name}")::DOUBLE AS "{name}"' for name in CHECKED)
    (row,) = connection.execute(f"SELECT {sums}, count(*)::DOUBLE AS customers FROM customers").fetchall()
    return seconds, dict(zip((*CHECKED, "customers"), row, strict=True))


def by_pandas(path: Path) -> tuple[Seconds, dict[str, float]]:
    """Two group-bys, columns masked beforehand, as one writes it when it has to be quick."""
    import pandas as pd

    began = clock()
    rows = pd.read_parquet(path)
    rows["day"] = pd.to_datetime(rows["day"])
    end = pd.Timestamp(AS_OF)
    rows = rows[rows["day"] <= end]
    rows["gross"] = rows["amount"].where(rows["is_purchase"], 0)
    rows["orders"] = rows["is_purchase"].astype("int64")
    days = (
        rows.groupby(["customer_id", "day"], sort=False)[["amount", "gross", "orders"]]
        .sum()
        .rename(columns={"amount": "revenue"})
        .reset_index()
    )
    bought = days["orders"] > 0
    days["bought_on"] = days["day"].where(bought)
    days["purchase_days"] = bought
    days["value"] = days["revenue"].where(days["day"] >= pd.Timestamp(START_OF_VALUE), 0)
    in_week = days["day"] >= pd.Timestamp(START_OF_WEEK)
    days["period_revenue"] = days["revenue"].where(in_week, 0)
    days["period_orders"] = days["orders"].where(in_week, 0)
    days["came_back"] = days["bought_on"].where(days["day"] >= pd.Timestamp(RECENT))
    days["silent_since"] = days["bought_on"].where(days["day"] < pd.Timestamp(RECENT))
    one = days.groupby("customer_id", sort=False).agg(
        first_purchase=("bought_on", "min"),
        last_purchase=("bought_on", "max"),
        purchase_days=("purchase_days", "sum"),
        orders=("orders", "sum"),
        revenue=("revenue", "sum"),
        gross_revenue=("gross", "sum"),
        value=("value", "sum"),
        period_revenue=("period_revenue", "sum"),
        period_orders=("period_orders", "sum"),
        came_back=("came_back", "min"),
        silent_since=("silent_since", "max"),
    )
    on_first = days["bought_on"] == days["customer_id"].map(one["first_purchase"])
    one["repeat_revenue"] = one["gross_revenue"] - days.loc[on_first].set_index("customer_id")["gross"].reindex(
        one.index
    ).fillna(0)
    one["frequency"] = (one["purchase_days"] - 1).clip(lower=0)
    one["recency_days"] = (one["last_purchase"] - one["first_purchase"]).dt.days
    one["T_days"] = (end - one["first_purchase"]).dt.days
    one["days_since_last_purchase"] = (end - one["last_purchase"]).dt.days
    one["recency"], one["T"] = one["recency_days"] / 7, one["T_days"] / 7
    one["mean_order_value"] = one["gross_revenue"] / one["orders"].where(one["orders"] > 0)
    one["returned"] = one["gross_revenue"] - one["revenue"]
    seconds = passed(began)
    return seconds, {name: float(one[name].sum()) for name in CHECKED} | {"customers": float(len(one))}


def by_polars(path: Path) -> tuple[Seconds, dict[str, float]]:
    """Polars' lazy engine."""
    import polars as pl

    began = clock()
    day, orders, revenue = pl.col("day"), pl.col("orders"), pl.col("revenue")
    bought = orders > 0
    days = (
        pl.scan_parquet(path)
        .filter(day <= AS_OF)
        .group_by("customer_id", "day")
        .agg(
            revenue=pl.col("amount").sum(),
            gross=pl.col("amount").filter(pl.col("is_purchase")).sum(),
            orders=pl.col("is_purchase").sum().cast(pl.Int64),
        )
    )
    first, last, gross = pl.col("first_purchase"), pl.col("last_purchase"), pl.col("gross_revenue")
    one = (
        days.group_by("customer_id")
        .agg(
            first_purchase=day.filter(bought).min(),
            last_purchase=day.filter(bought).max(),
            purchase_days=bought.sum().cast(pl.Int64),
            orders=orders.sum(),
            revenue=revenue.sum(),
            gross_revenue=pl.col("gross").sum(),
            value=revenue.filter(day >= START_OF_VALUE).sum(),
            period_revenue=revenue.filter(day >= START_OF_WEEK).sum(),
            period_orders=orders.filter(day >= START_OF_WEEK).sum(),
            came_back=day.filter(bought & (day >= RECENT)).min(),
            silent_since=day.filter(bought & (day < RECENT)).max(),
            first_gross=pl.col("gross").filter(bought).sort_by(day.filter(bought)).first(),
        )
        .with_columns(
            frequency=pl.max_horizontal(pl.col("purchase_days") - 1, 0),
            recency_days=(last - first).dt.total_days(),
            T_days=(pl.lit(AS_OF) - first).dt.total_days(),
            days_since_last_purchase=(pl.lit(AS_OF) - last).dt.total_days(),
            mean_order_value=gross / orders,
            returned=gross - revenue,
            repeat_revenue=gross - pl.col("first_gross").fill_null(0),
        )
        .with_columns(recency=pl.col("recency_days") / 7, T=pl.col("T_days") / 7)
        .collect()
    )
    seconds = passed(began)
    return seconds, {name: float(one[name].sum()) for name in CHECKED} | {"customers": float(one.height)}


LIFETIMES = """
import sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data
began = time.perf_counter(), time.process_time()
rows = pd.read_parquet(sys.argv[1])
rows = rows[rows["is_purchase"]]
rows["day"] = pd.to_datetime(rows["day"])
table = summary_data_from_transaction_data(
    rows, "customer_id", "day", monetary_value_col="amount", observation_period_end=sys.argv[2], freq="D"
)
print(time.perf_counter() - began[0], time.process_time() - began[1])
print(table["frequency"].sum(), table["recency"].sum() / 7, table["T"].sum() / 7)
"""


def by_lifetimes(path: Path, python: str) -> tuple[Seconds, dict[str, float]]:
    """lifetimes' own summary function, in a Python of its own."""
    done = subprocess.run(
        [python, "-c", LIFETIMES, str(path), str(AS_OF)], check=True, capture_output=True, text=True
    )
    wall, cpu, frequency, recency, age = map(float, done.stdout.split())
    return (wall, cpu), {"frequency": frequency, "recency": recency, "T": age}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the fastest of each counts")
    parser.add_argument(
        "--lifetimes-python", metavar="PATH", help="a Python that has lifetimes; left out if not given"
    )
    asked = parser.parse_args()
    runs: dict[str, Callable[[Path], tuple[Seconds, dict[str, float]]]] = {
        "segkit": by_segkit,
        "DuckDB SQL by hand": by_sql,
        "pandas, two group-bys": by_pandas,
        "Polars, lazy": by_polars,
    }
    if asked.lifetimes_python:
        runs["segkit, those four"] = lambda path: by_segkit(path, four=True)
        runs["lifetimes"] = lambda path: by_lifetimes(path, asked.lifetimes_python)
    with tempfile.TemporaryDirectory(prefix="segkit-benchmark-") as folder:
        path = Path(folder) / "transactions.parquet"
        write_transactions(path, asked.transactions, asked.customers)
        seconds: dict[str, list[Seconds]] = {name: [] for name in runs}
        wanted: dict[str, float] = {}
        for _ in range(asked.repeat):
            for name in list(seconds):
                try:
                    took, sums = runs[name](path)
                except ImportError as error:
                    print(f"{name}: left out, {error}")
                    seconds.pop(name)
                    continue
                seconds[name].append(took)
                wanted = wanted or sums
                _check(name, sums, wanted)
    print(f"{asked.transactions:,} transactions of {asked.customers:,} customers; the least of {asked.repeat} rounds")
    print(f"{'':24} {'wall':>8} {'ratio':>7} {'processors':>12} {'ratio':>7}")
    least = {name: (min(w for w, _ in took), min(c for _, c in took)) for name, took in seconds.items()}
    wall, cpu = least["segkit"]
    for name, (theirs, their_cpu) in least.items():
        print(f"{name:24} {theirs:6.2f} s {theirs / wall:6.2f}× {their_cpu:10.2f} s {their_cpu / cpu:6.2f}×")
    by_hand = least["DuckDB SQL by hand"]
    print(f"segkit ÷ SQL by hand: {wall / by_hand[0]:.2f} on the wall, {cpu / by_hand[1]:.2f} of processors")
    if asked.lifetimes_python:
        (wall, cpu), (their_wall, their_cpu) = least["segkit, those four"], least["lifetimes"]
        print(
            f"lifetimes ÷ segkit, those four: {their_wall / wall:.2f} on the wall, {their_cpu / cpu:.2f} of processors"
        )
    else:
        print("lifetimes: left out; give --lifetimes-python")


def _check(name: str, sums: dict[str, float], wanted: dict[str, Any]) -> None:
    """All must have computed the same."""
    for column, value in sums.items():
        if abs(value - wanted[column]) > 1e-9 * abs(wanted[column]):
            raise SystemExit(f"{name}: the sum of {column} is {value}, segkit's is {wanted[column]}")


if __name__ == "__main__":
    main()
