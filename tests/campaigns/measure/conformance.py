"""Published figures of campaign lift beside segkit's: from plain arrays, from DuckDB, and from merged aggregates.

`python -m tests.campaigns.measure.conformance` writes docs/conformance-lift.md; a test holds the page to it.
"""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from segkit.campaigns.measure.sufficient import Asked, cell_moments
from segkit.campaigns.models.cuped import adjust
from segkit.campaigns.models.heterogeneity import cochran_q
from segkit.campaigns.models.sample_ratio import sample_ratio
from segkit.data.engine import Engine
from segkit.statistics.effects import Effect, compare_means
from segkit.statistics.moments import Moments, merge_all
from tests.campaigns.measure.coverage_table import COVERAGE

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "conformance-lift.md"
DATA = Path(os.environ.get("SEGKIT_SHARED_DATA", ROOT.parent / "shared" / "data"))
NONE, MENS, WOMENS = 0, 1, 2
METRICS = ("visit", "conversion", "spend")
COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
WAYS = ("plain arrays", "DuckDB", "merged aggregates")
Cells = dict[tuple[int, int], Moments]


@dataclass(frozen=True)
class Row:
    """One published figure; `value` computes it from (category, arm) → moments."""

    section: str
    quantity: str
    published: float
    decimals: int
    value: Callable[[Cells], float]


def effect(cells: Cells, treated: int, control: int, metric: str, distribution: str = "t") -> Effect:
    """Arms over all categories."""
    arms = [merge_all(c for (_, a), c in sorted(cells.items()) if a == arm) for arm in (treated, control)]
    found = compare_means(*arms, metric, distribution=distribution)  # type: ignore[arg-type]
    assert isinstance(found, Effect)
    return found


def _q(cells: Cells, arm: int, metric: str) -> float:
    found = [compare_means(cells[place, arm], cells[place, NONE], metric) for place in (1, 2, 3)]
    known = [e for e in found if isinstance(e, Effect)]
    return cochran_q([e.difference for e in known], [e.standard_error for e in known]).q


def _sizes(cells: Cells) -> dict[str, int]:
    return {str(arm): sum(c.rows for (_, a), c in cells.items() if a == arm) for arm in (NONE, MENS, WOMENS)}


def hillstrom_rows() -> Iterator[Row]:
    """The e-mail campaign."""
    table = [
        (MENS, "visit", (0.0765896, 0.0699531, 0.0832260), (0.72140, 0.64093, 0.80712)),
        (MENS, "conversion", (0.0068050, 0.0050001, 0.0086099), (1.18842, 0.77953, 1.73877)),
        (MENS, "spend", (0.7698272, 0.4851397, 1.0545146), (1.17929, 0.64369, 1.97745)),
        (WOMENS, "visit", (0.0452331, 0.0388935, 0.0515727), (0.42606, 0.35648, 0.49997)),
        (WOMENS, "conversion", (0.0031111, 0.0014986, 0.0047235), (0.54331, 0.23402, 0.95237)),
        (WOMENS, "spend", (0.4244122, 0.1689568, 0.6798676), (0.65015, 0.22417, 1.27494)),
    ]
    section = "Hillstrom, against no e-mail"
    for arm, metric, absolute, relative in table:
        name = f"{'men’s' if arm == MENS else 'women’s'} e-mail, {metric}"
        for part, number in zip(("difference", "lower", "upper"), absolute, strict=True):
            yield Row(
                section,
                f"{name}, {part}",
                number,
                7,
                lambda c, a=arm, m=metric, p=part: getattr(effect(c, a, NONE, m), p),
            )  # type: ignore[misc]
        for part, number in zip(("value", "lower", "upper"), relative, strict=True):
            words = {"value": "lift", "lower": "lift, lower (Fieller)", "upper": "lift, upper (Fieller)"}[part]
            yield Row(
                section,
                f"{name}, {words}",
                number,
                5,
                lambda c, a=arm, m=metric, p=part: getattr(effect(c, a, NONE, m, "normal").lift, p),
            )  # type: ignore[misc]
    section = "Hillstrom, other figures"
    yield Row(
        section, "men’s less women’s, spend", 0.345415, 6, lambda c: effect(c, MENS, WOMENS, "spend").difference
    )
    yield Row(section, "the same, p", 0.03047, 5, lambda c: effect(c, MENS, WOMENS, "spend").p_value)
    yield Row(section, "sample ratio, chi-square", 0.20253, 5, lambda c: sample_ratio(_sizes(c)).statistic)
    yield Row(section, "sample ratio, p", 0.90369, 5, lambda c: sample_ratio(_sizes(c)).p_value)
    for arm, metric, q in ((WOMENS, "visit", 97.338), (MENS, "visit", 23.237), (WOMENS, "spend", 2.142)):
        name = f"heterogeneity by prior category, {'men’s' if arm == MENS else 'women’s'}, {metric}, Q"
        yield Row(section, name, q, 3, lambda c, a=arm, m=metric: _q(c, a, m))  # type: ignore[misc]


