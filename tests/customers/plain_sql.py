"""The customer table in plain SQL, every column, over the views of tests.customers.worlds."""

from __future__ import annotations

import datetime as dt


def place(day: str) -> str:
    """Months since 2000, each month as long as the other."""
    return (
        f"((year({day}) - 2000) * 12.0 + month({day}) - 1 + (day({day}) - 1) / CAST(day(last_day({day})) AS DOUBLE))"
    )


def elapsed(since: str, until: str, unit: str) -> str:
    """Time between two dates."""
    if unit == "week":
        return f"(CAST({until} - {since} AS DOUBLE) / 7)"
    return f"({place(until)} - {place(since)})"


def purchases(as_of: dt.date, unit: str, *, margin: bool) -> str:
    """First and last purchase, orders, frequency, recency, T, revenue, value of twelve months, of the last week."""
    today = f"DATE '{as_of}'"
    margins = f"""
        coalesce(sum(cents - cost_cents), 0) AS margin,
        coalesce(sum(cents - cost_cents) FILTER (day > {today} - INTERVAL 12 MONTH), 0) AS value_margin,"""
    return f"""
    SELECT one.*,
        greatest(purchase_days - 1, 0) AS frequency,
        {elapsed("first_purchase", "last_purchase", unit)} AS recency,
        {elapsed("first_purchase", today, unit)} AS "T",
        last_purchase - first_purchase AS recency_days,
        {today} - first_purchase AS "T_days",
        {today} - last_purchase AS days_since_last_purchase,
        CAST(gross_revenue AS DOUBLE) / nullif(orders, 0) AS mean_order_value,
        gross_revenue - revenue AS returned,
        gross_revenue - coalesce((
            SELECT sum(cents) FROM tx WHERE tx.customer_id = one.customer_id AND day = first_purchase AND cents > 0
        ), 0) AS repeat_revenue
    FROM (
        SELECT customer_id,
            min(day) FILTER (cents > 0) AS first_purchase,
            max(day) FILTER (cents > 0) AS last_purchase,
            count(DISTINCT day) FILTER (cents > 0) AS purchase_days,
            count(DISTINCT order_id) FILTER (cents > 0) AS orders,
            sum(cents) AS revenue,
            coalesce(sum(cents) FILTER (cents > 0), 0) AS gross_revenue,
            {margins if margin else ""}
            coalesce(sum(cents) FILTER (day > {today} - INTERVAL 12 MONTH), 0) AS value,
            coalesce(sum(cents) FILTER (day > {today} - 7), 0) AS period_revenue,
            count(DISTINCT order_id) FILTER (cents > 0 AND day > {today} - 7) AS period_orders,
            min(day) FILTER (cents > 0 AND day > {today} - 28) AS came_back,
            max(day) FILTER (cents > 0 AND day <= {today} - 28) AS silent_since
        FROM tx WHERE day <= {today} GROUP BY customer_id
    ) AS one
    """


def contracts(as_of: dt.date) -> str:
    """Contracts as they were known on the day. In the data no two contracts of a customer overlap."""
    today = f"DATE '{as_of}'"
    until = f"if(running_contracts > 0, {today}, contract_end)"
    return f"""
    SELECT one.*,
        if(running_contracts > 0, 'active', 'ended') AS status,
        {until} - customer_since AS tenure_days,
        {elapsed("customer_since", until, "month")} AS tenure,
        running_contracts = 0 AND contract_end > {today} - 7 AS ended_in_period,
        customer_since > {today} - 7 AS started_in_period
    FROM (
        SELECT customer_id,
            min(start) AS customer_since,
            count(*) AS contracts,
            count(*) FILTER (runs) AS running_contracts,
            max(start) AS contract_start,
            if(bool_or(runs), NULL, max("end")) AS contract_end,
            arg_max(plan, start) AS plan,
            coalesce(sum(recurring_cents) FILTER (runs), 0) AS recurring_amount,
            arg_max(recurring_cents, start) AS last_recurring_amount
        FROM (SELECT *, "end" IS NULL OR "end" > {today} AS runs FROM contracts WHERE start <= {today})
        GROUP BY customer_id
    ) AS one
    """


def grocery_customers(as_of: dt.date) -> str:
    """The grocer's customer table."""
    return f"""
    SELECT bought.*, people.* EXCLUDE customer_id, DATE '{as_of}' AS as_of
    FROM ({purchases(as_of, "week", margin=False)}) AS bought LEFT JOIN people USING (customer_id)
    """


def telecom_customers(as_of: dt.date, *, usage_days: int) -> str:
    """The telecom's customer table: time in months, usage of so many days."""
    zero = (
        "purchase_days, orders, frequency, revenue, gross_revenue, returned, value, period_orders, period_revenue,"
        "repeat_revenue, margin, value_margin"
    )
    kinds = [
        "app_sessions",
        "balance_low",
        "data_gb",
        "late_payment",
        "price_notice",
        "sms",
        "ticket",
        "voice_minutes",
        "weekend_data_gb",
    ]
    usage = ", ".join(
        f"coalesce(sum(CAST(value AS DECIMAL(18, 6))) FILTER (event = '{kind}'), 0)::DOUBLE AS usage_{kind}"
        for kind in kinds
    )
    used = ", ".join(f"coalesce(used.usage_{kind}, 0) AS usage_{kind}" for kind in kinds)
    filled = ", ".join(f"coalesce(bought.{name.strip()}, 0) AS {name.strip()}" for name in zero.split(","))
    attributes = (
        "customer_type, birth_year, age_band, gender, marital_status, household_size, income_band, country, region,"
        "city, device_type, device_os, app_user, acquisition_channel, company_size, industry, "
        "attitude_price, attitude_quality, attitude_service, attitude_digital"
    )
    return f"""
    SELECT coalesce(bought.customer_id, signed.customer_id) AS customer_id, {filled},
        bought.* EXCLUDE (customer_id, {zero}), signed.* EXCLUDE (customer_id), {used}, {attributes},
        DATE '{as_of}' AS as_of
    FROM ({purchases(as_of, "month", margin=True)}) AS bought
    FULL JOIN ({contracts(as_of)}) AS signed USING (customer_id)
    LEFT JOIN (
        SELECT customer_id, {usage} FROM events
        WHERE day <= DATE '{as_of}' AND day > DATE '{as_of}' - {usage_days} GROUP BY customer_id
    ) AS used ON used.customer_id = coalesce(bought.customer_id, signed.customer_id)
    LEFT JOIN people ON people.customer_id = coalesce(bought.customer_id, signed.customer_id)
    """


BY_DAY = """
select customer_id, date '{day}' - max(day) as silent,
  2.5 * greatest(case when count(*) = 1 then 45 else (max(day) - min(day)) / (count(*) - 1) end, 1) as longest
from (select distinct customer_id, time::date as day from '{log}') where day <= '{day}' group by 1
"""
"""Silence, and the longest one that is no lapse, by the log of a file: 2.5 times the own gap, 45 days for one day."""
