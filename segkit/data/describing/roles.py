"""What a table is, by the names and values of its columns: purchases, contracts, a snapshot, sums by month, a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from segkit.data.attributes import RESERVED
from segkit.data.describing.draft import Draft, by_name
from segkit.data.describing.looks import ColumnLook
from segkit.data.wide_tables import month_end
from segkit.data.wording import listed, seen

_GONE: Final = frozenset(
    ("yes", "true", "1", "y", "churned", "left", "cancelled", "canceled", "inactive", "attrited", "closed", "exited")
)
_FEW: Final = 12
_SEGMENTATIONS: Final = 4
_MONTHS: Final = 3


def draft_of(columns: Sequence[ColumnLook]) -> Draft:
    """Return the draft for a table; one without tables if it is none of those."""
    for attempt in (_snapshot, _contracts, _purchases, _months, _list):
        draft = Draft()
        if attempt(draft, columns):
            return draft
    return Draft()


def _purchases(draft: Draft, columns: Sequence[ColumnLook]) -> bool:
    time = draft.pick("time", [one for one in columns if one.days], "it holds days")
    if time is None:
        return False
    left = [one for one in columns if one is not time and one.filled]
    numbers = [one for one in left if one.numbers]
    quantity = draft.pick("quantity", numbers) if by_name("quantity", numbers) else None
    rest = [one for one in numbers if one is not quantity]
    named = by_name("amount", [one for one in rest if one not in by_name("unit_price", rest)])
    price = None
    if quantity is not None and not named and by_name("unit_price", rest):
        price = draft.pick("unit_price", rest)
        amount = None
        draft.guessed.append("The amount is quantity × unit_price, since no column is called like an amount.")
    else:
        decimals = [one for one in rest if one.fractions]
        amount = draft.pick("amount", named or rest) or draft.pick(
            "amount", decimals, "it holds numbers with decimals"
        )
        if amount is None:
            return False
    used = [one for one in (time, quantity, price, amount) if one is not None]
    others = [one for one in left if one not in used]
    ids = [one for one in others if one.different > 1] or others
    customer = draft.pick("customer_id", ids, "it is the first column that is left")
    if customer is None:
        return False
    names = {"customer_id": customer.name, "time": time.name}
    names |= {
        role: one.name for role, one in (("quantity", quantity), ("unit_price", price), ("amount", amount)) if one
    }
    draft.pick_more(
        ("order_id", "product_id", "category", "currency", "channel", "store", "refund"),
        [one for one in others if one is not customer],
        names,
    )
    table: dict[str, Any] = {"columns": names}
    if "order_id" not in names:
        table["exact_duplicates"] = "keep"
        draft.guessed.append("Rows that are the same are two purchases, since no column is the number of an order.")
    minus = next((one for one in (amount, quantity) if one is not None and one.negative), None)
    if minus is not None:
        draft.guessed.append(f"{minus.negative:,} rows whose `{seen(minus.name)}` is below zero are returns.")
    draft.write_ways([time], [one for one in (quantity, price, amount) if one is not None])
    draft.keys["relation"] = "non_contractual"
    draft.tables["transactions"] = table
    return True


def _contracts(draft: Draft, columns: Sequence[ColumnLook]) -> bool:
    days = [one for one in columns if one.days]
    starts, ends = by_name("start", days), by_name("end", days)
    if not starts or not ends or starts[0] is ends[0]:
        return False
    start, end = draft.pick("start", starts), draft.pick("end", ends)
    others = [one for one in columns if one.filled and one is not start and one is not end]
    customer = draft.pick("customer_id", others, "it is the first column that is left")
    if customer is None or start is None or end is None:
        return False
    names = {"customer_id": customer.name, "start": start.name, "end": end.name}
    rest = [one for one in others if one is not customer]
    draft.pick_more(("plan",), rest, names)
    draft.pick_more(("recurring_amount",), [one for one in rest if one.numbers], names)
    draft.guessed.append(
        "A contract still runs on the day in `end`; if it does not, write `end_is: first_day_without`."
    )
    if "recurring_amount" in names:
        draft.guessed.append(f"`{seen(names['recurring_amount'])}` is what a contract brings a month.")
    draft.write_ways([start, end], [one for one in rest if one.name == names.get("recurring_amount")])
    draft.keys["relation"] = "contractual"
    draft.tables["subscriptions"] = {"columns": names}
    return True


def _snapshot(draft: Draft, columns: Sequence[ColumnLook]) -> bool:
    unique = [one for one in columns if one.is_unique]
    states = [
        one
        for one in by_name("status", [c for c in columns if 1 < c.different <= _FEW])
        if any(value.casefold() in _GONE for value in one.examples)
    ]
    if not unique or not states:
        return False
    status = states[0]
    customer = draft.pick("customer_id", unique, "each row has another value there")
    assert customer is not None
    gone = [value for value in status.examples if value.casefold() in _GONE]
    draft.guessed.append(
        f"status is `{seen(status.name)}` with {listed(status.examples, 4)}: those with {listed(gone, 4)} have left."
    )
    draft.asked.append(
        "as_of: the day on which the list was taken. The day on which the file was written stands there."
    )
    names = {"customer_id": customer.name, "status": status.name}
    others = [one for one in columns if one.filled and one is not status and one is not customer]
    numbers = [one for one in others if one.numbers]
    draft.pick_more(("tenure", "recurring_amount"), numbers, names)
    draft.pick_more(("plan",), [one for one in others if 1 < one.different <= _FEW], names)
    if "tenure" in names:
        draft.guessed.append(f"`{seen(names['tenure'])}` counts months.")
    draft.write_ways([], [one for one in numbers if one.name in names.values()])
    draft.keys["relation"] = "contractual"
    draft.tables["subscriptions"] = {"shape": "snapshot", "ended_when": gone, "columns": names}
    left = [one.name for one in others if one.name not in names.values()]
    if left:  # all but the status: who has left is what is to be told from the others
        attributes = {_attribute(name): {} if _attribute(name) == name else {"column": name} for name in left}
        draft.tables["customers"] = {"columns": {"customer_id": customer.name}, "attributes": attributes}
    return True


def _months(draft: Draft, columns: Sequence[ColumnLook]) -> bool:
    """Add a table with one column for each month, which holds what a customer brought in it, if this is one."""
    # nobody may have bought in one of them
    months = [one for one in columns if (one.numbers or not one.filled) and month_end(one.name)]
    others = [one for one in columns if one.filled and one not in months]
    if len(months) < _MONTHS:
        return False
    customer = draft.pick(
        "customer_id", [one for one in others if one.is_unique] or others, "it is the first of the others"
    )
    if customer is None:
        return False
    draft.guessed.append(
        f"{len(months)} columns are months, such as `{seen(months[0].name)}`; what stands in one is what the customer "
        "brought in that month, and counts on its last day."
    )
    draft.write_ways([], months)
    draft.keys["relation"] = "non_contractual"
    table: dict[str, Any] = {"columns": {"customer_id": customer.name}}
    table["wide"] = {"columns": [one.name for one in months], "names": "time", "values": "amount"}
    known = {_attribute(one.name): {"column": one.name} for one in others if one is not customer}
    draft.tables["transactions"] = table | ({"attributes": known} if known else {})
    return True


def _list(draft: Draft, columns: Sequence[ColumnLook]) -> bool:
    few = [one for one in columns if 1 < one.different <= _FEW and one.filled]
    groups = [one for one in few if not one.numbers] or few
    if not groups:
        return False
    unique = [one for one in columns if one.is_unique and not one.fractions]
    table: dict[str, Any] = {}
    if unique:
        customer = draft.pick("customer_id", unique, "each row has another value there")
        assert customer is not None
        table["columns"] = {"customer_id": customer.name}
    else:
        table["rows_are_customers"] = True
        draft.guessed.append(
            "Each row is a customer, and rows are numbered: no column has another value in each row."
        )
    attributes = {
        one.name: one for one in columns if one.filled and one.name not in table.get("columns", {}).values()
    }
    if any(name.casefold() in RESERVED for name in attributes):
        table["attributes"] = {_attribute(name): {"column": name} for name in attributes}
    draft.guessed.append(
        "The file is a list of customers: it has no day of a purchase with an amount, no contract with its first and last "
        "day, and no status that says who has left."
    )
    draft.keys["relation"] = "list"
    draft.keys["segmentations"] = {
        _key(one.name): {"kind": "attribute", "column": _attribute(one.name)} for one in groups[:_SEGMENTATIONS]
    }
    draft.tables["customers"] = table
    return True


def _key(name: str) -> str:
    return "by_" + (re.sub(r"[^0-9a-z]+", "_", name.casefold()).strip("_") or "group")


def _attribute(name: str) -> str:
    """Return a name that segkit does not give itself."""
    return f"{name}_of_customer" if name.casefold() in RESERVED else name
