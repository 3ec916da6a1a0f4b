"""Worlds with every kind of fault, and the same worlds without."""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from generators.faults import KINDS, NO_FAULTS, Faults
from generators.streams import STREAMS, land_days
from generators.world import World

DAYS = [date(2026, 1, 30) + timedelta(days=later) for later in range(4)]
SCALE = 0.3
EVENT_RATE = 0.02
FILE_RATE = 0.2
"""Of the kinds that befall files, of which there are few."""

FAULTS = Faults.of(
    {name: FILE_RATE if kind.is_of_file else EVENT_RATE for name, kind in KINDS.items()}
)


@dataclass(frozen=True)
class FaultedWorld:
    """The landing folders of a world with and without faults."""

    faulted: Path
    sound: Path

    @classmethod
    def make(cls, folder: Path, seed: int) -> "FaultedWorld":
        """Make both; the same ones for the same seed."""
        made = cls(folder / "faulted", folder / "sound")
        for landing, faults in ((made.faulted, FAULTS), (made.sound, NO_FAULTS)):
            streams = list(STREAMS)
            for _ in land_days(landing, streams, World(seed, SCALE), DAYS, 1, True, faults):
                pass
        return made

    def land(self, files: list[Path], landing: Path) -> None:
        """Let files of the faulted world arrive in another landing folder."""
        for path in files:
            target = landing / path.relative_to(self.faulted)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
