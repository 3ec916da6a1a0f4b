"""A world replayed: its days as small files, in the order of their events.

Each file holds what happened of a stream in some minutes of a day, whatever the pace of the replay;
a replay that begins again finds what it has landed before.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from generators import manifests
from generators.landing import land_file
from generators.manifests import FileRecord, Manifest, add_by_type
from generators.simulation import lost_demand
from generators.streams import (
    REPLAYED,
    STREAMS,
    Landed,
    count_manifest,
    name_batch,
    remove_leftovers_of,
)
from generators.world import World

FILE_SPAN = timedelta(minutes=10)
"""Simulated time that a file spans; a whole number of them makes a day."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A file, and the earliest instant at which it can land; `count` is what it adds."""

    due: datetime
    stream: str
    path: Path
    content: bytes
    count: Landed


@dataclass(frozen=True, slots=True)
class Tick:
    """A step of a replay.

    Attributes:
        until: All that happened before this instant (UTC) has landed.
        landed: What landed at this step, by stream.
    """

    until: datetime
    landed: dict[str, Landed]

    @property
    def is_new(self) -> bool:
        """Whether any of its files had not landed before."""
        return any(landed.files > landed.unchanged_files for landed in self.landed.values())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _cut_day(landing: Path, stream: str, world: World, day: date) -> Iterator[_Delivery]:
    """The files of a stream's day, then the manifest."""
    batch = f"{name_batch(stream, world, day)}{REPLAYED}"
    slices: dict[int, list[tuple[datetime, bytes]]] = {}
    totals = []
    for file in STREAMS[stream](world, day):
        totals.append(file.totals)
        for line in file.content.splitlines(keepends=True):
            happened_at = datetime.fromisoformat(json.loads(line)["timestamp"])
            part = (happened_at - _midnight(day)) // FILE_SPAN
            slices.setdefault(part, []).append((happened_at, line))
    records = []
    due = _midnight(day + timedelta(days=1))
    for part, lines in sorted(slices.items()):
        due = _midnight(day) + (part + 1) * FILE_SPAN
        name = f"{batch}{part + 1:04d}.json"
        lines.sort(key=lambda timed: timed[0])
        content = b"".join(line for _, line in lines)
        records.append(FileRecord.of(f"{stream}/{name}", content))
        count = Landed(files=1, events=len(lines), size=len(content))
        yield _Delivery(due, stream, landing / stream / name, content, count)
    lost = lost_demand(world, day).get(stream)
    manifest = Manifest(batch, stream, day, world, tuple(records), add_by_type(totals), lost)
    path = landing / manifests.FOLDER / manifest.name
    yield _Delivery(due, stream, path, manifest.render(), count_manifest(manifest))


def _take_due(waiting: list[_Delivery], now: datetime) -> list[_Delivery]:
    """Take what is due from deliveries, which are in the order of their instants."""
    count = bisect_right(waiting, now, key=lambda delivery: delivery.due)
    due = waiting[:count]
    del waiting[:count]
    return due


def _land(deliveries: list[_Delivery]) -> dict[str, Landed]:
    """Land files, and count them by stream."""
    landed: dict[str, Landed] = {}
    for delivery in deliveries:
        path = delivery.path
        is_new = land_file(path.parent, path.name, delivery.content).is_new
        landed.setdefault(delivery.stream, Landed()).add(delivery.count)
        if not is_new:
            landed[delivery.stream].unchanged_files += delivery.count.files
    return landed


def replay(
    landing: Path, streams: list[str], world: World, days: Iterable[date], step: timedelta
) -> Iterator[Tick]:
    """Land consecutive days file by file; the caller waits between the steps.

    Each step lands what happened in that much simulated time, to the file. A day is simulated as
    a whole when its first step is due, and held in memory until its last file has landed.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    waiting: list[_Delivery] = []
    now = None
    for day in days:
        now = now or _midnight(day)
        for stream in streams:
            remove_leftovers_of(landing, stream, {name_batch(stream, world, day)})
            waiting.extend(_cut_day(landing, stream, world, day))
        waiting.sort(key=lambda delivery: delivery.due)
        while now + step <= _midnight(day + timedelta(days=1)):
            now += step
            yield Tick(now, _land(_take_due(waiting, now)))
    while now and waiting:
        now += step
        yield Tick(now, _land(_take_due(waiting, now)))
