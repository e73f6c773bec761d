"""What customers pay: bills of contracts, recharges of prepaid cards, purchases of offers, a few refunds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from segkit.arrays import Flags, Whole
from segkit.demo.telecom.arrow_columns import DAY, SECOND, cents, in_cents, labels, numbers, times
from segkit.demo.telecom.contract_history import History
from segkit.demo.telecom.draws import Draws, pick, poisson
from segkit.demo.telecom.months import Months
from segkit.demo.telecom.people import PREPAID, People
from segkit.demo.telecom.truth import TelecomTruth
from segkit.demo.telecom.usage import Habits, Measures

CATEGORIES = ("bill", "recharge", "add-on", "refund")
CHANNELS = ("contract", "web", "app", "shop", "kiosk", "service")
ADD_ONS = ("Device insurance", "Campaign offer")
RECHARGES = np.array([500, 1000, 1500, 2000, 3000])
RECHARGE_WEIGHTS = np.array([0.15, 0.30, 0.25, 0.20, 0.10])
RECHARGE_SEASON = (0.92, 0.88, 0.96, 1.0, 1.0, 1.02, 1.08, 1.06, 0.98, 1.0, 1.04, 1.28)
MOST_RECHARGES = 8
INSURANCE = 499
INSURED = 0.2
REFUNDED = 0.006
REFUND_DAYS = 20
"""A refund comes 1 to 20 days after its order, also when the contract has ended by then."""
GB_COST = 0.35
MINUTE_COST = 0.008
BASE_COST = 4.0
_BILL, _RECHARGE, _ADD_ON, _REFUND = range(4)
_KIND = 100_000
"""order_id = customer_id × 1,000,000 + kind × 100,000 + number within the kind."""


@dataclass(frozen=True)
class Orders:
    """Rows of transactions: amounts and costs in cents, time in microseconds since 1970-01-01."""

    row: Whole
    time: Whole
    amount: Whole
    cost: Whole
    order: Whole
    product: Whole
    category: Whole
    channel: Whole

    @classmethod
    def joined(cls, parts: list[Orders]) -> Orders:
        """Join all parts, one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__annotations__))


def product_names(truth: TelecomTruth) -> tuple[str, ...]:
    """Return the products in the order of their codes: plans, then add-ons."""
    return (*(plan.name for plan in truth.plans), *ADD_ONS)


def transactions_table(
    truth: TelecomTruth,
    months: Months,
    draws: Draws,
    people: People,
    habits: Habits,
    measures: Measures,
    history: History,
    billing_day: Whole,
    purchases: Orders,
) -> Any:
    """Return the chunk's rows of transactions.parquet; `purchases` come from campaigns."""
    bills = _bills(truth, months, draws, people, habits, measures, history, billing_day)
    parts = [bills, _insurance(truth, draws, people, bills), _recharges(truth, months, draws, people, history)]
    refunds = [_refunds(months, draws, part, name) for part, name in ((bills, "bill"), (parts[2], "recharge"))]
    found = Orders.joined([*parts, purchases, *refunds])
    customer = people.id[found.row]
    return pa.table(
        {
            "customer_id": numbers(customer),
            "time": times(found.time),
            "amount": cents(found.amount),
            "order_id": numbers(customer * 1_000_000 + found.order),
            "product_id": labels(found.product, product_names(truth)),
            "category": labels(found.category, CATEGORIES),
            "cost": cents(found.cost),
            "channel": labels(found.channel, CHANNELS),
        }
    )


def price(truth: TelecomTruth, plan: Whole, start: Whole, raised: Flags) -> Whole:
    """Return the price in cents per line and month; `raised` says that the bill falls after the price rise."""
    rise = truth.price_rise
    listed = in_cents(np.array([found.price for found in truth.plans]))[plan]
    notice = int(np.datetime64(rise.notice, "D").astype(np.int64))
    rising = plan == [found.name for found in truth.plans].index(rise.plan)
    new = rising & (raised | (start > notice))
    return np.where(new, int(in_cents(np.array(rise.new_price))), listed)


def _bills(
    truth: TelecomTruth,
    months: Months,
    draws: Draws,
    people: People,
    habits: Habits,
    measures: Measures,
    history: History,
    billing_day: Whole,
) -> Orders:
    """Return a bill for each month, in advance, of contracts that run on the billing day; its cost follows the usage."""
    on_day = (history.first <= billing_day[:, None]) & (billing_day[:, None] <= history.last)
    row, month = np.nonzero(on_day & (people.family != PREPAID)[:, None])
    which = history.contract[row, month]
    plan = history.plan[which, row]
    rise = truth.price_rise.effective
    raised = months.first[month] >= int(np.datetime64(rise, "D").astype(np.int64))
    lines = people.lines[row]
    amount = price(truth, plan, history.start[which, row], raised) * lines
    # Further lines of a company use less than the first.
    scale = lines**0.8
    cost = BASE_COST * lines + scale * (
        GB_COST * habits.data[month, row] + MINUTE_COST * measures.voice_minutes[row, month]
    )
    extra = draws.uniform("bill.extra", len(row), 2)
    roaming = np.where(extra[:, 0] < 0.12, 100 + (extra[:, 1] * 1_900).astype(np.int64), 0)
    return Orders(
        row=row,
        time=(months.first[month] + billing_day[row]) * DAY + 6 * 3_600 * SECOND,
        amount=amount + roaming,
        cost=in_cents(cost) + roaming // 2,
        order=month,
        product=plan,
        category=np.full(len(row), _BILL),
        channel=np.zeros(len(row), dtype=np.int64),
    )


