"""Kills `generate` and dbt at random moments, day after day, and compares with a quiet twin.

Both worlds get the same days of all four streams, and versions of a few events that contradict each
other. In one, commands that land or load a day are killed, some before an operation on a file, some
around a statement, some at any moment. After every few kills both commands run to their end: what
has landed must be the twin's byte for byte, and every table of silver and gold the twin's row by
row.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.support.duckdb_warehouse import ROOT, STREAMS, Event, Warehouse, differences, item

FIRST_DAY = date(2026, 1, 30)
FILE_OPERATIONS = 35
"""About what a day of four streams takes."""
STATEMENTS = 300
"""About what a load of a day sends."""


@dataclass(frozen=True)
class Round:
    """What a few kills did, and what was found once both worlds were complete again."""

    kills: int
    """Commands that were killed; some end before their moment comes."""
    differences: list[str]


@dataclass(frozen=True)
class World:
    """A warehouse and the seed of the retail world that lands in it."""

    warehouse: Warehouse
    seed: int

    def land(self, day: date, dies_at: int | None = None) -> bool:
        """Generate a day; whether it was killed before it ended."""
        program = ["generators"] if dies_at is None else [f"{__package__}.killed_generate"]
        command = [
            *(sys.executable, "-m", *program, *([] if dies_at is None else [str(dies_at)])),
            *("generate", "--days", "1", "--end", str(day), "--workers", "1"),
            *("--seed", str(self.seed), "--scale", "0.01", "--out", str(self.landing)),
        ]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode in (0, -9), ended.stdout + ended.stderr
        return ended.returncode == -9

    def load(self, kill: dict[str, Any] | None = None) -> bool:
        """Load what has landed; whether it was killed before it ended."""
        return self.warehouse.load("--threads", "1", kill=kill, check=kill is None).killed

    @property
    def landing(self) -> Path:
        """The landing folder."""
        return self.warehouse.folder / "landing"

    def landed(self) -> dict[str, bytes]:
        """Every file in the landing folder, by its path there."""
        files = (path for path in self.landing.rglob("*") if path.is_file())
        return {str(path.relative_to(self.landing)): path.read_bytes() for path in files}


def crash_rounds(
    disturbed: Warehouse, quiet: Warehouse, seed: int, rounds: int, kills_a_round: int = 5
) -> Iterator[Round]:
    """Rounds of kills, a day each, on two warehouses without events."""
    rng = random.Random(seed)
    world, twin = World(disturbed, seed), World(quiet, seed)
    for number in range(rounds):
        day = FIRST_DAY + timedelta(days=number)
        trouble = [random_event(rng) for _ in range(12)]
        for each in (world, twin):
            each.warehouse.land_by_stream(f"{number:03}.json", trouble)
            each.warehouse.land(f"no_event_{number:03}.json", [f"no event {number}"])
        kills = 0
        while kills < kills_a_round:
            if kills < kills_a_round // 2:
                kills += world.land(day, dies_at=rng.randrange(FILE_OPERATIONS))
            else:
                kills += world.load(random_kill(rng))
        for each in (world, twin):
            each.land(day)
            each.load()
        yield Round(kills, compare(world, twin))


def random_event(rng: random.Random) -> Event:
    """One of few ids of any stream, at one of few instants."""
    stream = rng.choice(list(STREAMS.values()))
    event = stream.make(f"T{rng.randrange(4)}", at=f"2026-01-{rng.randint(1, 28):02}T10:00:00Z")
    if "items" in event:
        event["items"] = [item(qty=rng.randint(0, 3)) for _ in range(rng.randint(1, 3))]
    return event


def random_kill(rng: random.Random) -> dict[str, Any]:
    """A moment in a run of dbt."""
    if rng.random() < 0.25:
        return {"seconds": rng.uniform(0.1, 2)}
    return {"statement": rng.randrange(STATEMENTS), "when": rng.choice(["before", "after"])}


def compare(world: World, twin: World) -> list[str]:
    """What the two have different: files by name, rows by table."""
    ours, theirs = world.landed(), twin.landed()
    files = sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))
    return [f"{name} has landed otherwise" for name in files] + differences(
        world.warehouse.tables(), twin.warehouse.tables()
    )
