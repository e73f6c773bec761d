"""Random worlds as rows of raw files: what companies send, with all that has ever gone wrong in it.

A world is a function of its seed. In it, by chance: one customer or many, a stretch in which nobody bought, refunds and
cancellations, purchases of nothing, rows in another currency (to be set aside), rows that come twice, rows of days after
the report's, customers of whom nothing else is known; contracts with gaps, changes of plan, overlaps, renewals, ends that
are not yet certain.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, str]
# days before the report's on which weeks, months and windows turn
TURNS = (0, 1, 6, 7, 8, 13, 14, 20, 21, 27, 28, 29, 30, 31, 59, 60, 61, 62, 119, 120)
DAYS = (dt.date(2024, 2, 29), dt.date(2024, 4, 30), dt.date(2024, 6, 16), dt.date(2024, 12, 31))
CITIES = ("Bonn", "Köln", "Ulm", "")
PLANS = ("S", "M", "L")
FORCED = "payment failed"


@dataclass(frozen=True)
class Drawn:
    """A world before anybody has looked at it.

    Attributes:
        seed: which world it is.
        as_of: the report's day.
        period: of the report.
        tables: rows of each file, all texts; "" for no value.
        rules: of the dataset file: relation, returns, how contracts are read.
    """

    seed: int
    as_of: dt.date
    period: str
    tables: dict[str, list[Row]]
    rules: dict[str, Any] = field(default_factory=dict)


def shop(seed: int, customers: int = 0, reach: int = 0) -> Drawn:
    """Draw customers who buy and fall silent.

    Args:
        seed: of the draw.
        customers: how many; drawn where 0.
        reach: days of history; drawn where 0.
    """
    draw = random.Random(f"shop {seed}")
    as_of, period = draw.choice(DAYS), draw.choice(("day", "week", "month"))
    n, reach = customers or draw.choice((1, 2, 6, 15, 40)), reach or draw.choice((40, 150, 420))
    margin = draw.random() < 0.5
    sales = purchases(draw, as_of, n, reach, costs=margin)
    people = [
        {"customer_id": f"c{who}", "city": draw.choice(CITIES), "age": draw.choice(("", "17", "40", "66"))}
        for who in range(1, n + 5)
        if who == 1 or draw.random() < 0.8
    ]
    rules = {
        "relation": "non_contractual",
        "zero_amounts": draw.choice(("orders", "ignored", "set_aside")),
        "value_months": draw.choice((12, 12, 3, 1, 0)),
        "margin": margin,
    }
    return Drawn(seed, as_of, period, {"transactions": sales, "customers": people}, rules)


def purchases(draw: random.Random, as_of: dt.date, customers: int, reach: int, *, costs: bool = False) -> list[Row]:
    """Draw what customers bought and brought back; with what it had cost, where that is known."""
    quiet = draw.choice((range(0), range(0), range(8), range(31), range(20, 60)))
    even = draw.random() < 0.4  # round amounts, so that sums meet shares exactly
    amounts = ("10.00", "5", "15.00", "20.0") if even else ("10.00", "0.01", "19.99", "7.5", "1234.56", "10.00", "3")
    rows: list[Row] = []

    def sale(who: str, back: int, amount: str, order: str = "") -> None:
        day = as_of - dt.timedelta(days=back)
        clock = draw.choice(("00:00:00", "23:59:59", f"{draw.randrange(24):02}:{draw.randrange(60):02}:07"))
        rows.append(
            {
                "customer_id": who,
                "time": f"{day} {clock}",
                "amount": amount,
                "order_id": order,
                "category": draw.choice(("food", "toys", "")),
            }
            | ({"cost": draw.choice(("", "2.50", "4", "11.10"))} if costs else {})
        )

    sale("c1", reach, "10.00", "o0")
    for number in range(1, customers + 1):
        who, pace = f"c{number}", draw.choice((1.5, 5, 5, 20, 70))
        back = draw.randrange(reach)
        stops = draw.choice((-4, -4, 0, back // 3, back // 2, back - 1))
        for turn in draw.sample(TURNS, 2):
            if turn < reach and turn not in quiet and draw.random() < 0.6:
                sale(who, turn, draw.choice(amounts), draw.choice(("", f"t{number}")))
        while back >= stops:
            if back not in quiet or back < 0:
                kind = draw.random()
                amount = draw.choice(amounts)
                order = draw.choice(("", "", f"o{number}", f"o{number}-{back}", f"o{number}-{back}"))
                if kind < 0.08:
                    amount, order = f"-{amount}", draw.choice(("", order))
                elif kind < 0.12:
                    order = f"X{number}"
                elif kind < 0.18:
                    amount = draw.choice(("0", "0.00"))
                sale(who, back, amount, order)
            back -= draw.choice((0, 1)) if draw.random() < 0.15 else 1 + int(draw.expovariate(1 / pace))
    rows += [dict(row) for row in draw.sample(rows, min(3, len(rows) - 1))]
    if len(rows) > 60:
        for row in draw.sample(rows[1:-3], 2):
            rows.append({**row, "amount": draw.choice(("0.30 USD", "$0.10"))})
    draw.shuffle(rows)
    return rows


def company(seed: int, customers: int = 0, reach: int = 0) -> Drawn:
    """Draw customers under contract.

    Args:
        seed: of the draw.
        customers: how many; drawn where 0.
        reach: days of history; drawn where 0.
    """
    draw = random.Random(f"company {seed}")
    as_of, period = draw.choice(DAYS), draw.choice(("week", "month", "month"))
    n, reach = customers or draw.choice((1, 3, 12, 60)), reach or draw.choice((120, 500, 800))
    rows: list[Row] = []

    def contract(who: int, start: int, length: int | None, plan: str) -> None:
        first = as_of - dt.timedelta(days=start)
        ended = None if length is None else first + dt.timedelta(days=length)
        rows.append(
            {
                "customer_id": f"c{who}",
                "start": str(first),
                "end": "" if ended is None else str(ended),
                "plan": plan,
                "recurring_amount": draw.choice(("", "0", "9.99", "9.99", "25")),
                "end_reason": "" if ended is None else draw.choice(("", "cancelled", FORCED, FORCED)),
            }
        )

    contract(1, reach, 30, "S")
    contract(1, reach - 31, None, "M")  # a change of plan, so that contracts are known to follow each other
    for who in range(1 if n == 1 else 2, n + 1):
        start, begun = draw.randrange(reach), set[int]()
        for _ in range(draw.choice((1, 1, 2, 4))):
            length = draw.choice((None, 0, 6, 30, 31, 90, 90, 200, 365))
            if start in begun or start < -3:
                break
            turn = draw.choice(TURNS)
            if length is not None and turn < start and draw.random() < 0.4:
                length = start - turn
            begun.add(start)
            contract(who, start, length, draw.choice(PLANS))
            if length is None and draw.random() < 0.8:
                break
            start -= (length or 40) + draw.choice((-20, 0, 1, 1, 3, 7, 8, 15, 60))
    rows += [dict(row) for row in draw.sample(rows, min(2, len(rows) - 1))]
    draw.shuffle(rows)
    people = [
        {"customer_id": f"c{who}", "city": draw.choice(CITIES), "age": draw.choice(("", "17", "40", "66"))}
        for who in range(1, n + 3)
        if who == 1 or draw.random() < 0.8
    ]
    tables = {"subscriptions": rows, "customers": people}
    if draw.random() < 0.4:
        tables["transactions"] = purchases(draw, as_of, n, reach)
    rules = {
        "relation": "contractual",
        "zero_amounts": "ignored",
        "value_months": 12,
        "margin": False,
        "followed_within": draw.choice((None, 0, 3, 7, 14)),
        "end_is": draw.choice(("last_day", "first_day_without")),
    }
    return Drawn(seed, as_of, period, tables, rules)
