"""Batches of any number of events, for notebooks and jobs.

A generator walks through the days of a world at scale 1, from the day after the last one of a
default run of the command line, and hands out the events in their order.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from generators.landing import land_file, remove_leftovers
from generators.pos_json import make_files
from generators.world import LAST_DAY, World

FIRST_BATCH_DAY = date(2026, 2, 1)
"""Day of the first events of every generator."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class FileSystem(Protocol):
    """The part of `dbutils.fs` that is used."""

    def put(self, file: str, contents: str, overwrite: bool) -> object:
        """Write a text file."""

    def mv(self, src: str, dst: str) -> object:
        """Rename a file."""


class Dbutils(Protocol):
    """The part of Databricks' `dbutils` that is used."""

    @property
    def fs(self) -> FileSystem:
        """The file system."""


class PosGenerator:
    """Hands out POS transactions in batches, each going on where the one before it ended.

    The events depend on the seed alone; the n-th written batch of the same size is the same file in
    every run.
    """

    def __init__(self, landing: str | Path, seed: int) -> None:
        """Start before the first event; nothing is read or written yet."""
        self._world = World(seed)
        self._folder = Path(landing) / "pos"
        self._lines = self._all_lines()
        self._written = 0

    def _all_lines(self) -> Iterator[bytes]:
        day = FIRST_BATCH_DAY
        while day <= LAST_DAY:
            for file in make_files(self._world, day):
                yield from file.content.splitlines(keepends=True)
            day += timedelta(days=1)

    def _take(self, count: int) -> list[bytes]:
        if count < 1:
            raise ValueError(f"a batch of {count} events cannot be made; ask for 1 or more")
        lines = list(islice(self._lines, count))
        if len(lines) < count:
            raise ValueError(
                f"a batch of {count} events goes beyond {LAST_DAY}; ask for {len(lines)} or fewer"
            )
        return lines

    def _next_name(self) -> str:
        self._written += 1
        return f"pos_batch_{self._world.tag}_{self._written:06d}.json"

    def generate_batch(self, num_events: int) -> list[dict[str, Any]]:
        """The next events, as the event contract lays them down; amounts are floats.

        Raises:
            ValueError: The number is below 1, or the world ends before that many events.
        """
        return [json.loads(line) for line in self._take(num_events)]

    def write_batch(self, num_events: int) -> Path:
        """Land the next events as a file in the landing folder and return its path.

        Raises:
            ValueError: The number is below 1, or the world ends before that many events.
            LandingConflictError: The file has landed before with other content, such as another
                number of events.
            OSError: The file cannot be written.
        """
        lines = self._take(num_events)
        name = self._next_name()
        remove_leftovers(self._folder, {name})
        return land_file(self._folder, name, b"".join(lines)).path

    def write_batch_dbutils(self, dbutils: Dbutils, num_events: int) -> str:
        """Land the next events through Databricks' `dbutils` and return the file's path.

        The file is put under a name that ingestion ignores, then renamed.

        Raises:
            ValueError: The number is below 1, or the world ends before that many events.
        """
        lines = self._take(num_events)
        name = self._next_name()
        temporary, path = (self._folder / start for start in (f"_{name}.tmp", name))
        dbutils.fs.put(temporary.as_posix(), b"".join(lines).decode(), True)
        dbutils.fs.mv(temporary.as_posix(), path.as_posix())
        return path.as_posix()


def create_pos_generator(
    catalog: str, schema: str, seed: int = 42, landing: str | Path | None = None
) -> PosGenerator:
    """A generator that writes to `/Volumes/<catalog>/<schema>/landing/pos`.

    Args:
        catalog: Name of a Unity Catalog catalog: letters, digits and underscores.
        schema: Name of a schema in it, likewise.
        seed: Which world; generators with other seeds make other events and files.
        landing: Landing folder to use instead of the volume.

    Raises:
        ValueError: A name is no plain identifier, or the seed is out of bounds.
    """
    for kind, name in (("catalog", catalog), ("schema", schema)):
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(
                f"{kind} {name!r} is no plain name; use letters, digits and underscores, "
                "not starting with a digit"
            )
    if landing is None:
        landing = f"/Volumes/{catalog}/{schema}/landing"
    return PosGenerator(landing, seed)
