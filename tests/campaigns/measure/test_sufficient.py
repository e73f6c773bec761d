"""The query of sufficient statistics: DuckDB, plain arrays and merged aggregates say the same, published figures too."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from segkit.campaigns.measure.sufficient import Asked, cell_moments, scaled
from segkit.campaigns.models.cuped import adjust
from segkit.campaigns.models.heterogeneity import cochran_q
from segkit.campaigns.models.sample_ratio import sample_ratio
from segkit.data.engine import Engine
from segkit.errors import DataError, ParameterError
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments, merge_all

NONE, MENS, WOMENS = 0, 1, 2
PUBLISHED = [
    # arm, column, difference, Welch interval, relative, Fieller interval with the normal quantile
    (MENS, "visit", 0.0765896, 0.0699531, 0.0832260, 0.72140, 0.64093, 0.80712),
    (MENS, "conversion", 0.0068050, 0.0050001, 0.0086099, 1.18842, 0.77953, 1.73877),
    (MENS, "cents", 0.7698272, 0.4851397, 1.0545146, 1.17929, 0.64369, 1.97745),
    (WOMENS, "visit", 0.0452331, 0.0388935, 0.0515727, 0.42606, 0.35648, 0.49997),
    (WOMENS, "conversion", 0.0031111, 0.0014986, 0.0047235, 0.54331, 0.23402, 0.95237),
    (WOMENS, "cents", 0.4244122, 0.1689568, 0.6798676, 0.65015, 0.22417, 1.27494),
]


def printed(value: float, decimals: int) -> Any:
    """Equal as printed."""
    return pytest.approx(value, abs=0.51 * 10**-decimals)


def loaded(table: pa.Table) -> tuple[Engine, ir.Table]:
    """A table in an engine of its own."""
    engine = Engine.connect("duckdb://")
    return engine, engine.backend.create_table("made", table)  # type: ignore[attr-defined]


def same(found: Moments, wanted: Moments, asked: Asked) -> None:
    """Both moments agree in everything that was asked, the rest is refused."""
    assert (found.columns, found.rows) == (wanted.columns, wanted.rows)
    for i, j in itertools.product(range(len(asked.columns)), repeat=2):
        pair = (asked.columns[i], asked.columns[j])
        if i != j and pair not in asked.pairs and pair[::-1] not in asked.pairs:
            assert np.isnan(found.products[i, j])
            continue
        assert found.counts[i, j] == wanted.counts[i, j]
        if wanted.counts[i, j] == 0:
            continue  # nobody has both: there is no mean
        scale = np.sqrt(wanted.squares[i, i] * wanted.squares[j, j]) + 1e-9
        assert found.means[i, j] == pytest.approx(wanted.means[i, j], rel=1e-10, abs=1e-10)
        assert found.squares[i, j] == pytest.approx(wanted.squares[i, j], rel=1e-8, abs=1e-8)
        assert found.products[i, j] == pytest.approx(wanted.products[i, j], rel=1e-8, abs=1e-8 * scale)
    for name in asked.skewed:
        i = asked.columns.index(name)
        spread = wanted.squares[i, i] ** 1.5 + 1e-9
        assert found.cubes[i] == pytest.approx(wanted.cubes[i], rel=1e-6, abs=1e-6 * spread)
        assert found.fourths[i] == pytest.approx(
            wanted.fourths[i], rel=1e-6, abs=1e-6 * wanted.squares[i, i] ** 2 + 1e-9
        )


@pytest.fixture(scope="module")
def hillstrom(shared_data: Path) -> tuple[Engine, ir.Table]:
    engine = Engine.connect("duckdb://")
    engine.backend.raw_sql(  # type: ignore[attr-defined]
        f"""CREATE TABLE hillstrom AS
        SELECT CASE segment WHEN 'No E-Mail' THEN 0 WHEN 'Mens E-Mail' THEN 1 ELSE 2 END AS arm, 0 AS whole,
            mens + 2 * womens AS category, visit, conversion, CAST(round(spend * 100) AS BIGINT) AS cents, spend, history
        FROM '{shared_data / "hillstrom" / "hillstrom.csv"}'"""
    )
    return engine, engine.backend.table("hillstrom")  # type: ignore[attr-defined]


ASKED = Asked(("visit", "conversion", "cents", "history"), (("cents", "history"), ("visit", "history")), ("cents",))


@pytest.mark.parametrize("way", ["the engine", "merged from categories"])
def test_published_figures_of_hillstrom_from_the_engine(hillstrom: tuple[Engine, ir.Table], way: str) -> None:
    engine, table = hillstrom
    queries = engine.usage.queries
    cells = cell_moments(engine, table, {"all": "whole", "category": "category"}, ["arm"], ASKED)
    assert engine.usage.queries - queries == 2  # however many groupings, arms and metrics
    arms = {arm: scaled(cells["all"][0, arm], {"cents": 0.01}) for arm in (NONE, MENS, WOMENS)}
    if way != "the engine":
        arms = {
            arm: scaled(merge_all(c for (_, a), c in cells["category"].items() if a == arm), {"cents": 0.01})
            for arm in (NONE, MENS, WOMENS)
        }
    for arm, column, difference, lower, upper, relative, relative_lower, relative_upper in PUBLISHED:
        welch = compare_means(arms[arm], arms[NONE], column)
        normal = compare_means(arms[arm], arms[NONE], column, distribution="normal")
        assert isinstance(welch, Effect)
        assert isinstance(normal, Effect)
        assert (welch.difference, welch.lower, welch.upper) == tuple(
            printed(v, 7) for v in (difference, lower, upper)
        )
        found = (normal.lift.value, normal.lift.lower, normal.lift.upper)
        assert found == tuple(printed(v, 5) for v in (relative, relative_lower, relative_upper))
    each_other = compare_means(arms[MENS], arms[WOMENS], "cents")
    assert isinstance(each_other, Effect)
    assert (each_other.difference, each_other.p_value) == (printed(0.345415, 6), printed(0.03047, 5))
    found = sample_ratio({str(arm): cell.rows for arm, cell in arms.items()})
    assert (found.statistic, found.p_value) == (printed(0.20253, 5), printed(0.90369, 5))


@pytest.mark.parametrize(
    ("column", "arm", "q"), [("visit", WOMENS, 97.338), ("visit", MENS, 23.237), ("cents", WOMENS, 2.142)]
)
def test_published_heterogeneity_from_the_engine(
    hillstrom: tuple[Engine, ir.Table], column: str, arm: int, q: float
) -> None:
    engine, table = hillstrom
    cells = cell_moments(engine, table, {"category": "category"}, ["arm"], ASKED)["category"]
    effects = [compare_means(cells[place, arm], cells[place, NONE], column) for place in (1, 2, 3)]
    known = [e for e in effects if isinstance(e, Effect)]
    assert cochran_q([e.difference for e in known], [e.standard_error for e in known]).q == printed(q, 3)


def test_published_figures_of_lalonde_from_the_engine(shared_data: Path) -> None:
    covariates = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
    engine = Engine.connect("duckdb://")
    engine.backend.raw_sql(  # type: ignore[attr-defined]
        f"CREATE TABLE nsw AS SELECT *, 0 AS whole FROM '{shared_data / 'lalonde_nsw' / 'nsw_dw.csv'}'"
    )
    columns = ("re78", *covariates)
    asked = Asked(columns, tuple(itertools.combinations(columns, 2)))
    cells = cell_moments(engine, engine.backend.table("nsw"), {"all": "whole"}, ["treat"], asked)["all"]  # type: ignore[attr-defined]
    arms = {"control": cells[0, 0], "treated": cells[0, 1]}
    plain = compare_means(arms["treated"], arms["control"], "re78")
    assert isinstance(plain, Effect)
    assert (plain.difference, plain.statistic) == (printed(1794.3424, 4), printed(2.67415, 5))
    assert (plain.lower, plain.upper) == (printed(474.01, 2), printed(3114.67, 2))
    adjusted = adjust(arms, "re78", covariates, variance="pooled").effect("treated", "control")
    assert isinstance(adjusted, Effect)
    assert (adjusted.difference, adjusted.standard_error) == (printed(1676.34, 2), printed(638.68, 2))


@pytest.mark.parametrize(("gaps", "far"), [(0.0, 0), (0.3, 0), (0.9, 0), (0.0, 10**6), (0.5, -(10**9))])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_agrees_with_plain_arrays(seed: int, gaps: float, far: int) -> None:
    """Whole numbers and floats, with nulls, far from zero, constant columns, cells of one customer."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 60))
    values = {
        "a": (draw.integers(-50, 50, n) + far).astype(float),
        "b": np.floor(draw.lognormal(3, 2, n)),
        "c": draw.normal(0, 1, n),
        "d": np.full(n, 7.0),
        "e": (draw.random(n) < 0.3).astype(float),
    }
    for name in ("a", "c", "e"):
        values[name][draw.random(n) < gaps] = np.nan
    place, arm = draw.integers(0, 3, n), draw.integers(0, 2, n)
    kinds = {"a": pa.int64(), "b": pa.int64(), "c": pa.float64(), "d": pa.int64(), "e": pa.bool_()}
    table = pa.table(
        {
            "place": place,
            "arm": arm,
            **{k: pa.array([None if np.isnan(x) else x for x in v]).cast(kinds[k]) for k, v in values.items()},
        }
    )
    asked = Asked(tuple(values), (("a", "b"), ("c", "a"), ("e", "c"), ("b", "d")), ("a", "b", "c"))
    found = cell_moments(*loaded(table), {"p": "place"}, ["arm"], asked)["p"]
    assert set(found) == set(zip(place.tolist(), arm.tolist(), strict=True))
    for (p, a), cell in found.items():
        inside = (place == p) & (arm == a)
        same(cell, Moments.from_arrays({k: v[inside] for k, v in values.items()}), asked)


