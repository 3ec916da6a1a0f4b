"""`make crash-matrix`: hundreds of kills of `generate` and dbt, and what is left of them: nothing.

The kills are those of tests/support/crash_matrix.py, a fresh pair of warehouses for each seed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.support.crash_matrix import crash_rounds
from tests.support.duckdb_warehouse import prepared_in

ROUNDS_A_SEED = 5


def main() -> int:
    """Kill, compare, tell; the exit code is 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="how many commands to kill")
    options = parser.parse_args()

    console = Console(highlight=False)
    kills, differing, seed = 0, 0, 0
    with (
        tempfile.TemporaryDirectory(prefix="crash_matrix_") as folder,
        prepared_in(Path(folder) / "prepared") as prepared,
    ):
        while kills < options.kills:
            seed += 1
            disturbed = prepared.copy(Path(folder) / f"disturbed_{seed}")
            quiet = prepared.copy(Path(folder) / f"quiet_{seed}")
            for each in crash_rounds(disturbed, quiet, seed, ROUNDS_A_SEED):
                kills += each.kills
                differing += len(each.differences)
                for difference in each.differences:
                    console.print(f"seed {seed}: {difference}")
            console.print(f"{kills} kills, {seed} seeds: {differing} differences")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
