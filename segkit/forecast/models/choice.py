"""Which model to use on the data at hand: the one with the least AIC among the sound fits, else the simplest one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from numpy.typing import ArrayLike

from segkit.errors import ModelError
from segkit.forecast.models.bdw import fit_bdw
from segkit.forecast.models.bg_nbd import fit_bg_nbd
from segkit.forecast.models.contractual import Late, RetentionModel
from segkit.forecast.models.histories import STANDARD, Requirements
from segkit.forecast.models.mbg_nbd import fit_mbg_nbd
from segkit.forecast.models.nbd import fit_nbd
from segkit.forecast.models.optimise import Convergence, Fit
from segkit.forecast.models.pareto_nbd import fit_pareto_nbd
from segkit.forecast.models.purchase_model import PurchaseModel
from segkit.forecast.models.sbg import fit_sbg
from segkit.statistics.told import Figure, Told

PURCHASE_FITS: Final[Mapping[str, Callable[..., PurchaseModel]]] = MappingProxyType(
    {"BG/NBD": fit_bg_nbd, "MBG/NBD": fit_mbg_nbd, "Pareto/NBD": fit_pareto_nbd, "NBD": fit_nbd}
)
RETENTION_FITS: Final[Mapping[str, Callable[..., RetentionModel]]] = MappingProxyType(
    {"sBG": fit_sbg, "BdW": fit_bdw}
)

Model = TypeVar("Model", bound=PurchaseModel | RetentionModel)


@dataclass(frozen=True, eq=False, slots=True)
class Choice(Generic[Model]):
    """The model that was chosen, and what it was chosen from."""

    model: Model
    """The model to use."""
    considered: Mapping[str, Model]
    """Name → model, for every model that could be fitted, in the order asked."""
    refused: Mapping[str, str]
    """Name → why the model could not be fitted."""
    message: str
    """The choice in words, for a reader."""


def choose_purchase_model(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    candidates: tuple[str, ...] = ("BG/NBD", "MBG/NBD", "Pareto/NBD"),
    require: Requirements = STANDARD,
) -> Choice[PurchaseModel]:
    """Fit the candidates and choose the sound one with the least AIC; without one, NBD, in which all are alive.

    Likelihood judges the past only. Where there is enough history, a backtest should decide.

    Args:
        frequency, recency, T, weight: as in `fit_bg_nbd`.
        candidates: names of `PURCHASE_FITS`.
        require: what the data must offer.

    Raises:
        ModelError: the data do not allow any of the models, or no model converged.
    """
    return _choose(
        PURCHASE_FITS,
        candidates,
        "NBD",
        lambda fit: fit(frequency, recency, T, weight, require=require),
    )


def choose_retention_model(
    renewal: ArrayLike,
    left: ArrayLike,
    weight: ArrayLike | None = None,
    late: Late | None = None,
    *,
    candidates: tuple[str, ...] = ("sBG", "BdW"),
    require: Requirements = STANDARD,
) -> Choice[RetentionModel]:
    """Fit the candidates and choose the sound one with the least AIC; without one, sBG as it is.

    Args:
        renewal, left, weight, late: as in `fit_sbg`.
        candidates: names of `RETENTION_FITS`.
        require: what the data must offer.

    Raises:
        ModelError: the data do not allow any of the models, or no model converged.
    """
    return _choose(RETENTION_FITS, candidates, "sBG", lambda fit: fit(renewal, left, weight, late, require=require))


def _choose(
    fits: Mapping[str, Callable[..., Model]],
    candidates: tuple[str, ...],
    simplest: str,
    run: Callable[[Callable[..., Model]], Model],
) -> Choice[Model]:
    unknown = [name for name in candidates if name not in fits]
    if unknown or not candidates:
        raise ModelError(
            Told.own(f"no such model: {', '.join(unknown) or 'none given'}; there are {', '.join(fits)}.")
        )
    considered: dict[str, Model] = {}
    refused: dict[str, str] = {}
    for name in candidates:
        try:
            considered[name] = run(fits[name])
        except ModelError as error:
            refused[name] = error.told
    if not considered:
        raise ModelError(Told.joined(list(dict.fromkeys(refused.values())), " "))
    sound = {name: model for name, model in considered.items() if _fit(model).sound}
    if sound:
        name = min(sound, key=lambda candidate: _fit(sound[candidate]).aic)
        ranked = sorted(considered, key=lambda candidate: _fit(considered[candidate]).aic)
        figures = [
            Told.of("{model} {aic}", model=other, aic=Figure(round(_fit(considered[other]).aic, 1), "number"))
            for other in ranked
        ]
        reason = Told.of(
            "{name} is used: the least AIC of the sound fits ({figures}).", name=name, figures=Told.joined(figures)
        )
        return Choice(sound[name], considered, refused, Told.joined([reason, *_troubles(considered.values())], " "))
    if simplest not in considered:
        considered[simplest] = run(fits[simplest])
    troubles = _troubles(considered.values())
    if _fit(considered[simplest]).verdict is Convergence.UNCONVERGED:
        raise ModelError(Told.joined(troubles, " "))
    reason = Told.of("{model} is used, as the simplest model: no other fit is sound.", model=simplest)
    return Choice(considered[simplest], considered, refused, Told.joined([reason, *troubles], " "))


def _troubles(models: Iterable[PurchaseModel | RetentionModel]) -> list[str]:
    """Say what is wrong with the fits that are not sound."""
    return [_fit(model).message for model in models if not _fit(model).sound]


def _fit(model: PurchaseModel | RetentionModel) -> Fit:
    assert model.fit is not None, "models come from fits here"
    return model.fit
