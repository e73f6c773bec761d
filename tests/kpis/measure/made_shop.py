"""A small shop in a folder of its own: a dataset file with key figures, and its rows."""

from __future__ import annotations

from pathlib import Path

SHOP = """\
title: Corner shop
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions: {path: sales.csv}
  customers: {path: people.csv, attributes: {income: {kind: money}, city: {}}}
  survey: {path: answers.csv}
segmentations:
  city: {kind: attribute, column: city}
"""


def made_shop(folder: Path, key_figures: str = "", weeks: int = 14) -> Path:
    """Forty customers of two cities who buy once a week, online in every other week; the path of the dataset file."""
    sales = ["customer_id,time,amount,order_id,channel"]
    for week in range(weeks):
        for who in range(40):
            channel = "online" if (who + week) % 4 == 0 else "shop"
            sales.append(
                f"{who},2024-{1 + week // 4:02}-{1 + 7 * (week % 4):02} 12:00,{10 + who % 3}.25,{week}x{who},{channel}"
            )
    people = [
        "customer_id,income,city",
        *(f"{who},{1000 + who}.50,{'Bonn' if who % 2 else 'Ulm'}" for who in range(40)),
    ]
    answers = ["customer_id,question,answer", "1,likes,yes", "2,likes,no"]
    for name, lines in (("sales", sales), ("people", people), ("answers", answers)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    path = folder / "params" / "datasets" / "shop.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SHOP + key_figures)
    return path
