"""Units of time: the same customers by day, week and month are worth the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.forecast.horizon import Horizon
from segkit.forecast.options import ValueOptions
from segkit.forecast.purchase_cells import WIDTHS, collect_cells, with_mean_spend
from segkit.forecast.purchases import fit_purchases
from tests.value.measure.value_worlds import cdnow, online_retail, simulated, write_dataset

UNITS = ("day", "week", "month")
SPANS = {"day": 1, "week": 7, "month": 28}


def year_ahead(base: CustomerBase, options: ValueOptions) -> float:
    """Value of all customers in the next twelve months, not discounted."""
    forecast = fit_purchases(base, base.as_of, options)
    scored = forecast.score(base.customers(), Horizon(base.as_of, options.horizon_end(base.as_of)))
    return float(base.dataset.engine.collect(scored.aggregate(v=scored.future.sum()))["v"].iloc[0])


def by_unit(base: CustomerBase) -> list[float]:
    """The year ahead with recency and T in each unit, histories in spans of such a unit: purchase days stay days."""
    return [
        year_ahead(base, ValueOptions(time_unit=unit, resolution_days=SPANS[unit], most_cells=15_000))  # type: ignore[arg-type]
        for unit in UNITS
    ]


def recounted(folder: Path, base: CustomerBase, unit: str, models: tuple[str, ...]) -> float:
    """The year ahead from a log that holds one purchase a customer and unit, dated to its middle."""
    days = base.dataset.engine.backend.to_pyarrow(base.daily_purchases().filter(base.daily_purchases().orders > 0))
    end = f"date '{base.as_of}'"
    middle = {
        "day": "day",
        "week": f"{end} - ((({end} - day::date)::int // 7) * 7 + 3)::int",
        "month": "date_trunc('month', day)::date + 15",
    }[unit]
    log = folder / f"{unit}.parquet"
    with duckdb.connect() as connection:
        connection.register("days", days)
        connection.execute(
            f"copy (select customer_id::varchar as customer_id, {middle} as time, sum(gross) / 100.0 as amount "
            f"from days group by all order by all) to '{log}' (format parquet)"
        )
    path = write_dataset(
        folder,
        unit,
        f"""title: Summarised by {unit}
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
returns: {{zero_amounts: orders}}
tables:
  transactions: {{path: {log}, exact_duplicates: keep}}
""",
    )
    summary = customer_base(open_dataset(path, base.as_of.isoformat()), period="month", periods=1)
    return year_ahead(summary, ValueOptions(time_unit=unit, models=models))  # type: ignore[arg-type]


def test_cells_widen_until_they_are_few(tmp_path: Path) -> None:
    base = simulated(tmp_path, 1_500)
    customers = with_mean_spend(base.customers())
    found = [collect_cells(base.dataset.engine, customers, most=most) for most in (2_000, 300, 1)]
    assert found[0].width == 1
    assert len(found[1].frame) <= 300
    # the widest are taken as they are: a segment more never refuses a report
    assert found[2].width == WIDTHS[-1]
    assert {int(cells.frame["customers"].sum()) for cells in found} == {1_500}


@pytest.mark.slow
@pytest.mark.parametrize("which", ["cdnow", "online_retail", "simulated"])
def test_units_of_time_agree(tmp_path: Path, which: str, request: pytest.FixtureRequest) -> None:
    if which == "simulated":
        base = simulated(tmp_path, 8_000)
    else:
        data = request.getfixturevalue("shared_data")
        base = cdnow(tmp_path, data, "1998-06-30") if which == "cdnow" else online_retail(tmp_path, data)
    totals = by_unit(base)
    assert max(totals) / min(totals) < 1.02


def test_units_of_time_agree_on_few_customers(tmp_path: Path) -> None:
    totals = by_unit(simulated(tmp_path, 1_500, as_of=dt.date(2024, 12, 31)))
    assert max(totals) / min(totals) < 1.02


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "models", "units"), [("cdnow", ("Pareto/NBD",), UNITS), ("online_retail", (), UNITS[:2])]
)
def test_logs_that_were_summarised_before_agree(
    tmp_path: Path, shared_data: Path, which: str, models: tuple[str, ...], units: tuple[str, ...]
) -> None:
    """Purchases of one week or month became one before segkit saw them, so that frequencies are other numbers.

    On CDNOW Pareto/NBD, in which customers leave in the course of time, bears months too; BG/NBD, in which they leave
    after a purchase, does not; nor does anything on Online Retail, where months hide much (docs/explanation).
    """
    if which == "cdnow":
        base = cdnow(tmp_path / "log", shared_data, "1998-06-30")
    else:
        base = online_retail(tmp_path / "log", shared_data, "2011-11-30")
    totals = [recounted(tmp_path, base, unit, models) for unit in units]
    assert max(totals) / min(totals) < 1.02
