"""Random models on random customers, many of whom stand exactly on a threshold."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy import special

from segkit.churn.measure.expressions import with_risk
from segkit.data.engine import Engine
from segkit.learning.encoding import Encoding, Feature, Raw, fit_encoding
from segkit.learning.learners import Boosted, Logistic, Tree, fit_learner
from segkit.learning.scores import Recalibration

Load = Callable[[Engine, str, pa.Table], ir.Table]

FEATURES = (
    Feature("spend", "spend", log=True),
    Feature("ratio", "ratio", log=True),
    Feature("trend", "trend"),
    Feature("tickets", "tickets"),
    Feature("months", "months", edges=(6.0, 24.0)),
    Feature("plan", "plan", "category"),
)


def customers(seed: int, count: int) -> tuple[Raw, pa.Table]:
    """As arrays and as a table of an engine; some of everything is not known."""
    rng = np.random.default_rng(seed)
    raw: dict[str, np.ndarray] = {
        "spend": np.round(rng.lognormal(3, 1.5, count), 2),
        "ratio": rng.integers(0, 400, count) / rng.integers(1, 90, count),
        "trend": np.log((rng.integers(0, 50, count) + 1.0) / (rng.integers(0, 50, count) + 1.0)),
        "tickets": rng.poisson(0.7, count).astype(float),
        "months": rng.integers(0, 60, count).astype(float),
        "plan": rng.choice(["a", "b", "c", "d", ""], count, p=[0.4, 0.3, 0.15, 0.05, 0.1]),
    }
    for name in ("spend", "trend", "months"):
        raw[name] = np.where(rng.random(count) < 0.06, np.nan, raw[name])
    columns: dict[str, pa.Array] = {"customer_id": pa.array(range(count), pa.int64())}
    for name, values in raw.items():
        kind = pa.string() if values.dtype.kind == "U" else pa.float64()
        known = values != "" if values.dtype.kind == "U" else ~np.isnan(values)
        columns[name] = pa.array(values.tolist(), kind, mask=~known)
    return raw, pa.table(columns)


def random_trees(rng: np.random.Generator, matrix: np.ndarray, count: int) -> Boosted:
    """Trees of depth 3 whose thresholds are values of customers, or the doubles beside them; each leaf differs."""
    trees = []
    for _ in range(count):
        column, threshold = np.full(15, -1), np.zeros(15)
        left, right, value = np.zeros(15, int), np.zeros(15, int), np.zeros(15)
        for node in range(7):
            column[node] = rng.integers(matrix.shape[1])
            met = float(rng.choice(matrix[:, column[node]]))
            threshold[node] = rng.choice([met, np.nextafter(met, -np.inf), np.nextafter(met, np.inf)])
            left[node], right[node] = 2 * node + 1, 2 * node + 2
        value[7:] = rng.permutation(8) / 4.0 - 1.0
        trees.append(Tree(column, threshold, left, right, value))
    return Boosted(0.0, tuple(trees))


def engine_risks(engine: Engine, table: ir.Table, encoding: Encoding, model: Logistic | Boosted) -> np.ndarray:
    """The risks that an engine gives, by customer."""
    scored = with_risk(table, encoding, model, Recalibration()).select("customer_id", "risk")
    return engine._to_arrow(scored.order_by("customer_id"))["risk"].to_numpy()


def check_scores(engine: Engine, load: Load, *, worlds: int, count: int = 1_500, trees: int = 12) -> None:
    """Each tree alone, so that a wrong leaf shows; then fitted models, against their own probabilities."""
    for seed in range(worlds):
        rng = np.random.default_rng(1_000 + seed)
        raw, rows = customers(seed, count)
        table = load(engine, f"leaves_{seed}", rows)
        encoding = fit_encoding(FEATURES, raw)
        matrix = encoding.matrix(raw)
        for tree in random_trees(rng, matrix, trees).trees:
            alone = Boosted(0.0, (tree,))
            wanted = special.expit(alone.log_odds(matrix))
            wrong = np.abs(engine_risks(engine, table, encoding, alone) - wanted) > 1e-12
            assert not wrong.any(), f"world {seed}: {wrong.sum()} of {count} customers are in another leaf"
        labels = (rng.random(count) < special.expit(-1 + matrix[:, 0] - 0.5 * matrix[:, 2])).astype(float)
        for name in ("logistic", "boosting"):
            model = fit_learner(name, matrix, labels)  # type: ignore[arg-type]
            wanted = special.expit(model.log_odds(matrix))
            np.testing.assert_allclose(engine_risks(engine, table, encoding, model), wanted, rtol=0, atol=1e-12)
