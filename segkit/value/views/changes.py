"""Why the value to come changed: size, mix and rate, and segment by segment."""

from __future__ import annotations

from segkit.page import Block, Statement, day, literal, number, words
from segkit.page.segments import keys, records
from segkit.page.tables import column, row, table
from segkit.value.records import CustomerValue
from segkit.value.views.tables import value_money


def value_change_table(value: CustomerValue) -> Block | None:
    """The change of the value to come since the period before, split into size, mix and rate; they sum to it."""
    change = value.change
    if change is None:
        return None
    parts = (
        ("Number of customers", "more or fewer of them, at the mean value of before", "size", change.size),
        ("Mix", "customers in other segments than before", "mix", change.mix),
        ("Value a customer", "another value a customer within segments", "rate", change.rate),
    )
    rows = [
        row(
            [
                literal(label),
                literal(meaning),
                Statement.of("{n}", n=number(value_money(value, f"change_{key}", amount), "signed")),
            ]
        )
        for label, meaning, key, amount in parts
    ]
    rows.append(
        row(
            [
                literal("Change"),
                Statement.of(
                    "from {before} to {now}",
                    before=value_money(value, "future_before", change.previous),
                    now=value_money(value, "future", change.now),
                ),
                Statement.of("{n}", n=number(value_money(value, "change", change.now - change.previous), "signed")),
            ],
            total=True,
        )
    )
    caption = Statement.of(
        "Why the value to come changed, {before} to {now}",
        before=day(change.previous_end),
        now=day(change.end),
    )
    columns = [column("Effect", "text"), column("What it is", "text"), column("Amount")]
    notes = [
        literal(
            "Both days are valued with the same model and as far ahead, so that the change is the customers'. What "
            "they have brought so far is left out: it counts more days each time."
        )
    ]
    return Block.of("table", table(caption, columns, rows, notes=notes))


def value_change_by_segment(value: CustomerValue) -> Block | None:
    """Where the change of the value to come came from: each segment's, moved customers and their value apart."""
    change = value.change
    if change is None or change.frame.empty:
        return None
    parts = ("previous", "now", "size_and_mix", "rate")
    shown = [segment.name for segment in value.segments]
    found = [r for r in records(change.frame) if r["segment"] in shown]
    rows = []
    for segment, key, r in zip(value.segments, keys("value_change_of", shown), found, strict=True):
        moved = None if r["suppressed"] else r["now"] - r["previous"]
        metrics = [value_money(value, f"{key}_{part}", None if r["suppressed"] else r[part]) for part in parts]
        cells = [Statement.of("{n}", n=metric) for metric in metrics[:2]]
        cells += [
            Statement.of("{n}", n=number(metric, "signed"))
            for metric in (*metrics[2:], value_money(value, f"{key}_change", moved))
        ]
        rows.append(row([words(segment.name, 80), *cells], colour=segment.colour, quiet=bool(r["suppressed"])))
    whole = (
        ("future_before", change.previous),
        ("future", change.now),
        ("change_moved", change.size + change.mix),
        ("change_rate", change.rate),
        ("change", change.now - change.previous),
    )
    totals = [value_money(value, key, amount) for key, amount in whole]
    cells = [Statement.of("{n}", n=metric) for metric in totals[:2]]
    cells += [Statement.of("{n}", n=number(metric, "signed")) for metric in totals[2:]]
    rows.append(row([literal("All"), *cells], total=True))
    caption = Statement.of(
        "Value to come by segment, {before} and {now}",
        before=day(change.previous_end),
        now=day(change.end),
    )
    columns = [
        column("Segment", "text"),
        column(Statement.of("{d}", d=day(change.previous_end))),
        column(Statement.of("{d}", d=day(change.end))),
        *(column(label) for label in ("Customers moved", "Value a customer", "Change")),
    ]
    notes = [literal("Customers moved: size and mix together, at the segment's mean value of before.")]
    return Block.of("table", table(caption, columns, rows, notes=notes))
