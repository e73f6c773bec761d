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
    with pytest.raises(ParameterError, match="the survey has no question `q9`"):
        Bench(table(rows(300))).fit("needs", {"questions": ["q1", "q9"]})


def test_an_answer_that_says_nothing_is_named_with_its_question() -> None:
    """`No, Yes, Yes, Yes` is nobody's need."""
    fitted = Bench(table(rows(600))).fit("needs", {})
    for segment in fitted.segments:
        parts = segment.name.split(", ")
        assert len(parts) >= 2
        assert all(": " in part for part in parts)
        assert {part.split(": ")[1].casefold() for part in parts} <= {"yes", "no"}
        assert {part.split(": ")[0].casefold() for part in parts} <= {f"q{i}" for i in range(6)}


def answers(levels: list[list[str]], size: int = 600, groups: int = 3, seed: int = 2) -> pa.Table:
    """Groups that each have an answer of their own to every question, given four times of five."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, size)
    found: dict[str, list[object]] = {"customer_id": [], "question": [], "answer": [], "time": [], "weight": []}
    for who in range(size):
        for question, texts in enumerate(levels):
            own = texts[int(group[who]) % len(texts)] if rng.random() < 0.9 else texts[int(rng.integers(len(texts)))]
            found["customer_id"].append(who + 1)
            found["question"].append(f"topic_{question}")
            found["answer"].append(own)
            found["time"].append(dt.datetime(2025, 5, 1))
            found["weight"].append(1.0)
    kinds = [pa.int64(), pa.string(), pa.string(), pa.timestamp("us"), pa.float64()]
    return pa.table({name: pa.array(values, kind) for (name, values), kind in zip(found.items(), kinds, strict=True)})


def test_answers_that_speak_for_themselves_need_no_question() -> None:
    levels = [["Price", "Service", "Brand"], ["Alone", "Friends", "Shops"], ["Often", "Price", "Rarely"]]
    fitted = Bench(table(rows(600)), {"survey": answers(levels)}).fit("needs", {})
    names = [segment.name for segment in fitted.segments]
    assert len(names) == 3
    parts = {part.casefold() for name in names for part in name.split(", ")}
    assert parts & {"alone", "friends", "shops", "service", "brand"}
    assert not parts & {"price", "often", "rarely"}
    assert all(": " in part for part in parts if part.endswith(("price", "often", "rarely")))


def test_that_the_search_ended_at_its_cap_is_said() -> None:
    levels = [["a1", "b1", "c1", "d1"], ["a2", "b2", "c2", "d2"], ["a3", "b3", "c3", "d3"]]
    bench = Bench(table(rows(600)), {"survey": answers(levels, groups=4)})
    capped, free = bench.fit("needs", {"most": 3}), bench.fit("needs", {"most": 6})
    assert capped.record is not None
    assert free.record is not None
    assert (len(capped.segments), len(free.segments)) == (3, 4)
    assert "ended at its cap of 3 classes" in capped.record.notes[0]
    assert "cap" not in free.record.notes[0]


def test_stability_is_computed_where_an_answer_is_so_rare_that_samples_lack_it() -> None:
    """One respondent alone gave an answer: most samples do not have it, and are as good as the others."""
    told = answers([["a1", "b1"], ["a2", "b2"], ["a3", "b3"], ["a4", "b4"]], groups=2)
    column = told["answer"].to_pylist()
    column[3] = "zz"
    survey_once = told.set_column(2, "answer", pa.array(column))
    fitted = Bench(table(rows(600)), {"survey": survey_once}).fit("needs", {})
    assert fitted.record is not None
    assert fitted.record.stability is not None
    assert fitted.record.stability > 0.8
