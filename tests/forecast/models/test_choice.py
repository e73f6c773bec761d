from __future__ import annotations

import numpy as np
import pytest

from segkit.errors import ModelError
from segkit.forecast.models.choice import choose_purchase_model, choose_retention_model
from segkit.forecast.models.contractual import RenewalCells
from segkit.forecast.models.nbd import NBD
from segkit.forecast.models.pareto_nbd import ParetoNBD
from segkit.forecast.models.purchase_model import PurchaseModel


def history(model: PurchaseModel, customers: int = 2_500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    T = rng.uniform(30, 80, customers)
    return *model.simulate(T, rng), T


def test_the_model_that_made_the_data_is_found() -> None:
    choice = choose_purchase_model(*history(ParetoNBD(2.0, 5.0, 3.0, 60.0)))
    assert choice.model.label == "Pareto/NBD"
    assert list(choice.considered) == ["BG/NBD", "MBG/NBD", "Pareto/NBD"]
    assert not choice.refused
    assert choice.message.startswith("Pareto/NBD is used: the least AIC")


def test_nobody_leaving_falls_back_to_the_simplest_model_and_says_so() -> None:
    choice = choose_purchase_model(*history(NBD(0.8, 10.0)), candidates=("BG/NBD",))
    assert choice.model.label == "NBD"
    assert "no other fit is sound" in choice.message
    assert "BG/NBD has no inner maximum" in choice.message
    assert np.all(choice.model.probability_alive([0, 3], [0, 5.0], [50.0, 50.0]) == 1.0)


def test_unfit_data_are_refused_once_with_the_reason() -> None:
    with pytest.raises(ModelError, match="has bought again"):
        choose_purchase_model(np.zeros(500), np.zeros(500), np.full(500, 9.0))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ModelError, match="no such model: Weibull; there are BG/NBD, MBG/NBD, Pareto/NBD, NBD"):
        choose_purchase_model([0], [0], [1], candidates=("Weibull",))
    with pytest.raises(ModelError, match="none given"):
        choose_retention_model([1], [1], candidates=())


@pytest.mark.parametrize(
    ("survivors", "label"),
    [([1000, 631, 468, 382, 326], "sBG"), ([1000, 869, 743, 653, 593], "BdW")],
    ids=["Regular", "High End"],
)
def test_retention_ages_only_where_the_data_say_so(survivors: list[float], label: str) -> None:
    cells = RenewalCells.from_survivors(survivors)
    assert choose_retention_model(cells.renewal, cells.left, cells.weight).model.label == label


def test_a_short_contract_history_leaves_the_simple_model_and_the_reason() -> None:
    cells = RenewalCells.from_survivors([1000, 700, 560])
    choice = choose_retention_model(cells.renewal, cells.left, cells.weight)
    assert choice.model.label == "sBG"
    assert "at least 3 renewals" in choice.refused["BdW"]
