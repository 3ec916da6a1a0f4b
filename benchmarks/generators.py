"""Events per CPU second of the generators: columnar against one event at a time.

`python -m benchmarks.generators` runs each three times over the same four weeks and prints the
medians. CPU time is that of the whole process, all threads included, from nothing to the bytes of
the files; nothing is written to the disk. What the columnar generators simulate of the weeks before
the first day is counted in.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from statistics import median

from benchmarks.per_event import render_days
from generators import simulation
from generators.streams import STREAMS
from generators.world import World

WORLD = World(42, 5.0)
RUNS = 3
DAYS = [date(2025, 10, 6) + timedelta(days=offset) for offset in range(28)]


def _columnar() -> Iterator[tuple[str, bytes]]:
    simulation.forget()
    for day in DAYS:
        for stream, make_files in STREAMS.items():
            for file in make_files(WORLD, day):
                yield stream, file.content


def _per_event() -> Iterator[tuple[str, bytes]]:
    yield from render_days(WORLD, DAYS)


def _measure(make: Callable[[], Iterator[tuple[str, bytes]]]) -> tuple[Counter[str], float]:
    """Events by stream, and the CPU seconds that they took together."""
    events: Counter[str] = Counter()
    start = time.process_time()
    for stream, content in make():
        events[stream] += content.count(b"\n")
    return events, time.process_time() - start


def main() -> None:
    """Measure both generators and print their speed."""
    speeds = []
    print(f"{'generator':<12}", *(f"{stream:>12}" for stream in STREAMS), end="")
    print(f"{'CPU s':>9}{'events per CPU s':>19}")
    for name, make in (("per event", _per_event), ("columnar", _columnar)):
        runs = sorted((_measure(make) for _ in range(RUNS)), key=lambda run: run[1])
        events, seconds = runs[RUNS // 2]
        speeds.append(median(counts.total() / spent for counts, spent in runs))
        print(f"{name:<12}", *(f"{events[stream]:>12,}" for stream in STREAMS), end="")
        print(f"{seconds:>9.2f}{speeds[-1]:>19,.0f}")
    print(f"columnar makes {speeds[1] / speeds[0]:.1f} times the events per CPU second")


if __name__ == "__main__":
    main()
