"""A hundred million events of all four streams, made and dropped: their time and memory.

`python -m benchmarks.many_events` goes through the days of a world at scale 100 in their order
until it has made that many; a number on the command line makes fewer.
"""

import resource
import sys
import time
from datetime import date, timedelta

from generators.streams import STREAMS
from generators.world import World

WORLD = World(42, 100.0)
FIRST_DAY = date(2025, 1, 1)
EVENTS = 100_000_000


def main() -> None:
    """Make the events and print what it took."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    wall = time.perf_counter()
    events = size = 0
    day = FIRST_DAY
    while events < wanted:
        for make_files in STREAMS.values():
            for file in make_files(WORLD, day):
                events += file.events
                size += len(file.content)
        day += timedelta(days=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"events        {events:,} in {(day - FIRST_DAY).days} days, {size / 1e9:.1f} GB")
    print(f"CPU           {time.process_time():,.0f} s, wall {time.perf_counter() - wall:,.0f} s")
    print(f"peak memory   {peak / 2**30:.2f} GiB")


if __name__ == "__main__":
    main()
