"""Parquet files, written chunk by chunk, so that memory does not grow with the number of customers."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.demo.staging import build_folder
from segkit.demo.telecom.arrow_columns import cents, days, flags, in_cents, labels, numbers
from segkit.demo.telecom.billing import Orders, price, product_names, transactions_table
from segkit.demo.telecom.campaigns import Assignments, declared_campaigns, outcome
from segkit.demo.telecom.contract_history import END_REASONS, RUNNING, History, draw_history
from segkit.demo.telecom.draws import Draws
from segkit.demo.telecom.events import bill_day, events_table
from segkit.demo.telecom.months import Months, month_grid
from segkit.demo.telecom.people import (
    ACQUISITION,
    AGE_BANDS,
    DEVICES,
    GENDERS,
    INCOMES,
    INDUSTRIES,
    MARITAL,
    PREPAID,
    SIZES,
    SYSTEMS,
    People,
    draw_people,
)
from segkit.demo.telecom.places import PLACES
from segkit.demo.telecom.planted import planted_truth
from segkit.demo.telecom.survey import survey_table
from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.truth_file import TRUTH_FOLDER, write_truth
from segkit.demo.telecom.usage import draw_habits, draw_measures
from segkit.errors import ParameterError

CHUNK = 20_000
"""How many customers are made at a time. Another size makes other customers."""
MOST_CUSTOMERS = 1_000_000_000


def prepare_telecom(
    folder: Path,
    *,
    customers: int = 20_000,
    seed: int = 20260101,
    start: dt.date = dt.date(2024, 1, 1),
    end: dt.date = dt.date(2025, 12, 31),
) -> TelecomTruth:
    """Simulate a telecom company's customers and write them as Parquet files.

    The same arguments give the same bytes; the first n customers are the same whatever the total. The folder appears
    when everything is written, or not at all.

    Args:
        folder: to be made; its parent exists. It must not hold anything yet.
        customers: how many, from 1 to a thousand million; those who join and leave within the span included.
        seed: any whole number from 0 on.
        start: first of a month: tables show what happens from this day on (contracts began up to six years before).
        end: last day of a month; 24 to 600 months from start.

    Returns:
        What is planted; also written as truth.json, and by customer in the folder truth/.

    Raises:
        ParameterError: a number or date is out of bounds, or the folder exists.
    """
    if isinstance(customers, bool) or not 1 <= customers <= MOST_CUSTOMERS:
        raise ParameterError(f"customers is {customers}; simulate at least 1 and at most {MOST_CUSTOMERS:,} of them.")
    if seed < 0:
        raise ParameterError(f"seed is {seed}; write a whole number from 0 on.")
    truth = planted_truth(customers, seed, start, end)
    build_folder(Path(folder), lambda partial: _write(truth, partial))
    return truth


def _write(truth: TelecomTruth, folder: Path) -> None:
    """Write all files of the data set into an existing folder."""
    months = month_grid(truth.start, truth.end)
    (folder / TRUTH_FOLDER).mkdir()
    write_truth(truth, folder)
    with ExitStack() as stack:
        files: dict[str, _File] = {}
        for chunk in range(-(-truth.customers // CHUNK)):
            for name, table in _chunk(truth, months, chunk):
                if name not in files:
                    files[name] = stack.enter_context(_File(folder / f"{name}.parquet", table.schema))
                files[name].write(table)
    for name, table in (("campaigns", declared_campaigns(truth)), ("products", _products(truth))):
        with _File(folder / f"{name}.parquet", table.schema) as file:
            file.write(table)


def _chunk(truth: TelecomTruth, months: Months, chunk: int) -> Iterator[tuple[str, Any]]:
    """Yield the tables of one chunk of customers, one after the other."""
    draws = Draws(truth.seed, chunk)
    size = min(CHUNK, truth.customers - chunk * CHUNK)
    people = draw_people(truth, draws, chunk * CHUNK + 1, size)
    habits = draw_habits(truth, months, draws, people)
    assignments = Assignments(truth, months, draws, people)
    history = draw_history(truth, months, draws, people, habits, assignments.rules)
    yield "customers", _customers(truth, people)
    yield "subscriptions", _subscriptions(truth, people, history)
    outcomes = [
        outcome(truth, months, draws, people, history, campaign, assignments.made[campaign.campaign_id])
        for campaign in truth.campaigns
    ]
    yield "contacts", pa.concat_tables([found.contacts for found in outcomes]).unify_dictionaries()
    yield f"{TRUTH_FOLDER}/contacts", pa.concat_tables([found.truth for found in outcomes]).unify_dictionaries()
    yield f"{TRUTH_FOLDER}/customers", _planted(truth, people, history)
    yield "survey", survey_table(truth, months, draws, people, history)
    billing = bill_day(draws, people)
    measures = draw_measures(truth, months, draws, people)
    purchases = Orders.joined([found.orders for found in outcomes])
    yield (
        "transactions",
        transactions_table(truth, months, draws, people, habits, measures, history, billing, purchases),
    )
    yield "events", events_table(truth, months, draws, people, habits, measures, history, billing)


class _File:
    """One Parquet file that grows by row groups and is on the disk when it is closed."""

    def __init__(self, path: Path, schema: Any) -> None:
        plain = pa.schema(
            [
                pa.field(part.name, part.type.value_type if pa.types.is_dictionary(part.type) else part.type)
                for part in schema
            ]
        )
        text = [part.name for part in plain if pa.types.is_string(part.type)]
        self._path = path
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[*text, *(name for name in ("time",) if name in plain.names)],
            column_encoding={
                part.name: "DELTA_BINARY_PACKED" for part in plain if part.name in ("customer_id", "order_id")
            },
            store_schema=False,
            store_decimal_as_integer=True,
        )

    def __enter__(self) -> _File:
        return self

    def write(self, table: Any) -> None:
        """Append the rows as one row group."""
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        with open(self._path, "rb") as file:
            os.fsync(file.fileno())


def _customers(truth: TelecomTruth, people: People) -> Any:
    """Return the table customers.parquet; attributes of consumers are empty for companies, and the other way round."""
    consumer = ~people.business
    columns: dict[str, Any] = {
        "customer_id": numbers(people.id),
        "customer_type": labels(people.business.astype(np.int64), ("consumer", "business")),
        "birth_year": numbers(people.birth_year.astype(np.int32), consumer),
        "age_band": labels(np.where(consumer, people.age, -1), AGE_BANDS),
        "gender": labels(people.gender, GENDERS),
        "marital_status": labels(people.marital, MARITAL),
        "household_size": numbers(people.household.astype(np.int32), people.household > 0),
        "income_band": labels(people.income, INCOMES),
        "country": _place(people, "country"),
        "region": _place(people, "region"),
        "city": _place(people, "city"),
        "device_type": labels(people.device, DEVICES),
        "device_os": labels(people.system, SYSTEMS),
        "app_user": flags(people.app),
        "acquisition_channel": labels(people.acquisition, ACQUISITION),
        "company_size": labels(people.size, SIZES),
        "industry": labels(people.industry, INDUSTRIES),
    }
    for place, name in enumerate(truth.survey.attitudes):
        rating = people.attitudes[:, place]
        columns[name] = numbers(rating.astype(np.int32), rating > 0)
    return pa.table(columns)


def _place(people: People, level: str) -> Any:
    """Return a level of the places' hierarchy."""
    values = [getattr(place, level) for place in PLACES]
    distinct = list(dict.fromkeys(values))
    return labels(np.array([distinct.index(value) for value in values])[people.place], distinct)


