"""Segmentations of ten million customers: seconds, memory, and the rows that crossed into Python.

    python benchmarks/segmentation.py [--customers 10000000] [--memory 4GB]

A customer table of so many rows is made in the engine by a formula (no random numbers, so that every run has the same),
then RFM, deciles, rules and clusters are fitted, assigned, kept in the engine, and counted by segment. Each runs in a
process of its own, so that memory is its own: the largest resident size less that with the table alone is reported.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

KINDS: dict[str, dict[str, Any]] = {
    "rfm": {"kind": "rfm"},
    "deciles": {"kind": "value"},
    "rules": {
        "kind": "rules",
        "rules": [
            {"name": "Big Germans", "when": "country = 'DE' and revenue > 500"},
            {"name": "Lapsed members", "when": "member and days_since_last_purchase between 90 and 365"},
            {"name": "Frequent", "when": "orders >= 12 or usage_data_gb / nullable > 3"},
            {"name": "Others of some value", "when": "value > 50 and (country in ('AT', 'CH') or member)"},
        ],
    },
    "clusters": {
        "kind": "clusters",
        "features": {"usage_data_gb": "data", "usage_voice_minutes": "voice", "orders": "orders"},
        "most": 5,
    },
}

TABLE = """
CREATE TABLE customers AS
SELECT i AS customer_id, DATE '2025-06-30' AS as_of,
    (h1 % 700)::BIGINT AS days_since_last_purchase, (1 + h2 % 40)::BIGINT AS purchase_days,
    (1 + h2 % 40 + h3 % 5)::BIGINT AS orders, (h3 % 100000)::BIGINT AS value, (h3 % 300000)::BIGINT AS revenue,
    CASE h4 % 3 WHEN 0 THEN 2.0 WHEN 1 THEN 60.0 ELSE 2.0 END * (1 + (h5 % 1000) / 1500.0) AS usage_data_gb,
    CASE h4 % 3 WHEN 2 THEN 900.0 ELSE 30.0 END * (1 + (h6 % 1000) / 1500.0) AS usage_voice_minutes,
    ['DE', 'AT', 'CH'][1 + (h7 % 3)::INT] AS country, h7 % 5 = 0 AS member, (h1 % 9)::BIGINT AS nullable
FROM (SELECT i, hash(i) AS h1, hash(i + 1e9::BIGINT) AS h2, hash(i + 2e9::BIGINT) AS h3, hash(i + 3e9::BIGINT) AS h4,
    hash(i + 4e9::BIGINT) AS h5, hash(i + 5e9::BIGINT) AS h6, hash(i + 6e9::BIGINT) AS h7 FROM range({customers}) t(i))
"""


def measured(name: str, customers: int, memory: str) -> dict[str, Any]:
    """One kind in this process."""
    from segkit.customers.partition import SEGMENT
    from segkit.data.engine import Engine
    from segkit.data.schema import Money
    from segkit.segments.kind_registry import known_kinds
    from segkit.segments.kinds.segmentation_kind import Context

    engine = Engine.connect("duckdb://", memory_limit=memory)
    backend: Any = engine.backend
    backend.raw_sql(TABLE.replace("{customers}", str(customers)))
    table = backend.table("customers")
    before = resident()
    options = KINDS[name]
    context = Context(engine, "non_contractual", {}, Money("EUR", 2), "customers", 12, 28, 90)
    began = time.perf_counter()
    fitted = known_kinds()[options["kind"]].model_validate(options).fit(name, table, context)
    settled = time.perf_counter()
    assigned = engine.keep("assigned", fitted.assign(table).select("customer_id", SEGMENT, "value"))
    sums = assigned.group_by(SEGMENT).aggregate(n=assigned.count(), value=assigned.value.sum())
    frame = engine.collect(sums)
    ended = time.perf_counter()
    if int(frame["n"].sum()) != customers:
        raise AssertionError(f"{name} is no partition: {int(frame['n'].sum()):,} of {customers:,} customers")
    return {
        "fit": settled - began,
        "assign": ended - settled,
        "segments": len(fitted.segments),
        "megabytes": (resident() - before) / 1024,
        "rows": engine.usage.rows + engine.usage.sampled,
        "queries": engine.usage.queries,
    }


def resident() -> int:
    """Largest resident size so far, kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Each kind in a process of its own, a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--memory", default="4GB", help="DuckDB's limit")
    parser.add_argument("--only", choices=sorted(KINDS), help="this kind in this process, as JSON")
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(measured(asked.only, asked.customers, asked.memory)))
        return
    print(f"{asked.customers:,} customers, DuckDB in {asked.memory}")
    print("| segmentation | segments | fit, s | assign and count, s | further memory, MB | queries | rows crossed |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in KINDS:
        command = [sys.executable, __file__, "--only", name, "--customers", str(asked.customers)]
        done = subprocess.run([*command, "--memory", asked.memory], capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        print(
            f"| {name} | {found['segments']} | {found['fit']:.1f} | {found['assign']:.1f} | {found['megabytes']:,.0f} | "
            f"{found['queries']} | {found['rows']:,} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
