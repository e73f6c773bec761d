"""Real data as plain arrays, read with the standard library: statistics see neither an engine nor pandas."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from segkit.statistics.moments import Moments

Columns = dict[str, np.ndarray]

NONE, MENS, WOMENS = "No E-Mail", "Mens E-Mail", "Womens E-Mail"
METRICS = ("visit", "conversion", "spend")
LALONDE_COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


def _columns(path: Path) -> Columns:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found: Columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        try:
            found[name] = np.array(values, dtype=float)
        except ValueError:
            found[name] = np.array(values)
    return found


@pytest.fixture(scope="session")
def hillstrom(shared_data: Path) -> Columns:
    """The e-mail campaign, a value a customer; `cell` is prior category and history band, 19 of them."""
    data = _columns(shared_data / "hillstrom" / "hillstrom.csv")
    bought = np.where(
        (data["mens"] == 1) & (data["womens"] == 1), "both", np.where(data["mens"] == 1, "mens", "womens")
    )
    data["category"] = bought
    data["cell"] = np.char.add(np.char.add(data["history_segment"], " "), bought)
    return data


@pytest.fixture(scope="session")
def hillstrom_arms(hillstrom: Columns) -> dict[str, Moments]:
    """Arm → moments of the three outcomes and the pre-period history."""
    return {
        arm: Moments.from_arrays({m: hillstrom[m][hillstrom["segment"] == arm] for m in (*METRICS, "history")})
        for arm in (NONE, MENS, WOMENS)
    }


@pytest.fixture(scope="session")
def experiment(shared_data: Path) -> Columns:
    """LaLonde's experiment, Dehejia-Wahba subset."""
    return _columns(shared_data / "lalonde_nsw" / "nsw_dw.csv")


@pytest.fixture(scope="session")
def against_cps(experiment: Columns, shared_data: Path) -> Columns:
    """The treated of the experiment beside the CPS sample, which was not drawn at random."""
    cps = _columns(shared_data / "lalonde_nsw" / "nsw_cps.csv")
    chosen = experiment["treat"] == 1
    return {
        name: np.concatenate([experiment[name][chosen], cps[name]]) for name in ("treat", "re78", *LALONDE_COVARIATES)
    }
