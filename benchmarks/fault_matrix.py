"""`make fault-matrix`: worlds with every kind of fault, one a seed; what of each is found.

Each world is landed in the order of arrival, in three builds, and again in one. The tables have to
hold what was injected as the manifests say it has to end, nothing else, and the same in both ways.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.support.answer_key import Verdict
from tests.support.duckdb_warehouse import prepared_in
from tests.support.injected_faults import EVENT_RATE, FILE_RATE, TwinWorlds, judge


def main() -> int:
    """Judge the worlds and print a table by kind; 1 when anything is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="number of worlds")
    parser.add_argument("--first", type=int, default=1, help="seed of the first one")
    options = parser.parse_args()

    together = Verdict()
    with (
        TemporaryDirectory(prefix="fault_matrix_") as folder,
        prepared_in(Path(folder) / "prepared") as prepared,
    ):
        for seed in range(options.first, options.first + options.seeds):
            started = monotonic()
            with TemporaryDirectory(dir=folder) as of_seed:
                world = TwinWorlds.make(Path(of_seed), seed)
                verdict = judge(world, lambda name: prepared.copy(Path(of_seed) / name))
            together += verdict
            print(
                f"seed {seed}: {verdict.injected.total():,} injected, "
                f"{verdict.found.total():,} found, {len(verdict.wrong)} differences, "
                f"{monotonic() - started:.0f} s",
                flush=True,
            )
            for difference in verdict.wrong[:5]:
                print(f"  {difference}")

    print(f"\n{EVENT_RATE:.0%} of the events, {FILE_RATE:.0%} of the files, of each kind")
    print(f"{'kind':<24}{'injected':>10}{'found':>10}")
    print(*together.table(), sep="\n")
    is_right = not together.wrong and together.injected == together.found
    print("found is injected" if is_right else f"{len(together.wrong)} differences")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
