"""Fit and scoring of segkit's purchase models beside the packages `lifetimes` and PyMC-Marketing (MAP), as ratios.

    python benchmarks/clv_models.py [--peer-python /path/to/venv/bin/python] [--pymc-python …] [--customers 2357 500000]

Customers are simulated from BG/NBD with CDNOW's parameters, in days. lifetimes runs in the interpreter given (or this
one), and so does PyMC-Marketing; where one is not importable, it is left out and said so. All get one row a customer,
and all do the same: BG/NBD fitted, then purchases of the next year for every customer. segkit has two ways: "rows" is
the model on arrays, exact; "report" is how a report does it, the customers in the engine, histories brought down to
cells there, scores joined back there. segkit and lifetimes give standard errors, the MAP of PyMC-Marketing none; its
priors are its defaults. Each side has its own process, and fits 400 customers first, so that imports and compilation do
not count.
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
from typing import Any

import numpy as np

TRUTH = (0.24259, 30.895, 0.79292, 2.42591)  # CDNOW's, in days
HORIZON = 365.0
SEED = 20261122


def simulate(customers: int) -> dict[str, np.ndarray]:
    """Whole-day histories of customers who came within the first half year, seen for about a year."""
    from segkit.forecast.models.bg_nbd import BGNBD

    rng = np.random.default_rng(SEED)
    T = rng.integers(180, 365, customers).astype(np.float64)
    frequency, recency = BGNBD(*TRUTH).simulate(T, rng)
    return {"frequency": frequency, "recency": np.where(frequency > 0, np.minimum(np.ceil(recency), T), 0.0), "T": T}


def run_segkit(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Times and results of segkit."""
    from segkit.forecast.models.bg_nbd import fit_bg_nbd
    from segkit.forecast.models.mbg_nbd import fit_mbg_nbd
    from segkit.forecast.models.pareto_nbd import fit_pareto_nbd

    few = {name: column[:400] for name, column in data.items()}
    fit_bg_nbd(**few).expected_purchases(HORIZON, **few)
    result: dict[str, Any] = {}
    start = time.perf_counter()
    model = fit_bg_nbd(**data)
    result["fit"] = time.perf_counter() - start
    start = time.perf_counter()
    expected = model.expected_purchases(HORIZON, **data)
    result["score"] = time.perf_counter() - start
    assert model.fit is not None
    result |= {
        "parameters": model.parameters.tolist(),
        "verdict": str(model.fit.verdict),
        "cells": model.fit.cells,
        "total": float(expected.sum()),
        "errors": model.fit.standard_errors,
    }
    for other in (fit_mbg_nbd, fit_pareto_nbd):
        start = time.perf_counter()
        found = other(**data)
        result[found.label] = time.perf_counter() - start
    return result


