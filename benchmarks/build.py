"""`make bench-build`: a first `dbt build` of the POS way against hand-written SQL.

Both make the rows of gold_sales_fact from the same landed files: `sales_fact_by_hand.sql` in one
pass over trusted files, `dbt build` with everything the project promises: every delivery kept in
bronze, versions, expectations, quarantine, watermarks and the data tests (unit tests are about
code, and left to development, as dbt advises for production). CPU seconds are those of the
whole process, start-up included; the two take turns, so that a noisy machine disturbs both.
"""

import argparse
from pathlib import Path
from shutil import copyfile
from statistics import median

import duckdb

from benchmarks.warehouse import POS_WAY, Warehouse, new_warehouse

BY_HAND = Path(__file__).with_name("sales_fact_by_hand.sql")
TOTALS = "select count(*), sum(net_sales_amount), sum(tax_amount), sum(gross_margin_amount) from "
HAND_WRITTEN = """
import glob, sys
import duckdb
database, landing, sql = sys.argv[1:]
connection = duckdb.connect(database)
connection.execute("set timezone = 'UTC'")
connection.execute("set variable landing_files = ?", [sorted(glob.glob(landing + "/pos/*.json"))])
connection.execute(open(sql).read())
connection.close()
"""


def by_hand(warehouse: Warehouse) -> float:
    """CPU seconds of the hand-written SQL in this warehouse."""
    return warehouse.python(
        "-c", HAND_WRITTEN, str(warehouse.database), str(warehouse.landing), str(BY_HAND)
    )


def by_dbt(warehouse: Warehouse) -> float:
    """CPU seconds of dbt for the same rows, tests included."""
    return warehouse.dbt("build", "--full-refresh", *POS_WAY)


def totals(database: Path, table: str) -> tuple[object, ...]:
    """Rows and amounts of a sales fact."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.sql(TOTALS + table).fetchall()[0]


def main() -> None:
    """Measure both ways and print their medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="POS transactions")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()

    seconds: dict[str, list[float]] = {"by hand": [], "dbt build": []}
    with new_warehouse() as warehouse:
        empty = warehouse.folder / "empty.duckdb"
        copyfile(warehouse.database, empty)
        warehouse.generate(options.events)
        for run in range(options.runs):
            found = []
            for name, build, table in (
                ("by hand", by_hand, "sales_fact_by_hand"),
                ("dbt build", by_dbt, "gold_sales_fact"),
            ):
                copyfile(empty, warehouse.database)
                seconds[name].append(build(warehouse))
                found.append(totals(warehouse.database, table))
            assert found[0] == found[1], f"the two ways disagree: {found}"
            times = ", ".join(f"{name} {spent[-1]:.1f} s" for name, spent in seconds.items())
            print(f"run {run + 1}: {times}; {found[0][0]:,} rows, the same totals", flush=True)

    hand, dbt = (median(spent) for spent in seconds.values())
    print(f"median CPU seconds: by hand {hand:.1f}, dbt build {dbt:.1f}: {dbt / hand:.2f} times")


if __name__ == "__main__":
    main()
