"""The world that is simulated: everything in it follows from the seed and the scale."""

import math
from dataclasses import dataclass
from datetime import date

from generators.randomness import combine
from generators.retail_calendar import FIRST_YEAR, LAST_YEAR

FIRST_DAY = date(FIRST_YEAR, 1, 1)
LAST_DAY = date(LAST_YEAR, 12, 31)
"""The days that can be simulated lie between these two."""

MAX_SEED = 2**63 - 1
MAX_SCALE = 1000.0


@dataclass(frozen=True, slots=True)
class World:
    """A synthetic retail world.

    Args:
        seed: 0 to MAX_SEED; another seed gives another world.
        scale: Volume, times the daily base volumes; above 0, at most MAX_SCALE.

    Raises:
        ValueError: The seed or the scale is out of bounds.
    """

    seed: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a world that cannot be simulated."""
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed {self.seed} is out of bounds; use 0 to {MAX_SEED}")
        if not (math.isfinite(self.scale) and 0 < self.scale <= MAX_SCALE):
            raise ValueError(
                f"scale {self.scale} is out of bounds; use a number above 0, at most {MAX_SCALE:g}"
            )

    @property
    def tag(self) -> str:
        """8 hexadecimal digits in the ids and file names of this world, and of no other."""
        return f"{combine('world', self.seed, float(self.scale)) >> 32:08x}"
