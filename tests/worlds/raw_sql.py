"""The raw files of a world in plain SQL: what a row means, by the reference pages, and not by segkit's tables.

Views: `tx` (customer_id, day, cents, bought, order_id, category, cost), `people`, `contracts` (a row a contract: start,
last, runs_to), `spells` (a row a customer and time under contract: since, until, reason, doubtful).
"""

from __future__ import annotations

import duckdb

from tests.worlds.drawn import FORCED, Drawn

NEVER = "DATE '9999-12-31'"


def create_views(db: duckdb.DuckDBPyConnection, drawn: Drawn) -> None:
    """Create the views that the world's files can give."""
    db.execute(f"CREATE MACRO today() AS DATE '{drawn.as_of}'")
    # the same day of an earlier month; of a month's last day, the last day
    db.execute(
        "CREATE MACRO back(d, months) AS CAST(CASE WHEN d = last_day(d) THEN last_day(d - to_months(months)) "
        "ELSE d - to_months(months) END AS DATE)"
    )
    db.execute(
        "CREATE MACRO ahead(d, months) AS CAST(CASE WHEN d = last_day(d) THEN last_day(d + to_months(months)) "
        "ELSE d + to_months(months) END AS DATE)"
    )
    # where a day stands on a line on which every month is one long
    db.execute(
        "CREATE MACRO place(d) AS year(d) * 12.0 + month(d) - 1 + (day(d) - 1) / CAST(day(last_day(d)) AS DOUBLE)"
    )
    first = {
        "day": "CAST(d AS DATE)",
        "week": "CAST(d - 6 AS DATE)",
        "month": "CAST(back(d, 1) + 1 AS DATE)",
    }[drawn.period]
    db.execute(f"CREATE MACRO period_start(d) AS {first}")
    db.execute("CREATE TABLE people AS SELECT * FROM raw_customers")
    if "transactions" in drawn.tables:
        _transactions(db, drawn)
    if "subscriptions" in drawn.tables:
        _contracts(db, drawn)


def _transactions(db: duckdb.DuckDBPyConnection, drawn: Drawn) -> None:
    """A row counts once, if its amount is a number of euros and its day has come."""
    zero = drawn.rules["zero_amounts"]
    db.execute(
        f"""
        CREATE TABLE tx AS
        SELECT customer_id, CAST(time AS TIMESTAMP)::DATE AS day, order_id, category,
            CASE WHEN taken_back THEN -abs(cents) ELSE cents END AS cents,
            NOT taken_back AND (cents > 0 OR {zero == "orders"}) AS bought,
            {"CAST(CAST(cost AS DECIMAL(18, 2)) * 100 AS BIGINT)" if drawn.rules["margin"] else "NULL"} AS cost
        FROM (
            SELECT *, cents < 0 OR coalesce(order_id LIKE 'X%', false) AS taken_back
            FROM (SELECT DISTINCT *, CAST(TRY_CAST(amount AS DECIMAL(18, 2)) * 100 AS BIGINT) AS cents
                  FROM raw_transactions)
        ) WHERE cents IS NOT NULL AND CAST(time AS TIMESTAMP)::DATE <= today()
            AND NOT ({zero == "set_aside"} AND cents = 0 AND NOT coalesce(order_id LIKE 'X%', false))
        """
    )


