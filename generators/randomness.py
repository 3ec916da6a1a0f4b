"""Random columns in which every value is a pure function of its coordinates.

A value depends only on (key, column, day, row): there is no state, so a single row, a day or
any share of the rows can be made alone, in any order and by any number of processes, and comes out
the same. The hash is the counter form of splitmix64 (Steele, Lea, Flood: "Fast splittable
pseudorandom number generators", 2014). Only integer arithmetic and exact float operations are used,
so the values are the same on every machine.
"""

import hashlib
import struct
from collections.abc import Sequence
from functools import cache
from math import exp
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.integer[Any]]
Bits: TypeAlias = NDArray[np.uint64]
Table: TypeAlias = NDArray[np.uint16]

_GAMMA = 0x9E3779B97F4A7C15
_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_MASK = 0xFFFFFFFFFFFFFFFF
_TABLE_SIZE = 1 << 16


def _mix(value: int) -> int:
    value = (value + _GAMMA) & _MASK
    value = ((value ^ (value >> 30)) * _MULTIPLIERS[0]) & _MASK
    value = ((value ^ (value >> 27)) * _MULTIPLIERS[1]) & _MASK
    return value ^ (value >> 31)


def _mix_array(value: Bits) -> Bits:
    """Mix in place: `value` must not be used by anyone else."""
    value += np.uint64(_GAMMA)
    value ^= value >> np.uint64(30)
    value *= np.uint64(_MULTIPLIERS[0])
    value ^= value >> np.uint64(27)
    value *= np.uint64(_MULTIPLIERS[1])
    value ^= value >> np.uint64(31)
    return value


@cache
def _text_bits(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def combine(*parts: int | float | str) -> int:
    """Hash the parts, in their order, to 64 bits; the same on every machine and in every run."""
    value = 0
    for part in parts:
        if isinstance(part, str):
            bits = _text_bits(part)
        elif isinstance(part, float):
            bits = int.from_bytes(struct.pack(">d", part), "big")
        else:
            bits = part
        value = _mix(value ^ _mix(bits & _MASK))
    return value


def weighted_table(weights: Sequence[float], size: int = _TABLE_SIZE) -> Table:
    """Lay weights out for `Draws.choice`: 65,536 indices, each as often as its weight's share.

    Shares are exact to 1/65,536 (largest remainder), or to one part in another size. The weights
    need not add up to one.
    """
    shares = np.asarray(weights, dtype=np.float64)
    exact = shares / shares.sum() * size
    counts = np.floor(exact).astype(np.int64)
    missing = size - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return np.repeat(np.arange(len(shares), dtype=np.uint16), counts)


QUANTILES = 1 << 12
"""Number of equally likely values in a table of `log_normal_table`."""


def log_normal_table(median: float, sigma: float) -> list[float]:
    """Quantiles of a log-normal distribution, in their order; sigma is that of the logarithm.

    Round them: their last digits may differ from machine to machine.
    """
    normal = NormalDist(0.0, sigma)
    ranks = [(rank + 0.5) / QUANTILES for rank in range(QUANTILES)]
    return [median * exp(normal.inv_cdf(rank)) for rank in ranks]


class Draws:
    """The random columns of one stream.

    `day` is one day's ordinal or one a row, `rows` the row numbers; every method returns one value
    a row. Columns are named, so that a new one leaves the others' values alone.
    """

    def __init__(self, *key: int | float | str) -> None:
        """Name what separates this stream from all others, such as (seed, scale, "pos")."""
        self._key = combine(*key)
        self._columns: dict[str, int] = {}

    def bits(self, column: str, rows: Rows, day: int | Rows = 0) -> Bits:
        """64 uniform bits per row."""
        if column not in self._columns:
            self._columns[column] = combine(self._key, column)
        key = self._columns[column]
        if isinstance(day, int):
            start: np.uint64 | Bits = np.uint64(_mix(key ^ _mix(day & _MASK)))
        else:
            start = _mix_array(_mix_array(day.astype(np.uint64)) ^ np.uint64(key))
        return _mix_array(rows.astype(np.uint64) * np.uint64(_GAMMA) + start)

    def uniform(self, column: str, rows: Rows, day: int | Rows = 0) -> NDArray[np.float64]:
        """Uniform in [0, 1), in steps of 2^-53."""
        return (self.bits(column, rows, day) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(
        self, column: str, rows: Rows, limit: int | Rows, day: int | Rows = 0
    ) -> NDArray[np.int64]:
        """Uniform whole numbers from 0 up to, but not including, `limit` (at most 2^31)."""
        high = self.bits(column, rows, day) >> np.uint64(32)
        product: Bits = high * np.asarray(limit, dtype=np.uint64)
        return (product >> np.uint64(32)).astype(np.int64)

    def choice(
        self, column: str, rows: Rows, table: Table, day: int | Rows = 0
    ) -> NDArray[np.int64]:
        """Indices drawn by weight, from a `weighted_table`."""
        index = self.bits(column, rows, day) >> np.uint64(48)
        drawn: Table = table[index]
        return drawn.astype(np.int64)
