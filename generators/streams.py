"""The event streams, and how a run lands their days."""

import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

from generators import clickstream_json, ecommerce_json, inventory_json, manifests, pos_json
from generators.faults import NO_FAULTS, Faults
from generators.faulty_batches import FaultyBatch
from generators.landing import EventFile, LandingConflictError, land_file, remove_leftovers
from generators.manifests import FileRecord, Manifest, add_by_type, land_manifest
from generators.simulation import LostDemand, lost_demand
from generators.world import World

STREAMS: dict[str, Callable[[World, date], Iterator[EventFile]]] = {
    "pos": pos_json.make_files,
    "ecommerce": ecommerce_json.make_files,
    "inventory": inventory_json.make_files,
    "clickstream": clickstream_json.make_files,
}
"""Makes the files of a stream's day, by the stream's name, which is also that of its folder.

A file is named `<stream>_<YYYYMMDD>_<the world's tag>[_<part>].json`; with faults their tag
follows the world's.
"""

INVENTORY = "inventory"

OPENING = "opening"
"""Start of the names of an opening stock's files; they belong to the inventory stream."""

REPLAYED = "_rt"
"""End of the name of a batch that landed in several steps."""


@dataclass(slots=True)
class Landed:
    """What has landed of a stream so far.

    Attributes:
        files: Number of files of events.
        unchanged_files: Number of those that were already there.
        events: Number of events in them.
        size: Their bytes.
        manifests: Number of manifests.
        lost_quantity: Pieces that shoppers wanted and the stock did not have.
        lost_sales_cents: Their value before discounts.
        faults: Number of faults that were made on purpose, by kind.
    """

    files: int = 0
    unchanged_files: int = 0
    events: int = 0
    size: int = 0
    manifests: int = 0
    lost_quantity: int = 0
    lost_sales_cents: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Landed") -> None:
        """Count in what another part of the run has landed."""
        self.files += other.files
        self.unchanged_files += other.unchanged_files
        self.events += other.events
        self.size += other.size
        self.manifests += other.manifests
        self.lost_quantity += other.lost_quantity
        self.lost_sales_cents += other.lost_sales_cents
        self.faults += other.faults


def name_batch(start: str, world: World, day: date, faults: Faults = NO_FAULTS) -> str:
    """The name of a day's batch; the names of its files start with it."""
    return f"{start}_{day:%Y%m%d}_{world.tag}{faults.tag}"


def count_manifest(manifest: Manifest) -> Landed:
    """A manifest that has landed, with its lost demand and its faults."""
    landed = Landed(manifests=1)
    landed.faults.update(record.kind for record in manifest.fault_records)
    if lost := manifest.lost_demand:
        landed.lost_quantity, landed.lost_sales_cents = lost.quantity, lost.sales_cents
    return landed


def _land_batch(
    landing: Path,
    start: str,
    stream: str,
    world: World,
    day: date,
    files: Iterable[EventFile],
    faults: Faults,
    lost: LostDemand | None = None,
) -> Landed:
    """Land files in `<landing>/<stream>/`, then the manifest of their batch."""
    landed, records, totals = Landed(), [], []
    batch = FaultyBatch(faults, stream, world, day, name_batch(start, world, day))
    for file in batch.make_files(files) if faults.rates else files:
        result = land_file(landing / stream, file.name, file.content)
        landed.add(Landed(1, int(not result.is_new), file.events, result.size))
        records.append(FileRecord.of(f"{stream}/{file.name}", file.content))
        totals.append(file.totals)
    manifest = Manifest(
        batch.name,
        stream,
        day,
        world,
        tuple(records),
        add_by_type(totals),
        lost,
        faults,
        tuple(batch.records),
    )
    land_manifest(landing, manifest)
    landed.add(count_manifest(manifest))
    return landed


def land_day(
    landing: Path, stream: str, world: World, day: date, faults: Faults = NO_FAULTS
) -> Landed:
    """Land one day of a stream.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    files = STREAMS[stream](world, day)
    lost = lost_demand(world, day).get(stream)
    return _land_batch(landing, stream, stream, world, day, files, faults, lost)


def land_opening(landing: Path, world: World, day: date, faults: Faults = NO_FAULTS) -> Landed:
    """Land the stock that a day begins with.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    remove_leftovers_of(landing, INVENTORY, {name_batch(OPENING, world, day, faults)})
    files = [inventory_json.make_opening_file(world, day)]
    return _land_batch(landing, OPENING, INVENTORY, world, day, files, faults)


