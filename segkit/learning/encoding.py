"""The encoding of raw features as columns of a design matrix. Its rules are data, so that an engine can apply them,
too.

Numbers are clipped to the range that the fit saw (except a thousandth at each end), logged if asked for, and scaled.
Unknown numbers are set to the mean and have an indicator of their own. Numbers in bands, and categories, become
indicators against their most frequent band or level. Rare levels are pooled, together with levels that the fit never
saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Floats
from segkit.errors import ModelError
from segkit.statistics.told import Told

Raw = Mapping[str, NDArray[Any]]
"""Feature → its column: floats with NaN for unknown, or texts (dtype U) with "" for unknown."""

MOST_LEVELS: Final = 15
"""Most levels of a category that get an indicator of their own."""
FEWEST_ROWS: Final = 30
"""Fewest rows for which a level, a band or "not known" gets an indicator."""
_TAIL: Final = 0.001
_DIGITS: Final = 12

Op = Literal["value", "unknown", "band", "level", "other"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A raw feature, as the caller describes it.

    Attributes:
        name: name of its column.
        label: its name in words, such as "tickets in the last 3 months".
        kind: number or category.
        edges: edges of the bands that a number is encoded in: below the first, from edge to edge, from the last on;
            none to encode the number itself.
        log: whether to log the number, which must be zero or more (natural log of 1 + x).
        step: a readable step in the feature's unit, for effects; 0 for a step that fits its spread.
    """

    name: str
    label: str
    kind: Literal["number", "category"] = "number"
    edges: tuple[float, ...] = ()
    log: bool = False
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class EncodedColumn:
    """One column of the design matrix.

    Attributes:
        feature: name of the feature.
        op: kind of the column. `value` is (clipped, perhaps logged x − centre) ÷ scale, 0 where unknown. The others are
            indicators: `unknown`, `band` (low ≤ x < high), `level` (x is `levels[0]`), `other` (known and none of
            `levels`).
        low, high: bounds of the clip, or of the band.
        log: whether the value is logged after clipping.
        centre, scale: constants of `value`.
        levels: levels of `level` and `other`.
        share: mean of an indicator over the rows of the fit.
    """

    feature: str
    op: Op
    low: float = -np.inf
    high: float = np.inf
    log: bool = False
    centre: float = 0.0
    scale: float = 1.0
    levels: tuple[str, ...] = ()
    share: float = 0.0

    def of(self, raw: Raw) -> Floats:
        """Compute the column, (n,)."""
        x = raw[self.feature]
        if self.op == "level":
            return np.asarray(x == self.levels[0], dtype=np.float64)
        if self.op == "other":
            return np.asarray((x != "") & ~np.isin(x, self.levels), dtype=np.float64)
        if self.op == "unknown":
            return _unknown(x).astype(np.float64)
        numbers = x.astype(np.float64)
        if self.op == "band":
            return np.asarray((numbers >= self.low) & (numbers < self.high), dtype=np.float64)
        clipped = np.clip(numbers, self.low, self.high)
        scaled = ((np.log1p(clipped) if self.log else clipped) - self.centre) / self.scale
        return np.where(np.isnan(numbers), 0.0, scaled)

    def limits(self, thresholds: Floats) -> Floats:
        """Return, for a `value`, up to which number of the feature the column stays up to each threshold.

        A known x is ≤ limit exactly where the column is ≤ threshold, to the bit. So an engine compares the raw
        numbers and needs no logarithm, whose last digit may differ. The limit is −inf where no x qualifies, inf where
        every x does.
        """
        low, high = (np.full(thresholds.size, at, dtype=np.int64) for at in _order(np.array([self.low, self.high])))
        inside = self._at(low) <= thresholds
        every = self._at(high) <= thresholds
        # search the last double that qualifies, between one that does and one that does not
        while (low + 1 < high).any():
            middle = (low >> 1) + (high >> 1) + (low & high & 1)
            stays = self._at(middle) <= thresholds
            low, high = np.where(stays, middle, low), np.where(stays, high, middle)
        return np.where(every, np.inf, np.where(inside, _number_at(low), -np.inf))

    def _at(self, order: NDArray[np.int64]) -> Floats:
        return self.of({self.feature: _number_at(order)})


_SIGN: Final = np.int64(-(2**63))


def _order(numbers: Floats) -> NDArray[np.int64]:
    """Return whole numbers in the order of doubles, without a gap."""
    bits = (numbers + 0.0).view(np.int64)
    return np.where(bits >= 0, bits, _SIGN - bits)


def _number_at(order: NDArray[np.int64]) -> Floats:
    """Return the double at a place of `_order`."""
    return np.where(order >= 0, order, _SIGN - order).view(np.float64)


@dataclass(frozen=True)
class Encoding:
    """The design matrix's columns, and what was left out.

    Attributes:
        features: the features as described, including those that were left out.
        columns: columns of the design matrix, in order.
        reference: feature → the band or level that its indicators are measured against.
        dropped: feature → why it is not in the matrix.
    """

    features: tuple[Feature, ...]
    columns: tuple[EncodedColumn, ...]
    reference: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)

    def matrix(self, raw: Raw) -> Floats:
        """Build the design matrix, (n, columns)."""
        if not self.columns:
            raise ModelError(
                "no feature varies, so that nothing can be learnt from them. Add features that differ between customers."
            )
        return np.column_stack([column.of(raw) for column in self.columns])

    def unseen(self, raw: Raw) -> dict[str, int]:
        """Count the rows with a level that the fit did not see or pooled, by category."""
        known: dict[str, set[str]] = {}
        for column in self.columns:
            if column.op == "level":
                known.setdefault(column.feature, {self.reference[column.feature]}).add(column.levels[0])
        found = {
            name: int(((raw[name] != "") & ~np.isin(raw[name], sorted(levels))).sum())
            for name, levels in known.items()
        }
        return {name: count for name, count in found.items() if count}

    @property
    def called(self) -> dict[str, str]:
        """What a reader calls each feature."""
        return {feature.name: feature.label for feature in self.features}

    @property
    def groups(self) -> dict[str, list[int]]:
        """Positions of the columns of each feature."""
        found: dict[str, list[int]] = {}
        for at, column in enumerate(self.columns):
            found.setdefault(column.feature, []).append(at)
        return found


