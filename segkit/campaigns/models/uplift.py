"""Predicted uplift of single customers: T- and X-learners, with each customer predicted by models that never saw
them.

Customers are divided into parts, and each part is predicted by models of the parts before it alone. In the usual
cross-fitting, models of all other parts predict a part, so that two parts learn from each other; where effects do not
differ, the true error of the result is then √2 times its apparent error. When parts are taken in turn, the result is
a martingale, and its usual error holds (Luedtke & van der Laan 2016; Wager 2024, "Sequential validation of treatment
heterogeneity").

The T-learner is the difference of two models of the outcome, one per arm. The X-learner models the effects that the
other arm's model imputes to each customer, and weights the two by the propensity (Künzel, Sekhon, Bickel & Yu 2019,
"Metalearners for estimating heterogeneous treatment effects using machine learning", PNAS 116).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.learning.encoding import Feature, Raw, fit_encoding
from segkit.learning.learners import fit_learner
from segkit.statistics.seed import SEED
from segkit.statistics.told import Figure, Told

UpliftLearner = Literal["linear", "boosting"]
LEARNERS: Final[tuple[UpliftLearner, ...]] = ("linear", "boosting")
PARTS: Final = 6
FIRST: Final = 2
"""The first part that is predicted; earlier parts are only learnt from."""
FEWEST: Final = 600
"""How many customers of each arm it takes to learn a ranking."""
FEWEST_EVENTS: Final = 100
"""How many customers of each arm must have a 0/1 outcome, and how many must not."""
_STRENGTH: Final = 0.01
"""Inverse penalty of the logistic regressions. The penalty is stronger than for a risk, since two models are
subtracted.
"""
_PENALTIES: Final = tuple(float(v) for v in 10.0 ** np.arange(-1.0, 5.5, 0.5))
_DIGITS: Final = 10

Predict = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Uplift:
    """What models of the parts before predict for each customer: (n,) in the rows' order and the outcome's unit.

    Customers of the first parts, before which there was nothing to learn from, have NaN.

    Attributes:
        t, x: uplift predicted by the T-learner and by the X-learner.
        control, treated: expected outcome without and with treatment.
        dropped: feature → why it was never used.
    """

    t: Floats
    x: Floats
    control: Floats
    treated: Floats
    dropped: dict[str, str]


def part_of(codes: NDArray[np.int64], count: int = PARTS) -> NDArray[np.int64]:
    """Return a customer's part, 0 to count − 1. It follows from the customer's number alone (splitmix64), so no order
    of rows can matter.
    """
    z = codes.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((z ^ (z >> np.uint64(31))) % np.uint64(count), dtype=np.int64)


def enough(outcome: Floats, treated: Floats) -> str | None:
    """Return why there is too little to learn a ranking from; None where there is enough.

    Args:
        outcome: (n,) 0/1 or numbers.
        treated: (n,) 0 or 1.
    """
    binary = is_binary(outcome)
    for words, arm in (("treated", 1.0), ("control", 0.0)):
        mine = outcome[treated == arm]
        if mine.size < FEWEST:
            return _few(mine.size, f"{words} customers", FEWEST)
        events = int(mine.sum()) if binary else int((mine != 0).sum())
        rest = mine.size - events
        if events < FEWEST_EVENTS:
            return _few(events, f"{words} customers with the outcome", FEWEST_EVENTS)
        if binary and rest < FEWEST_EVENTS:
            return _few(rest, f"{words} customers without the outcome", FEWEST_EVENTS)
    return None


def _few(there: int, of: str, least: int) -> Told:
    return Told.of(
        f"{{there}} {of}; at least {{least}} are needed in each arm",
        there=Figure(there, "count"),
        least=Figure(least, "count"),
    )


def is_binary(outcome: Floats) -> bool:
    """Return whether an outcome holds only 0 and 1."""
    return bool(np.isin(outcome, (0.0, 1.0)).all())


def held_out_uplift(
    features: Sequence[Feature],
    raw: Raw,
    outcome: Floats,
    treated: Floats,
    part: NDArray[np.int64],
    *,
    propensity: float,
    learner: UpliftLearner = "linear",
) -> Uplift:
    """Predict everybody's uplift from models, encoding included, that were fitted on the parts before.

    Args:
        features, raw: as for `segkit.learning.encoding.fit_encoding`; known before assignment.
        outcome: (n,) 0/1, or numbers such as money. The models are logistic regressions for 0/1 and ridge regressions
            for numbers, or boosted trees of either kind.
        treated: (n,) 0 or 1, drawn by chance.
        part: (n,) from `part_of`.
        propensity: chance of treatment, the same for everybody.
        learner: "linear", or "boosting" (small gradient-boosted trees).

    Returns:
        The predictions; they are the same bits whatever the order of the rows.

    Raises:
        ModelError: an arm is too small (see `enough`), or no feature varies.
    """
    if (lack := enough(outcome, treated)) is not None:
        raise ModelError(Told.of("customers cannot be ranked by uplift: {lack}.", lack=lack))
    if learner not in LEARNERS:
        raise ModelError(Told.own(f"learner `{learner}` of uplift is not known. Write one of {', '.join(LEARNERS)}."))
    if not 0 < propensity < 1:
        raise ModelError(
            Told.of(
                "a ranking by uplift needs a propensity between zero and one; it is {propensity}.",
                propensity=Figure(propensity, "number"),
            )
        )
    order = canonical([part, treated, outcome, *(raw[f.name] for f in features)])
    y, t = outcome[order], treated[order]
    dropped: list[dict[str, str]] = []

    def fit(matrix: Floats, rows: NDArray[np.bool_]) -> Predict:
        return fit_uplift(matrix, y[rows], t[rows], propensity=propensity, learner=learner)

    told = _in_turn(features, raw, part, order, np.ones(y.size, dtype=bool), fit, 4, dropped)
    always = {name: why for name, why in dropped[0].items() if all(name in other for other in dropped)}
    return Uplift(told[0], told[1], told[2], told[3], always)


def held_out_mean(
    features: Sequence[Feature],
    raw: Raw,
    outcome: Floats,
    part: NDArray[np.int64],
    *,
    learned: NDArray[np.bool_] | None = None,
    learner: UpliftLearner = "linear",
) -> Floats:
    """Predict everybody's outcome, (n,), from models of the parts before; NaN where there are none.

    Args:
        features, raw, outcome, part, learner: as in `held_out_uplift`.
        learned: (n,) whether a row may be learnt from, such as those of the control; None for all rows.
    """
    mine = np.ones(outcome.size, dtype=bool) if learned is None else learned
    order = canonical([part, mine, outcome, *(raw[f.name] for f in features)])
    y, binary = outcome[order], is_binary(outcome[mine])

    def fit(matrix: Floats, rows: NDArray[np.bool_]) -> Predict:
        return _fit_outcome(matrix, y[rows], learner, binary=binary)

    return np.asarray(_in_turn(features, raw, part, order, mine[order], fit, 1, [])[0])


def _in_turn(
    features: Sequence[Feature],
    raw: Raw,
    part: NDArray[np.int64],
    order: NDArray[np.int64],
    learned: NDArray[np.bool_],
    fit: Callable[[Floats, NDArray[np.bool_]], Predict],
    width: int,
    dropped: list[dict[str, str]],
) -> Floats:
    """Fit models part by part, and return what those of the parts before predict: (width, n), in the rows' own order.

    Args:
        order: the order in which rows are fitted; `learned`, and the rows that `fit` gets, are in that order.
        fit: a design matrix and its rows → a function of another matrix.
        dropped: a list to which the features are appended that each encoding left out.
    """
    raw = {f.name: raw[f.name][order] for f in features}
    place = part[order]
    told = np.full((width, place.size), np.nan)
    for k in range(FIRST, PARTS):
        test = place == k
        if not test.any():
            continue
        train = (place < k) & learned
        known = {name: values[train] for name, values in raw.items()}
        encoding = fit_encoding(features, known)
        model = fit(encoding.matrix(known), train)
        told[:, test] = model(encoding.matrix({name: values[test] for name, values in raw.items()}))
        dropped.append(dict(encoding.dropped))
    found = np.empty_like(told)
    found[:, order] = told
    return found


def fit_uplift(
    matrix: Floats, outcome: Floats, treated: Floats, *, propensity: float, learner: UpliftLearner = "linear"
) -> Predict:
    """Fit both learners to one design matrix.

    Args:
        matrix: (n, columns), scaled.
        outcome, treated, propensity, learner: as in `held_out_uplift`.

    Returns:
        A function of a matrix (m, columns). It returns (4, m): uplift by the T-learner, uplift by the X-learner, and
        the expected outcome without and with treatment.
    """
    binary = is_binary(outcome)
    one, none = treated == 1, treated == 0
    control = _fit_outcome(matrix[none], outcome[none], learner, binary=binary)
    arm = _fit_outcome(matrix[one], outcome[one], learner, binary=binary)
    # what the other arm's model expects each customer to have done, Künzel et al. (2019), eq. 8 and 9
    of_treated = _fit_mean(matrix[one], outcome[one] - control(matrix[one]), learner)
    of_control = _fit_mean(matrix[none], arm(matrix[none]) - outcome[none], learner)

    def tell(rows: Floats) -> Floats:
        low, high = control(rows), arm(rows)
        x = propensity * of_control(rows) + (1 - propensity) * of_treated(rows)
        return np.stack([high - low, x, low, high])

    return tell


def canonical(keys: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Sort rows by what they hold alone, and return their order. Rows that are alike in every key are
    interchangeable.
    """
    return np.asarray(np.lexsort(list(reversed([np.asarray(key) for key in keys]))), dtype=np.int64)


