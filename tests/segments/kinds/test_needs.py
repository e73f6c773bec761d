"""Needs: groups of respondents found from their answers, as of a date; everyone else Unassigned."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from segkit.errors import DataError, ParameterError
from segkit.segments.models.latent_class import MISSING, fit_latent_classes
from tests.segments.kinds.everyone import AS_OF, Bench, rows, survey, table


def test_the_engine_assigns_as_the_model_does() -> None:
    bench = Bench(table(rows(600)))
    fitted = bench.fit("needs", {})
    assert len(fitted.segments) == 2
    answers = survey(300).to_pandas().pivot(index="customer_id", columns="question", values="answer")
    codes = answers.apply(lambda column: column.map({"no": 0, "yes": 1})).fillna(MISSING).to_numpy(dtype=np.int64)
    weights = survey(300).to_pandas().groupby("customer_id")["weight"].max().to_numpy()
    model = fit_latent_classes(codes, np.ones(300), 2, weights=weights)
    wanted = model.posterior(codes).argmax(axis=1)
    assigned = bench.assigned(fitted)
    enough = (codes != MISSING).sum(axis=1) >= 2
    assert all(assigned[i + 1] == (wanted[i] if enough[i] else 2) for i in range(300))
    assert all(assigned[i] == 2 for i in range(301, 601)), "who did not answer is Unassigned"
    assert fitted.record is not None
    assert fitted.record.stability is not None
    assert fitted.record.stability > 0.8
    assert fitted.record.rows < 300, "patterns cross, not respondents"


def test_answers_after_the_date_are_not_known() -> None:
    columns = rows(600)
    columns["as_of"] = [dt.date(2025, 4, 30)] * 600
    early = Bench(table(columns))
    assert early.fit("needs", {}).segments == ()
    late = Bench(table(rows(600)))
    fitted = late.fit("needs", {})
    backend = late.engine.backend
    backend.create_table("before", table(columns))  # type: ignore[attr-defined]
    then = fitted.assign(backend.table("before"))
    frame = late.engine.collect(then.group_by("segment").aggregate(n=then.count()))
    assert frame["segment"].tolist() == [2]
    assert dt.date(2025, 5, 1) < AS_OF


def test_noise_has_no_groups() -> None:
    rng = np.random.default_rng(4)
    size, questions = 500, 5
    noise = pa.table(
        {
            "customer_id": pa.array(np.repeat(np.arange(1, size + 1), questions)),
            "question": pa.array([f"q{i % questions}" for i in range(size * questions)]),
            "answer": pa.array(rng.choice(["a", "b", "c"], size * questions)),
            "time": pa.array([dt.datetime(2025, 5, 1)] * (size * questions), pa.timestamp("us")),
            "weight": pa.array(np.ones(size * questions)),
        }
    )
    bench = Bench(table(rows(size)), {"survey": noise})
    fitted = bench.fit("needs", {})
    assert fitted.segments == ()
    assert fitted.record is not None
    assert not fitted.record.found


def test_what_is_missing_is_said() -> None:
    bench = Bench(table(rows(300)), {"other": survey(10)})
    with pytest.raises(DataError, match="no table survey"):
        bench.fit("needs", {})
    with pytest.raises(ParameterError, match="nobody was asked `q9`"):
        Bench(table(rows(300))).fit("needs", {"questions": ["q1", "q9"]})