def _contracts(db: duckdb.DuckDBPyConnection, drawn: Drawn) -> None:
    """Contracts that begin within the gap after another of the customer has ended are one time under contract."""
    gap = 7 if drawn.rules["followed_within"] is None else drawn.rules["followed_within"]
    # the last day whose ends are all certain
    db.execute(f"CREATE MACRO certain() AS CAST(today() - {gap} AS DATE)")
    last = (
        '"end"'
        if drawn.rules["end_is"] == "last_day"
        else 'CASE WHEN "end" IS NULL THEN NULL ELSE greatest("end" - 1, start) END'
    )
    db.execute(
        f"""
        CREATE TABLE known AS
        SELECT customer_id, start, plan, cents, end_reason, CASE WHEN last <= today() THEN last ELSE {NEVER} END AS last
        FROM (
            SELECT customer_id, start, plan, {last} AS last, end_reason,
                CAST(CAST(recurring_amount AS DECIMAL(18, 2)) * 100 AS BIGINT) AS cents
            FROM (SELECT DISTINCT customer_id, CAST(start AS DATE) AS start, CAST("end" AS DATE) AS "end", plan,
                         recurring_amount, end_reason FROM raw_subscriptions)
        ) WHERE start <= today();

        CREATE TABLE numbered AS
        SELECT *, sum(CASE WHEN reach IS NULL OR start - reach > {gap} THEN 1 ELSE 0 END)
            OVER (PARTITION BY customer_id ORDER BY start, last) AS spell
        FROM (SELECT *, max(last) OVER (PARTITION BY customer_id ORDER BY start, last
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach FROM known);

        CREATE TABLE spells AS
        SELECT customer_id, spell, min(start) AS since, max(last) AS last,
            max(last) < {NEVER} AND today() - max(last) < {gap} AS doubtful,
            CASE WHEN max(last) < {NEVER} AND today() - max(last) < {gap} THEN {NEVER} ELSE max(last) END AS until,
            bool_and(coalesce(end_reason, '') = '{FORCED}') FILTER (last = far) AS forced
        FROM (SELECT *, max(last) OVER (PARTITION BY customer_id, spell) AS far FROM numbered)
        GROUP BY customer_id, spell;

        CREATE TABLE contracts AS
        SELECT one.*, CASE WHEN s.doubtful AND one.last = s.last THEN {NEVER} ELSE coalesce((
                SELECT min(other.start) FROM known AS other
                WHERE other.customer_id = one.customer_id AND other.start > one.start
                    AND other.start - one.last BETWEEN 0 AND {gap}
            ), one.last) END AS runs_to
        FROM numbered AS one JOIN spells AS s USING (customer_id, spell);
        """
    )


def value(end: str, months: int) -> str:
    """Net revenue of the last months of every customer of a day, whole cents: customer_id, cents."""
    since = f"AND day > back({end}, {months})" if months else ""
    return f"""
    SELECT customer_id, CAST(coalesce(sum(cents) FILTER (WHERE true {since}), 0) AS BIGINT) AS cents
    FROM tx WHERE day <= {end} GROUP BY customer_id
    """


def recurring(end: str) -> str:
    """What the running contracts of every customer of a day bring a month, whole cents: customer_id, cents."""
    return f"""
    SELECT customer_id, CAST(coalesce(sum(cents) FILTER (WHERE runs_to > {end}), 0) AS BIGINT) AS cents
    FROM contracts WHERE start <= {end} GROUP BY customer_id
    """


def customers(end: str, drawn: Drawn) -> str:
    """Every customer of a day with what counts as value: customer_id, cents."""
    if "transactions" not in drawn.tables:
        return recurring(end)
    bought = value(end, drawn.rules["value_months"])
    if "subscriptions" not in drawn.tables:
        return bought
    return f"""
    SELECT customer_id, coalesce(v.cents, 0) AS cents FROM ({bought}) AS v
    FULL JOIN (SELECT DISTINCT customer_id FROM contracts WHERE start <= {end}) AS c USING (customer_id)
    """


def by_city(customers_: str) -> str:
    """customer_id, segment, cents: the city; Unassigned where it is not known."""
    return f"""
    SELECT c.customer_id, coalesce(p.city, 'Unassigned') AS segment, c.cents
    FROM ({customers_}) AS c LEFT JOIN people AS p USING (customer_id)
    """


def by_share(customers_: str, cuts: tuple[int, ...]) -> str:
    """customer_id, segment, cents: A until the first cut (in hundredths of the whole) is reached, and so on.

    Who brings nothing is in the last one. Those with the same value are together.
    """
    branches = " ".join(
        f"WHEN before * 100 < whole * {cut} THEN '{letter}'" for letter, cut in zip("ABCDEF", cuts, strict=False)
    )
    last = "ABCDEFG"[len(cuts)]
    return f"""
    WITH c AS (SELECT customer_id, cents FROM ({customers_})),
    p AS (SELECT cents, count(*) * cents AS together FROM c WHERE cents > 0 GROUP BY cents)
    SELECT customer_id, cents, CASE WHEN cents <= 0 THEN '{last}' {branches} ELSE '{last}' END AS segment
    FROM (SELECT *, coalesce((SELECT sum(together) FROM p WHERE p.cents > c.cents), 0) AS before,
                 (SELECT sum(together) FROM p) AS whole FROM c)
    """
