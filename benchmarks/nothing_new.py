"""`make bench-nothing-new`: a whole `dbt build` when nothing has landed since the last one.

Three warehouses hold all four streams, at the same volume a day: a week, the thirty days of
`make demo`, and a year. Each is built once; then whole builds with nothing new take turns on them,
data tests and unit tests included. What such a build costs should not depend on the history.
"""

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.warehouse import Warehouse

HISTORIES = (7, 30, 365)
"""Days: a week, the demo, a year."""
DEMO_SECONDS = 15.0
"""CPU seconds that the demo's database may take."""
GROWTH = 1.15
"""What a year may take where a week takes 1."""


def main() -> None:
    """Measure each history; print the medians and the ratio of a year to a week."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="volume of a day; the demo's is 1")
    parser.add_argument("--runs", type=int, default=3, help="builds with nothing new, per history")
    options = parser.parse_args()

    seconds: dict[int, list[float]] = {days: [] for days in HISTORIES}
    with TemporaryDirectory(prefix="retail-bench-") as folder:
        warehouses = {}
        for days in HISTORIES:
            warehouses[days] = Warehouse(Path(folder) / f"{days}_days")
            warehouses[days].folder.mkdir()
            warehouses[days].generate_all(days, options.scale)
            print(
                f"{days:>3} days, first build: {warehouses[days].dbt('build'):.1f} CPU s",
                flush=True,
            )
        for run in range(options.runs):
            for days in HISTORIES:
                seconds[days].append(warehouses[days].dbt("build"))
            times = ", ".join(f"{days} days {spent[-1]:.1f}" for days, spent in seconds.items())
            print(f"run {run + 1}, nothing new: {times} CPU s", flush=True)

    week, demo, year = (median(spent) for spent in seconds.values())
    print("median CPU seconds of a build with nothing new:")
    print(f"  a week             {week:5.1f}")
    print(f"  the demo, 30 days  {demo:5.1f}  (at most {DEMO_SECONDS:.0f})")
    print(f"  a year             {year:5.1f}")
    print(f"  a year to a week   {year / week:5.2f}  (at most {GROWTH})")


if __name__ == "__main__":
    main()
