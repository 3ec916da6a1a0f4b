"""`make bench-incremental`: the cost of a small batch on a short and on a long history.

Each history is built once, then batches of new transactions land one after the other; the CPU
seconds are those of `dbt build` of the POS way for each, start-up and data tests included.
"""

import argparse
from statistics import median

from benchmarks.warehouse import POS_WAY, new_warehouse


def batch_seconds(history: int, batch: int, runs: int) -> list[float]:
    """CPU seconds of each batch on a history of that many transactions."""
    with new_warehouse() as warehouse:
        warehouse.generate(history, end="2026-01-31", days=60)
        warehouse.dbt("build", "--full-refresh", *POS_WAY)
        seconds = []
        for day in range(1, runs + 1):
            warehouse.generate(batch, end=f"2026-02-{day:02}", days=1)
            seconds.append(warehouse.dbt("build", *POS_WAY))
        return seconds


def main() -> None:
    """Measure both histories and print the ratio of their medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=10_000, help="new transactions in a batch")
    parser.add_argument("--histories", type=int, nargs=2, default=[200_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3, help="batches on each history")
    options = parser.parse_args()

    medians = []
    for history in options.histories:
        seconds = batch_seconds(history, options.batch, options.runs)
        medians.append(median(seconds))
        each = ", ".join(f"{spent:.1f}" for spent in seconds)
        print(f"history of {history:>9,}: {medians[-1]:.1f} CPU s a batch ({each})", flush=True)
    print(f"ratio {medians[1] / medians[0]:.2f}")


if __name__ == "__main__":
    main()
