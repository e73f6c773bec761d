"""The tables are what segkit.data.schema says, and agree with each other."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from segkit.data.schema import TABLES, Kind
from segkit.demo import bundled_tables

TYPES = {
    Kind.ID: (pa.int64(), pa.string()),
    Kind.TEXT: (pa.string(),),
    Kind.TIME: (pa.timestamp("us"),),
    Kind.DATE: (pa.date32(),),
    Kind.MONEY: (pa.decimal128(18, 2),),
    Kind.NUMBER: (pa.float64(),),
    Kind.WHOLE: (pa.int64(),),
    Kind.FLAG: (pa.bool_(),),
}
EXTRA = {"products": {"list_price"}}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_as_the_schema_declares_it(telecom, name):
    schema = TABLES[name]
    path = bundled_tables("telecom", telecom.folder)[name]
    table = pq.read_table(path)
    for column in schema.columns:
        if column.name not in table.column_names:
            assert not column.required, column.name
            continue
        values = table[column.name]
        assert values.type in TYPES[column.kind], (column.name, values.type)
        if not column.nullable:
            assert values.null_count == 0, column.name
        if column.kind is Kind.NUMBER:
            assert not pc.any(pc.is_nan(values)).as_py()
        if column.minimum is not None and values.null_count < len(values):
            assert float(pc.min(values).as_py()) >= column.minimum
    if not schema.open:
        assert set(table.column_names) <= set(schema.names) | EXTRA.get(name, set())
    if schema.key:
        assert table.group_by(list(schema.key)).aggregate([]).num_rows == table.num_rows


def test_every_row_belongs_to_a_customer_and_every_customer_has_a_contract(telecom):
    for name in ("subscriptions", "transactions", "events", "survey", "contacts"):
        orphans = telecom.sql(f"SELECT count(*) AS n FROM {name} ANTI JOIN customers USING (customer_id)")
        assert orphans.n[0] == 0, name
    assert telecom.sql("SELECT count(*) AS n FROM customers ANTI JOIN subscriptions USING (customer_id)").n[0] == 0
    assert telecom.sql("SELECT count(*) AS n FROM customers").n[0] == telecom.truth.customers
    assert telecom.sql("SELECT count(*) AS n FROM contacts ANTI JOIN campaigns USING (campaign_id)").n[0] == 0
    assert telecom.sql("SELECT count(*) AS n FROM transactions ANTI JOIN products USING (product_id)").n[0] == 0
    assert telecom.sql(
        "SELECT count(*) AS n FROM truth_contacts SEMI JOIN contacts USING (customer_id, campaign_id)"
    ).n[0] == len(telecom.sql("SELECT 1 FROM contacts"))


def test_contracts_follow_each_other_in_time(telecom):
    contracts = telecom.sql(
        """SELECT *, lead(start) OVER contracts AS next_start, row_number() OVER contracts AS number
        FROM subscriptions WINDOW contracts AS (PARTITION BY customer_id ORDER BY start)"""
    )
    ended = contracts[contracts["end"].notna()]
    assert (ended.end >= ended.start).all()
    assert (ended.end <= "2025-12-31").all()
    assert (contracts.start <= "2025-12-31").all()
    assert contracts.number.max() == 2
    back = contracts[contracts.next_start.notna()]
    assert len(back) > 1_000
    assert back["end"].notna().all()
    assert ((back.next_start - back.end).dt.days > 31).all()
    assert (ended.end_reason.notna()).all()
    assert contracts[contracts["end"].isna()].end_reason.isna().all()
    prepaid = contracts.plan.str.startswith("Prepaid")
    assert (contracts.recurring_amount.isna() == prepaid).all()


def test_nothing_happens_outside_a_contract_but_refunds(telecom):
    outside = """
    SELECT count(*) AS n FROM {table} AS happened WHERE {which} NOT EXISTS (
        SELECT 1 FROM subscriptions AS contract WHERE contract.customer_id = happened.customer_id
        AND contract.start <= happened.time::DATE
        AND coalesce(contract.end, DATE '2025-12-31') + {late} >= happened.time::DATE)
    """
    assert telecom.sql(outside.format(table="events", which="", late=0)).n[0] == 0
    assert telecom.sql(outside.format(table="survey", which="", late=0)).n[0] == 0
    assert telecom.sql(outside.format(table="transactions", which="amount > 0 AND", late=0)).n[0] == 0
    assert telecom.sql(outside.format(table="transactions", which="", late=20)).n[0] == 0
    spans = telecom.sql("SELECT min(time) AS first, max(time) AS last FROM transactions")
    assert spans["first"][0].date() == dt.date(2024, 1, 1)
    assert spans["last"][0].date() == dt.date(2025, 12, 31)
    assert telecom.sql("SELECT max(time) AS last FROM events")["last"][0].date() == dt.date(2025, 12, 31)


def test_refunds_are_negative_and_never_above_their_order(telecom):
    orders = telecom.sql(
        """SELECT order_id, sum(amount) AS net, count(*) FILTER (amount < 0) AS refunds,
        count(*) FILTER (category = 'refund') AS called, count(*) FILTER (amount > 0) AS sold,
        count(DISTINCT customer_id) AS customers FROM transactions GROUP BY order_id"""
    )
    assert (orders.net >= 0).all()
    assert (orders.refunds == orders.called).all()
    assert (orders.sold > 0).all()
    assert (orders.customers == 1).all()
    assert 0.003 < orders.refunds.sum() / len(orders) < 0.01


def test_every_week_has_purchases_beginnings_and_endings(telecom):
    for table, column in (("transactions", "time"), ("subscriptions", "start"), ("subscriptions", '"end"')):
        weeks = telecom.sql(
            f"""SELECT count(DISTINCT date_trunc('week', {column})) AS n FROM {table}
            WHERE {column} >= DATE '2024-01-01'"""
        )
        assert weeks.n[0] == 105  # 2024-01-01 is a Monday; the last week is the one of 2025-12-29


def test_bills_carry_the_price_of_their_month(telecom):
    rise = telecom.truth.price_rise
    cheapest = telecom.sql(
        f"""SELECT date_trunc('month', transactions.time)::DATE AS month, min(amount) AS least,
            start > DATE '{rise.notice}' AS new FROM transactions JOIN subscriptions USING (customer_id)
        WHERE category = 'bill' AND plan = '{rise.plan}' AND product_id = plan
            AND time::DATE BETWEEN start AND coalesce("end", DATE '2026-01-01') GROUP BY ALL"""
    )
    raised = (cheapest.month >= str(rise.effective)) | cheapest.new
    assert (cheapest.least[raised].astype(float) == rise.new_price).all()
    assert (cheapest.least[~raised].astype(float) == rise.old_price).all()
    agreed = telecom.sql(
        f"""SELECT DISTINCT start > DATE '{rise.notice}' AS new, recurring_amount::DOUBLE AS amount FROM subscriptions
        WHERE plan = '{rise.plan}'"""
    )
    assert set(zip(agreed.new, agreed.amount, strict=True)) == {(False, rise.old_price), (True, rise.new_price)}


def test_december_has_more_recharges(telecom):
    monthly = telecom.sql(
        """SELECT month(time) AS month, count(*) / count(DISTINCT customer_id) AS n FROM transactions
        WHERE category = 'recharge' AND year(time) = 2025 GROUP BY 1"""
    ).set_index("month")
    assert monthly.n.idxmax() == 12
    # Planted 1.28 against a mean of 1.0 of the other months, among those who recharge at all.
    assert monthly.n[12] > 1.08 * monthly.n[[4, 5, 9, 10]].mean()


def test_some_customers_cost_more_than_they_bring(telecom):
    margin = telecom.sql("SELECT sum(amount) - sum(cost) AS margin FROM transactions GROUP BY customer_id").margin
    assert 0.002 < (margin < 0).mean() < 0.08


def test_attributes_are_empty_where_they_do_not_apply_and_a_little_elsewhere(telecom):
    people = telecom.sql("SELECT * FROM customers")
    company = people.customer_type == "business"
    for name in ("birth_year", "age_band", "gender", "marital_status", "household_size", "income_band"):
        assert people.loc[company, name].isna().all()
    for name in ("company_size", "industry"):
        assert people.loc[~company, name].isna().all()
    shares = people[~company].isna().mean()
    planted = {"gender": 0.03, "marital_status": 0.08, "household_size": 0.08, "income_band": 0.15, "device_os": 0.04}
    for name, share in planted.items():
        assert shares[name] == pytest.approx(share, abs=0.012), name
    for name in ("region", "city", "country", "app_user", "acquisition_channel", "birth_year"):
        assert shares[name] == 0
    assert people.groupby("city").region.nunique().max() == 1
    assert people.groupby("region").country.nunique().max() == 1
    cities = people.city.value_counts()
    assert cities.min() < 30
    assert cities.max() > 1_000
    # The age band is the age at the end.
    lower = people.age_band[~company].str[:2].astype(int)
    age = 2025 - people.birth_year[~company]
    assert (age >= lower).all()


def test_campaign_flags_form_a_funnel_and_conversions_are_purchases(telecom):
    contacts = telecom.sql("SELECT contacts.*, control_arm FROM contacts JOIN campaigns USING (campaign_id)")
    control = contacts.arm == contacts.control_arm
    assert not contacts.sent[control].any()
    assert contacts.channel[control].isna().all()
    assert contacts.channel[~control].notna().all()
    assert (contacts.cost[control].astype(float) == 0).all()
    assert not (contacts.opened & ~contacts.sent).any()
    assert not (contacts.clicked & ~contacts.opened).any()
    bought = telecom.sql(
        """SELECT customer_id, campaign_id, count(*) AS n, min(amount)::DOUBLE AS amount FROM transactions
        JOIN campaigns ON time::DATE BETWEEN campaigns.start AND campaigns.end
        WHERE product_id = 'Campaign offer' AND amount > 0 GROUP BY ALL"""
    )
    merged = contacts.merge(bought, how="left", on=["customer_id", "campaign_id"])
    for campaign in telecom.truth.campaigns:
        rows = merged[merged.campaign_id == campaign.campaign_id]
        if campaign.prices:
            assert (rows.n.notna() == rows.converted).all()
            assert rows.n.max() == 1
            sold = rows[rows.converted]
            np.testing.assert_allclose(sold.amount, sold.arm.map(dict(campaign.prices)))
        else:
            assert rows.n.isna().all()
