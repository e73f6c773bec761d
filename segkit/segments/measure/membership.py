"""For whom the rule of a population holds: a condition on the customer table, and on segmentations by their names."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segkit.customers import CustomerBase
from segkit.customers.partition import SEGMENT, UNASSIGNED
from segkit.customers.table import money_columns, with_attributes, with_strangers
from segkit.data.conditions import names_in, read_condition
from segkit.segments.measure.assign import segment


def population_members(base: CustomerBase, rule: str) -> ir.Table:
    """Return the ids of everybody in the data for whom a rule holds as of the report's date.

    Who neither bought nor was under contract is asked, too: a campaign may have written to them. A segmentation of the
    dataset file is a column that holds the name of each customer's segment.

    Args:
        base: everybody.
        rule: the condition.

    Raises:
        ParameterError: the text is no condition.
    """
    rows = _everybody(base)
    for name in names_in(rule):
        if name in base.dataset.spec.segmentations and name not in rows.columns:
            rows = _with_segments(rows, base, name)
    holds = read_condition(
        rule, rows, base.dataset.spec.money, "population", amounts=money_columns(base.dataset.attributes)
    )
    return rows.filter(holds.fill_null(False)).select("customer_id")


def _everybody(base: CustomerBase) -> ir.Table:
    kind = base.behaviour(base.as_of).customer_id.type()
    tables = [table for table in base.dataset.tables.values() if "customer_id" in table.columns]
    ids = ibis.union(*(table.select(table.customer_id.cast(kind)) for table in tables), distinct=True)
    whole = with_strangers(base.behaviour(base.as_of), ids, base.as_of)
    attributes = base.dataset.tables.get("customers")
    # of a list, attributes are all there is, and are in its table
    return whole if attributes is None or base.is_list else with_attributes(whole, attributes)


def _with_segments(rows: ir.Table, base: CustomerBase, name: str) -> ir.Table:
    split = segment(base, name)
    names = [one.name for one in split.segmentation.all_segments]
    placed = split.assigned().select("customer_id", SEGMENT)
    said = ibis.cases(*((placed[SEGMENT] == at, one) for at, one in enumerate(names)), else_=UNASSIGNED)
    joined = rows.left_join(placed.select("customer_id", said.name(name)), "customer_id", rname="{name}_of_segments")
    return joined.select(*(joined[column] for column in rows.columns), joined[name].fill_null(UNASSIGNED).name(name))