def _fit_outcome(matrix: Floats, outcome: Floats, learner: UpliftLearner, *, binary: bool) -> Predict:
    if not binary:
        return _fit_mean(matrix, outcome, learner)
    fitted = fit_learner(
        "logistic" if learner == "linear" else "boosting",
        matrix,
        outcome,
        strength=_STRENGTH if learner == "linear" else 0.5,
        errors=False,
    )
    return lambda rows: np.asarray(special.expit(fitted.log_odds(rows)))


def _fit_mean(matrix: Floats, target: Floats, learner: UpliftLearner) -> Predict:
    """Fit a ridge regression whose penalty leave-one-out chooses, or small boosted trees. Either has a scaled target."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import RidgeCV
    from threadpoolctl import threadpool_limits

    centre, scale = float(target.mean()), float(target.std())
    if not scale > 1e-12:
        return lambda rows: np.full(rows.shape[0], centre)
    scaled = (target - centre) / scale
    with threadpool_limits(limits=1):  # many threads on a busy machine wait for each other
        if learner == "linear":
            line = RidgeCV(alphas=_PENALTIES).fit(matrix, scaled)
            # the last digits depend on the machine's linear algebra
            intercept, slopes = round(float(line.intercept_), _DIGITS), np.round(line.coef_, _DIGITS)
            return lambda rows: np.asarray(centre + scale * (intercept + rows @ slopes))
        trees = HistGradientBoostingRegressor(
            max_iter=40,
            learning_rate=0.1,
            max_leaf_nodes=8,
            max_depth=3,
            min_samples_leaf=max(50, matrix.shape[0] // 50),
            l2_regularization=1.0,
            early_stopping=False,
            random_state=SEED,
        ).fit(matrix, scaled)

    def tell(rows: Floats) -> Floats:
        with threadpool_limits(limits=1):
            return np.asarray(centre + scale * trees.predict(rows))

    return tell
