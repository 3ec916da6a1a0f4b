"""Generated worlds with every kind of fault that generators inject, and the same without."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from generators.faults import KINDS, NO_FAULTS, Faults
from generators.streams import STREAMS, land_days
from generators.world import World
from tests.support.answer_key import Verdict, check, deliveries
from tests.support.duckdb_warehouse import ARRIVAL_COLUMNS, Tables, Warehouse, differences
from tests.support.oracle.audit import disagreements

DAYS = [date(2026, 1, 31), date(2026, 2, 1)]
EVENT_RATE = 0.02
FILE_RATE = 0.2
"""Of the kinds that befall files, of which there are few."""

FAULTS = Faults.of(
    {name: FILE_RATE if kind.is_of_file else EVENT_RATE for name, kind in KINDS.items()}
)


@dataclass(frozen=True)
class TwinWorlds:
    """The landing folders of a generated world, with injected faults and without."""

    faulted: Path
    faultless: Path

    @classmethod
    def make(
        cls, folder: Path, seed: int, scale: float = 1.0, opening: bool = True
    ) -> "TwinWorlds":
        """Make both, with or without an opening stock; the same ones for the same arguments."""
        made = cls(folder / "faulted", folder / "faultless")
        world, streams = World(seed, scale), list(STREAMS)
        for landing, faults in ((made.faulted, FAULTS), (made.faultless, NO_FAULTS)):
            for _ in land_days(landing, streams, world, DAYS, 1, opening, faults):
                pass
        return made

    def land(self, files: list[Path], landing: Path) -> None:
        """Let files of the faulted world arrive in another landing folder."""
        for path in files:
            target = landing / path.relative_to(self.faulted)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)


def judge(world: TwinWorlds, new_warehouse: Callable[[str], Warehouse]) -> Verdict:
    """Load a world in the order of arrival, and at once; what is found of its faults.

    Args:
        world: The world.
        new_warehouse: Makes a warehouse without events, of a name.
    """
    day_by_day = new_warehouse("day_by_day")
    *first_files, last_files = deliveries(world.faulted, builds=3)
    for files in first_files:
        world.land(files, day_by_day.folder / "landing")
        day_by_day.load()
    world.land(last_files, day_by_day.folder / "landing")
    everything = ["build", "--select", "bronze+", "ops_expectation_log"]
    everything += ["--exclude-resource-type", "unit_test"]
    day_by_day.run(*everything, variables={"test_scope": "all"})  # faults alone fail no build

    at_once = new_warehouse("at_once")
    for files in deliveries(world.faulted, builds=1):
        world.land(files, at_once.folder / "landing")
    at_once.load()

    verdict = check(world.faulted, world.faultless, day_by_day.rows)
    verdict.wrong += disagreements(day_by_day)
    verdict.wrong += differences(_results(day_by_day), _results(at_once))
    return verdict


def _results(warehouse: Warehouse) -> Tables:
    """The facts and the quarantine; the versions kept in between may be spelt differently."""
    tables = warehouse.tables(without=ARRIVAL_COLUMNS)
    return {
        name: rows
        for name, rows in tables.items()
        if name.startswith("gold") or name == "silver_quarantined_events"
    }