def run_report(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Times and results of segkit as a report fits: cells from the engine, scores back into it."""
    import pandas as pd
    import pyarrow as pa

    from segkit.data.engine import Engine
    from segkit.forecast.models.bg_nbd import fit_bg_nbd
    from segkit.forecast.purchase_cells import collect_cells, joined_scores

    engine = Engine.connect("duckdb://")
    run_segkit({name: column[:400] for name, column in data.items()})
    first = np.datetime64("2025-12-31") - data["T"].astype("timedelta64[D]")
    table = pa.table(
        {
            "customer_id": np.arange(first.size),
            "first_purchase": pa.array(first.astype("datetime64[D]"), pa.date32()),
            "frequency": data["frequency"],
            "recency_days": pa.array(data["recency"].astype(np.int64)),
            "T_days": pa.array(data["T"].astype(np.int64)),
            "mean_spend": pa.nulls(first.size, pa.int64()),
        }
    )
    customers = engine.backend.create_table("customers", table)  # type: ignore[attr-defined]
    customers = customers.mutate(last_purchase=customers.first_purchase, as_of=customers.first_purchase)
    start = time.perf_counter()
    cells = collect_cells(engine, customers, unit="day")
    history = [cells.frame[name].to_numpy(float) for name in ("frequency", "recency", "T")]
    model = fit_bg_nbd(*history, cells.frame["customers"].to_numpy(float))
    fit = time.perf_counter() - start
    start = time.perf_counter()
    scores = pd.DataFrame({"expected": model.expected_purchases(HORIZON, *history)})
    scored = engine.keep("scored", joined_scores(customers, cells, scores).select("customer_id", "expected"))
    score = time.perf_counter() - start
    total = engine.collect(scored.aggregate(total=scored.expected.sum()))["total"].iloc[0]
    return {
        "fit": fit,
        "score": score,
        "cells": len(cells.frame),
        "parameters": model.parameters.tolist(),
        "total": float(total),
    }


def run_lifetimes(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Times and results of lifetimes, in whatever interpreter this runs."""
    import warnings

    warnings.simplefilter("ignore")
    import lifetimes
    import pandas as pd

    frame = pd.DataFrame(data)
    columns = [frame["frequency"], frame["recency"], frame["T"]]
    result: dict[str, Any] = {"version": lifetimes.__version__, "pandas": pd.__version__}
    lifetimes.BetaGeoFitter().fit(*(column[:400] for column in columns))
    model = lifetimes.BetaGeoFitter()
    start = time.perf_counter()
    model.fit(*columns)
    result["fit"] = time.perf_counter() - start
    start = time.perf_counter()
    expected = model.conditional_expected_number_of_purchases_up_to_time(HORIZON, *columns)
    result["score"] = time.perf_counter() - start
    result |= {
        "parameters": [float(model.params_[name]) for name in ("r", "alpha", "a", "b")],
        "total": float(np.nansum(expected)),
        "missing": int(np.isnan(expected).sum()),
    }
    return result


def run_pymc(data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Times and results of PyMC-Marketing's MAP, in whatever interpreter this runs."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import pandas as pd
    import pymc_marketing
    from pymc_marketing import clv

    frame = pd.DataFrame({"customer_id": np.arange(data["T"].size), **data})
    clv.BetaGeoModel(data=frame.head(400)).fit(method="map", progressbar=False)
    model = clv.BetaGeoModel(data=frame)
    start = time.perf_counter()
    model.fit(method="map", progressbar=False)
    result: dict[str, Any] = {"version": pymc_marketing.__version__, "pandas": pd.__version__}
    result["fit"] = time.perf_counter() - start
    start = time.perf_counter()
    expected = np.asarray(model.expected_purchases(future_t=HORIZON)).ravel()
    result["score"] = time.perf_counter() - start
    found = model.idata.posterior
    return result | {
        "parameters": [float(np.asarray(found[name]).mean()) for name in ("r", "alpha", "a", "b")],
        "total": float(np.nansum(expected)),
        "missing": int(np.isnan(expected).sum()),
    }


SIDES = {"segkit": run_segkit, "report": run_report, "lifetimes": run_lifetimes, "PyMC-Marketing": run_pymc}


def in_process(script: Path, python: str, side: str, data: Path, limit: float) -> dict[str, Any]:
    """One side in a process of its own: its figures, or why there are none."""
    command = [python, str(script), "--side", side, "--data", str(data)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {"failure": f"not finished after {limit:.0f} s"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"failure": last[0]}
    return json.loads(done.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def main() -> None:
    """Simulate, run both sides, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has lifetimes")
    parser.add_argument("--pymc-python", default=sys.executable, help="interpreter that has pymc-marketing")
    parser.add_argument("--customers", type=int, nargs="+", default=[2_357, 500_000])
    parser.add_argument("--limit", type=float, default=1_800.0, help="seconds that a peer may take")
    parser.add_argument("--side", choices=sorted(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        data = dict(np.load(given.data))
        result = SIDES[given.side](data)
        result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(json.dumps(result))
        return
    script = Path(__file__).resolve()
    for customers in given.customers:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "customers.npz"
            np.savez(path, **simulate(customers))
            ours = in_process(script, sys.executable, "segkit", path, given.limit)
            cells = in_process(script, sys.executable, "report", path, given.limit)
            peers = {
                name: in_process(script, python, name, path, given.limit)
                for name, python in (("lifetimes", given.peer_python), ("PyMC-Marketing", given.pymc_python))
            }
        report(customers, ours, cells, peers)


def report(customers: int, ours: dict[str, Any], cells: dict[str, Any], peers: dict[str, dict[str, Any]]) -> None:
    """One block of the output."""
    say(f"\n{customers:,} customers")
    for failed in (ours, cells):
        if "failure" in failed:
            say(f"  segkit failed: {failed['failure']}")
            return
    say(
        f"  {'segkit, report':14} fit {cells['fit']:8.3f} s, score {cells['score']:7.3f} s, peak {cells['memory']:6.0f} MB "
        f"({cells['cells']:,} cells; total {cells['total'] / ours['total'] - 1:+.2%} of that of the rows)"
    )
    say(
        f"  {'segkit, rows':14} fit {ours['fit']:8.3f} s, score {ours['score']:7.3f} s, peak {ours['memory']:6.0f} MB "
        f"({ours['cells']:,} cells, {ours['verdict']})"
    )
    say(f"  {'':14} MBG/NBD fit {ours['MBG/NBD']:.3f} s, Pareto/NBD fit {ours['Pareto/NBD']:.3f} s")
    for name, peer in peers.items():
        if "failure" in peer:
            say(f"  {name:14} left out: {peer['failure']}")
            continue
        say(
            f"  {name:14} fit {peer['fit']:8.3f} s, score {peer['score']:7.3f} s, peak {peer['memory']:6.0f} MB "
            f"(version {peer['version']}, pandas {peer['pandas']})"
        )
        say(
            f"  {'':14} fit {peer['fit'] / ours['fit']:.1f}×, score {peer['score'] / ours['score']:.1f}×, "
            f"both {(peer['fit'] + peer['score']) / (ours['fit'] + ours['score']):.1f}× the time of segkit on rows; "
            f"fit {peer['fit'] / cells['fit']:.1f}×, score {peer['score'] / cells['score']:.1f}× that of a report"
        )
        say(
            f"  {'':14} totals of the year {ours['total']:,.1f} here, {peer['total']:,.1f} there "
            f"({peer['missing']:,} customers without a number); largest parameter difference "
            f"{max(abs(b / a - 1) for a, b in zip(ours['parameters'], peer['parameters'], strict=True)):.2g}"
        )


def say(text: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
