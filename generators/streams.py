"""The event streams, and how a run lands their days."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from generators import pos_json
from generators.landing import EventFile, land_file, remove_leftovers
from generators.world import World

STREAMS: dict[str, Callable[[World, date], Iterator[EventFile]]] = {
    "pos": pos_json.make_files,
}
"""Makes the files of a stream's day, by the stream's name, which is also that of its folder.

A file is named `<stream>_<YYYYMMDD>_<the world's tag>[_<part>].json`.
"""


@dataclass(slots=True)
class Landed:
    """What a run has landed so far; `unchanged_files` of the files stood there already."""

    files: int = 0
    unchanged_files: int = 0
    events: int = 0
    size: int = 0

    def add(self, other: "Landed") -> None:
        """Count in what another part of the run has landed."""
        self.files += other.files
        self.unchanged_files += other.unchanged_files
        self.events += other.events
        self.size += other.size


def land_day(landing: Path, stream: str, world: World, day: date) -> Landed:
    """Land the files of one day of a stream in `<landing>/<stream>/`.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    landed = Landed()
    for file in STREAMS[stream](world, day):
        result = land_file(landing / stream, file.name, file.content)
        landed.add(Landed(1, int(not result.is_new), file.events, result.size))
    return landed


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def land_days(
    landing: Path, streams: list[str], world: World, days: list[date], workers: int
) -> Iterator[Landed]:
    """Land days of streams, by that many processes; one result as each day of a stream is done.

    The files are the same whatever the number of processes. When the caller stops early, days that
    are being written are finished and no others begun.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    for stream in streams:
        starts = {f"{stream}_{day:%Y%m%d}_{world.tag}" for day in days}
        remove_leftovers(landing / stream, starts)
    tasks = [(stream, day) for day in days for stream in streams]
    if workers == 1 or len(tasks) < 2:
        for stream, day in tasks:
            yield land_day(landing, stream, world, day)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(tasks)),
        mp_context=get_context("spawn"),  # a fork would copy polars' threads in an unknown state
        initializer=_leave_interrupts_to_the_parent,
    )
    try:
        futures = [pool.submit(land_day, landing, stream, world, day) for stream, day in tasks]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
