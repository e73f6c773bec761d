"""Random numbers that depend on the seed, the chunk and a name, and on nothing else.

Each variable has a stream of its own. So adding a variable changes no other, and the first n customers are
the same whatever the total: the first n numbers of a stream do not depend on how many follow.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segkit.arrays import Floats, Whole


class Draws:
    """The streams of one chunk of customers. A name can be drawn once."""

    def __init__(self, seed: int, chunk: int) -> None:
        self._seed = seed
        self._chunk = chunk
        self._used: set[int] = set()

    def stream(self, name: str) -> np.random.Generator:
        """Return the generator of that name."""
        key = zlib.crc32(name.encode())
        if key in self._used:
            raise RuntimeError(f"stream {name!r} was drawn before")
        self._used.add(key)
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(self._seed, spawn_key=(self._chunk, key))))

    def uniform(self, name: str, *shape: int) -> Floats:
        """Return uniform numbers on [0, 1)."""
        return self.stream(name).random(shape)

    def normal(self, name: str, *shape: int) -> Floats:
        """Return standard normal numbers."""
        return self.stream(name).standard_normal(shape)

    def choice(self, name: str, size: int, weights: Sequence[float] | Floats) -> Whole:
        """Choose an index of the weighted possibilities, `size` times."""
        return pick(self.uniform(name, size), np.asarray(weights, dtype=float))

    def choice_by(self, name: str, group: Whole, weights: Floats) -> Whole:
        """Choose an index with the weights of each row's group: `weights` is (groups, possibilities)."""
        return pick_by(self.uniform(name, len(group)), group, weights)


def pick(uniform: Floats, weights: Floats) -> Whole:
    """Convert uniform numbers to indices with these weights."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges[:-1], uniform, side="right").astype(np.int64)


def pick_by(uniform: Floats, group: Whole, weights: Floats) -> Whole:
    """Convert uniform numbers to indices with the weights of each row's group."""
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    chosen = np.zeros(len(uniform), dtype=np.int64)
    for column in range(weights.shape[1] - 1):
        chosen += uniform >= edges[group, column]
    return chosen


def poisson(uniform: Floats, mean: Floats, most: int) -> NDArray[np.int8]:
    """Return Poisson counts by inversion, at most `most`; `mean` broadcasts against `uniform`."""
    term = np.exp(-mean)
    cumulative = term.copy()
    counts = np.zeros(uniform.shape, dtype=np.int8)
    for k in range(1, most + 1):
        counts += uniform >= cumulative
        term = term * mean / k
        cumulative = cumulative + term
    return counts


def expit(log_odds: Floats) -> Floats:
    """Convert log-odds to a probability."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
