"""The business day that all streams have in common, and the order of things in it.

It lasts from midnight to midnight in Pacific time, the last of the stores' zones: within it every
store opens and closes, and customers shop online from the first minute to the last half hour. That
half hour is the night run, in which goods are counted, replenished and sent back. So whatever
happens at a place on a day comes after all that happened there on the days before.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from generators.master_data import OPENING_HOUR, STORES
from generators.randomness import Draws
from generators.world import World

Ints: TypeAlias = NDArray[np.integer[Any]]
Flags: TypeAlias = NDArray[np.bool_]

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
NIGHT_MINUTES = 30

ONLINE_ZONE = "America/Los_Angeles"
"""The zone whose midnights separate the business days."""


@lru_cache(maxsize=64)
def _instants(year: int, zone: str, hour: int) -> list[int]:
    """Instants (ms since 1970, UTC) of a local hour on each day of a year."""
    first, last = datetime(year, 1, 1, hour), datetime(year, 12, 31, hour)
    moments = pl.datetime_range(first, last, "1d", time_unit="ms", eager=True)
    return moments.dt.replace_time_zone(zone).to_physical().to_list()


def _instant(day: date, zone: str, hour: int) -> int:
    return _instants(day.year, zone, hour)[day.timetuple().tm_yday - 1]


def get_start(day: date) -> int:
    """Instant (ms since 1970, UTC) at which a business day starts."""
    return _instant(day, ONLINE_ZONE, 0)


def get_night(day: date) -> int:
    """Instant (ms since 1970, UTC) at which the night run of a business day starts."""
    return get_start(day + timedelta(days=1)) - NIGHT_MINUTES * MINUTE_MS


def get_openings(day: date) -> Ints:
    """Instant (ms since 1970, UTC) at which each store opens on a day, as STORES are ordered."""
    return np.array([_instant(day, store.timezone, OPENING_HOUR) for store in STORES])


@lru_cache(maxsize=16)
def get_draws(world: World, stream: str) -> Draws:
    """The random columns of a stream of a world."""
    return Draws(world.seed, float(world.scale), stream)


def draw_count(draws: Draws, column: str, expected: float, ordinal: int) -> int:
    """A whole number for a day; a fraction becomes the chance of one more."""
    chance = draws.uniform(column, np.zeros(1, dtype=np.int64), ordinal)
    return int(expected + chance[0])


def order_by_time(instant: Ints) -> Ints:
    """Positions of instants (ms since 1970) in order; equal ones keep their order."""
    if not len(instant):
        return np.zeros(0, dtype=np.int64)
    # Sorting unique numbers is faster than a stable sort of positions.
    packed: Ints = (instant - instant.min()) << 32
    packed |= np.arange(len(instant))
    packed.sort()
    packed &= 0xFFFFFFFF
    return packed
