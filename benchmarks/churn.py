"""Churn risk of simulated contracts, from raw Parquet to a risk for every customer; beside plain pandas and scikit-learn.

    python -m benchmarks.churn --customers 1000000 --models logistic boosting

Both learn the same models (logistic regression; with `--models logistic boosting` gradient-boosted trees too) from the
same features on three earlier dates, test them on the latest of them, and score every customer under contract with the
better one. Each runs in a process of its own; seconds, peak memory and what crossed are printed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment

AS_OF = dt.date(2025, 6, 30)
HORIZON = 2
SNAPSHOTS = 3
TRAINING_ROWS = 40_000
MODELS = ("logistic", "boosting")
YAML = """title: Benchmark
relation: contractual
currency: EUR
time_zone: Europe/Berlin
engine: {{memory_limit: {memory}}}
tables:
  subscriptions: {{path: {folder}/subscriptions.parquet, exact_duplicates: keep}}
  customers: {{path: {folder}/customers.parquet, attributes: {{channel: {{}}, app: {{}}}}}}
  events: {{path: {folder}/events.parquet, exact_duplicates: keep}}
segmentations: {{plan: {{kind: attribute, column: plan}}}}
"""
SUBSCRIPTIONS = """copy (
  with one as (
    select i as customer_id, date '2023-01-01' + (hash(i) % 850)::int as start, hash(i, 2) % 10 < 4 as prepaid,
      hash(i, 3) % 10 < 3 as telesales, (hash(i, 4) % 1000000 + 0.5) / 1000000 as u
    from range(1, {customers} + 1) t(i)
  ), timed as (
    select *, start + (-ln(u) * (case when prepaid then 500 else 1300 end) * (case when telesales then 0.6 else 1 end))
      ::int as gone from one
  )
  select customer_id, start, case when gone <= date '2025-06-30' then gone end as "end",
    case when prepaid then 'Prepaid' else 'Postpaid' end as plan,
    (case when prepaid then 10 else 20 + customer_id % 3 * 10 end)::decimal(18, 2) as recurring_amount
  from timed
) to '{folder}/subscriptions.parquet' (format parquet)"""
CUSTOMERS = """copy (
  select i as customer_id, case when hash(i, 3) % 10 < 3 then 'telesales' else 'web' end as channel,
    hash(i, 5) % 2 = 0 as app
  from range(1, {customers} + 1) t(i)
) to '{folder}/customers.parquet' (format parquet)"""
EVENTS = """copy (
  select customer_id, day::timestamp + interval 9 hour as time, 'ticket' as event from (
    select customer_id, start + (hash(customer_id, k) % 600)::int as day, "end"
    from '{folder}/subscriptions.parquet', range(2) r(k)
    union all
    select customer_id, "end" - (hash(customer_id, 9) % 90)::int, "end" from '{folder}/subscriptions.parquet'
    where "end" is not null and hash(customer_id, 8) % 2 = 0 and "end" - 90 > start
  ) where day <= coalesce("end", date '2025-06-30') and day <= date '2025-06-30'
) to '{folder}/events.parquet' (format parquet)"""


def main() -> None:
    """Write the data once, run both, print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--memory", default="4GB", help="limit of the embedded engine")
    parser.add_argument("--only", choices=("segkit", "pandas"), help="run one of the two")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS[:1], help="what is compared")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        run = with_segkit if options.only == "segkit" else with_pandas
        print(json.dumps(run(Path(options.folder), tuple(options.models))))
        return
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        for sql in (SUBSCRIPTIONS, CUSTOMERS, EVENTS):
            duckdb.sql(sql.format(customers=options.customers, folder=folder))
        file = Path(folder) / "params" / "datasets" / "made.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(YAML.format(folder=folder, memory=options.memory), encoding="utf-8")
        print(f"{options.customers:,} customers, {AS_OF}, horizon {HORIZON} months, {SNAPSHOTS} earlier dates")
        print(f"models: {', '.join(options.models)}")
        for which in (options.only,) if options.only else ("segkit", "pandas"):
            command = [sys.executable, "-m", "benchmarks.churn", "--only", which, "--folder", folder]
            command += ["--models", *options.models]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{which}: failed ({done.returncode}): {done.stderr.strip().splitlines()[-1:]}")
                continue
            for name, figure in json.loads(done.stdout.strip().splitlines()[-1]).items():
                print(f"{which}: {name}: {figure}")


