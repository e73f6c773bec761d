"""`targets:` of a dataset file: which of them hold, and plan against actual on the page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import segkit as sk
from segkit.errors import ParameterError
from segkit.kpis.measure.targets import own_targets
from segkit.kpis.records import KeyFigures
from segkit.kpis.target_options import Target
from tests.kpis.measure.made_shop import made_shop

END = "2024-03-28"
TARGETS = """\
targets:
  - {metric: net_revenue, value: 400, from: 2024-01-01}
  - {metric: net_revenue, value: 500, from: 2024-03-01, to: 2024-03-31}
  - {metric: orders, value: 44, period: month, from: 2024-01-01}
  - {metric: customers, segmentation: city, segment: Ulm, value: 25, from: 2024-01-01}
  - {path: plans.csv}
"""


def read(folder: Path, sections: str) -> tuple[KeyFigures, Any]:
    base = sk.open(made_shop(folder, sections), as_of=END, periods=10)
    split = sk.segments.assign(base, "city")
    return sk.kpis.read(split), sk.segments.sizes(split)


def test_plan_and_actual_in_tiles_and_table(tmp_path: Path) -> None:
    """Forty customers buy once a week, for 10.25, 11.25 or 12.25: 14, 13 and 13 of them."""
    (tmp_path / "plans.csv").write_text("metric,value,period,from,to\nrevenue_per_order,11.5,week,2024-03-22,\n")
    figures, sizes = read(tmp_path, TARGETS)
    spent = 14 * 10.25 + 13 * 11.25 + 13 * 12.25
    assert [(one.metric, one.segment, one.value) for one in figures.targets] == [
        ("net_revenue", "", 500),
        ("revenue_per_order", "", 11.5),
        ("customers", "Ulm", 25),
    ]
    table = figures.show.plan(sizes)
    stated = {metric.key: metric.value for metric in table.metrics}
    assert stated["net_revenue"] == pytest.approx(spent)
    assert stated["net_revenue_plan"] == 500
    assert stated["net_revenue_less_plan"] == pytest.approx(spent - 500)
    assert stated["net_revenue_of_plan"] == pytest.approx(spent / 500 - 1)
    assert stated["city_ulm_customers_less_plan"] == 20 - 25
    assert [row["cells"][0].text for row in table.fields["rows"]][-1] == "Ulm: customers"
    beside = {
        tile["label"].text: [said.text.replace("\u202f", " ") for said in tile["beside"]]
        for tile in figures.show.tiles().fields["tiles"]
    }
    assert beside["Net revenue"] == ["plan €500: −10.2 %"]
    assert beside["Orders"] == []


def test_a_page_without_targets_has_no_table(tmp_path: Path) -> None:
    figures, sizes = read(tmp_path, "")
    assert figures.targets == ()
    assert figures.show.plan(sizes) is None


def test_of_a_period_that_is_not_complete_nothing_is_set_against_the_plan(tmp_path: Path) -> None:
    late = "freshness: {transactions: {warn_after: 1 days}}\n"
    figures, sizes = read(tmp_path, late + "targets: [{metric: net_revenue, value: 400, from: 2024-01-01}]\n")
    assert not figures.coverage.complete
    assert figures.show.plan(sizes) is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("targets: [{metric: net_revenue, value: 3}]\n", "needs a `value`, and `from`"),
        ("targets: [{value: 3, from: 2024-01-01}]\n", "there is none"),
        ("targets: [{metric: orders, value: 3, from: 2024-02-01, to: 2024-01-01}]\n", "is before `from: 2024-02-01`"),
        ("targets: [{metric: orders, value: 3, from: 2024-02-01, segment: Ulm}]\n", "needs both"),
        (
            "targets: [{metric: orders, value: 3, from: 2024-02-01, segmentation: city, segment: Ulm}]\n",
            "`metric` is customers or value, not orders",
        ),
        (
            "targets: [{metric: value, value: 3, from: 2024-02-01, segmentation: town, segment: Ulm}]\n",
            "there is no segmentation `town`",
        ),
        ("targets: [{path: nowhere.csv}]\n", "nowhere.csv`: no such file"),
        ("targets: [{path: sales.csv}]\n", "has no column `metric`"),
        ("targets: [{path: odd.csv}]\n", "row 2, column value"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, lines: str, said: str) -> None:
    rows = "orders,40,week,2024-01-01\norders,many,week,2024-01-01\n"
    (tmp_path / "odd.csv").write_text("metric,value,period,from\n" + rows)
    with pytest.raises(ParameterError) as error:
        own_targets(sk.open(made_shop(tmp_path, lines), as_of=END).dataset)
    assert said in str(error.value)
    assert "shop.yaml, line" in str(error.value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("metric: net_revenu", "`net_revenu` is no key figure of this report"),
        ("metric: value, segmentation: city, segment: Köln", "`Köln` is no segment of city"),
    ],
)
def test_a_target_of_what_is_not_there_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        read(tmp_path, f"targets: [{{{entry}, value: 3, from: 2024-02-01}}]\n")


def test_a_target_holds_for_periods_that_end_within_its_days() -> None:
    plan = Target("orders", 900, "month", dt.date(2024, 2, 1), dt.date(2024, 3, 31))
    ends = [dt.date(2024, 1, 31), dt.date(2024, 2, 29), dt.date(2024, 3, 31), dt.date(2024, 4, 30)]
    held = [plan.holds_for(sk_period(end)) for end in ends]
    assert held == [False, True, True, False]


def sk_period(end: dt.date) -> Any:
    from segkit.customers.periods import period_ending

    return period_ending(end, "month")