def test_the_order_of_rows_changes_no_bit() -> None:
    draw = np.random.default_rng(3)
    n = 300_000  # more than one row group, so that threads share the work
    table = pa.table(
        {
            "place": draw.integers(0, 20, n),
            "arm": draw.integers(0, 3, n),
            "cents": np.floor(draw.lognormal(6, 2, n)).astype(np.int64),
            "before": np.floor(draw.lognormal(6, 2, n)).astype(np.int64),
        }
    )
    asked = Asked(("cents", "before"), (("cents", "before"),), ("cents",))
    shuffled = table.take(pa.array(draw.permutation(n)))
    one, other = (cell_moments(*loaded(t), {"p": "place"}, ["arm"], asked)["p"] for t in (table, shuffled))
    assert list(one) == list(other)
    for key, cell in one.items():
        for part in ("counts", "means", "squares", "products", "cubes", "fourths"):
            assert getattr(cell, part).tobytes() == getattr(other[key], part).tobytes()


def test_what_cannot_be_computed_is_refused() -> None:
    table = pa.table({"place": [0, 0], "arm": pa.array([1, None], pa.int64()), "x": [1, 2], "word": ["a", "b"]})
    engine, made = loaded(table)
    with pytest.raises(DataError, match="arm is null"):
        cell_moments(engine, made, {"p": "place"}, ["arm"], Asked(("x",)))
    with pytest.raises(DataError, match="no customer"):
        cell_moments(engine, made.filter(made.x > 9), {"p": "place"}, [], Asked(("x",)))
    with pytest.raises(ParameterError, match="a number or a flag"):
        cell_moments(engine, made, {"p": "place"}, [], Asked(("word",)))
    with pytest.raises(ParameterError, match="each once"):
        Asked(("x", "x"))
    with pytest.raises(ParameterError, match="not among the columns"):
        Asked(("x",), (("x", "y"),))
    with pytest.raises(ParameterError, match="no grouping"):
        cell_moments(engine, made, {}, [], Asked(("x",)))
