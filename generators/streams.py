"""The event streams, and how a run lands their days."""

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from generators import manifests, pos_json
from generators.landing import EventFile, land_file, remove_leftovers
from generators.manifests import FileRecord, Manifest, add_by_type, land_manifest
from generators.world import World

STREAMS: dict[str, Callable[[World, date], Iterator[EventFile]]] = {
    "pos": pos_json.make_files,
}
"""Makes the files of a stream's day, by the stream's name, which is also that of its folder.

A file is named `<stream>_<YYYYMMDD>_<the world's tag>[_<part>].json`.
"""


@dataclass(slots=True)
class Landed:
    """What has landed of a stream so far; `unchanged_files` of the files stood there already."""

    files: int = 0
    unchanged_files: int = 0
    events: int = 0
    size: int = 0
    manifests: int = 0

    def add(self, other: "Landed") -> None:
        """Count in what another part of the run has landed."""
        self.files += other.files
        self.unchanged_files += other.unchanged_files
        self.events += other.events
        self.size += other.size
        self.manifests += other.manifests


def name_batch(start: str, world: World, day: date) -> str:
    """The name of a day's batch, which those of its files start with."""
    return f"{start}_{day:%Y%m%d}_{world.tag}"


def land_batch(
    landing: Path,
    batch: str,
    stream: str,
    world: World,
    day: date | None,
    files: Iterable[EventFile],
) -> Landed:
    """Land files in `<landing>/<stream>/`, then the manifest of the batch that they are.

    Raises:
        LandingConflictError: A file, or the batch, has landed before with other content.
        OSError: A file cannot be written.
    """
    landed, records, totals = Landed(manifests=1), [], []
    for file in files:
        result = land_file(landing / stream, file.name, file.content)
        landed.add(Landed(1, int(not result.is_new), file.events, result.size))
        records.append(FileRecord.of(f"{stream}/{file.name}", file.content))
        totals.append(file.totals)
    by_type = add_by_type(totals)
    land_manifest(landing, Manifest(batch, stream, day, world, tuple(records), by_type))
    return landed


def land_day(landing: Path, stream: str, world: World, day: date) -> Landed:
    """Land one day of a stream.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    files = STREAMS[stream](world, day)
    return land_batch(landing, name_batch(stream, world, day), stream, world, day, files)


def remove_leftovers_of(landing: Path, stream: str, batches: set[str]) -> None:
    """Remove what killed runs left behind of batches, whose names have one length."""
    for folder in (stream, manifests.FOLDER):
        remove_leftovers(landing / folder, batches)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def split_days(days: list[date], blocks: int) -> list[list[date]]:
    """Days in that many blocks of consecutive ones, as even as can be."""
    ends = [len(days) * block // blocks for block in range(blocks + 1)]
    return [days[start:end] for start, end in pairwise(ends)]


def land_days(
    landing: Path, streams: list[str], world: World, days: list[date], workers: int
) -> Iterator[tuple[str, Landed]]:
    """Land days of streams, by that many processes; one result as each day of a stream is done.

    A process lands consecutive days, one after the other, because it makes a day faster that it has
    made the day before of. The files are the same whatever the number of processes. When the caller
    stops early, days that are being written are finished and no others begun.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    for stream in streams:
        remove_leftovers_of(landing, stream, {name_batch(stream, world, day) for day in days})
    blocks = [
        [
            (stream, partial(land_day, landing, stream, world, day))
            for day in b
            for stream in streams
        ]
        for b in split_days(days, min(workers, len(days)) or 1)
    ]
    if len(blocks) == 1:
        for stream, land in blocks[0]:
            yield stream, land()
        return
    pools = [
        ProcessPoolExecutor(
            1,
            mp_context=get_context(
                "spawn"
            ),  # a fork would copy polars' threads in an unknown state
            initializer=_leave_interrupts_to_the_parent,
        )
        for _ in blocks
    ]
    futures: dict[Future[Landed], str] = {}
    try:
        for pool, block in zip(pools, blocks, strict=True):
            futures |= {pool.submit(land): stream for stream, land in block}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()
        for pool in pools:
            pool.shutdown()
