"""Segments in plain SQL, over a customer table in plain SQL: rows (customer_id, segment, value)."""

from __future__ import annotations

import datetime as dt


def lifecycle_rhythm(customers: str, value: str = "value") -> str:
    """The customer's own rhythm, with the defaults: 4 purchase days, 2 and 4 gaps, 14 to 180 days; else 28 and 84."""
    return f"""
    SELECT customer_id, {value} AS value, CASE
            WHEN silent IS NULL THEN 'Unassigned'
            WHEN "T_days" < 28 THEN 'New'
            WHEN silent <= active AND date_diff('day', silent_since, came_back) > lapsed THEN 'Reactivated'
            WHEN silent <= active THEN 'Active'
            WHEN silent <= lapsed THEN 'Overdue'
            ELSE 'Lapsed' END AS segment
    FROM (
        SELECT *, days_since_last_purchase AS silent,
            CASE WHEN purchase_days >= 4 THEN least(greatest(2.0 * gap, 14.0), 90.0) ELSE 28.0 END AS active,
            CASE WHEN purchase_days >= 4 THEN least(greatest(4.0 * gap, 28.0), 180.0) ELSE 84.0 END AS lapsed
        FROM (SELECT *, CAST(recency_days AS DOUBLE) / nullif(purchase_days - 1, 0) AS gap FROM ({customers}))
    )
    """


def lifecycle_fixed(customers: str, new: int, active: int, lapsed: int) -> str:
    """Fixed windows."""
    return f"""
    SELECT customer_id, value, CASE
            WHEN days_since_last_purchase IS NULL THEN 'Unassigned'
            WHEN "T_days" < {new} THEN 'New'
            WHEN days_since_last_purchase <= {active} AND date_diff('day', silent_since, came_back) > {lapsed}
                THEN 'Reactivated'
            WHEN days_since_last_purchase <= {active} THEN 'Active'
            WHEN days_since_last_purchase <= {lapsed} THEN 'Overdue'
            ELSE 'Lapsed' END AS segment
    FROM ({customers})
    """


def lifecycle_contract(customers: str, as_of: dt.date, new: int, again: int, warnings: int) -> str:
    """Contracts, with tickets and late payments as warnings."""
    return f"""
    SELECT customer_id, value, CASE
            WHEN status IS NULL THEN 'Unassigned'
            WHEN status = 'ended' THEN 'Churned'
            WHEN DATE '{as_of}' - customer_since < {new} THEN 'New'
            WHEN contracts > 1 AND contract_start > customer_since AND DATE '{as_of}' - contract_start <= {again}
                THEN 'Reactivated'
            WHEN usage_ticket + usage_late_payment >= {warnings} THEN 'Warning signs'
            ELSE 'Active' END AS segment
    FROM ({customers})
    """


def deciles(customers: str, by: str = "value", groups: int = 10) -> str:
    """Groups of value by counting, for each customer, how many have as much or more. Ties are never split."""
    return f"""
    WITH c AS MATERIALIZED (SELECT customer_id, {by} AS v, value FROM ({customers})),
    n AS (SELECT count(v) AS everyone FROM c),
    places AS (SELECT v, (SELECT count(*) FROM c AS other WHERE other.v >= one.v) AS place
               FROM (SELECT DISTINCT v FROM c WHERE v IS NOT NULL) AS one)
    SELECT customer_id, value,
           coalesce(CAST((place - 1) * {groups} // everyone + 1 AS VARCHAR), 'Unassigned') AS segment
    FROM c CROSS JOIN n LEFT JOIN places USING (v)
    """


def attribute(customers: str, column: str, most: int = 12) -> str:
    """The values of an attribute, all but the most frequent ones under Other."""
    return f"""
    WITH c AS MATERIALIZED (SELECT customer_id, {column} AS v, value FROM ({customers})),
    top AS (SELECT v FROM c WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {most})
    SELECT customer_id, value, CASE WHEN v IS NULL THEN 'Unassigned' WHEN v IN (FROM top) THEN v ELSE 'Other' END AS segment
    FROM c
    """


def bands(customers: str, column: str, edges: list[float]) -> str:
    """Bands of a number: the band's place from 0, the lowest first."""
    place = " + ".join(f"CAST({column} >= {edge} AS INTEGER)" for edge in edges)
    return f"""
    SELECT customer_id, value, coalesce(CAST({place} AS VARCHAR), 'Unassigned') AS segment FROM ({customers})
    """


def sizes(segments: str) -> str:
    """Customers and value by segment."""
    return f"SELECT segment, count(*) AS customers, sum(value) AS value FROM ({segments}) GROUP BY segment"


def migration(before: str, now: str) -> str:
    """Moves between two period ends, those who arrived from NULL."""
    return f"""
    SELECT was.segment AS source, now.segment AS target, count(*) AS customers, sum(now.value) AS value
    FROM ({now}) AS now FULL JOIN ({before}) AS was USING (customer_id) GROUP BY ALL
    """
