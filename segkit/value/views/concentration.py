"""How value is spread, as a table."""

from __future__ import annotations

import math

from segkit.page import Block, Metric, Statement, day, own_name, own_words
from segkit.page.columns import Row, TableColumn, table_block
from segkit.page.segments import slug
from segkit.page.telling import telling
from segkit.value.concentration_records import Concentration


def prefix_of(concentration: Concentration) -> str:
    """Return what the keys of its numbers begin with."""
    return f"concentration_{slug(concentration.value_name)}".rstrip("_")


def concentration_table(concentration: Concentration) -> Block:
    """Show the share of value that the most valuable customers bring, as measured."""
    prefix = prefix_of(concentration)
    rows = []
    for share, brought in sorted(concentration.top_shares.items()):
        key = f"{prefix}_top_{share * 100:g}".replace(".", "_")
        top = Statement.of("Top {share}", share=Metric(f"{key}_cut", share, "share"))
        counted = math.ceil(round(share * concentration.customers, 9))
        rows.append(Row(key, {"top": top, "customers": counted, "value_share": brought}))
    caption = Statement.of(
        "What the most valuable {unit} bring, {end}: share of {value}",
        value=telling(concentration.value_name, "value", inside=True),
        unit=own_name(concentration.unit_name, 40),
        end=day(concentration.end),
    )
    notes = []
    if concentration.share_for_80 is not None:
        notes.append(
            Statement.of(
                "{most} of the value comes from {few} of {unit}.",
                most=Metric(f"{prefix}_target", 0.8, "share"),
                few=Metric(f"{prefix}_share_for_target", concentration.share_for_80, "share"),
                unit=own_name(concentration.unit_name, 40),
            )
        )
    if concentration.gini is not None:
        notes.append(
            Statement.of(
                "Gini coefficient {gini} ({zero}: all bring the same; {one}: one brings all).",
                gini=Metric(f"{prefix}_gini", concentration.gini, "index"),
                zero=Metric("gini_least", 0, "index"),
                one=Metric("gini_most", 1, "index"),
            )
        )
    if concentration.below_zero:
        notes.append(
            Statement.of(
                "{unit} who returned more than they bought: {n}; the Gini coefficient counts them as nothing.",
                n=Metric(f"{prefix}_below_zero", concentration.below_zero, "customers"),
                unit=own_name(concentration.unit_name.capitalize(), 40),
            )
        )
    columns = [
        TableColumn("Most valuable", "top", "words"),
        TableColumn(own_words(concentration.unit_name.capitalize(), 40), "customers", "customers"),
        TableColumn("Value share", "value_share", "share"),
    ]
    return table_block(caption, columns, rows, notes=notes)
