"""Campaign lift from the database: seconds, queries and peak memory, beside tea-tasting's loop over segments.

    python -m benchmarks.lift --rows 10000000

Six metrics (two flags, two amounts in cents, two counts), each with its value before the campaign as a covariate, in
20 segments and three arms, in a DuckDB file. segkit: effects of both arms in every segment, adjusted by the covariate
(CUPED), and the sample-ratio test in every segment. tea-tasting: `Mean(metric, covariate)` and `SampleRatio` for each
segment, a call a segment, as its documentation has it. Each runs in a process of its own, so that its memory is its
own; the numbers of both are compared.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

METRICS = ("converted", "visited", "revenue", "margin", "orders", "pages")
SEGMENTS, ARMS = 20, 3


def write_rows(path: Path, rows: int) -> None:
    """The customers, from DuckDB's own hash of their number: the same in every run."""
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute("SET memory_limit = '400MB'; SET threads = 2")
        u = "((hash(i * 64 + {k}) % 1000003) / 1000003.0)"
        level = f"(0.2 - ln(1e-6 + {u.format(k=3)}))"
        amount = f"CAST(floor(CASE WHEN {{v}} < 0.2 THEN 4000 * {level} * (0.2 + {{w}}) ELSE 0 END) AS INTEGER)"
        count = f"CAST(floor(3 * {level} * {{v}}) AS SMALLINT)"
        flag = f"CAST(({{v}} < 0.08 * {level}) AS TINYINT)"
        columns = []
        for k, (name, form) in enumerate(zip(METRICS, (flag, flag, amount, amount, count, count), strict=True)):
            for ending, at in (("", 10 + 4 * k), ("_before", 12 + 4 * k)):
                columns.append(f"{form.format(v=u.format(k=at), w=u.format(k=at + 1))} AS {name}{ending}")
        connection.execute(
            f"CREATE TABLE customers AS SELECT CAST(hash(i * 64 + 1) % {SEGMENTS} AS TINYINT) AS segment, "
            f"CAST(hash(i * 64 + 2) % {ARMS} AS TINYINT) AS arm, {', '.join(columns)} FROM range({rows}) t(i)"
        )


def segkit_lift(path: Path) -> dict[str, object]:
    """All effects of all segments."""
    from segkit.campaigns.measure.sufficient import Asked, cell_moments
    from segkit.campaigns.models.cuped import adjust
    from segkit.campaigns.models.sample_ratio import sample_ratio_by_segment
    from segkit.data.engine import Engine
    from segkit.statistics.effects import Effect

    engine = Engine.connect(f"duckdb://{path}", memory_limit="300MB", threads=2)
    table = engine.source_table("customers", None)
    assert table is not None
    began = time.perf_counter()
    columns = tuple(f"{m}{ending}" for m in METRICS for ending in ("", "_before"))
    asked = Asked(columns, tuple((m, f"{m}_before") for m in METRICS))
    cells = cell_moments(engine, table, {"segment": "segment"}, ["arm"], asked)["segment"]
    queried = time.perf_counter() - began
    found = {}
    for s in range(SEGMENTS):
        arms = {str(a): cells[s, a] for a in range(ARMS)}
        for m in METRICS:
            for a in ("1", "2"):
                pair = {"0": arms["0"], a: arms[a]}
                effect = adjust(pair, m, (f"{m}_before",)).effect(a, "0")
                assert isinstance(effect, Effect)
                found[f"{s} {a} {m}"] = [effect.difference, effect.lower, effect.upper]
    sample_ratio_by_segment({str(s): {str(a): cells[s, a].rows for a in range(ARMS)} for s in range(SEGMENTS)})
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "of it in queries": queried, "queries": engine.usage.queries, "effects": found}


def tea_tasting_loop(path: Path) -> dict[str, object]:
    """The same by tea-tasting, segment by segment."""
    import ibis
    import tea_tasting as tt

    connection = ibis.duckdb.connect(memory_limit="300MB", threads=2)
    connection.attach(str(path), name="source", read_only=True)
    table = connection.table("customers", database=("source", "main"))
    began = time.perf_counter()
    experiment = tt.Experiment({m: tt.Mean(m, f"{m}_before") for m in METRICS} | {"ratio": tt.SampleRatio()})
    found = {}
    for s in range(SEGMENTS):
        one = table.filter(table.segment == s)
        results = experiment.analyze(one.rename(variant="arm"), control=0, all_variants=True)
        for (control, treated), result in results.items():
            for m in METRICS if control == 0 else ():
                effect = result[m]
                found[f"{s} {treated} {m}"] = [
                    effect.effect_size,
                    effect.effect_size_ci_lower,
                    effect.effect_size_ci_upper,
                ]
    return {"seconds": time.perf_counter() - began, "queries": SEGMENTS, "effects": found}


def measured(kind: str, path: Path) -> dict[str, object]:
    """Run one of them in a process of its own; adds its peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.lift", "--only", kind, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout))


def main() -> None:
    """Write the data, run both, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--only", choices=("segkit", "tea-tasting"))
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.only:
        found = segkit_lift(options.file) if options.only == "segkit" else tea_tasting_loop(options.file)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        found["CPU seconds, start included"] = usage.ru_utime + usage.ru_stime
        found["peak MB"] = usage.ru_maxrss / 1024
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.duckdb"
        write_rows(path, options.rows)
        print(f"{options.rows:,} customers, {SEGMENTS} segments, {len(METRICS)} metrics, {ARMS} arms")
        results = {}
        for kind in ("segkit", "tea-tasting"):
            results[kind] = found = measured(kind, path)
            print(kind, {k: round(float(v), 3) for k, v in found.items() if isinstance(v, int | float)})
        ours, theirs = (results[k]["effects"] for k in ("segkit", "tea-tasting"))
        assert isinstance(ours, dict)
        assert isinstance(theirs, dict)
        gaps = [abs(a[0] - b[0]) / (b[2] - b[1]) for a, b in ((ours[k], theirs[k]) for k in ours if k in theirs)]
        ratio = float(str(results["tea-tasting"]["seconds"])) / float(str(results["segkit"]["seconds"]))
        print(
            f"{len(gaps)} effects compared: at most {max(gaps):.1e} of the interval apart; segkit {ratio:.1f} times as fast"
        )


if __name__ == "__main__":
    main()
