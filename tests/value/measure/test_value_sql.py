"""Published totals of value against plain SQL over random logs: returns, ties, empty days, one customer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segkit.customers import customer_base
from segkit.data import open_dataset
from segkit.segments.measure.assign import segment
from segkit.value.measure.concentrations import concentration
from segkit.value.measure.customer_values import customer_value
from tests.customers.made import showing
from tests.value.measure.value_worlds import write_dataset

AS_OF = dt.date(2024, 6, 30)
# who, days before the as-of date (some lie after it), cents; a negative amount is a return
ROWS = st.lists(
    st.tuples(
        st.integers(1, 24), st.integers(-5, 120), st.sampled_from([-2_500, -100, 0, 1, 999, 1_000, 5_000, 80_000])
    ),
    min_size=1,
    max_size=70,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_past_value_concentration_and_tenths(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    first = (1, 120, 1_000)  # somebody has bought by the as-of date
    folder: Path = tmp_path_factory.mktemp("log")
    told = [first, *rows]
    log = pa.table(
        {
            "customer_id": [who for who, _, _ in told],
            "time": pa.array([AS_OF - dt.timedelta(days=back) for _, back, _ in told], pa.date32()),
            "amount": [cents / 100 for _, _, cents in told],
        }
    )
    pq.write_table(log, folder / "log.parquet")
    path = write_dataset(
        folder,
        "made",
        f"""title: Random
relation: non_contractual
currency: EUR
time_zone: Europe/Berlin
tables:
  transactions:
    path: {folder / "log.parquet"}
    exact_duplicates: keep
""",
    )
    base = customer_base(open_dataset(path, AS_OF), period="month", periods=1, value_months=0)
    sql = duckdb.connect()
    sql.execute(
        "CREATE TABLE v AS SELECT customer_id, CAST(sum(round(amount * 100)) AS BIGINT) AS cents "
        f"FROM read_parquet('{folder / 'log.parquet'}') WHERE time <= DATE '2024-06-30' GROUP BY 1"
    )
    n, total = sql.execute("SELECT count(*), sum(cents) FROM v").fetchone() or (0, 0)

    value = customer_value(segment(showing(base, 1), "value"))
    assert value.refusal is not None
    assert (value.customers, value.past) == (n, pytest.approx(total / 100, abs=1e-9))
    assert value.frame["past"].sum() == pytest.approx(total / 100, abs=1e-6)
    assert int(value.frame["customers"].sum()) == n

    found = concentration(showing(base, 1), of="revenue")
    assert found.customers == n
    assert found.total == pytest.approx(total / 100, abs=1e-9)
    assert found.below_zero == sql.execute("SELECT count(*) FROM v WHERE cents < 0").fetchone()[0]  # type: ignore[index]
    ranked = "SELECT cents, row_number() OVER (ORDER BY cents DESC, customer_id) AS place FROM v"
    if total > 0:
        for share, brought in found.top_shares.items():
            (wanted,) = sql.execute(
                f"SELECT sum(cents) FROM ({ranked}) WHERE place <= ceil({share} * {n} - 1e-9)"
            ).fetchone() or (0,)
            assert brought == pytest.approx(wanted / total)
        (few,) = sql.execute(
            f"SELECT min(place) FROM (SELECT place, sum(cents) OVER (ORDER BY place) AS c FROM ({ranked})) "
            f"WHERE c * 5 >= {total} * 4"
        ).fetchone() or (0,)
        if not found.below_zero:
            assert found.share_for_80 == pytest.approx(few / n)
    (gini,) = sql.execute(
        f"SELECT sum((2 * ({n} + 1 - place) - {n} - 1) * greatest(cents, 0)) / nullif({n} * sum(greatest(cents, 0)), 0) "
        f"FROM ({ranked})"
    ).fetchone() or (None,)
    assert found.gini == (None if gini is None else pytest.approx(gini))
    if n >= 10:
        tenths = sql.execute(
            f"SELECT (place - 1) * 10 // {n} + 1 AS tenth, count(*), sum(cents) / 100 FROM ({ranked}) GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert [(r["decile"], r["customers"]) for r in found.deciles.to_dict("records")] == [t[:2] for t in tenths]
        assert found.deciles["value"].to_list() == pytest.approx([float(t[2]) for t in tenths])