def memory() -> str:
    """The process's peak."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"


def with_segkit(folder: Path, models: tuple[str, ...]) -> dict[str, Any]:
    """The reckoning of the report, up to a risk for everybody."""
    from segkit.churn.measure.reckoning import prepare, reckon
    from segkit.churn.options import ChurnOptions
    from segkit.learning.scores import auc, calibration_error

    began = time.perf_counter()
    data = open_dataset(folder / "params" / "datasets" / "made.yaml", as_of=AS_OF.isoformat())
    base = customer_base(data, period="month", periods=2)
    opened = time.perf_counter()
    split = segment(base, "plan")
    options = ChurnOptions(horizon=HORIZON, snapshots=SNAPSHOTS, training_rows=TRAINING_ROWS, models=models)
    found = reckon(split, prepare(split, options))
    usage = data.engine.usage
    sums = data.engine.collect(found.scored.aggregate(n=found.scored.count(), mean=found.scored.risk.mean()))
    ended = time.perf_counter()
    held = {name: table for name, table in found.tables.items() if name in models}
    return {
        "open and check": f"{opened - began:.1f} s",
        "train, test and score": f"{ended - opened:.1f} s",
        "peak memory": memory(),
        "scored": f"{int(sums['n'].iloc[0]):,} customers, mean risk {float(sums['mean'].iloc[0]):.5f}",
        "used": found.final.name,
        **{
            f"held out, {name}": f"area under the curve {auc(table):.4f}, calibration error {calibration_error(table):.4f}"
            for name, table in held.items()
        },
        "rows that left the engine": f"{usage.rows:,} aggregates and {usage.sampled:,} sampled rows of features, "
        f"in {usage.queries} queries",
    }


def with_pandas(folder: Path, models: tuple[str, ...]) -> dict[str, Any]:
    """The same by hand: every table a frame, every date a merge."""
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss, roc_auc_score

    began = time.perf_counter()
    contracts = pd.read_parquet(folder / "subscriptions.parquet")
    people = pd.read_parquet(folder / "customers.parquet")
    events = pd.read_parquet(folder / "events.parquet")
    for name in ("start", "end"):
        contracts[name] = pd.to_datetime(contracts[name])
    rows_in = len(contracts) + len(people) + len(events)
    opened = time.perf_counter()

    def frame(day: pd.Timestamp) -> pd.DataFrame:
        there = contracts[(contracts["start"] <= day) & ~(contracts["end"] <= day)]
        recent = events[
            (events["time"] > day - pd.DateOffset(months=3)) & (events["time"] < day + pd.Timedelta("1D"))
        ]
        tickets = recent.groupby("customer_id").size().rename("tickets")
        table = there.merge(people, on="customer_id").merge(tickets, on="customer_id", how="left")
        months = (day - table["start"]).dt.days / 30.4375
        return pd.DataFrame(
            {
                "under_6": (months < 6).astype(float),
                "under_12": ((months >= 6) & (months < 12)).astype(float),
                "over_24": (months >= 24).astype(float),
                "prepaid": (table["plan"] == "Prepaid").astype(float),
                "amount": np.log1p(table["recurring_amount"].astype(float)),
                "telesales": (table["channel"] == "telesales").astype(float),
                "app": table["app"].astype(float),
                "tickets": table["tickets"].fillna(0.0),
                "left": (table["end"] <= day + pd.offsets.MonthEnd(HORIZON)).astype(float),
            }
        )

    end = pd.Timestamp(AS_OF)
    days = [end - pd.offsets.MonthEnd(HORIZON * k) for k in range(1, SNAPSHOTS + 1)]
    frames = [frame(day) for day in days]

    def fit(name: str, parts: list[pd.DataFrame]) -> Any:
        rows = pd.concat(parts)
        rows = rows.sample(min(TRAINING_ROWS, len(rows)), random_state=1)
        model: Any = LogisticRegression(max_iter=200)
        if name == "boosting":
            model = HistGradientBoostingClassifier(
                max_iter=80,
                max_leaf_nodes=8,
                max_depth=3,
                l2_regularization=1.0,
                early_stopping=False,
                random_state=1,
            )
        return model.fit(rows.drop(columns="left"), rows["left"])

    held = frames[0]
    chances = {name: fit(name, frames[1:]).predict_proba(held.drop(columns="left"))[:, 1] for name in models}
    used = min(models, key=lambda name: log_loss(held["left"], chances[name]))
    now = frame(end)
    risk = fit(used, frames).predict_proba(now.drop(columns="left"))[:, 1]
    ended = time.perf_counter()
    return {
        "read": f"{opened - began:.1f} s",
        "train, test and score": f"{ended - opened:.1f} s",
        "peak memory": memory(),
        "scored": f"{len(risk):,} customers, mean risk {risk.mean():.5f}",
        "used": used,
        **{
            f"held out, {name}": f"area under the curve {roc_auc_score(held['left'], chance):.4f}"
            for name, chance in chances.items()
        },
        "rows in memory": f"{rows_in + sum(map(len, frames)) + len(now):,}",
    }


if __name__ == "__main__":
    main()
