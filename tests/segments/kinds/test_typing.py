"""Typing models: right where columns tell the class, refused where they do not; the engine classes as the model does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from segkit.errors import ModelError
from segkit.segments.models.typing_model import fit_typing_model
from tests.segments.kinds.everyone import Bench, rows, survey, table


def bench(telling: bool) -> tuple[Bench, dict[int, int]]:
    """Six hundred customers, of whom half answered; whose group the city and the voice minutes tell, or do not."""
    columns = rows(600)
    answers = survey(300).to_pandas()
    group = answers.groupby("customer_id")["weight"].max().sub(1).astype(int).to_dict()
    rng = np.random.default_rng(8)
    hidden = {i: group.get(i, int(rng.random() < 0.4)) for i in range(1, 601)}
    columns["city"] = [
        ("Kiel" if hidden[i] else "Ulm") if telling and rng.random() < 0.9 else str(rng.choice(["Kiel", "Ulm"]))
        for i in range(1, 601)
    ]
    columns["usage_voice_minutes"] = [
        float(100 * hidden[i] * telling + rng.normal(200, 40)) if i != 600 else None for i in range(1, 601)
    ]
    columns["city"][599] = None
    return Bench(table(columns)), hidden


OPTIONS: dict[str, Any] = {"typing": ["city", "usage_voice_minutes"]}


def test_who_did_not_answer_is_classed_where_columns_tell() -> None:
    made, hidden = bench(telling=True)
    fitted = made.fit("needs", OPTIONS)
    assert fitted.record is not None
    assert "of held-out respondents their class" in fitted.record.notes[1]
    assert fitted.record.notes[1].endswith("of whom some of that is known, is classed by it.")
    assigned, plain = made.assigned(fitted), made.assigned(made.fit("needs", {}))
    answered = [i for i in range(1, 301) if plain[i] < 2]
    assert all(assigned[i] == plain[i] for i in answered), "answers come before the typing model"
    assert assigned[600] == 2, "of whom nothing is known, nothing is guessed"
    others = range(301, 600)
    name = {hidden[i]: assigned[i] for i in answered}
    right = np.mean([assigned[i] == name[hidden[i]] for i in others])
    said = float(fitted.record.notes[1].split("gives ")[1].split("%")[0]) / 100
    assert right == pytest.approx(said, abs=0.06), "the accuracy that is said holds for those who did not answer"
    assert right > 0.9


def test_nobody_is_classed_by_columns_that_do_not_tell() -> None:
    made, _ = bench(telling=False)
    fitted = made.fit("needs", OPTIONS)
    assert fitted.record is not None
    assert "too few (at least 60%), so that who did not answer is Unassigned" in fitted.record.notes[1]
    assigned = made.assigned(fitted)
    assert all(assigned[i] == 2 for i in range(301, 601))


def test_the_model_knows_how_often_it_is_right() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 3000)
    x = np.eye(3)[y] + rng.normal(0, 0.7, (3000, 3))
    model = fit_typing_model(x[:1500], y[:1500])
    fresh = float((model.predict(x[1500:]) == y[1500:]).mean())
    assert model.accuracy == pytest.approx(fresh, abs=0.03)
    wilson = stats.binomtest(round(model.accuracy * 1500), 1500).proportion_ci(0.95, method="wilson")
    assert model.accuracy_low == pytest.approx(wilson.low)
    noise = fit_typing_model(rng.normal(size=(600, 5)), rng.integers(0, 2, 600))
    assert noise.accuracy < 0.58
    order = rng.permutation(1500)
    again = fit_typing_model(x[:1500][order], y[:1500][order])
    assert again.accuracy == model.accuracy
    assert (again.weights == model.weights).all()


def test_too_few_are_refused() -> None:
    with pytest.raises(ModelError, match="needs at least two classes"):
        fit_typing_model(np.zeros((9, 2)), [0] * 6 + [1] * 3)
    with pytest.raises(ModelError, match="finite numbers"):
        fit_typing_model([[np.nan]], [0])
