"""Why the value to come changed: size, mix and rate, and segment by segment."""

from __future__ import annotations

from segkit.page import Block, Metric, Statement, day, literal, number
from segkit.page.columns import Row, TableColumn, segment_rows, table_block, whole_row
from segkit.page.segments import records
from segkit.value.records import CustomerValue
from segkit.value.views.tables import value_money

_PARTS = ("previous", "now", "size_and_mix", "rate", "change")


def value_change_table(value: CustomerValue) -> Block | None:
    """Show the change of the value to come since the period before, split into size, mix and rate."""
    change = value.change
    if change is None:
        return None

    def money(key: str, amount: float) -> Metric:
        return value_money(value, f"change_{key}", amount)

    parts = (
        ("Number of customers", "more or fewer of them, at the mean value of before", money("size", change.size)),
        ("Mix", "customers in other segments than before", money("mix", change.mix)),
        ("Value a customer", "another value a customer within segments", money("rate", change.rate)),
    )
    rows = [
        Row("customer_value_change", {"effect": literal(label), "meaning": literal(meaning), "amount": amount})
        for label, meaning, amount in parts
    ]
    meaning = Statement.of(
        "from {before} to {now}",
        before=value_money(value, "future_before", change.previous),
        now=value_money(value, "future", change.now),
    )
    gap = value_money(value, "change", change.now - change.previous)
    whole = {"effect": literal("Change"), "meaning": meaning, "amount": gap}
    rows.append(Row("customer_value_change", whole, total=True))
    caption = Statement.of(
        "Why the value to come changed, {before} to {now}",
        before=day(change.previous_end),
        now=day(change.end),
    )
    columns = [
        TableColumn("Effect", "effect", "words"),
        TableColumn("What it is", "meaning", "words"),
        TableColumn("Amount", "amount", value.money.currency, "signed"),
    ]
    notes = [
        literal(
            "Both days are valued with the same model and as far ahead, so the change is the customers' own. What they "
            "have brought so far is left out: it counts more days each time."
        )
    ]
    size, mix, rate = (amount for _, _, amount in parts)
    line = Statement.of(
        "{gap} to come since {day}: {size} through numbers, {mix} through mix, {rate} through value a customer",
        gap=number(gap, "signed"),
        day=day(change.previous_end),
        size=number(size, "signed"),
        mix=number(mix, "signed"),
        rate=number(rate, "signed"),
    )
    return table_block(caption, columns, rows, notes=notes, line=line)


def value_change_by_segment(value: CustomerValue) -> Block | None:
    """Show each segment's part in the change of the value to come: moved customers, and what they are worth."""
    change = value.change
    if change is None or change.frame.empty:
        return None
    shown = [segment.name for segment in value.segments]
    read = [
        r | {"change": r["now"] - r["previous"]}
        if not r["suppressed"]
        else {"segment": r["segment"], "suppressed": True, **dict.fromkeys(_PARTS)}
        for r in records(change.frame)
        if r["segment"] in shown
    ]
    whole = {
        "previous": value_money(value, "future_before", change.previous),
        "now": value_money(value, "future", change.now),
        "size_and_mix": value_money(value, "change_moved", change.size + change.mix),
        "rate": value_money(value, "change_rate", change.rate),
        "change": value_money(value, "change", change.now - change.previous),
    }
    rows = [*segment_rows("value_change_of", value.segments, read), whole_row("customer_value", whole)]
    caption = Statement.of(
        "Value to come by segment, {before} and {now}",
        before=day(change.previous_end),
        now=day(change.end),
    )
    money = value.money.currency
    columns = [
        TableColumn("Segment", "segment", "own"),
        TableColumn(Statement((day(change.previous_end),)), "previous", money),
        TableColumn(Statement((day(change.end),)), "now", money),
        TableColumn("Customers moved", "size_and_mix", money, "signed"),
        TableColumn("Value a customer", "rate", money, "signed"),
        TableColumn("Change", "change", money, "signed"),
    ]
    notes = [literal("Customers moved: size and mix together, at the segment's mean value of before.")]
    return table_block(caption, columns, rows, notes=notes)
