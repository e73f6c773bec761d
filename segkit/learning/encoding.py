"""Raw features become the columns of a design matrix; the rules are data, so that an engine can apply the same.

Numbers are clipped to the range that the fit saw (all but a thousandth at each end), where asked logged, and scaled;
what is not known stands at the mean, with an indicator of its own. Numbers in bands and categories become indicators
against their most frequent band or level. Rare levels are pooled; a level that the fit never saw counts as one of them.
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
from segkit.statistics.told import Quoted, Told

Raw = Mapping[str, NDArray[Any]]
"""Feature → its column: floats with NaN for not known, or texts (dtype U) with "" for not known."""

MOST_LEVELS: Final = 15
"""Levels of a category that get an indicator of their own."""
FEWEST_ROWS: Final = 30
"""Rows from which a level, a band or "not known" gets an indicator."""
_TAIL: Final = 0.001
_DIGITS: Final = 12

Op = Literal["value", "unknown", "band", "level", "other"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A raw feature, as the caller describes it.

    Attributes:
        name: of its column.
        label: in words, e.g. "tickets in the last 3 months".
        kind: number or category.
        edges: a number with edges is encoded in bands: below the first, from edge to edge, from the last on.
        log: a number of zero or more that is logged (natural log of 1 + x).
        step: a readable step in the feature's unit, for effects; 0 for one that fits its spread.
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
        feature: whose.
        op: `value` is (clipped, perhaps logged x − centre) ÷ scale, 0 where not known; the others are indicators:
            `unknown`, `band` (low ≤ x < high), `level` (x is `levels[0]`), `other` (known and none of `levels`).
        low, high: bounds of the clip, or of the band.
        log: whether the value is logged after clipping.
        centre, scale: see `value`.
        levels: see `level` and `other`.
        share: mean over the fit's rows (of an indicator).
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
        """The column, (n,)."""
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
        """Of a `value`: where a known number of the feature has to stay for the column to stay up to each threshold.

        x ≤ limit just where the column is ≤ threshold, to the bit, so that an engine compares what it has and takes no
        logarithm of its own, whose last digit may differ. −inf where no x gets there, inf where every x does.
        """
        low, high = (np.full(thresholds.size, at, dtype=np.int64) for at in _order(np.array([self.low, self.high])))
        inside = self._at(low) <= thresholds
        every = self._at(high) <= thresholds
        # the last double that stays, between one that does and one that does not
        while (low + 1 < high).any():
            middle = (low >> 1) + (high >> 1) + (low & high & 1)
            stays = self._at(middle) <= thresholds
            low, high = np.where(stays, middle, low), np.where(stays, high, middle)
        return np.where(every, np.inf, np.where(inside, _number_at(low), -np.inf))

    def _at(self, order: NDArray[np.int64]) -> Floats:
        return self.of({self.feature: _number_at(order)})


_SIGN: Final = np.int64(-(2**63))


def _order(numbers: Floats) -> NDArray[np.int64]:
    """Whole numbers in the order of doubles, without a gap."""
    bits = (numbers + 0.0).view(np.int64)
    return np.where(bits >= 0, bits, _SIGN - bits)


def _number_at(order: NDArray[np.int64]) -> Floats:
    """The double at a place of `_order`."""
    return np.where(order >= 0, order, _SIGN - order).view(np.float64)


@dataclass(frozen=True)
class Encoding:
    """The design matrix's columns, and what was left out.

    Attributes:
        features: as described, those left out included.
        columns: of the design matrix, in order.
        reference: feature → the band or level that its indicators are measured against.
        dropped: feature → why it is not in the matrix.
    """

    features: tuple[Feature, ...]
    columns: tuple[EncodedColumn, ...]
    reference: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)

    def matrix(self, raw: Raw) -> Floats:
        """(n, columns)."""
        if not self.columns:
            raise ModelError("no feature varies, so that nothing can be learnt from them.")
        return np.column_stack([column.of(raw) for column in self.columns])

    def unseen(self, raw: Raw) -> dict[str, int]:
        """Category → rows with a level that the fit did not see or pooled."""
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
    def groups(self) -> dict[str, list[int]]:
        """Feature → positions of its columns."""
        found: dict[str, list[int]] = {}
        for at, column in enumerate(self.columns):
            found.setdefault(column.feature, []).append(at)
        return found


def fit_encoding(features: Sequence[Feature], raw: Raw) -> Encoding:
    """Settle the columns on the rows of a fit.

    Parameters
    ----------
    features: Described by the caller, in the order of the matrix.
    raw: Their columns.

    Features without variation, and columns that repeat an earlier one, are dropped by name.
    """
    columns: list[EncodedColumn] = []
    reference: dict[str, str] = {}
    dropped: dict[str, str] = {}
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
                "it says the same as {others}", others=Quoted(", ".join(sorted(repeats)).replace("_", " "))
            )
        else:
            dropped[feature.name] = "it is the same for everybody"
    return Encoding(tuple(features), tuple(columns), reference, dropped)


def _shape(values: Floats) -> bytes:
    """The same for columns that are straight lines of each other."""
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
    """The columns of one feature, and what its indicators are measured against."""
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
    """A band in words.

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
