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

from generators import manifests
from generators.inventory_json import make_opening_file
from generators.landing import EventFile, land_file
from generators.manifests import FileRecord, Manifest, land_manifest
from generators.streams import INVENTORY, STREAMS, needs_opening, remove_leftovers_of
from generators.totals import count_events
from generators.world import LAST_DAY, World

FIRST_BATCH_DAY = date(2026, 2, 1)
"""Day of the first events of every generator."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class FileSystem(Protocol):
    """The part of `dbutils.fs` that this package uses."""

    def put(self, file: str, contents: str, overwrite: bool) -> object:
        """Write a text file."""

    def mv(self, src: str, dst: str) -> object:
        """Rename a file."""


class Dbutils(Protocol):
    """The part of Databricks' `dbutils` that this package uses."""

    @property
    def fs(self) -> FileSystem:
        """The file system."""


class EventGenerator:
    """Hands out the events of a stream in batches; each continues where the last one ended.

    The events depend on the seed alone, and those of the four streams of a seed belong together;
    the n-th written batch of the same size is the same file in every run. The stream of stock
    movements begins with the opening stock, unless the landing folder holds the day before it; its
    first batch raises LandingConflictError when the folder holds the opening stock of another day.
    """

    def __init__(self, stream: str, landing: str | Path, seed: int) -> None:
        """Start before the first event; nothing is read or written yet."""
        self._stream = stream
        self._world = World(seed)
        self._landing = Path(landing)
        self._lines = self._all_lines()
        self._written = 0

    def _all_lines(self) -> Iterator[bytes]:
        day = FIRST_BATCH_DAY
        if self._stream == INVENTORY and needs_opening(self._landing, self._world, day):
            yield from make_opening_file(self._world, day).content.splitlines(keepends=True)
        while day <= LAST_DAY:
            for file in STREAMS[self._stream](self._world, day):
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

    def _next_batch(self, count: int) -> tuple[EventFile, Manifest]:
        """The next events as a file and its manifest."""
        lines = self._take(count)
        self._written += 1
        batch = f"{self._stream}_batch_{self._world.tag}_{self._written:06d}"
        totals = count_events(self._stream, lines)
        file = EventFile(f"{batch}.json", b"".join(lines), count, totals)
        record = FileRecord.of(f"{self._stream}/{file.name}", file.content)
        return file, Manifest(batch, self._stream, None, self._world, (record,), totals)

    def generate_batch(self, num_events: int) -> list[dict[str, Any]]:
        """The next events, as the event contract defines them; amounts are floats.

        Raises:
            ValueError: The number is below 1, or the world ends before that many events.
        """
        return [json.loads(line) for line in self._take(num_events)]

    def write_batch(self, num_events: int) -> Path:
        """Land the next events as a file in the landing folder, and its manifest.

        Returns:
            The file's path.

        Raises:
            ValueError: The number is below 1, or the world ends before that many events.
            LandingConflictError: The file has landed before with other content, such as another
                number of events.
            OSError: The file cannot be written.
        """
        file, manifest = self._next_batch(num_events)
        remove_leftovers_of(self._landing, self._stream, {manifest.batch})
        path = land_file(self._landing / self._stream, file.name, file.content).path
        land_manifest(self._landing, manifest)
        return path

    def write_batch_dbutils(self, dbutils: Dbutils, num_events: int) -> str:
        """Land the next events and their manifest through Databricks' `dbutils`.

        Each file is put under a name that ingestion ignores, then renamed.

        Returns:
            The path of the file of events.

        Raises:
            ValueError: The number is below 1, or the world ends before that many events.
        """
        file, manifest = self._next_batch(num_events)
        path = self._landing / self._stream / file.name
        _put(dbutils, path, file.content)
        _put(dbutils, self._landing / manifests.FOLDER / manifest.name, manifest.render())
        return path.as_posix()


def _put(dbutils: Dbutils, path: Path, content: bytes) -> None:
    """Write a file through `dbutils`, so that it appears complete or not at all."""
    temporary = path.with_name(f"_{path.name}.tmp").as_posix()
    dbutils.fs.put(temporary, content.decode(), True)
    dbutils.fs.mv(temporary, path.as_posix())


def _create(
    stream: str, catalog: str, schema: str, seed: int, landing: str | Path | None
) -> EventGenerator:
    for kind, name in (("catalog", catalog), ("schema", schema)):
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(
                f"{kind} {name!r} is not a plain name; use letters, digits and underscores, "
                "not starting with a digit"
            )
    if landing is None:
        landing = f"/Volumes/{catalog}/{schema}/landing"
    return EventGenerator(stream, landing, seed)


def create_pos_generator(
    catalog: str, schema: str, seed: int = 42, landing: str | Path | None = None
) -> EventGenerator:
    """A generator of POS transactions that writes to `/Volumes/<catalog>/<schema>/landing/pos`.

    Args:
        catalog: Name of a Unity Catalog catalog: letters, digits and underscores.
        schema: Name of a schema in it, with the same characters.
        seed: Which world; generators with other seeds make other events and files.
        landing: Landing folder to use instead of the volume.

    Raises:
        ValueError: A name is not a plain identifier, or the seed is out of bounds.
    """
    return _create("pos", catalog, schema, seed, landing)


def create_ecommerce_generator(
    catalog: str, schema: str, seed: int = 42, landing: str | Path | None = None
) -> EventGenerator:
    """A generator of online orders; otherwise like `create_pos_generator`."""
    return _create("ecommerce", catalog, schema, seed, landing)


def create_inventory_generator(
    catalog: str, schema: str, seed: int = 42, landing: str | Path | None = None
) -> EventGenerator:
    """A generator of stock movements; otherwise like `create_pos_generator`.

    It begins with the opening stock of its first day, unless the landing folder holds the stock
    movements of the day before of the same world.
    """
    return _create("inventory", catalog, schema, seed, landing)


def create_clickstream_generator(
    catalog: str, schema: str, seed: int = 42, landing: str | Path | None = None
) -> EventGenerator:
    """A generator of clickstream events; otherwise like `create_pos_generator`."""
    return _create("clickstream", catalog, schema, seed, landing)