def fit_encoding(features: Sequence[Feature], raw: Raw) -> Encoding:
    """Settle the columns of a design matrix from the rows of a fit.

    Args:
        features: the features, in the order of the matrix.
        raw: their columns.

    Returns:
        The encoding. It drops features that do not vary and columns that repeat an earlier one, and says so by name.
    """
    columns: list[EncodedColumn] = []
    reference: dict[str, str] = {}
    dropped: dict[str, str] = {}
    called = {feature.name: feature.label for feature in features}
    seen: dict[bytes, str] = {}
    for feature in features:
        made, base = _columns_of(feature, raw[feature.name])
        kept = []
        repeats: set[str] = set()
        for column in made:
            values = column.of(raw)
            key = _shape(values)
            if key in seen and seen[key] != feature.name:
                repeats.add(seen[key])
                continue
            seen[key] = feature.name
            kept.append(column)
        if kept:
            columns += kept
            if base is not None:
                reference[feature.name] = base
        elif repeats:
            dropped[feature.name] = Told.of(
                "it says the same as {others}", others=Told.joined([called[name] for name in sorted(repeats)])
            )
        else:
            dropped[feature.name] = "it is the same for everybody"
    return Encoding(tuple(features), tuple(columns), reference, dropped)


def _shape(values: Floats) -> bytes:
    """Return the same bytes for columns that are linear functions of each other."""
    spread = float(values.std())
    if not spread > 1e-12:
        return b""
    line = np.round((values - values.mean()) / spread, 5)
    return bytes((line * (1.0 if line[0] >= 0 else -1.0) + 0.0).tobytes())


def _unknown(x: NDArray[Any]) -> NDArray[np.bool_]:
    if x.dtype.kind == "U":
        return np.asarray(x == "", dtype=bool)
    return np.asarray(np.isnan(x.astype(np.float64)))


def _columns_of(feature: Feature, x: NDArray[Any]) -> tuple[list[EncodedColumn], str | None]:
    """Return the columns of one feature, and what its indicators are measured against."""
    missing = _unknown(x)
    n = x.shape[0]
    found: list[EncodedColumn] = []
    base: str | None = None
    if feature.kind == "category":
        found, base = _category(feature, x[~missing], n)
    elif feature.edges:
        found, base = _bands(feature, x[~missing].astype(np.float64), n)
    elif not missing.all():
        found = _number(feature, x[~missing].astype(np.float64))
    few = min(int(missing.sum()), n - int(missing.sum()))
    if few >= FEWEST_ROWS:
        found.append(EncodedColumn(feature.name, "unknown", share=float(missing.mean())))
    return found, base


def _number(feature: Feature, known: Floats) -> list[EncodedColumn]:
    low, high = (
        round(float(v), _DIGITS) for v in np.quantile(known, [_TAIL, 1 - _TAIL], method="closest_observation")
    )
    if feature.log:
        low, high = max(low, 0.0), max(high, 0.0)
    clipped = np.clip(known, low, high)
    values = np.log1p(clipped) if feature.log else clipped
    centre, scale = round(float(values.mean()), _DIGITS), round(float(values.std()), _DIGITS)
    if not scale > 1e-9:
        return []
    return [EncodedColumn(feature.name, "value", low, high, feature.log, centre, scale)]


def _bands(feature: Feature, known: Floats, n: int) -> tuple[list[EncodedColumn], str | None]:
    edges = (-np.inf, *feature.edges, np.inf)
    counts = [int(((known >= low) & (known < high)).sum()) for low, high in pairwise(edges)]
    if sum(count > 0 for count in counts) < 2:
        return [], None
    base = int(np.argmax(counts))
    columns = [
        EncodedColumn(feature.name, "band", edges[at], edges[at + 1], share=count / n)
        for at, count in enumerate(counts)
        if at != base and count >= FEWEST_ROWS
    ]
    return columns, band_name(edges[base], edges[base + 1])


def band_name(low: float, high: float) -> str:
    """Name a band in words.

    >>> band_name(6, 24), band_name(-np.inf, 6), band_name(24, np.inf)
    ('6 to under 24', 'under 6', '24 and more')
    """
    if np.isneginf(low):
        return f"under {high:g}"
    return f"{low:g} and more" if np.isposinf(high) else f"{low:g} to under {high:g}"


def _category(feature: Feature, known: NDArray[Any], n: int) -> tuple[list[EncodedColumn], str | None]:
    levels, counts = np.unique(known, return_counts=True)
    if levels.size < 2:
        return [], None
    order = sorted(range(levels.size), key=lambda at: (-int(counts[at]), str(levels[at])))
    base, rest = order[0], order[1:]
    own = [at for at in rest[: MOST_LEVELS - 1] if counts[at] >= FEWEST_ROWS]
    pooled = int(counts.sum()) - int(counts[base]) - sum(int(counts[at]) for at in own)
    columns = [
        EncodedColumn(feature.name, "level", levels=(str(levels[at]),), share=float(counts[at]) / n) for at in own
    ]
    if pooled >= FEWEST_ROWS:
        listed = tuple(sorted(str(levels[at]) for at in (base, *own)))
        columns.append(EncodedColumn(feature.name, "other", levels=listed, share=pooled / n))
    return columns, str(levels[base])