def lalonde_rows() -> Iterator[Row]:
    """The experiment of the training programme."""
    section = "LaLonde’s experiment, earnings of 1978"
    for part, number, digits in (
        ("difference", 1794.3424, 4),
        ("statistic", 2.67415, 5),
        ("lower", 474.01, 2),
        ("upper", 3114.67, 2),
    ):
        yield Row(section, part, number, digits, lambda c, p=part: getattr(effect(c, 1, 0, "re78"), p))  # type: ignore[misc]

    def adjusted(cells: Cells) -> Effect:
        arms = {str(a): merge_all(c for (_, b), c in sorted(cells.items()) if b == a) for a in (0, 1)}
        found = adjust(arms, "re78", COVARIATES, variance="pooled").effect("1", "0")
        assert isinstance(found, Effect)
        return found

    yield Row(section, "adjusted by eight covariates", 1676.34, 2, lambda c: adjusted(c).difference)
    yield Row(section, "its standard error", 638.68, 2, lambda c: adjusted(c).standard_error)


def _columns(path: Path) -> dict[str, np.ndarray]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _by_arrays(values: dict[str, np.ndarray], place: np.ndarray, arm: np.ndarray) -> Cells:
    return {
        (int(p), int(a)): Moments.from_arrays({k: v[(place == p) & (arm == a)] for k, v in values.items()})
        for p in np.unique(place)
        for a in np.unique(arm)
    }


def _merged(values: dict[str, np.ndarray], place: np.ndarray, arm: np.ndarray) -> Cells:
    """Sums of shuffled pieces, put together."""
    order = np.random.default_rng(5).permutation(len(arm))
    found: dict[tuple[int, int], list[Moments]] = {}
    center = np.array([v.mean() for v in values.values()])
    for p, a in itertools.product(np.unique(place), np.unique(arm)):
        rows = order[(place[order] == p) & (arm[order] == a)]
        for piece in np.array_split(rows, 5):
            x = np.column_stack([v[piece] for v in values.values()]) - center
            found.setdefault((int(p), int(a)), []).append(
                Moments.from_sums(tuple(values), rows=len(piece), center=center, sums=x.sum(axis=0), products=x.T @ x)
            )
    return {key: merge_all(parts) for key, parts in found.items()}


def _by_engine(path: Path, place: str, arm: str, asked: Asked) -> Cells:
    engine = Engine.connect("duckdb://")
    engine.backend.raw_sql(f"CREATE TABLE made AS SELECT *, {place} AS place_, {arm} AS arm_ FROM '{path}'")  # type: ignore[attr-defined]
    table = engine.backend.table("made")  # type: ignore[attr-defined]
    return {(k[0], k[1]): c for k, c in cell_moments(engine, table, {"p": "place_"}, ["arm_"], asked)["p"].items()}


@cache
def figures() -> tuple[tuple[Row, dict[str, float]], ...]:
    """Each published figure with what each way gives."""
    return tuple(_figures())


def _figures() -> Iterator[tuple[Row, dict[str, float]]]:
    path = DATA / "hillstrom" / "hillstrom.csv"
    raw = _columns(path)
    values = {m: raw[m].astype(float) for m in METRICS}
    place = raw["mens"].astype(int) + 2 * raw["womens"].astype(int)
    arm = np.select([raw["segment"] == "No E-Mail", raw["segment"] == "Mens E-Mail"], [NONE, MENS], WOMENS)
    cases = "CASE segment WHEN 'No E-Mail' THEN 0 WHEN 'Mens E-Mail' THEN 1 ELSE 2 END"
    hillstrom = (
        _by_arrays(values, place, arm),
        _by_engine(path, "mens + 2 * womens", cases, Asked(METRICS)),
        _merged(values, place, arm),
    )
    path = DATA / "lalonde_nsw" / "nsw_dw.csv"
    raw = _columns(path)
    columns = ("re78", *COVARIATES)
    values = {c: raw[c].astype(float) for c in columns}
    zero, treated = np.zeros(len(raw["treat"]), dtype=int), raw["treat"].astype(float).astype(int)
    asked = Asked(columns, tuple(itertools.combinations(columns, 2)))
    lalonde = (
        _by_arrays(values, zero, treated),
        _by_engine(path, "0", "CAST(treat AS INTEGER)", asked),
        _merged(values, zero, treated),
    )
    for rows, cells in ((hillstrom_rows(), hillstrom), (lalonde_rows(), lalonde)):
        for row in rows:
            yield row, {way: float(row.value(c)) for way, c in zip(WAYS, cells, strict=True)}


def page() -> str:
    """The page's text."""
    lines = [
        "# Conformance: published figures of campaign lift",
        "",
        "Made by `python -m tests.campaigns.measure.conformance`; a test holds the page to it. All figures were recomputed "
        "independently of segkit from the public files. Each comes out of plain arrays, of the engine's two queries, and "
        "of aggregates alone, merged from shuffled pieces. The uplift ranking (Qini), the comparison with the CPS sample, "
        "GrowthBook's and tea-tasting's vectors are in tests/campaigns/models/test_published.py.",
    ]
    section = ""
    for row, found in figures():
        if row.section != section:
            section = row.section
            lines += ["", f"## {section}", "", f"| quantity | published | {' | '.join(WAYS)} |"]
            lines.append("| --- | ---: | ---: | ---: | ---: |")
        cells = " | ".join(f"{value:,.{row.decimals}f}" for value in found.values())
        lines.append(f"| {row.quantity} | {row.published:,.{row.decimals}f} | {cells} |")
    return "\n".join(lines) + "\n\n" + COVERAGE


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
