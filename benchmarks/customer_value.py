"""Customer value from raw Parquet to value by segment: seconds, peak memory, rows that left the engine.

    python -m benchmarks.customer_value --customers 5000000

Customers are drawn from BG/NBD and Gamma-Gamma, about four purchases each; the log is written in chunks before the
clock starts.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment
from segkit.value.measure.customer_values import customer_value

DATASET = """title: Benchmark
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
engine: {{memory_limit: {memory}}}
tables:
  transactions: {{path: {log}, exact_duplicates: keep}}
segmentations: {{value: {{kind: value, groups: 5}}}}
"""

SCHEMA = pa.schema([("customer_id", pa.int64()), ("time", pa.date32()), ("amount", pa.float64())])
DAYS = 730
CHUNK = 500_000


def write_log(path: Path, customers: int) -> int:
    """Purchases of customers of BG/NBD (r 0.8, alpha 7.5 weeks, a 0.7, b 3) with gamma spend; returns how many."""
    rng = np.random.default_rng(20261122)
    start = np.datetime64("2023-01-02")
    rows = 0
    with pq.ParquetWriter(path, SCHEMA) as file:
        for first in range(0, customers, CHUNK):
            n = min(CHUNK, customers - first)
            now = rng.integers(0, DAYS, n).astype(np.float64)
            rate = rng.gamma(0.8, 1 / 7.5, n) / 7.0
            leave = rng.beta(0.7, 3.0, n)
            mean = 90.0 / rng.gamma(4.0, 1.0, n)
            who, when, alive = [np.arange(n)], [now.copy()], np.arange(n)
            while alive.size:
                now[alive] += rng.exponential(1 / rate[alive])
                alive = alive[now[alive] < DAYS]
                who.append(alive)
                when.append(now[alive])
                alive = alive[rng.random(alive.size) >= leave[alive]]
            customer, day = np.concatenate(who), np.concatenate(when).astype(np.int64)
            amount = np.round(np.maximum(rng.gamma(6.0, mean[customer] / 6.0), 0.01), 2)
            file.write_table(pa.table([customer + first, start + day, amount], schema=SCHEMA))
            rows += customer.size
    return rows


def main() -> None:
    """Write the log, reckon, print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--memory", default="4GB", help="limit of the embedded engine")
    parser.add_argument("--origins", type=int, default=2, help="held-out periods")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.parquet"
        rows = write_log(log, options.customers)
        file = Path(folder) / "params" / "datasets" / "made.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(DATASET.format(log=log, memory=options.memory), encoding="utf-8")
        _reckon(file, options.customers, rows, options.origins)


def _reckon(file: Path, customers: int, rows: int, origins: int) -> None:
    from segkit.forecast.options import ValueOptions
    from segkit.forecast.purchases import fit_purchases

    began = time.perf_counter()
    data = open_dataset(file, as_of="2024-12-31")
    opened = time.perf_counter()
    base = customer_base(data, period="month", periods=2)
    base.customers()
    summed = time.perf_counter()
    value = customer_value(segment(base, "value"), origins=origins)
    ended = time.perf_counter()
    crossed, queries = data.engine.usage.rows, data.engine.usage.queries
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    forecast = fit_purchases(base, base.as_of, ValueOptions(models=("BG/NBD",)))
    fitted = time.perf_counter()
    errors = [parameter.standard_error for parameter in forecast.method.parameters]
    figures = {
        "customers": f"{customers:,}",
        "transactions": f"{rows:,}",
        "open and check": f"{opened - began:.1f} s",
        "customer table": f"{summed - opened:.1f} s",
        f"value by segment, tested on {origins} held-out periods": f"{ended - summed:.1f} s",
        "all": f"{ended - began:.1f} s",
        "peak memory": f"{memory:.1f} GB",
        "rows that crossed": f"{crossed:,} in {queries} queries",
        "once more, fits with standard errors, cells from the customer table": f"{fitted - ended:.1f} s "
        f"({', '.join(forecast.method.models)}: {forecast.method.cells:,} cells of {forecast.method.resolution_days} days, "
        f"{sum(error is not None for error in errors)} of {len(errors)} parameters with standard errors)",
        "refusal": value.refusal or "none",
    }
    for name, figure in figures.items():
        print(f"{name}: {figure}")


if __name__ == "__main__":
    main()