def _subscriptions(truth: TelecomTruth, people: People, history: History) -> Any:
    """Return the table subscriptions.parquet, a row for each contract with the amount agreed at its start."""
    row, which = np.nonzero(history.start.T != RUNNING)
    start, end, plan = history.start[which, row], history.end[which, row], history.plan[which, row]
    amount = price(truth, plan, start, np.zeros(len(row), dtype=bool)) * people.lines[row]
    return pa.table(
        {
            "customer_id": numbers(people.id[row]),
            "start": days(start),
            "end": days(end, end != RUNNING),
            "plan": labels(plan, [found.name for found in truth.plans]),
            "recurring_amount": cents(amount, people.family[row] != PREPAID),
            "end_reason": labels(history.reason[which, row], END_REASONS),
        }
    )


def _planted(truth: TelecomTruth, people: People, history: History) -> Any:
    """Return the table truth/customers.parquet: groups, and what comes after the end."""
    forecast = history.forecast
    known = ~np.isnan(forecast.log_odds)
    return pa.table(
        {
            "customer_id": numbers(people.id),
            "need_group": labels(people.need, [group.name for group in truth.need_groups]),
            "behaviour_group": labels(people.behaviour, [group.name for group in truth.behaviour_groups]),
            "churn_log_odds": numbers(forecast.log_odds, known),
            "p_churn_1_month": numbers(forecast.one_month, known),
            "p_churn_3_months": numbers(forecast.three_months, known),
            "future_end": days(forecast.end_day, forecast.end_day != RUNNING),
        }
    )


def _products(truth: TelecomTruth) -> Any:
    """Return the table products.parquet: plans and add-ons."""
    names = product_names(truth)
    families = [plan.family for plan in truth.plans]
    add_ons = len(names) - len(families)
    return pa.table(
        {
            "product_id": pa.array(names),
            "category": pa.array([*families, *["add-on"] * add_ons]),
            "department": pa.array([*["plan"] * len(families), *["add-on"] * add_ons]),
            "brand": pa.array(["segkit telecom"] * len(names)),
            "list_price": cents(in_cents(np.array([*(plan.price for plan in truth.plans), 4.99, 14.99]))),
        }
    )
