"""Churn risk through files, engine and measures: counted by plain SQL, scored as numpy scores, saved as a list."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pytest

from segkit.churn.measure.fitting import fit_candidate, score_table
from segkit.churn.measure.predicted import predicted
from segkit.churn.measure.reckoning import Reckoning, prepare, reckon
from segkit.churn.measure.risk import _record, churn_risk
from segkit.churn.measure.save import save_list, worth_calling
from segkit.churn.options import ChurnOptions
from segkit.churn.records import ChurnRisk
from segkit.errors import ModelError, ParameterError, RunError
from segkit.learning.scores import auc
from segkit.segments.measure.assign import SegmentedBase
from tests.churn.measure.churn_worlds import AS_OF, contracts

OPTIONS = {
    "horizon": 2,
    "snapshots": 4,
    "models": ("logistic",),
    "involuntary": ("payment failed",),
    "contact_cost": 1.0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("churn")


@pytest.fixture(scope="module")
def made(folder: Path) -> SegmentedBase:
    return contracts(folder)


@pytest.fixture(scope="module")
def reckoned(made: SegmentedBase) -> Reckoning:
    return reckon(made, prepare(made, ChurnOptions.read(OPTIONS)))


@pytest.fixture(scope="module")
def risk(made: SegmentedBase, reckoned: Reckoning) -> ChurnRisk:
    from segkit.churn.measure.observed import observe

    record = predicted(_record(made, reckoned.frames), reckoned)
    observed = observe(reckoned.frames, made, reckoned.origins[0])
    return ChurnRisk(**{name: getattr(record, name) for name in record.__slots__} | {"observed": observed})


def test_observed_churn_is_what_plain_sql_counts(folder: Path, risk: ChurnRisk) -> None:
    assert risk.observed is not None
    contracts_file = f"'{folder}/subscriptions.parquet'"
    for row in risk.observed.periods.itertuples():
        (count,) = duckdb.sql(
            f"""select struct_pack(n := count(*), gone := count(*) filter ("end" <= '{row.end}'),
            forced := count(*) filter ("end" <= '{row.end}' and end_reason = 'payment failed'))
            from {contracts_file} where start <= '{row.start}' and ("end" is null or "end" > '{row.start}')"""
        ).fetchone() or ({},)
        assert (row.customers, row.left, row.involuntary) == (count["n"], count["gone"], count["forced"])
    since = risk.observed.since
    assert since == dt.date(2025, 4, 30)
    by_plan = dict(
        duckdb.sql(
            f"""select plan, count(*) filter ("end" <= '{AS_OF}') / count(*) from {contracts_file}
            where start <= '{since}' and ("end" is null or "end" > '{since}') group by plan"""
        ).fetchall()
    )
    rates = risk.observed.segments.set_index("segment")["rate"]
    assert dict(rates) == pytest.approx(by_plan)
    assert risk.held_out is not None
    assert int(risk.observed.cohorts["customers"].sum()) == risk.held_out.customers


def test_the_engine_scores_as_numpy_does(reckoned: Reckoning) -> None:
    frames, day = reckoned.frames, reckoned.base.as_of
    table = frames.unlabelled(day)
    sample = frames.sample_unlabelled(day, 200_000)
    for name in ("logistic", "boosting"):
        scorer = fit_candidate(name, frames, reckoned.sample, list(reckoned.origins))
        assert scorer.encoding is not None
        assert scorer.model is not None
        odds = np.sort(scorer.model.log_odds(scorer.encoding.matrix(sample.raw)))
        rows = reckoned.base.dataset.engine.backend.to_pyarrow(scorer.score(table, day).select("risk"))
        found = np.sort(rows["risk"].to_numpy())
        found_odds = np.log(found / (1 - found))
        # recalibration is a straight line of the log-odds
        slope, intercept = np.polyfit(odds, found_odds, 1)
        np.testing.assert_allclose(found_odds, intercept + slope * odds, atol=1e-8)


def test_features_see_nothing_after_their_day(folder: Path, reckoned: Reckoning) -> None:
    day = reckoned.origins[1]
    table = reckoned.base.dataset.engine.backend.to_pyarrow(reckoned.frames.labelled(day).order_by("customer_id"))
    months = day.year * 12 + day.month - 3
    since = dt.date(months // 12, months % 12 + 1, 1)
    tickets = dict(
        duckdb.sql(
            f"""select customer_id, count(*) from '{folder}/events.parquet'
            where time::date between '{since}' and '{day}' group by 1"""
        ).fetchall()
    )
    ids, counted = table["customer_id"].to_pylist(), table["recent_ticket"].to_pylist()
    assert counted == [float(tickets.get(i, 0)) for i in ids]


def test_segments_sum_to_the_whole(risk: ChurnRisk) -> None:
    assert risk.frame is not None
    assert int(risk.frame["customers"].sum()) == risk.customers
    assert risk.frame["expected"].sum() == pytest.approx(risk.expected)
    assert risk.frame["at_risk"].sum() == pytest.approx(risk.at_risk, abs=0.01)
    assert risk.distribution is not None
    assert int(risk.distribution["customers"].sum()) == risk.customers
    assert risk.matrix is not None
    assert int(risk.matrix["customers"].sum()) == risk.customers
    assert risk.losses is not None
    assert risk.losses["customers"].sum() == pytest.approx(risk.expected)
    assert risk.low <= risk.expected <= risk.high


def test_the_model_finds_who_leaves_and_why(risk: ChurnRisk) -> None:
    held = risk.held_out
    assert held is not None
    assert held.beats_simple
    assert held.candidates[0].auc > 0.58
    assert held.candidates[0].error < 0.03
    clear = {driver.label: driver.odds_ratio for driver in risk.drivers if driver.clear}
    told = {
        name: ratio for name, ratio in clear.items() if "Ticket" in name or "telesales" in name or "Prepaid" in name
    }
    assert len(told) == 3
    assert all(ratio > (1.0 if "Ticket" in name else 1.4) for name, ratio in told.items())
    assert risk.change is not None
    assert [curve.name for curve in risk.curves] == []


def test_only_samples_and_aggregates_cross(made: SegmentedBase, reckoned: Reckoning, risk: ChurnRisk) -> None:
    usage = made.base.dataset.engine.usage
    assert usage.rows < 20_000
    assert usage.exported == 0
    assert reckoned.sample.labels.size <= 40_000
    with pytest.raises(RunError, match="must not name anybody"):
        made.base.dataset.engine.sample(reckoned.scored)
    with pytest.raises(RunError, match="draw a smaller one"):
        made.base.dataset.engine.sample(reckoned.scored.select("risk"), most=10)


def test_the_held_out_table_is_that_of_every_customer(reckoned: Reckoning) -> None:
    table = reckoned.tables["logistic"]
    scored = reckoned.tested["logistic"].score(reckoned.frames.labelled(reckoned.origins[0]), reckoned.origins[0])
    rows = reckoned.base.dataset.engine.backend.to_pyarrow(scored.select("risk", "left"))
    from sklearn.metrics import roc_auc_score

    assert auc(table) == pytest.approx(roc_auc_score(rows["left"], rows["risk"]), abs=5e-4)
    assert table.mean_score == pytest.approx(np.mean(rows["risk"]), abs=1e-6)
    assert score_table(reckoned.frames, scored).total == rows.num_rows


def test_the_save_list_is_cut_where_profit_is_highest(
    tmp_path: Path, made: SegmentedBase, reckoned: Reckoning, risk: ChurnRisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segkit.churn.measure import save

    rows = reckoned.base.dataset.engine.backend.to_pyarrow(reckoned.scored.order_by("customer_id")).to_pandas()
    cost = reckoned.frames.options.contact_cost
    gain = np.floor(rows["risk"] * rows["amount"] * 0.2 + 0.5) / 100 - cost
    monkeypatch.setattr(save, "reckon", lambda segmented, frames: reckoned)
    found = save_list(made, tmp_path / "save.csv")
    # the best cut of the ranking: every shorter and every longer list has less expected profit
    running = np.cumsum(np.sort(gain)[::-1])
    assert found.customers == int((gain > 0).sum()) == risk.save_customers
    assert found.profit == pytest.approx(gain[gain > 0].sum()) == pytest.approx(max(running.max(), 0.0))
    assert risk.save_profit == pytest.approx(found.profit)
    with open(found.path, newline="") as file:
        listed = list(csv.DictReader(file))
    assert list(listed[0]) == ["customer_id"]
    order = rows.assign(gain=gain).query("gain > 0").sort_values(["gain", "customer_id"], ascending=[False, True])
    assert [int(row["customer_id"]) for row in listed] == order["customer_id"].tolist()
    first = (tmp_path / "save.csv").read_bytes()
    again = save_list(made, tmp_path / "again.csv")
    assert again.path.read_bytes() == first
    more = save_list(made, tmp_path / "more.csv", most=3, columns=("risk", "segment", "expected"))
    assert more.customers == 3
    header, *lines = more.path.read_text().splitlines()
    assert header == "customer_id,segment,risk,expected"
    assert lines[0].split(",")[1] in ("Prepaid", "Postpaid")
    assert reckoned.base.dataset.engine.usage.exported == 2 * found.customers + 3
    with pytest.raises(ParameterError, match="`name` is not known"):
        save_list(made, tmp_path / "x.csv", columns=("name",))
    with pytest.raises(ParameterError, match="does not exist"):
        save_list(made, tmp_path / "none" / "x.csv")
    counted = worth_calling(reckoned)
    sums = reckoned.base.dataset.engine.collect(counted.aggregate(n=counted.count()))
    assert int(sums["n"].iloc[0]) == found.customers


def test_a_small_segment_gets_a_refusal(reckoned: Reckoning, made: SegmentedBase) -> None:
    from segkit.churn.measure.outlook import _frame, by_segment

    sums = by_segment(reckoned, reckoned.scored)
    sums.loc[0, ["customers", "risk", "square"]] = [12, 1_000_000, 100_000]
    frame = _frame(reckoned, sums.iloc[:2], made.segmentation.segments, 0.1, 100.0)
    assert np.isnan(frame["risk"].iloc[0])
    assert frame["note"].iloc[0] == "12 customers are too few for a risk; 30 are needed"
    assert not np.isnan(frame["risk"].iloc[1])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"horizon": 0}, "horizon"),
        ({"unit": "year"}, "must be one of 'week' or 'month'"),
        ({"models": ("prophet",)}, "not known"),
        ({"models": ("purchases",)}, "relation: contractual"),
        ({"rhythm": 3.0}, "relation: contractual"),
        ({"leave_out": ("nothing",)}, "no feature"),
        ({"leave_out": ("contract_months",)}, "simple rule"),
        ({"save_rate": 0.0}, "save_rate"),
    ],
)
def test_options_out_of_bounds(made: SegmentedBase, wrong: dict, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        churn_risk(made, **wrong)


def test_no_prediction_says_why(made: SegmentedBase, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="shorter horizon"):
        save_list(made, tmp_path / "x.csv", horizon=20)