def needs_opening(landing: Path, world: World, day: date, faults: Faults = NO_FAULTS) -> bool:
    """Whether the stock that a day begins with has to land before its movements.

    It has not when those of the day before have landed, as what they leave is that stock.

    Raises:
        LandingConflictError: It has, but the folder holds the stock that another day begins with.
    """
    before = name_batch(INVENTORY, world, day - timedelta(days=1), faults)
    folder = landing / manifests.FOLDER
    if any((folder / f"{before}{ending}.json").exists() for ending in ("", REPLAYED)):
        return False
    for path in sorted((landing / INVENTORY).glob(f"{OPENING}_*_{world.tag}{faults.tag}.json")):
        first = datetime.strptime(path.name.split("_")[1], "%Y%m%d").date()
        if first != day:
            raise LandingConflictError(
                f"{landing} begins with the stock of {first} and has no movements of the day "
                f"before {day}, whose stock would count on top of it; begin on {first} (what has "
                "landed stays as it is) or use another folder"
            )
    return True


def check_faults(landing: Path, world: World, faults: Faults) -> None:
    """Make sure that a folder holds nothing of a world with other faults, or with none.

    Raises:
        LandingConflictError: It does, and the same events would contradict each other.
    """
    folder = landing / manifests.FOLDER
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        found = re.search(rf"_{world.tag}(_f[0-9a-f]{{8}})?[_.]", name)
        if found and (found[1] or "") != faults.tag:
            raise LandingConflictError(
                f"{landing} holds events of this world with other faults, or with none ({name}), "
                "and the same events can't be there in two ways; use another folder"
            )


def remove_leftovers_of(landing: Path, stream: str, batches: set[str]) -> None:
    """Remove what killed runs left behind of batches, whose names have one length."""
    for folder in (stream, manifests.FOLDER):
        remove_leftovers(landing / folder, batches)


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, which finishes what is being written; but do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_parent, daemon=True).start()


def split_days(days: list[date], blocks: int) -> list[list[date]]:
    """Days in that many blocks of consecutive days, as equal as possible."""
    ends = [len(days) * block // blocks for block in range(blocks + 1)]
    return [days[start:end] for start, end in pairwise(ends)]


def land_days(
    landing: Path,
    streams: list[str],
    world: World,
    days: list[date],
    workers: int,
    opening: bool = False,
    faults: Faults = NO_FAULTS,
) -> Iterator[tuple[str, Landed]]:
    """Land days of streams, by that many processes; one result as each day of a stream is done.

    An opening stock of the first day comes before all else, as that of the stream `opening`.

    A process lands consecutive days, one after the other, because it makes a day faster that it has
    made the day before of. The files are the same whatever the number of processes. When the caller
    stops early, days that are being written are finished and no others begun.

    Raises:
        LandingConflictError: A file has landed before with other content.
        OSError: A file cannot be written.
    """
    for stream in streams:
        batches = {name_batch(stream, world, day, faults) for day in days}
        remove_leftovers_of(landing, stream, batches)
    blocks = [
        [
            (stream, partial(land_day, landing, stream, world, day, faults))
            for day in block
            for stream in streams
        ]
        for block in split_days(days, min(workers, len(days)) or 1)
    ]
    if len(blocks) == 1:
        if opening:
            yield OPENING, land_opening(landing, world, days[0], faults)
        for stream, land in blocks[0]:
            yield stream, land()
        return
    pools = [
        ProcessPoolExecutor(
            1,
            mp_context=get_context("spawn"),  # a fork would copy threads in an unknown state
            initializer=_start_worker,
        )
        for _ in blocks
    ]
    futures: dict[Future[Landed], str] = {}
    try:
        if opening:
            first = pools[0].submit(land_opening, landing, world, days[0], faults)
            yield OPENING, first.result()
        for pool, block in zip(pools, blocks, strict=True):
            for stream, land in block:
                futures[pool.submit(land)] = stream
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()
        for pool in pools:
            pool.shutdown()
