"""Leaks: features that know what they cannot know. They predict too well, or fail to travel in time.

If a feature alone tells leavers from stayers almost perfectly, it is known from the leaving. And if a feature is written
down only after customers leave, it betrays itself at the report's date, when nobody has left yet: by this feature alone,
the customers to be scored look far safer than the same kind of customers did on the days of training.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Floats
from segkit.errors import DataError, ModelError
from segkit.learning.encoding import Feature, Raw
from segkit.learning.scores import ScoreTable, auc
from segkit.learning.validation import folds

TOO_GOOD: Final = 0.85
"""Area under the curve at which a feature alone predicts too well to be true."""
_TELLING: Final = 0.60
_VANISHED: Final = 0.75
_BINS: Final = 20
_MOST_LEVELS: Final = 200
_PRIOR: Final = 20.0


@dataclass(frozen=True, slots=True)
class FeatureCheck:
    """How well one feature alone predicts.

    Attributes:
        name: the feature.
        auc: area under the curve of its out-of-fold event rates.
        rate: share that left in training.
        implied: share of leavers that its values imply among the customers to be scored; None where there are none.
        leak: why it counts as a leak, in words; None where it does not.
    """

    name: str
    auc: float
    rate: float
    implied: float | None
    leak: str | None


def check_features(
    features: Sequence[Feature],
    raw: Raw,
    labels: Floats,
    now: Raw | None = None,
    *,
    dated: Collection[str] = (),
    too_good: float = TOO_GOOD,
) -> tuple[FeatureCheck, ...]:
    """Check each feature alone, in the order given.

    Args:
        features, raw, labels: the training rows.
        now: the same features of the customers to be scored, to test whether a feature travels in time.
        dated: features that were computed from rows dated before the day; they are not tested for that.
        too_good: area under the curve at which a feature counts as a leak.

    Raises:
        ModelError: all customers left, or all stayed.
    """
    if labels.sum() in (0, labels.size):
        raise ModelError(
            "features cannot be checked with only leavers, or only stayers; the training rows need both."
        )
    rate = float(labels.mean())
    place = folds(labels, 5)
    found = []
    for feature in features:
        codes, coded_now = _codes(raw[feature.name], None if now is None else now[feature.name])
        rates = np.zeros(labels.size)
        for fold in range(5):
            table = _rates(codes[place != fold], labels[place != fold], rate, int(codes.max()) + 1)
            rates[place == fold] = table[codes[place == fold]]
        area = auc(ScoreTable.of(rates, labels))
        implied = None
        if coded_now is not None and coded_now.size:
            table = _rates(codes, labels, rate, int(codes.max()) + 1)
            implied = float(np.where(coded_now < 0, rate, table[np.maximum(coded_now, 0)]).mean())
        travelled = None if feature.name in dated else implied
        found.append(FeatureCheck(feature.name, area, rate, implied, _leak(area, rate, travelled, too_good)))
    return tuple(found)


def refuse_leaking(checks: Iterable[FeatureCheck], known: str) -> None:
    """Refuse features that leak, each with what to write instead.

    Args:
        checks: of all features.
        known: what a leak knows, in words.

    Raises:
        DataError: lists every feature that leaks.
    """
    found = [
        f"`{check.name}`: {check.leak}. Take it out of the dataset, or write leave_out: [{check.name}]."
        for check in checks
        if check.leak
    ]
    if found:
        raise DataError.listing(f"Features that know {known} (leakage)", found)


def _leak(area: float, rate: float, implied: float | None, too_good: float) -> str | None:
    if area >= too_good:
        return f"alone it tells leavers from stayers with an area under the curve of {area:.3f}; {too_good:g} is too good"
    if implied is not None and area >= _TELLING and implied < _VANISHED * rate:
        return (
            f"it tells leavers apart (area under the curve {area:.3f}), but only after they have left: by it alone "
            f"{implied:.1%} of those to be scored would leave, where {rate:.1%} did"
        )
    return None


def _codes(x: NDArray[Any], now: NDArray[Any] | None) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Return whole codes of values, or of bins of numbers; −1 where a later value was never seen."""
    if x.dtype.kind == "U":
        levels, counts = np.unique(x, return_counts=True)
        kept = np.sort(levels[np.argsort(-counts, kind="stable")[:_MOST_LEVELS]])

        def code(values: NDArray[Any]) -> NDArray[np.int64]:
            at = np.minimum(np.searchsorted(kept, values), kept.size - 1)
            return np.asarray(np.where(kept[at] == values, at, kept.size), dtype=np.int64)

        coded = code(x)
        later = None if now is None else np.where(np.isin(now, levels), code(now), -1)
        # the pooled rest may have no customers in training
        return coded, later if later is None or (coded == kept.size).any() else np.where(
            later == kept.size, -1, later
        )
    numbers = x.astype(np.float64)
    known = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if known.size else np.zeros(0)

    def binned(values: Floats) -> NDArray[np.int64]:
        at = np.searchsorted(edges, values, side="right") + 1
        return np.asarray(np.where(np.isnan(values), 0, at), dtype=np.int64)

    coded = binned(numbers)
    if now is None:
        return coded, None
    later = binned(now.astype(np.float64))
    return coded, np.where(np.isin(later, np.unique(coded)), later, -1)


def _rates(codes: NDArray[np.int64], labels: Floats, rate: float, size: int) -> Floats:
    """Return the share that left by code, drawn a little towards the whole."""
    count = np.bincount(codes, minlength=size).astype(np.float64)
    events = np.bincount(codes, weights=labels, minlength=size)
    return np.asarray((events + _PRIOR * rate) / (count + _PRIOR))
