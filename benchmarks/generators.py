"""Events per CPU second of the POS generators: columnar against one event at a time.

`python -m benchmarks.generators` runs each three times over the same days and prints the
median. CPU time is that of the whole process, all threads included, from nothing to the bytes of
the files; nothing is written to the disk.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from statistics import median

from benchmarks.pos_per_event import render_days
from generators.pos_json import make_files
from generators.world import World

SEED = 42
SCALE = 100.0
RUNS = 3
DAYS = [date(2025, 10, 6) + timedelta(days=offset) for offset in range(3)]


def _columnar() -> Iterator[bytes]:
    world = World(SEED, SCALE)
    for day in DAYS:
        for file in make_files(world, day):
            yield file.content


def _per_event() -> Iterator[bytes]:
    yield from render_days(SEED, SCALE, DAYS)


def _measure(make: Callable[[], Iterator[bytes]]) -> tuple[int, float]:
    """Events, and the CPU seconds that they took."""
    start = time.process_time()
    events = sum(content.count(b"\n") for content in make())
    return events, time.process_time() - start


def main() -> None:
    """Measure both generators and print their speed."""
    speeds = []
    print(f"{'generator':<12}{'events':>10}{'CPU s':>9}{'events per CPU s':>19}")
    for name, make in (("per event", _per_event), ("columnar", _columnar)):
        runs = sorted((_measure(make) for _ in range(RUNS)), key=lambda run: run[1])
        events, seconds = runs[RUNS // 2]
        speeds.append(median(count / spent for count, spent in runs))
        print(f"{name:<12}{events:>10,}{seconds:>9.2f}{speeds[-1]:>19,.0f}")
    print(f"columnar makes {speeds[1] / speeds[0]:.1f} times the events per CPU second")


if __name__ == "__main__":
    main()
