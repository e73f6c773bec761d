"""What one to four customers do in a period is no news of all the others, whether of a sum or of a ratio."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

import segkit
from segkit.kpis.records import KeyFigures
from segkit.kpis.views.figure_decisions import is_news

LAST = dt.date(2025, 2, 23)
BY_MONEY = ("net_revenue", "revenue_per_order")


def read(folder: Path, large: list[float], usual: float = 1.0) -> KeyFigures:
    """Key figures of 400 customers who buy in one week of three, with large orders and all others' prices in the last."""
    draw, rows = random.Random(3), ["order_id,customer_id,time,amount"]
    for week in range(60):
        for who in range(400):
            if draw.random() < 0.35:
                day = LAST - dt.timedelta(days=7 * (59 - week) + draw.randrange(7))
                amount = draw.lognormvariate(3, 0.4) * (usual if week == 59 else 1.0)
                rows.append(f"{len(rows)},{who},{day},{amount:.2f}")
    rows += [f"{len(rows) + at},{at},{LAST},{amount}" for at, amount in enumerate(large)]
    (folder / "orders.csv").write_text("\n".join(rows) + "\n")
    file = folder / "params" / "datasets" / "shop.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "title: Shop\nrelation: non_contractual\ncurrency: EUR\ntime_zone: Europe/Berlin\n"
        "tables: {transactions: {path: orders.csv}}\nsegmentations:\n  lifecycle: {kind: lifecycle}\n"
    )
    return segkit.kpis.read(segkit.segments.assign(segkit.open(file, str(LAST), periods=3), "lifecycle"), most=4)


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_so_few_make_no_headline(tmp_path: Path, many: int) -> None:
    figures = read(tmp_path, [20_000.0] * many)
    assert {key: figures[key].variation for key in BY_MONEY} == dict.fromkeys(BY_MONEY, "few")
    assert not any(is_news(figure) for figure in figures.figures)


def test_five_and_everybody_do(tmp_path: Path) -> None:
    for name, large, usual in (("five", [20_000.0] * 5, 1.0), ("all", [], 1.8)):
        (tmp_path / name).mkdir()
        figures = read(tmp_path / name, large, usual)
        assert figures["revenue_per_order"].variation == "news", name
    assert figures["net_revenue"].variation == "news"
