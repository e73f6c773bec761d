"""Datasets for tests of customer value: CDNOW and Online Retail as published, and customers of known models."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.customers import CustomerBase, customer_base
from segkit.data import open_dataset
from segkit.forecast.models.bg_nbd import BGNBD
from segkit.forecast.models.gamma_gamma import GammaGamma

SEGMENTS = "segmentations: {value: {kind: value, groups: 5}}\n"


def write_dataset(folder: Path, name: str, text: str) -> Path:
    """A dataset file in a project of its own."""
    path = folder / "params" / "datasets" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + SEGMENTS, encoding="utf-8")
    return path


def cdnow(folder: Path, shared_data: Path, as_of: str) -> CustomerBase:
    """The 1/10 sample; purchases of nothing are orders, as the literature counts them."""
    path = write_dataset(
        folder,
        "cdnow",
        f"""title: CDNOW sample
relation: non_contractual
currency: USD
time_zone: America/New_York
returns: {{zero_amounts: orders}}
tables:
  transactions:
    path: {shared_data / "cdnow" / "CDNOW_sample.txt"}
    format:
      delimiter: whitespace
      header: false
      names: [master, customer, date, cds, dollars]
      date_format: "%Y%m%d"
    exact_duplicates: keep
    columns: {{customer_id: customer, time: date, amount: dollars}}
""",
    )
    return customer_base(open_dataset(path, as_of), period="month", periods=2)


def online_retail(folder: Path, shared_data: Path, as_of: str = "2011-12-08") -> CustomerBase:
    """The gift wholesaler; cancelled invoices are returns."""
    path = write_dataset(
        folder,
        "retail",
        f"""title: Online Retail
relation: non_contractual
currency: GBP
time_zone: Europe/London
returns: {{cancellation_prefix: C}}
tolerate: 0.3
tables:
  transactions:
    path: {shared_data / "online_retail" / "online_retail.csv.gz"}
    exact_duplicates: keep
    columns:
      customer_id: CustomerID
      time: InvoiceDate
      order_id: InvoiceNo
      quantity: Quantity
      unit_price: UnitPrice
""",
    )
    return customer_base(open_dataset(path, as_of), period="month", periods=2)


def simulated(
    folder: Path,
    customers: int,
    *,
    days: int = 728,
    seed: int = 7,
    as_of: dt.date = dt.date(2024, 12, 31),
    pace: np.ndarray | None = None,
    after: int = 0,
) -> CustomerBase:
    """Customers of BG/NBD (a week is the unit of time) and Gamma-Gamma, written as a log of purchases.

    Args:
        folder: to write to.
        customers: how many begin in the days.
        days: of history.
        seed: of the draws.
        as_of: the last day of the history.
        pace: by which everybody's rate is multiplied on each day, `days + after` of them; None for a steady one.
        after: days written beyond `as_of`, which nothing but a test looks at.
    """
    model, spend = BGNBD(r=0.9, alpha=6.0, a=0.6, b=3.0), GammaGamma(p=6.0, q=4.0, v=15.0)
    rng = np.random.default_rng(seed)
    start = as_of - dt.timedelta(days=days)
    born = rng.integers(0, days, customers)
    rate = rng.gamma(model.r, 1 / model.alpha, customers) / 7.0
    leave = rng.beta(model.a, model.b, customers)
    scale = rng.gamma(spend.q, 1 / spend.v, customers)
    who, when = [np.arange(customers)], [born.astype(float)]
    clock = np.concatenate([[0.0], np.cumsum(np.ones(days + after) if pace is None else pace)])
    grid = np.arange(clock.size, dtype=float)
    now, alive = np.interp(born, grid, clock), np.arange(customers)
    while alive.size:
        now[alive] += rng.exponential(1 / rate[alive])
        alive = alive[now[alive] < clock[-1]]
        who.append(alive)
        when.append(np.interp(now[alive], clock, grid))
        alive = alive[rng.random(alive.size) >= leave[alive]]
    customer = np.concatenate(who)
    amount = rng.gamma(spend.p, 1 / scale[customer])
    day = np.floor(np.concatenate(when)).astype("int64")
    times = np.datetime64(start + dt.timedelta(days=1)) + day
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table({"customer_id": customer, "time": times, "amount": np.round(amount, 2)}), folder / "log.parquet"
    )
    path = write_dataset(
        folder,
        "made",
        f"""title: Drawn from known models
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions:
    path: {folder / "log.parquet"}
    exact_duplicates: keep
""",
    )
    return customer_base(open_dataset(path, as_of), period="month", periods=2)