def _insurance(truth: TelecomTruth, draws: Draws, people: People, bills: Orders) -> Orders:
    """Return a second line on the bills of customers who have insured their device."""
    insured = draws.uniform("bill.insured", len(people.id)) < INSURED
    chosen = insured[bills.row]
    row = bills.row[chosen]
    lines = people.lines[row]
    return Orders(
        row=row,
        time=bills.time[chosen],
        amount=INSURANCE * lines,
        cost=INSURANCE * lines * 6 // 10,
        order=bills.order[chosen],
        product=np.full(len(row), len(truth.plans)),
        category=np.full(len(row), _ADD_ON),
        channel=bills.channel[chosen],
    )


def _recharges(truth: TelecomTruth, months: Months, draws: Draws, people: People, history: History) -> Orders:
    """Return the recharges of prepaid customers, each at their own rhythm, with more in December."""
    size = len(people.id)
    rhythm = -0.6 * np.log1p(-draws.uniform("recharge.rhythm", size, 2)).sum(axis=1) + 0.1
    season = np.asarray(RECHARGE_SEASON)[months.calendar[: months.count]]
    mean = np.where(people.family == PREPAID, rhythm, 0.0)[:, None] * season
    counts = np.zeros((size, months.count), dtype=np.int64)
    uniform = draws.uniform("recharge.count", size, months.count)
    counts[:] = poisson(uniform, mean, MOST_RECHARGES)
    counts[history.last < 0] = 0
    row, month = np.nonzero(counts)
    many = counts[row, month]
    number = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    row, month = np.repeat(row, many), np.repeat(month, many)
    uniform = draws.uniform("recharge.what", len(row), 5)
    day = (uniform[:, 0] * months.length[month]).astype(np.int64)
    kept = (day >= history.first[row, month]) & (day <= history.last[row, month])
    row, month, day, number, uniform = row[kept], month[kept], day[kept], number[kept], uniform[kept]
    amount = RECHARGES[pick(uniform[:, 1], RECHARGE_WEIGHTS)]
    # The mean of two uniforms gives a broad hump around the afternoon.
    second = (6 * 3_600 + 17 * 3_600 * (uniform[:, 2] + uniform[:, 3]) / 2).astype(np.int64)
    ratio = 0.25 + 0.6 * draws.uniform("recharge.cost", size) ** 2
    app = people.app[row]
    channel = np.where(app & (uniform[:, 4] < 0.6), 2, 1 + pick(uniform[:, 4], np.array([0.4, 0.0, 0.35, 0.25])))
    return Orders(
        row=row,
        time=(months.first[month] + day) * DAY + second * SECOND,
        amount=amount,
        cost=(amount * ratio[row]).astype(np.int64),
        order=_KIND + month * (MOST_RECHARGES + 1) + number,
        product=history.plan[history.contract[row, month], row],
        category=np.full(len(row), _RECHARGE),
        channel=channel.astype(np.int64),
    )


def _refunds(months: Months, draws: Draws, orders: Orders, name: str) -> Orders:
    """Return refunds: a few orders are paid back in part or whole, and the refund carries the order's number."""
    uniform = draws.uniform(f"refund.{name}", len(orders.row), 3)
    time = orders.time + (1 + (uniform[:, 1] * REFUND_DAYS).astype(np.int64)) * DAY
    chosen = (uniform[:, 0] < REFUNDED) & (time < (months.end + 1) * DAY)
    share = np.where(uniform[chosen, 2] < 0.4, 1.0, uniform[chosen, 2])
    amount = -np.maximum((orders.amount[chosen] * share).astype(np.int64), 1)
    return Orders(
        row=orders.row[chosen],
        time=time[chosen],
        amount=amount,
        cost=np.zeros(len(amount), dtype=np.int64),
        order=orders.order[chosen],
        product=orders.product[chosen],
        category=np.full(len(amount), _REFUND),
        channel=np.full(len(amount), 5),
    )


def purchase_orders(
    truth: TelecomTruth, row: Whole, time: Whole, amount: Whole, number: Whole, channel: Whole
) -> Orders:
    """Return the purchases of a campaign's offer; `number` keeps them apart within a customer."""
    return Orders(
        row=row,
        time=time,
        amount=amount,
        cost=amount * 3 // 10,
        order=2 * _KIND + number,
        product=np.full(len(row), len(truth.plans) + 1),
        category=np.full(len(row), _ADD_ON),
        channel=channel,
    )
