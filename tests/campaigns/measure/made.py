"""Campaigns made for tests: customers of five cities, a draw by chance, and whatever a test does to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from segkit.campaigns.measure.campaign import campaign_lift
from segkit.campaigns.records import CampaignLift
from segkit.customers import CustomerBase
from segkit.data import Dataset
from segkit.data.engine import Engine
from tests.customers.made import Loader, load_duckdb, made_base

START, END = dt.date(2024, 9, 2), dt.date(2024, 10, 27)
CITIES = ("Aachen", "Bonn", "Celle", "Dessau", "Essen")
SHARES = {"control": 0.5, "offer": 0.5}
UNRANKED = {"learner": "none"}
SEGMENTATIONS = {
    "city": {
        "kind": "rules",
        "title": "City",
        "rules": [{"name": city, "when": f"city = '{city}'"} for city in CITIES],
    },
    "age": {"kind": "bands", "column": "age", "edges": [30, 50], "title": "Age"},
}


@dataclass
class Made:
    """A campaign's raw columns, one value a customer, before they become tables.

    Attributes:
        city, age: attributes. before: (n, 8) weekly spend in cents of the eight weeks before.
        during: (n, 8) of the eight weeks of the campaign.
        arm: name, or None. sent, converted, channel, cost, when: of the contact.
    """

    city: np.ndarray
    age: np.ndarray
    before: np.ndarray
    during: np.ndarray
    arm: np.ndarray
    sent: np.ndarray
    converted: np.ndarray
    channel: np.ndarray
    cost: np.ndarray
    when: np.ndarray
    others: np.ndarray

    @property
    def n(self) -> int:
        return len(self.city)


def clean(seed: int = 1, n: int = 4000) -> Made:
    """A campaign without any effect or fault: an A/A test."""
    draw = np.random.default_rng(seed)
    level = draw.lognormal(7.5, 0.7, (n, 1))
    spend = np.floor(level * draw.exponential(1.0, (n, 16)) * (draw.random((n, 16)) < 0.4)).astype(np.int64)
    arm = np.where(draw.random(n) < 0.5, "offer", "control").astype(object)
    sent = (arm == "offer") & (draw.random(n) < 0.95)
    return Made(
        city=draw.choice(CITIES, n),
        age=draw.integers(18, 80, n),
        before=spend[:, :8],
        during=spend[:, 8:],
        arm=arm,
        sent=sent,
        converted=draw.random(n) < 0.1,
        channel=np.where(arm == "offer", draw.choice(["email", "sms"], n), None),
        cost=np.where(sent, 12, 0).astype(np.int64),
        when=np.full(n, dt.datetime.combine(START, dt.time(9))),
        others=np.zeros(n, dtype=bool),
    )


def tables_of(made: Made) -> dict[str, pa.Table]:
    """The checked tables of a dataset that holds the campaign `offer`, and a second one that ran beside it."""
    ids = np.arange(made.n)
    weeks = np.column_stack([made.before, made.during])
    who, week = np.nonzero(weeks)
    days = [START + dt.timedelta(days=int(7 * (w - 8))) for w in range(16)]
    amounts = weeks[who, week]
    transactions = pa.table(
        {
            "customer_id": pa.array(who, pa.int64()),
            "day": pa.array([days[w] for w in week], pa.date32()),
            "amount": pa.array(amounts, pa.int64()),
            "is_purchase": pa.array(amounts > 0, pa.bool_()),
            "order_id": pa.array(np.arange(len(who)), pa.int64()),
            "margin": pa.array(amounts // 2, pa.int64()),
        }
    )
    # everyone was a customer before, whether or not they bought in the eight weeks
    first = pa.table(
        {
            "customer_id": pa.array(ids, pa.int64()),
            "day": pa.array([dt.date(2024, 1, 5)] * made.n, pa.date32()),
            "amount": pa.array(np.full(made.n, 100), pa.int64()),
            "is_purchase": pa.array(np.full(made.n, True), pa.bool_()),
            "order_id": pa.array(10_000_000 + ids, pa.int64()),
            "margin": pa.array(np.full(made.n, 50), pa.int64()),
        }
    )
    contacts = pa.table(
        {
            "customer_id": pa.array(ids, pa.int64()),
            "campaign_id": pa.array(["offer"] * made.n),
            "arm": pa.array(list(made.arm), pa.string()),
            "time": pa.array(list(made.when), pa.timestamp("us")),
            "channel": pa.array(list(made.channel), pa.string()),
            "cost": pa.array(made.cost, pa.int64()),
            "sent": pa.array(made.sent, pa.bool_()),
            "converted": pa.array(made.converted, pa.bool_()),
        }
    )
    also = contacts.filter(pa.array(made.others)).set_column(
        1, "campaign_id", pa.array(["beside"] * int(made.others.sum()), pa.string())
    )
    campaigns = pa.table(
        {
            "campaign_id": ["offer", "beside"],
            "name": ["The offer", "Another one"],
            "start": pa.array([START, START], pa.date32()),
            "end": pa.array([END, END], pa.date32()),
            "randomised": [True, True],
            "control_arm": ["control", "control"],
        }
    )
    people = pa.table({"customer_id": ids, "city": list(made.city), "age": pa.array(made.age, pa.int64())})
    return {
        "transactions": pa.concat_tables([transactions, first]),
        "customers": people,
        "campaigns": campaigns,
        "contacts": pa.concat_tables([contacts, also]),
    }


def base_of(
    like: Dataset,
    tables: Mapping[str, pa.Table],
    as_of: dt.date = END,
    engine: Engine | None = None,
    load: Loader = load_duckdb,
) -> CustomerBase:
    """The customers of the tables, in any engine."""
    base = made_base(like, tables, as_of, engine=engine, load=load, segmentations=SEGMENTATIONS, periods=1)
    return replace(base, dataset=replace(base.dataset, quality=replace(like.quality, tables=()), as_of=as_of))


def lift_of(like: Dataset, made: Made, as_of: dt.date = END, **options: Any) -> CampaignLift:
    """Measure the campaign; nobody is ranked by uplift, which takes longer than all else."""
    usual: dict[str, Any] = {"segmentations": "city", "planned_shares": SHARES, "channels_drawn": True}
    given: dict[str, Any] = usual | {"uplift": UNRANKED} | options
    return campaign_lift(base_of(like, tables_of(made), as_of), "offer", **given)
